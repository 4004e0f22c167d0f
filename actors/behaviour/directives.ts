/**
 * Where in a text stand words of an order, in all languages at once, and how many different ones are near a place. Owns the search.
 * Does not own which words those are (directives.data.ts).
 *
 * D1. Near: within 160 characters behind a directive word or 80 before it, in one text.
 * D2. A word is known by its tabulation hash, which a run of words has made on the way; none is sealed.
 * D3. Places are asked for from the left to the right, so that no word looks at all of them.
 */
import { addressing, hinting } from "./mark.ts";
import { directiveWords } from "./directives.data.ts";
import { hiddenIn, labelAt, labelWords } from "./markup.ts";
import type { WordHash } from "./wordhash.ts";
import { sieveRoom, WordRun } from "./wordrun.ts";

const charsBehind = 160;
const charsBefore = 80;
/** In place of a number: it speaks to whoever was given a task. */
const isAddress = 63;
/** From here on: words of which two different ones do so; one may stand in any text. */
const hintsFrom = 64;
const hintsMost = 32;
const hintsMin = 2;
/** A label that hints. */
const labelHint = hintsFrom + hintsMost - 1;
const directiveMost = 7;
/** Who hides a text from people has written no remark. */
const concealedOrders = 2;
/** Behind every text. */
const never = 0x3fff_ffff;
/** Twice as many as there are first words of phrases, and a power of two. */
const firstsRoom = 4_096;

/** A directive phrase: the sieves of its words, and its number. */
interface Phrase {
  readonly words: readonly number[];
  readonly number: number;
}

/** The sieve of a word, with what may begin with it. */
interface First {
  readonly sieve: number;
  /** Number of the phrase that is this word alone; -1 for none. */
  alone: number;
  /** Those that go on. */
  readonly phrases: Phrase[];
  /** It speaks to an agent where it stands as a label. */
  isLabel: boolean;
}

export class Directives {
  /** How many there are in the text at hand. */
  length = 0;
  /** Most different ones that were near one place since `start`. */
  most = 0;
  #places = new Int32Array(64);
  #numbers = new Uint8Array(64);
  /** First words of phrases, and words of labels: by the lower bits of a sieve, or a few places on. */
  readonly #firsts: (First | undefined)[] = Array.from({ length: firstsRoom }, () => undefined);
  /** By the lower bits of a sieve, whether some phrase may begin with it: most words are told apart by it. */
  readonly interest = new Uint8Array(sieveRoom);
  /** The same of second words. */
  readonly #seconds = new Uint8Array(sieveRoom);
  /** Those near the place asked for last: how many of each number, which numbers, and from which to which. */
  readonly #counts = new Uint16Array(hintsFrom + hintsMost);
  #different = 0;
  #hints = 0;
  #left = 0;
  #right = 0;
  /** Of what people do not see, beginnings and ends in turn, and how many of them were passed. */
  #hidden: readonly number[] = [];
  #passed = 0;
  /** The last answer of `near`, and before which end of a word it holds. */
  #near = 0;
  #until = -1;
  /** Counted as orders beside those that are there. */
  #more = 0;

  constructor(hash: WordHash) {
    const run = new WordRun(hash, 8);
    let hints = 0;
    for (const { order, address, hint } of Object.values(directiveWords)) {
      for (const [number, line] of order.entries())
        for (const text of line.split(", ")) this.#learn(run, text, number % isAddress);
      for (const text of address.split(", ")) this.#learn(run, text, isAddress);
      for (const text of hint.split(", ")) this.#learn(run, text, hintsFrom + (hints++ % (hintsMost - 1)));
    }
    for (const text of labelWords) this.#interested(run, text).isLabel = true;
  }

