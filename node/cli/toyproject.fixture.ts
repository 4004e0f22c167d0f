/** A project with one stdio server whose tools a test may change, and a real node on it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLoaded, loadConfiguration } from "../config.ts";
import { startNode } from "../main.ts";
import type { RunningNode } from "../main.ts";

const server = fileURLToPath(new URL("testdata/server.mjs", import.meta.url));
const cleanups: (() => unknown)[] = [];

/** For afterEach: stops nodes and removes folders. */
export async function cleanUpToys(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** What the program starts with; compiled code is shared, or each start would compile all of it (bin/ready.mjs). */
const cache = process.env["NODE_COMPILE_CACHE"];
export const env: Readonly<Record<string, string>> = {
  PATH: dirname(process.execPath),
  ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
};

export function tool(name: string, description = `does ${name}`): object {
  return { name, description, inputSchema: { type: "object", properties: { word: { type: "string" } } } };
}

export class ToyProject {
  readonly folder: string;

  constructor(entry: { readonly isolation?: "shared" | "session" } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "gatehouse-toy-"));
    cleanups.push(() => rmSync(this.folder, { recursive: true, force: true }));
    this.list([tool("echo"), tool("fail")]);
    this.write("gatehouse.yaml", { listen: { port: 0 } });
    this.serve(entry);
  }

  /** The catalogue's entry. */
  serve(entry: {
    readonly isolation?: "shared" | "session";
    readonly called?: string;
    /** Where the variable TOKEN of the child comes from. */
    readonly token?: string;
  }): void {
    const { isolation = "shared", called = "toy", token } = entry;
    const credential = token === undefined ? {} : { credential: { env: "TOKEN", from: token } };
    const transport = { stdio: { command: "node", args: [server, join(this.folder, "tools.json"), called] } };
    this.write("catalogue.yaml", {
      servers: {
        toy: { transport, isolation, environment: "dev", reach: "internal", era: "legacy", ...credential },
      },
    });
  }

  /** What the server lists from now on. */
  list(tools: readonly object[]): void {
    this.write("tools.json", tools);
  }

  /** @param parked need a person's approval */
  grant(names: readonly string[], parked: readonly string[] = []): void {
    const grants = [...names, ...parked].map((name) => ({
      tool: name,
      server: "toy",
      effect: "read",
      reason: "the test says so",
      ...(parked.includes(name) ? { approval: "required" } : {}),
    }));
    this.write("personas/reader.role.yaml", { role: "reader", grants, ...(parked.length === 0 ? {} : { approvals: { holdSeconds: 0 } }) }); // prettier-ignore
  }

  /** A skill of these tools. */
  skill(name: string, tools: readonly string[], version = "1.0.0"): void {
    const grants = tools.map((each) => ({ tool: each, server: "toy", effect: "read", reason: "the skill says so" })); // prettier-ignore
    const head = JSON.stringify({ name, description: `Does ${name}.`, metadata: { version, gatehouse: { grants } } }); // prettier-ignore
    mkdirSync(join(this.folder, "skills", name), { recursive: true });
    writeFileSync(join(this.folder, "skills", name, "SKILL.md"), `---\n${head}\n---\nUse it well.\n`);
  }

  /** YAML takes JSON. */
  write(name: string, value: unknown): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(value));
  }

  async start(): Promise<RunningNode> {
    const configuration = loadConfiguration(this.folder, { env });
    if (!isLoaded(configuration)) throw new Error(JSON.stringify(configuration));
    const stream = process.stdout;
    const node = await startNode(configuration, {
      env,
      console: { stream, mode: "none", readable: false },
      onFault: (fault) => {
        throw fault;
      },
    });
    cleanups.push(() => node.stop());
    return node;
  }
}
