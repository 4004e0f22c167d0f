/** Files that a command line names for what it makes. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { quote } from "../catalogue/fault.ts";
import type { CliIo } from "./io.ts";
import { Misuse } from "./io.ts";
import { line } from "./table.ts";

/** Before work that takes minutes. @throws Misuse for a file that cannot be put there */
export function checkOut(out: string): void {
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new Misuse(`--out: ${quote(out)} is a folder: name a file in it`);
  const folder = dirname(out);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new Misuse(`--out: there is no folder ${quote(folder)}: make it, or name another`);
}

/** What was taken back stands beside an index, and is of that one alone: of one that was made anew it takes nothing. */
export function tellRevoked(out: string, io: CliIo): void {
  if (io.json || !existsSync(`${out}.revoked`)) return;
  io.out(line(`${out}.revoked is of the index that was here before, and takes nothing of this one: what is to be found no more has to be revoked again.`)); // prettier-ignore
}
