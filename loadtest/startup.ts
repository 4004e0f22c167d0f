/**
 * What a newcomer meets first: how long `gatehouse start` takes until it says that it is ready, and how much less an
 * agent is told about tools than the upstreams have.
 */
import { cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { startChild } from "./children.ts";
import { ask, program, startGateway } from "./gateway.ts";
import type { Rig } from "./rig.ts";

const quickstart = resolve(import.meta.dirname, "../deploy/examples/quickstart");

/** @returns milliseconds from spawn to the ready line, one per start of the same data folder, the first included */
export async function startTimes(folder: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const args = [program, "start", "--config", folder, "--port", "0", "--json"];
    const child = await startChild("gatehouse start", args);
    times.push(child.readyAfterMs);
    await child.stop();
  }
  return times;
}

/** A copy of the quick start's configuration, so that its data folder stays as it is. */
export function copyQuickstart(rig: Rig, name: string): string {
  const folder = join(rig.folder, name);
  const left = new Set(["node_modules", ".gatehouse"].map((name) => join(quickstart, name)));
  cpSync(quickstart, folder, { recursive: true, filter: (source) => !left.has(source) });
  const modules = join(quickstart, "node_modules");
  if (existsSync(modules)) symlinkSync(modules, join(folder, "node_modules"));
  return folder;
}

export interface ToolLists {
  /** Bytes of a tools list with every pinned tool of every upstream. */
  readonly allBytes: number;
  readonly allTools: number;
  readonly personas: readonly { readonly persona: string; readonly bytes: number; readonly tools: number }[];
}

/** @param folder configuration folder of the quick start */
export async function measureToolLists(folder: string): Promise<ToolLists> {
  const lock = JSON.parse(readFileSync(join(folder, "catalogue.lock"), "utf8")) as {
    readonly servers: Readonly<
      Record<string, { readonly tools: Readonly<Record<string, { readonly definition: unknown }>> }>
    >;
  };
  const all = Object.values(lock.servers).flatMap(({ tools }) =>
    Object.values(tools).map(({ definition }) => definition),
  );
  const gateway = await startGateway(folder, {}, undefined, ["--port", "0"]);
  try {
    const personas = [];
    for (const persona of gateway.personas) {
      const { status, text } = await ask(gateway.url(persona), gateway.key, "tools/list", {});
      const tools = (JSON.parse(text) as { result?: { tools?: unknown[] } }).result?.tools;
      if (tools === undefined)
        throw new Error(`tools/list of ${persona}: HTTP ${status} ${text.slice(0, 400)}`);
      personas.push({ persona, bytes: listBytes(tools), tools: tools.length });
    }
    return { allBytes: listBytes(all), allTools: all.length, personas };
  } finally {
    await gateway.child.stop();
  }
}

function listBytes(tools: readonly unknown[]): number {
  return Buffer.byteLength(JSON.stringify({ tools }));
}
