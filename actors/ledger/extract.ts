/**
 * From an answer to marks: which of its values are remembered. Owns what is worth a mark. Does not own what is sensitive
 * (actors/dlp), the hashes (keyedhash.ts), nor how long marks are kept (memory.ts).
 *
 * X1. What a detector found is remembered as a whole and in pieces. Identifiers, names and long texts by themselves prove
 *     little, and are remembered with less strength; words, dates, times and versions are not.
 * X2. More than may be remembered of one answer is a fact (`overflow`), never a silence.
 * X3. What an agent wrote in its own call is not read from the answer that repeats it, unless it is sensitive.
 */
import type { SeenValues } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { Finding } from "../dlp/scanner.ts";
import { allButOneMax } from "./finds.ts";
import type { KeyedHash } from "./keyedhash.ts";
import {
  aboutOf,
  longAnchor,
  longAnchorMin,
  markWords,
  packMarks,
  strengthOf,
  strengths,
  textAnchor,
  textMarkSymbols,
  valueSymbolsMax,
  withType,
} from "./mark.ts";
import { gramAt, gramSymbols, runAt, Symbols } from "./symbols.ts";
import { identifiersOf, isPhrase } from "./worth.ts";

/** The class of what no detector found. */
export const ownTypes = { id: "own/id", phrase: "own/phrase", text: "own/text" } as const;

/** A detector's group by its id: a class is named by both. */
export type GroupOf = (type: string) => string;

/** What is found by its label alone: many persons have the same name, and streets the same. */
const provesLittle: ReadonlySet<string> = new Set(["person.name", "person.address", "person.birth_place"]);
/** Below it a finding is a guess. */
const likelihoodMin = 3;
const chunkSymbols = 32;
/** A run of text that is copied has a mark at the latest every so many symbols. */
const textWindow = 64;
const piecesMin = 9;
/** Symbols before the sign from which on pieces go over it. */
const overSign = 4;
const nestedDepthMax = 4;

export class Extractor {
  readonly #hash: KeyedHash;
  readonly #groupOf: GroupOf;
  readonly #symbols = new Symbols(limits.ledgerAnswerSymbolsMax);
  #grams = new Uint32Array(1_024);
  #words: number[] = [];
  #types: string[] = [];
  #known = new Set<number>();
  #own: ReadonlySet<number> = new Set();
  #overflow = false;

  constructor(hash: KeyedHash, groupOf: GroupOf) {
    this.#hash = hash;
    this.#groupOf = groupOf;
  }

  /**
   * The marks of an answer.
   *
   * @param value    what the agent is given
   * @param findings of the scanner in it
   * @param own      what `known` gives of the call's arguments
   * @param isWhole  false when it was not scanned to its end
   */
  extract(
    value: unknown,
    findings: readonly Finding[],
    own: ReadonlySet<number>,
    isWhole = true,
  ): SeenValues {
    this.#words = [];
    this.#types = [];
    this.#known = new Set();
    this.#own = own;
    this.#overflow = !isWhole;
    const byPath = new Map<string, Finding[]>();
    for (const finding of findings) {
      if (finding.likelihood < likelihoodMin || finding.inKey === true) continue;
      const others = byPath.get(finding.path);
      if (others === undefined) byPath.set(finding.path, [finding]);
      else others.push(finding);
    }
    this.#walk(value, "", byPath, 0);
    for (const finding of findings)
      if (finding.inKey === true && finding.likelihood >= likelihoodMin) this.#key(finding);
    const seen = { key: this.#hash.id, types: this.#types, marks: packMarks(this.#words) };
    return this.#overflow ? { ...seen, overflow: true } : seen;
  }

  /** Identifiers and phrases in a call's arguments, as its answer may repeat them. */
  known(value: unknown): ReadonlySet<number> {
    const { marks: _, ...rest } = this.extract(value, [], new Set());
    void rest;
    return this.#known;
  }

  #walk(value: unknown, path: string, byPath: ReadonlyMap<string, readonly Finding[]>, depth: number): void {
    if (typeof value === "string") return this.#leaf(value, byPath.get(path) ?? none, 0);
    if (typeof value === "number" || typeof value === "bigint") return this.#leaf(String(value), byPath.get(path) ?? none, nestedDepthMax); // prettier-ignore
    if (typeof value !== "object" || value === null) return;
    if (depth >= limits.dlpDepthMax) {
      this.#overflow = true;
      return;
    }
    if (Array.isArray(value)) for (let at = 0; at < value.length; at++) this.#walk(value[at], `${path}/${at}`, byPath, depth + 1); // prettier-ignore
    else for (const [name, member] of Object.entries(value)) this.#walk(member, `${path}/${pointerPart(name)}`, byPath, depth + 1); // prettier-ignore
  }

