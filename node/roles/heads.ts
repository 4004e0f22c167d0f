/**
 * The last version of each role that this data folder has seen: a history that does not hold it any more was cut back, or written
 * anew. So who can write the configuration, and not the data folder, cannot put an older, wider version back in force.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { GatewayError } from "../../protocol/errors.ts";
import type { History } from "./history.ts";

const headsSchema = z.record(
  z.string(),
  z.strictObject({ version: z.int().min(1), hash: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
);
export type Heads = z.infer<typeof headsSchema>;

const fileName = "roleheads.json";

/** None where the file is missing: nothing was in force here yet. @returns undefined for a file that is damaged */
export function readHeads(dataFolder: string): Heads | undefined {
  let text: string;
  try {
    text = readFileSync(join(dataFolder, fileName), "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? {} : undefined;
  }
  try {
    return headsSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @throws GatewayError CONFIGURATION for a damaged file: to go on would forget what was in force of every other role */
export function wholeHeads(dataFolder: string): Heads {
  const heads = readHeads(dataFolder);
  if (heads !== undefined) return heads;
  throw new GatewayError(
    "CONFIGURATION",
    `${join(dataFolder, fileName)} is damaged, so that nobody knows which versions were in force: look at gatehouse role history of each role, then remove that file`,
  );
}

/** Keeps the ends of histories, beside those of other roles. @throws as wholeHeads */
export function keepHeads(dataFolder: string, histories: ReadonlyMap<string, History>): void {
  const heads: Heads = { ...wholeHeads(dataFolder) };
  for (const [persona, { versions }] of histories) {
    const last = versions.at(-1);
    if (last !== undefined) heads[persona] = { version: last.version, hash: last.hash };
  }
  const path = join(dataFolder, fileName);
  writeFileSync(`${path}.new`, JSON.stringify(heads), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The end that was seen here of a persona's history, whatever it is called. */
export function headOf(heads: Heads | undefined, persona: string): Heads[string] | undefined {
  return heads !== undefined && Object.hasOwn(heads, persona) ? heads[persona] : undefined;
}

/** Whether the history goes on from what was seen here. */
export function continues({ versions }: History, head: Heads[string] | undefined): boolean {
  return head === undefined || versions[head.version - 1]?.hash === head.hash;
}
