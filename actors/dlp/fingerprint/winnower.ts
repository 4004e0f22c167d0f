/**
 * Winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003): of all runs of `gram` symbols of a text those whose keyed
 * hash is the least in a window of `window` runs. Pure. Does not own what is done with them.
 *
 * W1. Two texts that share `gram + window - 1` symbols in a row share at least one print, wherever it stands in them.
 * W2. A run of few different symbols is never a print (rulers, filled tables); W1 is for what has others in each window.
 * W3. Of equal least hashes one is kept as long as it is in the window: what repeats itself has no more prints than other texts.
 * W4. Without the key nobody can tell which runs are chosen, or make two that have one hash.
 */
import { limits } from "../../../protocol/limits.ts";
import { none, several, symbolOf, symbolsOf } from "./symbols.ts";

export interface PrintShape {
  /** Symbols of one print. */
  readonly gram: number;
  /** Prints of which one is kept. */
  readonly window: number;
}

/** Words of key that a winnower takes. */
export const keyWords = 6;

export interface PrintSink {
  /** @param end number of the last symbol of the print */
  print(high: number, low: number, end: number): void;
}

const highest = 0xffffffff;

/** The finaliser of MurmurHash3 (public domain): every bit of the input speaks for every bit of the output. */
function mix(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** `base` to the power of `times`, in 32 bits. */
function power(base: number, times: number): number {
  let product = 1;
  for (let at = 0; at < times; at++) product = Math.imul(product, base);
  return product;
}

export class Winnower {
  readonly shape: PrintShape;
  readonly #key: Uint32Array;
  readonly #sink: PrintSink;
  readonly #bases: readonly [number, number];
  /** Factors of the symbol that leaves a run. */
  readonly #leaving: readonly [number, number];
  /** Hashes of the last symbols, and how often each of them stands in the run, by its low eight bits. */
  readonly #ones: Int32Array;
  readonly #twos: Int32Array;
  readonly #kinds: Uint8Array;
  readonly #often = new Uint16Array(256);
  readonly #highs: Uint32Array;
  readonly #lows: Uint32Array;
  #different = 0;
  #one = 0;
  #two = 0;
  /** Number of the run that is the least of the window. */
  #least = -1;
  /** Symbols so far. */
  count = 0;
  /** Number of a symbol to come whose place is kept. */
  watched = -1;
  watchedText = 0;
  watchedPlace = 0;
  /** Where the last symbols stood: number of the text, and place in it, by number of the symbol modulo the length. */
  readonly texts: Int32Array;
  readonly places: Int32Array;

  constructor(shape: PrintShape, key: Uint32Array, sink: PrintSink) {
    const { gram, window } = shape;
    this.shape = shape;
    this.#key = key;
    this.#sink = sink;
    const [, , first = 0, second = 0] = key;
    this.#bases = [first | 1, second | 1];
    this.#leaving = [power(first | 1, gram - 1), power(second | 1, gram - 1)];
    this.#ones = new Int32Array(gram);
    this.#twos = new Int32Array(gram);
    this.#kinds = new Uint8Array(gram);
    this.#highs = new Uint32Array(window);
    this.#lows = new Uint32Array(window);
    this.texts = new Int32Array(gram + 2 * window);
    this.places = new Int32Array(gram + 2 * window);
  }

  /** For another text. */
  start(): void {
    this.#often.fill(0);
    this.#different = 0;
    this.#one = 0;
    this.#two = 0;
    this.#least = -1;
    this.count = 0;
    this.watched = -1;
  }

  /** The symbols of a part of a text; a pair of halves must not be cut. @param number of the text, for `texts` */
  feed(text: string, from: number, to: number, number: number): void {
    for (let at = from; at < to; at++) {
      const unit = text.charCodeAt(at);
      const symbol = symbolOf(unit);
      if (symbol === none) continue;
      if (symbol !== several) {
        this.#add(symbol, at, number);
        continue;
      }
      const point = text.codePointAt(at) ?? 0;
      const all = symbolsOf(point);
      for (let each = 0; each < all.length; each++) this.#add(all.charCodeAt(each), at, number);
      if (point > 0xffff) at++;
    }
  }

  #add(symbol: number, place: number, text: number): void {
    const { gram } = this.shape;
    const number = this.count++;
    const ring = number % this.texts.length;
    this.texts[ring] = text;
    this.places[ring] = place;
    if (number === this.watched) {
      this.watchedText = text;
      this.watchedPlace = place;
    }
    const slot = number % gram;
    const [oneKey = 0, twoKey = 0] = this.#key;
    if (number >= gram) {
      this.#one = (this.#one - Math.imul(this.#ones[slot] ?? 0, this.#leaving[0])) | 0;
      this.#two = (this.#two - Math.imul(this.#twos[slot] ?? 0, this.#leaving[1])) | 0;
      const gone = this.#kinds[slot] ?? 0;
      const often = (this.#often[gone] ?? 0) - 1;
      this.#often[gone] = often;
      if (often === 0) this.#different--;
    }
    const [one, two] = [mix(symbol ^ oneKey), mix((symbol + twoKey) | 0)];
    this.#ones[slot] = one;
    this.#twos[slot] = two;
    this.#one = (Math.imul(this.#one, this.#bases[0]) + one) | 0;
    this.#two = (Math.imul(this.#two, this.#bases[1]) + two) | 0;
    const kind = symbol & 255;
    this.#kinds[slot] = kind;
    const often = (this.#often[kind] ?? 0) + 1;
    this.#often[kind] = often;
    if (often === 1) this.#different++;
    if (number + 1 >= gram) this.#choose(number - gram + 1);
  }

  #choose(run: number): void {
    const { window, gram } = this.shape;
    const isDull = this.#different < limits.fingerprintVarietyMin;
    const high = isDull ? highest : mix(this.#one ^ (this.#key[4] ?? 0)) >>> 0;
    const low = isDull ? highest : mix(this.#two ^ (this.#key[5] ?? 0)) >>> 0;
    const slot = run % window;
    this.#highs[slot] = high;
    this.#lows[slot] = low;
    if (run < window - 1) return;
    if (this.#least >= 0 && this.#least > run - window) {
      const least = this.#least % window;
      const leastHigh = this.#highs[least] ?? 0;
      if (high > leastHigh || (high === leastHigh && low >= (this.#lows[least] ?? 0))) return;
      this.#least = run;
    } else this.#least = this.#rightmostLeast(run);
    const least = this.#least % window;
    const [chosen, its] = [this.#highs[least] ?? 0, this.#lows[least] ?? 0];
    if (chosen !== highest || its !== highest) this.#sink.print(chosen, its, this.#least + gram - 1);
  }

  /** Of the window that ends with a run. */
  #rightmostLeast(run: number): number {
    const { window } = this.shape;
    let least = run;
    let [high, low] = [this.#highs[run % window] ?? 0, this.#lows[run % window] ?? 0];
    for (let each = run - 1; each > run - window; each--) {
      const slot = each % window;
      const other = this.#highs[slot] ?? 0;
      if (other > high || (other === high && (this.#lows[slot] ?? 0) >= low)) continue;
      least = each;
      high = other;
      low = this.#lows[slot] ?? 0;
    }
    return least;
  }
}