  /** @param nested how many texts in one another it stands in, each read as JSON */
  #leaf(text: string, findings: readonly Finding[], nested: number): void {
    for (const { type, start, end } of findings) {
      const named = `${this.#groupOf(type)}/${type}`;
      if (!provesLittle.has(type)) this.#sensitive(named, text.slice(start, end));
      else if (isPhrase(text, this.#read(text).length)) this.#value(named, text.slice(start, end), strengths.weak); // prettier-ignore
    }
    if (text.length < gramSymbols) return;
    const inner = nested < nestedDepthMax ? parsed(text) : undefined;
    if (inner !== undefined) return this.#inner(inner, nested + 1, 0);
    for (const id of identifiersOf(text)) this.#value(ownTypes.id, id.text, id.isStrong ? strengths.strong : strengths.weak); // prettier-ignore
    const symbols = this.#read(text);
    if (symbols.length > valueSymbolsMax) this.#text(symbols);
    else if (isPhrase(text, symbols.length)) this.#value(ownTypes.phrase, text, strengths.weak);
  }

  #inner(value: unknown, nested: number, depth: number): void {
    if (typeof value === "string") return this.#leaf(value, none, nested);
    if (typeof value === "number") return this.#leaf(String(value), none, nestedDepthMax);
    if (typeof value !== "object" || value === null) return;
    if (depth >= limits.dlpDepthMax) {
      this.#overflow = true;
      return;
    }
    for (const member of Object.values(value)) this.#inner(member, nested, depth + 1);
  }

