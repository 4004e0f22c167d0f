/**
 * The first document of each scanning thread: one of our own, in which it has to find what the node finds. A program that is changed on disk
 * while a node runs gives its next thread other code than the plan was made by (actors/dlp/packedplan.ts); such a thread may fail, or find
 * nothing and say so of every document. Does not own what follows (pool.ts).
 */
import { builtinRows } from "../../actors/dlp/detectors.ts";
import { assembleExample } from "../../actors/dlp/example.ts";
import type { ScanResult } from "../../actors/dlp/scanner.ts";
import type { DetectorRow } from "../../protocol/detector.ts";

/** One example of each so many types: tokens, cards, numbers of states and phones. 35 of them would make a start cost a fifth more; 8 cost 3 %. */
const each = 90;

let made: string | undefined;

export function proofText(): string {
  made ??= (builtinRows as readonly DetectorRow[])
    .filter((_, at) => at % each === 0)
    .map(({ examples }, at) => assembleExample(examples.yes[0] ?? "", `proof ${at}`))
    .join("\n");
  return made;
}

/** What two scans of one document have alike, to the last place. */
export function proofOf({ findings, exceeded }: ScanResult): string {
  return JSON.stringify([findings, exceeded ?? null]);
}
