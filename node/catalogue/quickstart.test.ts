/** The quick start's lock against its real servers, read by the official SDK: what we shipped as approved is what runs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { isLoaded, loadCatalogue } from "../config.ts";
import { compare } from "./lock.ts";

const folder = join(import.meta.dirname, "../../deploy/examples/quickstart");
const scratch = mkdtempSync(join(tmpdir(), "gatehouse-servers-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const startMs = 20_000;

/** As the wire has them: the SDK's own schemas would drop fields. */
async function readList(client: Client, method: string, key: string): Promise<JsonObject[]> {
  const result = await client.request({ method }, z.looseObject({ [key]: z.array(z.looseObject({})) }));
  return result[key] as JsonObject[];
}

test.each(["everything", "filesystem", "memory"])(
  "%s defines its tools, prompts and templates as they were accepted",
  async (server) => {
    const loaded = loadCatalogue(folder);
    if (!isLoaded(loaded)) throw new Error("the quick start does not load");
    const { catalogue, lock } = loaded;
    const locked = lock.servers[server];
    const transport = catalogue.servers[server]?.transport;
    if (locked === undefined || transport === undefined || !("stdio" in transport))
      throw new Error("no stdio server");
    // Some of the servers list more to a client that can answer questions.
    const client = new Client(
      { name: "test", version: "1" },
      { capabilities: { sampling: {}, elicitation: { form: {}, url: {} } } },
    );
    const env = { PATH: process.env["PATH"] ?? "", MEMORY_FILE_PATH: join(scratch, "memory.jsonl") };
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: transport.stdio.args,
        env,
        cwd: scratch,
        stderr: "ignore",
      }),
    );
    try {
      const has = client.getServerCapabilities() ?? {};
      const live = {
        tools: await readList(client, "tools/list", "tools"),
        prompts: has.prompts === undefined ? [] : await readList(client, "prompts/list", "prompts"),
        templates:
          has.resources === undefined
            ? []
            : await readList(client, "resources/templates/list", "resourceTemplates"),
      };
      const { changed, missing, added, same } = compare(locked, live);
      expect({ changed, missing, added }).toEqual({ changed: [], missing: [], added: [] });
      expect(same.length).toBeGreaterThan(5);
    } finally {
      await client.close();
    }
  },
  startMs,
);
