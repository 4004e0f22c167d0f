import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

interface Answer {
  readonly result?: { readonly protocolVersion?: string; readonly supportedVersions?: readonly string[] };
  readonly error?: { readonly code: number };
}

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};
const discover = {
  jsonrpc: "2.0",
  id: 1,
  method: "server/discover",
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
};

/** The first answer of a fixture on stdio to its first message. */
async function ask(message: object, ...args: readonly string[]): Promise<Answer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixture.ts"), "--stdio", ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const lines = createInterface({ input: child.stdout });
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const [line] = (await once(lines, "line")) as [string];
    return JSON.parse(line) as Answer;
  } finally {
    child.kill();
  }
}

test("on stdio the fixture speaks both eras", async () => {
  expect((await ask(initialize)).result?.protocolVersion).toBe("2025-11-25");
  expect((await ask(discover)).result?.supportedVersions).toEqual(["2026-07-28"]);
});

test("on stdio it can be held to one era", async () => {
  expect((await ask(initialize, "--era", "legacy")).result?.protocolVersion).toBe("2025-11-25");
  expect((await ask(discover, "--era", "legacy")).error).toBeDefined();
  expect((await ask(initialize, "--era", "modern")).error?.code).toBe(-32022);
  expect((await ask(discover, "--era", "modern")).result?.supportedVersions).toEqual(["2026-07-28"]);
});
