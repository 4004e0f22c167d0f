/**
 * What comparing arguments costs at least, however it is done: each character to its symbol, one look for each place where a value may
 * begin, and, beside it, the keyed hashes without which nobody knows that what is there is there; and all that the law of the ledger asks
 * of a call. Owns nothing of how it is done (actors/ledger).
 */
import { KeyedHash, ledgerKeyBytes } from "../actors/ledger/keyedhash.ts";
import {
  lengthOf,
  longAnchorMin,
  offsetOf,
  strengthOf,
  strengths,
  textMarkSymbols,
} from "../actors/ledger/mark.ts";
import { Page, placeBits, tells } from "../actors/ledger/page.ts";
import { base64, Bytes, mayBegin64, places64 } from "../actors/ledger/radix.ts";
import { sift, Sieves, type Sieve } from "../actors/ledger/sieve.ts";
import { comparedCodes, gramAt, gramSymbols, reversed, runAt, Symbols } from "../actors/ledger/symbols.ts";
import type { MarkTable } from "../actors/ledger/table.ts";
import type { Carried } from "../protocol/facts.ts";
import { limits } from "../protocol/limits.ts";

/** Of a text: the grams of all anchors that stand in it, and where values do, each once. */
export interface Proof {
  readonly grams: readonly number[];
  readonly values: readonly { readonly at: number; readonly length: number; readonly step: 1 | -1 }[];
}

export class Floor {
  /** So that no hash is left out as one that nobody asks for. */
  proved = 0;
  readonly #symbols = new Symbols(limits.ledgerArgumentSymbolsMax, comparedCodes);
  /** What was told last, for the same reason. */
  told: Carried | undefined;
  readonly #page = new Page();
  readonly #inner = new Page();
  readonly #bytes = new Bytes();
  readonly #hash: KeyedHash;
  readonly #table: MarkTable;
  readonly #sieve: Sieve;
  /** Of marks, by their first symbols, forwards and backwards. */
  readonly #marks = new Map<number, number[]>();

  constructor(hash: KeyedHash, table: MarkTable) {
    this.#hash = hash;
    this.#table = table;
    // Under another key it knows no gram: the bare look.
    this.#sieve = new Sieves(new KeyedHash(new Uint8Array(ledgerKeyBytes), "floor")).of(table);
    for (let mark = 0; mark < table.count; mark++) {
      const run = hash.seal(table.hint(mark), table.check(mark), table.about(mark));
      for (const way of new Set([run, reversed(run)]))
        this.#marks.set(way, [...(this.#marks.get(way) ?? []), mark]);
    }
  }

  look(text: string): void {
    this.#symbols.clear();
    this.#symbols.add(text);
    sift(this.#sieve, this.#symbols.length);
  }

  /** The same, and the hashes of what is there. */
  prove(text: string, proof: Proof): void {
    this.look(text);
    this.#prove(proof);
  }

  #prove({ grams, values }: Proof): void {
    const { codes } = this.#symbols;
    let all = 0;
    for (const gram of grams) all ^= this.#hash.gram(gram);
    for (const { at, length, step } of values) all ^= this.#hash.value(codes, at, length, step);
    this.proved = all;
  }

  /**
   * What the law asks of a call, each thing once, as if it were one text: its texts and names found and put together, symbols and
   * what may hide something told, one look at each run of letters and what it says in base64, the hashes, and a row for each value found.
   */
  ask(args: unknown, proof: Proof, found: Carried): void {
    const [texts, names]: [string[], string[]] = [[], []];
    leaves(args, texts, names);
    this.#symbols.clear();
    const page = this.#page;
    page.fill([texts.join("") + names.join("")], this.#symbols);
    sift(this.#sieve, this.#symbols.length);
    this.#prove(proof);
    let run = -1;
    for (let at = 0; at < (page.placeEnds[0] ?? 0); at++) {
      const place = page.places[at] ?? 0;
      if ((place & tells.run) === 0) continue;
      if (run >= 0) this.#try(run, place >> placeBits);
      run = run < 0 ? place >> placeBits : -1;
    }
    const values = found.values.map(({ op, type, strength, count }) => ({ op, type, strength, count }));
    const parts = found.parts.map(({ op, type, check, length, low, high }) => ({ op, type, check, length, low, high })); // prettier-ignore
    this.told = { values, parts };
  }

  #try(from: number, to: number): void {
    const { bytes } = this.#page;
    let places = places64(bytes, from);
    for (let at = from; places !== 0; at++, places >>= 1) {
      if ((places & 1) === 0 || !mayBegin64(bytes, at, to)) continue;
      this.#inner.room(to - at);
      if (!this.#bytes.read(this.#inner.bytes, bytes, at, to, base64, false)) continue;
      this.#symbols.clear();
      this.#inner.readAscii(this.#bytes.length, this.#symbols);
      sift(this.#sieve, this.#symbols.length);
      return;
    }
  }

  proofOf(text: string): Proof {
    this.#symbols.clear();
    this.#symbols.add(text);
    const { codes, length } = this.#symbols;
    const grams = new Set<number>();
    const values = new Map<string, Proof["values"][number]>();
    for (let at = 0; at + gramSymbols <= length; at++)
      for (const mark of this.#marks.get(runAt(codes, at)) ?? []) {
        const about = this.#table.about(mark);
        const own = lengthOf(about);
        const isPiece = strengthOf(about) === strengths.piece;
        if (isPiece) grams.add(gramAt(codes, at));
        for (const step of isPiece ? [] : ([1, -1] as const)) {
          // Of a value that is read backwards the anchor's first gram ends where the value's place does.
          const start = step > 0 ? at - offsetOf(about) : at + gramSymbols - 1 + offsetOf(about);
          const end = start + step * (own - 1);
          if (Math.min(start, end) < 0 || Math.max(start, end) >= length) continue;
          if (this.#hash.value(codes, start, own, step) !== this.#table.check(mark)) continue;
          values.set(`${start} ${own} ${step}`, { at: start, length: own, step });
          for (let each = 0; each < gramsOf(about); each++)
            grams.add(gramAt(codes, at + step * each * gramSymbols));
        }
      }
    return { grams: [...grams], values: [...values.values()] };
  }
}

function leaves(value: unknown, texts: string[], names: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (typeof value === "number") texts.push(String(value));
  else if (Array.isArray(value)) for (const each of value as unknown[]) leaves(each, texts, names);
  else if (typeof value === "object" && value !== null)
    for (const name in value) {
      names.push(name);
      leaves((value as Readonly<Record<string, unknown>>)[name], texts, names);
    }
}

/** Of how many grams a mark's anchor is. */
function gramsOf(about: number): number {
  if (lengthOf(about) < longAnchorMin) return 1;
  const isText = strengthOf(about) === strengths.weak && lengthOf(about) === textMarkSymbols && offsetOf(about) === 0; // prettier-ignore
  return isText ? 3 : 2;
}
