/**
 * From bodies to facts: digests, sizes and the values that constraints read. The only place that looks into arguments
 * and answers on the decision's behalf; bounded, and an overflow is itself a fact.
 */
import { hash, randomBytes } from "node:crypto";
import { lastName } from "../../actors/dlp/mirrored.ts";
import { canonicalJson } from "../../protocol/canonical.ts";
import type { AnswerFacts, ArgumentValue, CallFacts, CallKind, Outcome } from "../../protocol/facts.ts";
import type { Json } from "../../protocol/json.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { Screened } from "./screening.ts";

/** Key of the digests: per data folder, so that digests of one installation compare and nobody else's do. */
export class FactsKey {
  readonly #key: string;
  readonly #shapeSeed: number;

  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = Buffer.from(key).toString("base64url");
    this.#shapeSeed = Buffer.from(key).readUInt32LE(0);
  }

  /** 22 base64url characters of SHA-256 over key and text. Truncation makes the prefix key safe (no extension). */
  digest(text: string): string {
    return hash("sha256", this.#key + text, "base64url").slice(0, 22);
  }

  /**
   * Equal for texts that differ only in digits, letter case and white space: near-identical calls. Not for security
   * decisions about others: a collision only hurts the agent that makes it.
   */
  shape(text: string): string {
    let high = this.#shapeSeed ^ 0x9e3779b9;
    let low = this.#shapeSeed ^ 0x85ebca6b;
    let inDigits = false;
    for (let at = 0; at < text.length; at++) {
      let code = text.charCodeAt(at);
      if (code <= 32) continue;
      const isDigit = code >= 48 && code <= 57;
      if (isDigit && inDigits) continue;
      inDigits = isDigit;
      if (isDigit) code = 48;
      else if (code >= 65 && code <= 90) code += 32;
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x5bd1e995) ^ (low >>> 15);
    }
    return (high >>> 0).toString(36) + (low >>> 0).toString(36);
  }
}

/**
 * @param kind    what the grant names
 * @param name    exposed name or URI as the agent wrote it, within the bound that target.ts keeps
 * @param args    arguments, or undefined for none
 * @param pointers JSON pointers the grant's constraints read
 * @param known   top-level names of the pinned definition; undefined when it allows others
 */
export function callFacts(
  key: FactsKey,
  kind: CallKind,
  name: string,
  args: JsonObject | undefined,
  pointers: readonly string[],
  known: ReadonlySet<string> | undefined,
): CallFacts {
  const canonical = args === undefined ? "{}" : canonicalJson(args as Json);
  const unknown = known === undefined || args === undefined ? undefined : unknownNames(args, known);
  const values = pointers.length === 0 || args === undefined ? undefined : readValues(args, pointers);
  const facts = {
    kind,
    name,
    digest: key.digest(canonical),
    shape: key.shape(canonical),
    bytes: Buffer.byteLength(canonical),
    ...(unknown === undefined ? {} : { unknown }),
    ...(values === undefined ? {} : { values: values.list }),
  };
  return values?.overflow === true ? { ...facts, overflow: true } : facts;
}

/** Of a name of an argument that is written down. */
const nameCharsMax = 64;

function unknownNames(args: JsonObject, known: ReadonlySet<string>): readonly string[] | undefined {
  let found: string[] | undefined;
  for (const name in args) {
    if (known.has(name)) continue;
    found ??= [];
    found.push(name.slice(0, nameCharsMax));
    if (found.length === 8) break;
  }
  return found;
}

/**
 * The same facts where sensitive data was found in the arguments: a name that nobody declared may be such data, and a name in which
 * some was found is. Equal names have equal digests.
 */
export function withoutNames<F extends CallFacts>(
  key: FactsKey,
  facts: F,
  screened: Screened | undefined,
): F {
  if (screened?.facts === undefined) return facts;
  const hidden = (name: string): string => `#${key.digest(name)}`;
  const names = new Set(screened.scan.findings.flatMap(({ inKey, path }) => (inKey === true ? [lastName(path).slice(0, nameCharsMax)] : []))); // prettier-ignore
  const { unknown, trace } = facts;
  const values = trace?.values.map((value) => (names.has(value.at) ? { ...value, at: hidden(value.at) } : value)); // prettier-ignore
  return {
    ...facts,
    ...(unknown === undefined ? {} : { unknown: unknown.map(hidden) }),
    ...(trace === undefined || values === undefined || names.size === 0
      ? {}
      : { trace: { ...trace, values } }),
  };
}

/** Room for names, digests and punctuation beside the values. */
const valueBytesMax = limits.callFactsBytesMax - 2048;

function readValues(
  args: JsonObject,
  pointers: readonly string[],
): { list: ArgumentValue[]; overflow: boolean } {
  const list: ArgumentValue[] = [];
  let bytes = 0;
  let overflow = false;
  const take = (at: string, value: unknown): void => {
    const read = readValue(at, value);
    bytes += at.length + (typeof read.value === "string" ? Buffer.byteLength(read.value) : 8);
    if (list.length >= limits.constraintValuesMax || bytes > valueBytesMax) overflow = true;
    else list.push(read);
  };
  for (const pointer of pointers) {
    const segments = pointer.startsWith("/") ? pointer.slice(1).split("/").map(unescapeSegment) : [pointer];
    walk(args, segments, 0, (value) => take(pointer, value));
    if (overflow) break;
  }
  return { list, overflow };
}

/** RFC 6901, section 4. */
function unescapeSegment(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

function walk(
  value: unknown,
  segments: readonly string[],
  depth: number,
  found: (value: unknown) => void,
): void {
  const segment = segments[depth];
  if (segment === undefined) {
    if (value !== undefined) found(value);
    return;
  }
  if (Array.isArray(value)) {
    if (segment === "-") for (const element of value as unknown[]) walk(element, segments, depth + 1, found);
    else if (/^(0|[1-9]\d{0,5})$/.test(segment)) walk(value[Number(segment)], segments, depth + 1, found);
    return;
  }
  if (isObject(value) && Object.hasOwn(value, segment)) walk(value[segment], segments, depth + 1, found);
}

function readValue(at: string, value: unknown): ArgumentValue {
  if (typeof value === "string") {
    return value.length > limits.constraintValueCharsMax
      ? { at, value: value.slice(0, limits.constraintValueCharsMax), cut: true }
      : { at, value };
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) return { at, value };
  if (Array.isArray(value)) return { at, value: value.length, compound: true };
  return { at, value: null, compound: true };
}

/**
 * @param content what the agent gets, serialised; "" when there is no answer
 */
export function answerFacts(
  key: FactsKey,
  outcome: Outcome,
  content: string,
  tookMs: number,
  code: string | undefined,
): AnswerFacts {
  return {
    outcome,
    bytes: content === "" ? 0 : Buffer.byteLength(content),
    digest: content === "" ? "" : key.digest(content),
    tookMs: Math.max(0, Math.round(tookMs * 1000) / 1000),
    ...(code === undefined ? {} : { code }),
  };
}