  #learn(run: WordRun, text: string, number: number): void {
    const first = this.#interested(run, text);
    const words = Array.from({ length: run.length }, (_, at) => run.sieves[at] ?? 0);
    const [, second] = words;
    if (second === undefined) {
      if (first.alone < 0) first.alone = number;
      return;
    }
    this.#seconds[second & (sieveRoom - 1)] = 1;
    const { phrases } = first;
    if (!phrases.some((each) => each.words.join() === words.join())) phrases.push({ words, number });
  }

  /** @returns what is known of its first word */
  #interested(run: WordRun, text: string): First {
    run.read(text);
    const sieve = run.sieves[0] ?? 0;
    this.interest[sieve & (sieveRoom - 1)] = 1;
    const known = this.#firstOf(sieve);
    if (known !== undefined) return known;
    const made = { sieve, alone: -1, phrases: [], isLabel: false };
    let at = sieve & (firstsRoom - 1);
    while (this.#firsts[at] !== undefined) at = (at + 1) & (firstsRoom - 1);
    return (this.#firsts[at] = made);
  }

  #firstOf(sieve: number): First | undefined {
    for (let at = sieve & (firstsRoom - 1); ; at = (at + 1) & (firstsRoom - 1)) {
      const first = this.#firsts[at];
      if (first === undefined || first.sieve === sieve) return first;
    }
  }

  /** Nothing is near anything. */
  get isBland(): boolean {
    return this.length === 0 && this.#hidden.length === 0;
  }

  /** Another answer. */
  start(): void {
    this.most = 0;
  }

  /** Another text. @param run that knows what is of interest */
  find(run: WordRun, text: string): void {
    this.length = 0;
    this.#hidden = hiddenIn(text);
    this.#more = 0;
    for (let hit = 0; hit < run.found; hit++) {
      const place = run.hits[hit] ?? 0;
      const at = place < 0 ? ~place : place;
      const sieve = place < 0 ? run.tailSieveAt(at) : (run.sieves[at] ?? 0);
      const first = this.#firstOf(sieve);
      if (first === undefined) continue;
      const start = run.starts[at] ?? 0;
      const label = place >= 0 && first.isLabel ? labelAt(text, start, run.ends[at] ?? 0) : undefined; // prettier-ignore
      if (label !== undefined) this.#put(start, label === "label" ? isAddress : labelHint);
      if (first.alone >= 0) this.#put(start, first.alone);
      // "The" and "you" begin many phrases, and hardly ever one that is there.
      if (this.#seconds[(run.sieves[at + 1] ?? 0) & (sieveRoom - 1)] === 1) this.#match(run, at, first.phrases); // prettier-ignore
    }
    this.rewind();
  }

  /** The text at hand, to its end, was hidden from people: it is an order, whatever its words. */
  conceal(end: number): void {
    this.#hidden = [0, end];
    this.#more = concealedOrders;
  }

  /** @param phrases whose first word stands there */
  #match(run: WordRun, at: number, phrases: readonly Phrase[]): void {
    for (const { words, number } of phrases) {
      let is = 1;
      while (is < words.length && at + is < run.length && run.sieves[at + is] === words[is]) is++;
      if (is < words.length) continue;
      this.#put(run.starts[at] ?? 0, number);
    }
  }

  #put(place: number, number: number): void {
    if (this.length >= this.#places.length) this.#grow();
    this.#places[this.length] = place;
    this.#numbers[this.length++] = number;
  }

  #grow(): void {
    const [places, numbers] = [this.#places, this.#numbers];
    (this.#places = new Int32Array(places.length * 2)).set(places);
    (this.#numbers = new Uint8Array(places.length * 2)).set(numbers);
  }

  /** The next place that is asked for may stand before the last one. */
  rewind(): void {
    if (this.#right > 0) this.#counts.fill(0);
    this.#different = this.#hints = this.#left = this.#right = this.#passed = 0;
    this.#until = -1;
  }

  /** How many different directive words are near what stands there, at most seven, with the bit of `addressing` or of `hinting`. */
  near(start: number, end: number): number {
    return end < this.#until ? this.#near : this.#nearAnew(start, end);
  }

  #nearAnew(start: number, end: number): number {
    const [places, hidden] = [this.#places, this.#hidden];
    let right = this.#right;
    while (right < this.length && (places[right] ?? 0) <= end + charsBefore)
      this.#enter(this.#numbers[right++] ?? 0);
    let left = this.#left;
    while (left < right && (places[left] ?? 0) < start - charsBehind) this.#leave(this.#numbers[left++] ?? 0);
    while (this.#passed < hidden.length && (hidden[this.#passed] ?? 0) <= start) this.#passed++;
    this.#right = right;
    this.#left = left;
    const nextRight = right < this.length ? (places[right] ?? 0) - charsBefore : never;
    const nextLeft = left < right ? (places[left] ?? 0) + charsBehind : never;
    this.#until = Math.min(nextRight, nextLeft, this.#passed < hidden.length ? (hidden[this.#passed] ?? never) : never); // prettier-ignore
    const count = Math.min(this.#different + this.#more, directiveMost);
    if (count > this.most) this.most = count;
    const speaks = (this.#counts[isAddress] ?? 0) > 0 || this.#passed % 2 === 1 || this.#hints >= hintsMin;
    return (this.#near = speaks ? count | addressing : this.#hints > 0 ? count | hinting : count);
  }

  #enter(number: number): void {
    const count = (this.#counts[number] ?? 0) + 1;
    this.#counts[number] = count;
    if (count > 1) return;
    if (number >= hintsFrom) return void this.#hints++;
    if (number !== isAddress) this.#different++;
  }

  #leave(number: number): void {
    const count = (this.#counts[number] ?? 0) - 1;
    this.#counts[number] = count;
    if (count > 0) return;
    if (number >= hintsFrom) return void this.#hints--;
    if (number !== isAddress) this.#different--;
  }
}
