/**
 * Values that one tool gives and that another must not get, in the simulation: what an answer brings, what a call carries, and
 * the rule. Extractor and finder are the shipped ones; nothing is packed here, so nothing is inflated.
 */
import { Extractor } from "../../actors/ledger/extract.ts";
import { Finder } from "../../actors/ledger/find.ts";
import { KeyedHash, ledgerKeyBytes } from "../../actors/ledger/keyedhash.ts";
import type { Memory } from "../../actors/ledger/memory.ts";
import type { Carried, SeenValues } from "../../protocol/facts.ts";
import { flowSchema } from "../../protocol/flow.ts";

/** Gives values of customers. */
export const source = "read_customer";
/** Must not get them. It may run twice, so that nothing but the ledger's own fence holds an answer back. */
export const carrier = "forward_note";

/** So many calls later an agent tries to hand on what was shown last. */
export const carriedEach = 20;

export const flows = [
  flowSchema.parse({ from: { labels: ["customer-data"] }, to: { tools: [`desk/${carrier}`] }, reason: "customers stay here" }), // prettier-ignore
];

const hash = new KeyedHash(
  Uint8Array.from({ length: ledgerKeyBytes }, (_, at) => (at * 89 + 7) & 255),
  "s",
);
const nobodyKnown: ReadonlySet<number> = new Set();
const extractor = new Extractor(hash, () => "own");
const finder = new Finder(hash, () => undefined);
const valuesEach = 4;

/** An account of a session's customer; the session has a few. @param n number of the operation */
export function valueOf(key: string, n: number): string {
  let sum = 0x811c9dc5 ^ (n % valuesEach);
  for (let at = 0; at < key.length; at++) sum = Math.imul(sum ^ key.charCodeAt(at), 0x01000193);
  const digits = String(sum >>> 0).padStart(10, "7");
  return `83${digits}${digits.slice(2, 6)}`;
}

/** A session has a few values, and shows each of them many times. */
const seen = new Map<string, SeenValues>();
const seenMax = 4_096;

export function seenOf(value: string): SeenValues {
  const known = seen.get(value);
  if (known !== undefined) return known;
  const read = extractor.extract({ account: value }, [], nobodyKnown);
  if (seen.size < seenMax) seen.set(value, read);
  return read;
}

export function carriedBy(memory: Memory | undefined, value: string | undefined): Carried {
  return finder.find(memory, { note: `All is well. ${value ?? "Nothing else."}` });
}
