/**
 * Writes the foreign set, a set of recorded sessions that no rule was written with: `node loadtest/foreignset.ts FOLDER [HALF]`,
 * then `gatehouse behaviour replay --tools FOLDER/tools.json --texts FOLDER/texts.jsonl --test FOLDER/sessions.jsonl`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat } from "./foreign/chat.data.ts";
import { code } from "./foreign/code.data.ts";
import { crm } from "./foreign/crm.data.ts";
import type { Domain } from "./foreign/domain.ts";
import { files } from "./foreign/files.data.ts";
import { analytics } from "./foreign/fourth/analytics.data.ts";
import { channel } from "./foreign/fourth/channel.data.ts";
import { charity } from "./foreign/fourth/charity.data.ts";
import { club } from "./foreign/fourth/club.data.ts";
import { hosting } from "./foreign/fourth/hosting.data.ts";
import { museum } from "./foreign/fourth/museum.data.ts";
import { site } from "./foreign/fourth/site.data.ts";
import { fourthStyles } from "./foreign/fourth/styles.ts";
import { townhall } from "./foreign/fourth/townhall.data.ts";
import { home } from "./foreign/home.data.ts";
import { hospital } from "./foreign/hospital.data.ts";
import { campus } from "./foreign/later/campus.data.ts";
import { freight } from "./foreign/later/freight.data.ts";
import { hiring } from "./foreign/later/hiring.data.ts";
import { lettings } from "./foreign/later/lettings.data.ts";
import { newsroom } from "./foreign/later/newsroom.data.ts";
import { operations } from "./foreign/later/operations.data.ts";
import { laterStyles } from "./foreign/later/styles.ts";
import { foreignSet, type ForeignSet } from "./foreign/recordings.ts";
import { shop } from "./foreign/shop.data.ts";
import { styles } from "./foreign/styles.ts";
import { books } from "./foreign/third/books.data.ts";
import { claims } from "./foreign/third/claims.data.ts";
import { community } from "./foreign/third/community.data.ts";
import { farm } from "./foreign/third/farm.data.ts";
import { festival } from "./foreign/third/festival.data.ts";
import { lab } from "./foreign/third/lab.data.ts";
import { law } from "./foreign/third/law.data.ts";
import { thirdStyles } from "./foreign/third/styles.ts";
import { utility } from "./foreign/third/utility.data.ts";
import { travel } from "./foreign/travel.data.ts";

const foreignDomains: readonly Domain[] = [travel, shop, code, home, chat, files, crm, hospital];

/** Written after the eight, for a look at rules that were made with those. */
const laterDomains: readonly Domain[] = [campus, freight, lettings, newsroom, hiring, operations];
/** Of the later set each goal in each style has one host: it has more styles. */
const laterPairs = 1;
/** Written when both were used up, and more of it open-ended: what third parties wish is the work. */
const thirdDomains: readonly Domain[] = [claims, festival, lab, community, utility, law, farm, books];
/** Written by somebody who had not read the guard, after the third was used up: of its attackers' styles more than half are its own. */
const fourthDomains: readonly Domain[] = [museum, club, hosting, site, townhall, charity, analytics, channel];

export const halves = ["tune", "report", "all", "later", "third", "third-tune", "third-report", "fourth", "fourth-tune", "fourth-report"] as const; // prettier-ignore
export type Half = (typeof halves)[number];

/** `all` is both halves of the eight domains, `third` and `fourth` both halves of those sets. */
export function foreignHalf(half: Half): ForeignSet {
  if (half === "later") return foreignSet(laterDomains, [...styles, ...laterStyles], laterPairs);
  if (half.startsWith("third")) {
    const domains = thirdDomains.filter((domain) => half === "third" || domain.half === half);
    return foreignSet(domains, [...styles, ...laterStyles, ...thirdStyles], laterPairs);
  }
  if (half.startsWith("fourth")) {
    const domains = fourthDomains.filter((domain) => half === "fourth" || domain.half === half);
    return foreignSet(domains, [...styles, ...fourthStyles], laterPairs);
  }
  return foreignSet(foreignDomains.filter((domain) => half === "all" || domain.half === half));
}

function lines(rows: Iterable<unknown>): string {
  return [...rows].map((row) => `${JSON.stringify(row)}\n`).join("");
}

function main([folder, name = "all"]: readonly string[]): number {
  const half = halves.find((each) => each === name);
  if (folder === undefined || half === undefined) {
    console.error(`usage: foreignset.ts FOLDER [${halves.join("|")}]`);
    return 2;
  }
  const { tools, texts, sessions } = foreignHalf(half);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tools.json"), JSON.stringify(tools));
  writeFileSync(join(folder, "texts.jsonl"), lines([...texts].map(([h, text]) => ({ h, text }))));
  writeFileSync(join(folder, "sessions.jsonl"), lines(sessions));
  console.log(`${sessions.length} sessions, ${texts.size} texts in ${folder}`);
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
