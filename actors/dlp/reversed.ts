/**
 * Tokens that are written backwards, known by their prefix, which then stands behind them. Does not own: what a token is (the rows).
 *
 * R1. Looked for behind long runs of letters and digits alone: what they cost is a look at four characters there. What has no
 *     such prefix is not known backwards.
 * R2. No text has many: beyond reversedMax the scan says that it did not look.
 */
import { limits } from "../../protocol/limits.ts";
import type { Layer } from "./encoding.ts";

/** Prefixes of four characters or more that nothing else begins with; each is a literal of some row. */
export const reversiblePrefixes: readonly string[] = [
  "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "ASIA", "AIza", "ya29.",
  "sk_live_", "rk_live_", "sk-ant-", "sk-proj-", "npm_", "hvs.", "dop_v1_", "shpat_", "eyJhbGci", "eyJ0eXAi", "eyJraWQi",
]; // prettier-ignore

/** Of one text. */
export const reversedMax = 256;

const byBeginning = new Map(reversiblePrefixes.map((prefix) => [keyOf(prefix, 0, 1), prefix]));
const isOfToken = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9_.-]/.test(String.fromCharCode(code)) ? 1 : 0)); // prettier-ignore
const beginsPrefix = new Uint8Array(128);
for (const prefix of reversiblePrefixes) beginsPrefix[prefix.charCodeAt(0)] = 1;
/** Behind its last long run a token backwards has what else it has that is no long run, its prefix last. */
const behindMax = 48;

/**
 * @param runEnd where a long run of letters and digits ends
 * @returns the token that it is part of, the right way round, as a layer
 */
export function reversedToken(text: string, runStart: number, runEnd: number): Layer | undefined {
  let end = runEnd;
  while (isOfToken[text.charCodeAt(end)] === 1 && end - runEnd < behindMax) end++;
  if (beginsPrefix[text.charCodeAt(end - 1)] !== 1) return undefined;
  const prefix = byBeginning.get(keyOf(text, end - 1, -1));
  if (prefix === undefined || !isBackwards(prefix, text, end)) return undefined;
  let start = runStart;
  while (start > 0 && runEnd - start < limits.dlpRunCharsMax && isOfToken[text.charCodeAt(start - 1)] === 1) start--; // prettier-ignore
  const chars: string[] = [];
  for (let at = end - 1; at >= start; at--) chars.push(text.charAt(at));
  return { text: chars.join(""), start, end, places: undefined, isValue: true };
}

/** Four characters from a place on, in one direction. */
function keyOf(text: string, at: number, step: number): number {
  let key = 0;
  for (let count = 0; count < 4; count++) key = (key << 7) | (text.charCodeAt(at + count * step) & 127);
  return key;
}

function isBackwards(prefix: string, text: string, end: number): boolean {
  for (let at = 0; at < prefix.length; at++)
    if (text.charAt(end - 1 - at) !== prefix.charAt(at)) return false;
  return true;
}