  #key({ type, path, start, end }: Finding): void {
    const name = path
      .slice(path.lastIndexOf("/") + 1)
      .replaceAll("~1", "/")
      .replaceAll("~0", "~");
    this.#sensitive(`${this.#groupOf(type)}/${type}`, name.slice(start, end));
  }

  #sensitive(type: string, found: string): void {
    const text = /^(?:secret|credential|keys)\//.test(type) ? withoutName(found) : found;
    const { codes, length } = this.#read(text);
    if (length < gramSymbols) return;
    if (length > valueSymbolsMax) return this.#chunks(type, codes, length, strengths.sensitive);
    const check = this.#hash.value(codes, 0, length, 1);
    this.#whole(text, codes, check, length, strengths.sensitive, type);
    // Of an address the part before the sign: what comes behind it is many people's.
    const local = text.indexOf("@") > 0 ? this.#lengthOf(text.slice(0, text.indexOf("@"))) : length;
    if (length < piecesMin || local < piecesMin) return;
    this.#read(text);
    const piece = (at: number): void =>
      this.#put(this.#hash.gram(gramAt(codes, at)), check, aboutOf(local, at, strengths.piece, 0), type, runAt(codes, at)); // prettier-ignore
    for (let at = 0; at + gramSymbols <= local; at += 2) piece(at);
    // What stands between the place where an address is cut and its sign is known by what stands behind the sign.
    const step = local > allButOneMax ? 2 : 1;
    for (let at = local - overSign; at < local; at += step) if (at + gramSymbols <= length) piece(at);
  }

  /** Each chunk is a value by itself, the last one from the end. */
  #chunks(type: string, codes: Uint8Array, length: number, strength: number): void {
    for (let at = 0; at < length; at += chunkSymbols) {
      const from = Math.min(at, length - chunkSymbols);
      this.#put(this.#anchor(codes, from, chunkSymbols), this.#hash.value(codes, from, chunkSymbols, 1), aboutOf(chunkSymbols, 0, strength, 0), type, runAt(codes, from)); // prettier-ignore
    }
  }

  #value(type: string, text: string, strength: number): void {
    const { codes, length } = this.#read(text);
    if (length < gramSymbols) return;
    if (length > valueSymbolsMax) return this.#chunks(type, codes, length, strength);
    const check = this.#hash.value(codes, 0, length, 1);
    if (this.#own.has(check)) return;
    this.#whole(text, codes, check, length, strength, type);
  }

  #whole(
    text: string,
    codes: Uint8Array,
    check: number,
    length: number,
    strength: number,
    type: string,
  ): void {
    const size = length >= longAnchorMin ? longAnchorMin : gramSymbols;
    // Numbered things differ at their end, addresses and names at their beginning.
    // A value as long as a mark of text is told from one by where its anchor stands.
    const at = length === textMarkSymbols || /\d\W*$/.test(text) ? length - size : 0;
    this.#put(
      this.#anchor(codes, at, length),
      check,
      aboutOf(length, at, strength, 0),
      type,
      runAt(codes, at),
    );
  }

  #anchor(codes: Uint8Array, at: number, length: number): number {
    const first = this.#hash.gram(gramAt(codes, at));
    return length < longAnchorMin
      ? first
      : longAnchor(first, this.#hash.gram(gramAt(codes, at + gramSymbols)));
  }

  /** Marks where an anchor is the smallest of its surroundings: the same ones wherever the text is copied to. */
  #text({ codes, length }: Symbols): void {
    if (this.#grams.length < length) this.#grams = new Uint32Array(length * 2);
    const grams = this.#grams;
    const last = length - textMarkSymbols;
    for (let at = 0; at + gramSymbols <= length; at++) grams[at] = this.#hash.gram(gramAt(codes, at));
    const anchor = (at: number): number => textAnchor(grams[at] ?? 0, grams[at + gramSymbols] ?? 0, grams[at + 2 * gramSymbols] ?? 0); // prettier-ignore
    let [least, leastAt, marked] = [0xffffffff, -1, -1];
    for (let at = 0; at <= last; at++) {
      // What was the smallest has left the window.
      const from = leastAt >= 0 && leastAt <= at - textWindow ? at - textWindow + 1 : at;
      if (from < at) [least, leastAt] = [0xffffffff, -1];
      for (let each = from; each <= at; each++) {
        const own = anchor(each);
        if (own <= least) [least, leastAt] = [own, each];
      }
      if (leastAt === marked || (at < textWindow - 1 && at < last)) continue;
      marked = leastAt;
      this.#put(least, this.#hash.value(codes, marked, textMarkSymbols, 1), aboutOf(textMarkSymbols, 0, strengths.weak, 0), ownTypes.text, runAt(codes, marked)); // prettier-ignore
    }
  }

  /** @param run the first symbols of the anchor, as they stand in the value */
  #put(anchor: number, check: number, about: number, type: string, run: number): void {
    const strength = strengthOf(about);
    if (strength === strengths.weak || strength === strengths.strong) {
      if (this.#known.has(check)) return;
    }
    if (strength !== strengths.piece) this.#known.add(check);
    let number = this.#types.indexOf(type);
    if (number < 0) number = this.#types.push(type) - 1;
    if (this.#words.length >= limits.ledgerAnswerMarksMax * markWords || number >= limits.ledgerTypesMax) {
      this.#overflow = true;
      return;
    }
    this.#words.push(anchor, check, withType(about, number), this.#hash.seal(run, check, about));
  }

  #read(text: string): Symbols {
    this.#symbols.clear();
    if (!this.#symbols.add(text)) this.#overflow = true;
    return this.#symbols;
  }

  #lengthOf(text: string): number {
    return this.#read(text).length;
  }
}

const none: readonly Finding[] = [];

/** `password = "…"` without the name. */
function withoutName(text: string): string {
  return text.replace(/^[\w-]{2,40}["']?\s{0,4}[:=]\s{0,4}["']?/, "").replace(/^(?:bearer|basic)\s+/i, "");
}

/** A text that is JSON, as tools give it; undefined for any other. */
function parsed(text: string): unknown {
  const first = text.charCodeAt(0);
  if (first !== 123 && first !== 91) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function pointerPart(name: string): string {
  return name.includes("~") || name.includes("/") ? name.replaceAll("~", "~0").replaceAll("/", "~1") : name;
}
