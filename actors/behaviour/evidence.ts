/**
 * Where a value of a call comes from, as far as a session knows. Owns the look-up. Does not own what follows (judge.ts).
 *
 * E1. What was seen in several ways counts as seen in the worst of them: an address book does not clear an order that names the
 *     same address.
 */
import type { TracedValue } from "../../protocol/trace.ts";
import { addressing, callOf, directiveOf, freeText, hinting, structured } from "./mark.ts";
import type { Trail } from "./trail.ts";

export interface Evidence {
  readonly value: TracedValue;
  readonly from: "known" | "structured" | "free" | "nowhere";
  /** Most different directive words near it. */
  readonly directive: number;
  /** What it stood near speaks to whoever was given a task. */
  readonly addresses: boolean;
  /** It speaks of an agent or of a user: so do handbooks. */
  readonly hints: boolean;
  /** Number of the call in whose answer it was seen first, from 0. */
  readonly call: number;
  /** A URL that stood nowhere, on a host that did. */
  readonly isComposed: boolean;
}

/** Of neighbouring words of a value, so many in a hundred must have been seen. */
const pairsShare = 60;

export function evidenceOf(trail: Trail | undefined, value: TracedValue): Evidence {
  // A baseline knows where a persona's calls go, not who said so.
  if (value.known === "mission" || value.known === "role")
    return {
      value,
      from: "known",
      directive: 0,
      addresses: false,
      hints: false,
      call: -1,
      isComposed: false,
    };
  const whole = trail === undefined ? 0 : aboutValue(trail, value);
  const about = whole === 0 && value.origin !== undefined ? (trail?.slots.find(value.origin) ?? 0) : whole;
  if (about === 0) return { value, from: "nowhere", directive: 0, addresses: false, hints: false, call: -1, isComposed: false }; // prettier-ignore
  return {
    value,
    from: (about & freeText) !== 0 || (about & structured) === 0 ? "free" : "structured",
    directive: directiveOf(about),
    addresses: (about & addressing) !== 0,
    hints: (about & hinting) !== 0,
    call: callOf(about),
    isComposed: whole === 0,
  };
}

function aboutValue({ slots }: Trail, { is, whole, words, pairs }: TracedValue): number {
  let found = whole === 0 ? 0 : slots.find(whole);
  // A path with blanks was seen when all of its names were: that its folder was says nothing of the file.
  if (is === "id" && words.length > 1 && found === 0 && words.some((hash) => slots.find(hash) === 0))
    return 0;
  let seen = 0;
  let most = 0;
  for (const hash of pairs) {
    const about = slots.find(hash);
    if (about === 0) continue;
    seen++;
    if (most === 0 || directiveOf(about) > directiveOf(most)) most = about;
  }
  const isSeen = seen > 0 && (words.length === 1 || seen * 100 >= pairs.length * pairsShare);
  if (isSeen) found = worse(found, most);
  for (const hash of words) if (hash !== whole) found = worse(found, slots.find(hash));
  return found;
}

function worse(one: number, other: number): number {
  if (one === 0 || other === 0) return one | other;
  const rank = (about: number): number => (about & freeText ? 16 : 0) + directiveOf(about);
  return rank(other) > rank(one) ? (other & 0xff) | (one & 0xff00) : one;
}
