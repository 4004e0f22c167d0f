/**
 * The floor under the cost of an answer: what the rules of reading.ts ask for at least, part by part, written for speed alone. Texts
 * are taken as Latin-1; nothing is disguised, encoded, hidden or JSON, no field has a name, and nothing speaks to the agent. So it marks nearly what a reader marks, and its verdicts are worth nothing.
 *
 * L1. All places are arrays of fixed size and constants of this file: the compiler knows where they lie.
 * L2. A word's end is as good as random, so no part of the first loop has a branch for it: each place is written down, and those that
 *     count are kept.
 */
import { directiveWords } from "../actors/behaviour/directives.data.ts";
import { aboutOf, freeText, pair, structured } from "../actors/behaviour/mark.ts";
import { MarkTable } from "../actors/behaviour/marktable.ts";
import { tablePlaces, type WordHash } from "../actors/behaviour/wordhash.ts";

/**
 * Each with all of those before it: where words begin and end; their hashes; their lists; all of them sealed; orders; which words and
 * values are marked, as what, and the hashes of pairs; those put into a table; and as they travel.
 */
export const floorParts = [
  "loop",
  "hashes",
  "words",
  "seals",
  "orders",
  "places",
  "marks",
  "packed",
] as const;

const [inWord, sign, feed, named] = [1, 2, 4, 8];
const room = 1 << 17;
const last = room - 1;
const units = new Uint8Array(room);
const bytes = Buffer.from(units.buffer);
const kindOf = Uint8Array.from({ length: 256 }, (_, code) => {
  const unit = String.fromCharCode(code);
  if (/[0-9]/.test(unit)) return inWord | named;
  if (/[a-z\u00c0-\u00ff]/i.test(unit)) return inWord;
  if ("-:".includes(unit)) return sign;
  return "@._/+#%~".includes(unit) ? sign | named : unit === "\n" ? feed : 0;
});
const table = new Int32Array(tablePlaces * 256);
const placeMask = (tablePlaces - 1) << 8;
/** By unit: the hash of the word so far. */
const hashes = new Int32Array(room);
/** Where runs begin and end: a place, and the kinds of the units before it. */
const edges = new Int32Array(room);
const kindBits = 8;

const starts = new Int32Array(room);
const ends = new Int32Array(room);
const sieves = new Int32Array(room);
const seals = new Int32Array(room);
const kinds = new Int32Array(room);
const lines = new Int32Array(room);
const places = new Int32Array(room);
const numbers = new Uint8Array(room);
const lists = { lines: 0, places: 0 };

/** By the lower bits of a hash: an order by itself 1, begins one 2, goes on with one 4. */
const interest = new Uint8Array(8_192);
const interestMask = interest.length - 1;
/** Of orders by the hashes of all their words: that number, and which order it is. Few cells are taken. */
const phrases = new Int32Array(16_384);
const phraseMask = phrases.length / 2 - 1;
const [phraseWordsMost, charsBehind, charsBefore, wordsMost] = [4, 160, 80, 12];
const marks = new MarkTable();

function after(phrase: number, word: number): number {
  return Math.imul(phrase ^ word, 0x01000193) ^ (word >>> 15);
}

function learn(hash: WordHash, text: string, number: number): void {
  const words = text.split(" ").map((word) => hash.weakOf(word));
  let phrase = 0;
  for (const word of words) phrase = after(phrase, word);
  let at = phrase & phraseMask;
  while ((phrases[at * 2] ?? 0) !== 0 && phrases[at * 2] !== phrase) at = (at + 1) & phraseMask;
  phrases[at * 2] = phrase;
  phrases[at * 2 + 1] = number;
  for (const [place, word] of words.slice(0, 2).entries()) {
    const is = place === 1 ? 4 : words.length === 1 ? 1 : 2;
    interest[word & interestMask] = (interest[word & interestMask] ?? 0) | is;
  }
}

/** @returns the number of an order, from 1; 0 for none */
function orderAt(at: number, words: number): number {
  let phrase = 0;
  for (let word = at; word < Math.min(words, at + phraseWordsMost); word++) {
    phrase = after(phrase, sieves[word & last] ?? 0);
    let cell = phrase & phraseMask;
    while ((phrases[cell * 2] ?? 0) !== 0 && phrases[cell * 2] !== phrase) cell = (cell + 1) & phraseMask;
    if (phrases[cell * 2] === phrase) return phrases[cell * 2 + 1] ?? 0;
  }
  return 0;
}

/** Orders near a place that moves to the right: how many different ones. */
let [different, left, right] = [0, 0, 0];
const counts = new Uint16Array(64);

function rewind(): void {
  different = left = right = 0;
  counts.fill(0);
}

function near(start: number, end: number): number {
  while (right < lists.places && (places[right & last] ?? 0) <= end + charsBefore) {
    const number = (numbers[right++ & last] ?? 0) & 63;
    if ((counts[number] ?? 0) === 0) different++;
    counts[number] = (counts[number] ?? 0) + 1;
  }
  while (left < right && (places[left & last] ?? 0) < start - charsBehind) {
    const number = (numbers[left++ & last] ?? 0) & 63;
    counts[number] = (counts[number] ?? 0) - 1;
    if ((counts[number] ?? 0) === 0) different--;
  }
  return different;
}

