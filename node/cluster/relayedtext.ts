/**
 * The request of another node's door, read again. That node has read it strictly and written it itself, so what only an
 * agent could do to us need not be looked for a second time in a small and plain text.
 *
 * X1. What is read has no key that reaches a prototype and no depth beyond the bound, whoever wrote it.
 * X2. A key that is there twice is the last one of it: the owner judges, records and sends what it has read.
 */
import { parseStrict, type Json, type JsonFault } from "../../protocol/json.ts";
import type { JsonBounds } from "../../protocol/jsonbounds.ts";

/** Beyond it the bounds of what a text holds might matter. */
const smallUnits = 16_384;

/** @returns what parseStrict does, but for keys that are there twice */
export function parseRelayed(text: string, bounds: JsonBounds): Json | JsonFault {
  return isPlain(text, bounds.depthMax) ? parsePlain(text, bounds) : parseStrict(text, bounds);
}

function parsePlain(text: string, bounds: JsonBounds): Json | JsonFault {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return parseStrict(text, bounds);
  }
}

/** It might be one that no double holds: an integer beyond 2^53-1, or beyond the largest one. */
const longNumber = /\d{16}|\d[eE]\+?\d{3}/;

/** Each search is native and skips what is not looked for. */
function isPlain(text: string, depthMax: number): boolean {
  // A key that is spelled with escapes is not always read as it is written (protocol/jsonvalue.ts).
  if (text.length > smallUnits || text.includes("\\") || text.includes("__proto__")) return false;
  if (longNumber.test(text)) return false;
  return text.isWellFormed() && count(text, "{", depthMax) + count(text, "[", depthMax) <= depthMax;
}

/** How often, up to one more than `most`. */
function count(text: string, mark: string, most: number): number {
  let found = 0;
  for (let at = text.indexOf(mark); at >= 0 && found <= most; at = text.indexOf(mark, at + 1)) found++;
  return found;
}
