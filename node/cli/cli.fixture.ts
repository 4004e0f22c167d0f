/** The program as its tests drive it: a whole command line, with its lines gathered. */
import { setTimeout } from "node:timers/promises";
import { execute } from "./program.ts";

export interface Ran {
  readonly status: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs one command line on a project's folder. */
export async function cli(
  folder: string,
  argv: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const lines = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    closed: new AbortController().signal,
  };
  const status = await execute(["--config", folder, ...argv], { PATH: process.execPath, ...env }, lines);
  return { status, out, err };
}

/** The same with --json: each line of standard output as its value. */
export async function cliJson(
  folder: string,
  argv: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<{
  status: number;
  values: readonly { readonly [part: string]: unknown }[];
  last: { readonly [part: string]: unknown };
}> {
  const { status, out } = await cli(folder, [...argv, "--json"], env);
  const values = out.map((text) => JSON.parse(text) as { readonly [part: string]: unknown });
  return { status, values: values.slice(0, -1), last: values.at(-1) ?? {} };
}

/** Waits until something holds, a few seconds at most. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 10) {
    if (waitedMs > 20_000) throw new Error(`waited in vain until ${what}`);
    await setTimeout(10);
  }
}
