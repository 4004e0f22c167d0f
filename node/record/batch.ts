/**
 * The records of one tick, and the bytes they become: lines, seals, and a head line when a segment starts with them.
 * Owns no file and no chain.
 */
import { hash } from "node:crypto";
import type { Durability, RecordBody } from "../../protocol/record.ts";
import { limits } from "../../protocol/limits.ts";
import type { Then } from "./commit.ts";
import type { Chain } from "./heads.ts";
import { lineHash, markChars, sealText } from "./line.ts";

export interface Entry {
  readonly line: string;
  readonly body: RecordBody;
  readonly chain: Chain;
  /** Head of the chain before this record, to go back to when it could not be written. */
  readonly before: string;
  /** Head of the chain after it: the hash of `line`. */
  readonly after: string;
  readonly durability: Durability;
  readonly then: Then | undefined;
}

export interface SealedText {
  readonly text: string;
  /** Number and hash of the last seal in it. */
  readonly seal: number;
  readonly hash: string;
}

/**
 * Lines and seals of a write: one seal, or one per limits.recordsPerSealMax records.
 *
 * @param seal  number of the last seal before this write
 * @param prev  its hash, "" for none
 * @param head  the segment's first line, when the write starts one
 */
export function sealBatch(entries: readonly Entry[], seal: number, prev: string, head?: string): SealedText {
  let text = "";
  let number = seal;
  let sealed = prev;
  for (let from = 0; from < entries.length; from += limits.recordsPerSealMax) {
    const starts = head !== undefined && from === 0;
    let lines = starts ? `${head}\n` : "";
    let marks = starts ? lineHash(head).slice(0, markChars) : "";
    const to = Math.min(entries.length, from + limits.recordsPerSealMax);
    for (let at = from; at < to; at++) {
      const entry = entries[at];
      if (entry === undefined) break;
      lines += `${entry.line}\n`;
      marks += entry.after.slice(0, markChars);
    }
    sealed = hash("sha256", sealed + lines, "base64url");
    number += 1;
    text += `${lines}${sealText({ seal: number, lines: to - from, marks, hash: sealed })}\n`;
  }
  return { text, seal: number, hash: sealed };
}

/** Puts the chains back to where they were before these records. */
export function unchain(entries: readonly Entry[]): void {
  for (const { chain, before } of entries.toReversed()) {
    chain.n -= 1;
    chain.head = before;
  }
}