/** @returns how a text is read up to a part, and how many marks there are then */
export function makeFloor(hash: WordHash): (text: string, part: number) => number {
  table.set(hash.table);
  for (const { order } of Object.values(directiveWords))
    for (const [number, line] of order.entries())
      for (const phrase of line.split(", ")) learn(hash, phrase, 1 + (number % 63));
  return (text, part) => {
    const length = Math.min(text.length, room - 8);
    bytes.write(text, 0, length, "latin1");
    units[length] = 0;
    if (part === 0) return look(length);
    const count = lookAndHash(length);
    if (part === 1) return count;
    const words = tell(count);
    if (part === 2) return words;
    for (let at = 0; at < words; at++) seals[at & last] = hash.seal(sieves[at & last] ?? 0);
    if (part === 3) return words;
    marks.clear();
    findOrders(words);
    if (part === 4) return lists.places;
    const isMarking = part >= 6;
    markValues(hash, words, isMarking);
    markWords(hash, words, isMarking);
    const { length: found } = marks;
    if (part === 7) marks.pack();
    return found;
  };
}

/** Where runs begin and end. */
function look(length: number): number {
  let [count, before] = [0, 0];
  for (let at = 0; at <= length; at++) {
    const is = kindOf[units[at & last] ?? 0] ?? 0;
    const isIn = (is | (before & (is >> 1))) & 1;
    edges[count & last] = at;
    count = (count + (isIn ^ before)) | 0;
    before = isIn;
  }
  return count;
}

/** The same, with what they hold and the hash of each word. */
function lookAndHash(length: number): number {
  let [count, before, weak, place, seen] = [0, 0, 0, 0, 0];
  for (let at = 0; at <= length; at++) {
    const unit = units[at & last] ?? 0;
    const is = kindOf[unit] ?? 0;
    const isIn = (is | (before & (is >> 1))) & 1;
    const mask = -isIn;
    weak = (weak ^ (table[place | unit] ?? 0)) & mask;
    place = (place + 256) & placeMask & mask;
    hashes[at & last] = weak;
    edges[count & last] = (at << kindBits) | seen;
    const isEdge = isIn ^ before;
    seen = (seen & (isEdge - 1)) | is;
    count = (count + isEdge) | 0;
    before = isIn;
  }
  return count;
}

/** Words without the signs behind them, and lists of those that begin a line. */
function tell(count: number): number {
  let [words, lineCount] = [0, 0];
  for (let edge = 0; edge < count; edge += 2) {
    const [from, to] = [edges[edge & last] ?? 0, edges[(edge + 1) & last] ?? 0];
    let end = to >> kindBits;
    while (((kindOf[units[(end - 1) & last] ?? 0] ?? 0) & inWord) === 0) end--;
    const weak = hashes[(end - 1) & last] ?? 0;
    starts[words & last] = from >> kindBits;
    ends[words & last] = end;
    sieves[words & last] = weak;
    kinds[words & last] = (to & named) | ((interest[weak & interestMask] ?? 0) << kindBits);
    lines[lineCount & last] = words;
    lineCount += (from >> 2) & 1;
    words++;
  }
  lists.lines = lineCount;
  return words;
}

/** What is an order alone, or begins one that the next word goes on with. */
function findOrders(words: number): void {
  let hits = 0;
  kinds[words & last] = 0;
  for (let at = 0; at < words; at++) {
    const [is, next] = [(kinds[at & last] ?? 0) >> kindBits, (kinds[(at + 1) & last] ?? 0) >> kindBits];
    edges[hits & last] = at;
    hits += (is | ((is >> 1) & (next >> 2))) & 1;
  }
  let count = 0;
  for (let hit = 0; hit < hits; hit++) {
    const at = edges[hit & last] ?? 0;
    const number = orderAt(at, words);
    places[count & last] = starts[at & last] ?? 0;
    numbers[count & last] = number;
    count += number === 0 ? 0 : 1;
  }
  lists.places = count;
}

/** `key: value` and `- value`. */
function markValues(hash: WordHash, words: number, isMarking: boolean): void {
  rewind();
  for (let line = 0; line < lists.lines; line++) {
    const at = lines[line & last] ?? 0;
    const to = line + 1 < lists.lines ? (lines[(line + 1) & last] ?? 0) : words;
    let from = units[((starts[at & last] ?? 0) - 2) & last] === 45 ? at : to;
    for (let word = at; word < Math.min(to, at + 4); word++) {
      const end = ends[word & last] ?? 0;
      if (units[end & last] === 58 && units[(end + 1) & last] === 32) from = Math.min(from, word + 1);
    }
    if (from >= to || to - from > wordsMost) continue;
    let whole = seals[from & last] ?? 0;
    for (let word = from + 1; word < to; word++) whole = hash.pair(whole, seals[word & last] ?? 0);
    const about = aboutOf(structured, near(starts[from & last] ?? 0, ends[(to - 1) & last] ?? 0));
    if (isMarking) marks.put(whole, about | (to - from > 1 ? pair : 0));
  }
}

/** Names wherever they stand; near orders words and pairs. */
function markWords(hash: WordHash, words: number, isMarking: boolean): void {
  rewind();
  for (let at = 0; at < words; at++) {
    const [start, end] = [starts[at & last] ?? 0, ends[at & last] ?? 0];
    const orders = near(start, end);
    const seal = seals[at & last] ?? 0;
    const isName = ((kinds[at & last] ?? 0) & named) !== 0 && end - start >= 4;
    const about = aboutOf(freeText, orders);
    if (isMarking && (isName || (orders >= 2 && end - start >= 3))) marks.put(seal, about);
    if (orders === 0 || at + 1 >= words) continue;
    const both = hash.pair(seal, seals[(at + 1) & last] ?? 0);
    if (isMarking) marks.put(both, about | pair);
  }
}
