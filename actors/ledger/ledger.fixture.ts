/** A ledger with its own key and real inflating, for tests: what an answer leaves, and what a call then carries. */
import { gunzipSync, inflateSync } from "node:zlib";
import type { Carried } from "../../protocol/facts.ts";
import type { Finding } from "../dlp/scanner.ts";
import { noLabels } from "../labels.ts";
import { Extractor } from "./extract.ts";
import { Finder } from "./find.ts";
import { KeyedHash, ledgerKeyBytes } from "./keyedhash.ts";
import type { InflatePort } from "./layers.ts";
import { newMemory, remember, type LedgerAnswer, type Memory } from "./memory.ts";

export const testHash = new KeyedHash(
  Uint8Array.from({ length: ledgerKeyBytes }, (_, at) => (at * 37 + 11) & 255),
  "k1",
);

const inflate: InflatePort = (bytes, maxOutputLength) => {
  try {
    return bytes[0] === 0x1f
      ? gunzipSync(bytes, { maxOutputLength })
      : inflateSync(bytes, { maxOutputLength });
  } catch (error) {
    return error instanceof RangeError ? "too large" : undefined;
  }
};

export const extractor = new Extractor(testHash, () => "test");
export const finder = new Finder(testHash, inflate, (token) => opened.get(token));
/** What tokens stand for, in tests. */
export const opened = new Map<string, string>();

export function answerOf(op: string, changes: Partial<LedgerAnswer> = {}): LedgerAnswer {
  return { op, name: "get_customer", server: "crm", target: "get_customer", environment: "prod", labels: noLabels, ...changes }; // prettier-ignore
}

/** A memory that has read one answer, with a finding for each of `secrets` that stands in it as a text. */
export function memoryOf(value: unknown, ...secrets: readonly string[]): Memory {
  const memory = newMemory("k1");
  remember(memory, answerOf("op-1"), extractor.extract(value, findingsOf(value, secrets), new Set()));
  return memory;
}

export function findingsOf(value: unknown, secrets: readonly string[], path = ""): Finding[] {
  if (typeof value === "string" || typeof value === "number") {
    const text = String(value);
    return secrets.flatMap((secret) => {
      const start = text.indexOf(secret);
      return start < 0 ? [] : [{ type: "thing", start, end: start + secret.length, likelihood: 5, path }];
    });
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => findingsOf(member, secrets, `${path}/${name}`));
}

export function find(memory: Memory, args: unknown): Carried {
  return finder.find(memory, args);
}

/** The strongest class that arguments carry; "" for nothing. */
export function strongest(carried: Carried): string {
  const [first] = [...carried.values].sort((one, other) => other.strength - one.strength);
  return first === undefined ? "" : first.type;
}
