/**
 * Writes the foreign set, a set of recorded sessions that no rule was written with: `node loadtest/foreignset.ts FOLDER [tune|report]`,
 * then `gatehouse behaviour replay --tools FOLDER/tools.json --texts FOLDER/texts.jsonl --test FOLDER/sessions.jsonl`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat } from "./foreign/chat.data.ts";
import { code } from "./foreign/code.data.ts";
import { crm } from "./foreign/crm.data.ts";
import type { Domain } from "./foreign/domain.ts";
import { files } from "./foreign/files.data.ts";
import { home } from "./foreign/home.data.ts";
import { hospital } from "./foreign/hospital.data.ts";
import { foreignSet } from "./foreign/recordings.ts";
import { shop } from "./foreign/shop.data.ts";
import { travel } from "./foreign/travel.data.ts";

export const foreignDomains: readonly Domain[] = [travel, shop, code, home, chat, files, crm, hospital];

function lines(rows: Iterable<unknown>): string {
  return [...rows].map((row) => `${JSON.stringify(row)}\n`).join("");
}

function main([folder, half]: readonly string[]): number {
  if (folder === undefined) {
    console.error("usage: foreignset.ts FOLDER [tune|report]");
    return 2;
  }
  const { tools, texts, sessions } = foreignSet(foreignDomains.filter((domain) => half === undefined || domain.half === half)); // prettier-ignore
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tools.json"), JSON.stringify(tools));
  writeFileSync(join(folder, "texts.jsonl"), lines([...texts].map(([h, text]) => ({ h, text }))));
  writeFileSync(join(folder, "sessions.jsonl"), lines(sessions));
  console.log(`${sessions.length} sessions, ${texts.size} texts in ${folder}`);
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
