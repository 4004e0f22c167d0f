/**
 * Literals and context words as one automaton: one table look-up for each character tells which of them end here.
 * Aho and Corasick, 1975; here with every transition filled in, so that no failure link is followed while scanning.
 *
 * A1. ASCII letters match in either case; of other letters, those whose two cases are one code unit each.
 * A2. The table is small where texts mostly are: states lie by their depth, the commonest characters of each are one line of
 *     a cache, those lines lie together, and an entry is two bytes as long as numbers fit.
 * A3. States at which texts end are numbered above all others: a scan tells them by one comparison.
 */
import { caseForms } from "./characters.ts";

export interface Automaton {
  /** By code unit: where its column begins in the table. What stands in no text shares one. */
  readonly columnOf: Int32Array;
  /** By `(state << rowShift) + columnOf`: the next state. */
  readonly table: Uint16Array | Uint32Array;
  /** How many states there are at which no text ends: the first ones. */
  readonly plain: number;
  /** By state, counted from `plain` on: which texts end there, longest first. */
  readonly outputs: readonly (readonly number[])[];
}

/** Columns that lie together, state by state: of two bytes each, they are one line of a cache. */
export const rowShift = 5;
const together = 1 << rowShift;
/** The commonest characters of texts: their columns are the first ones. */
const common = "etaoinsrhldcumpfgwybvkxjqz _-.:0";
const shortMax = 0x1_0000;
/** Entries of a table: more are no table that a process should hold. */
export const entriesMax = 1 << 24;
/** Different characters, and characters in all before what begins alike is shared: more would take the memory of the node to find out. */
const classesMax = 255;
const statesMax = 1_000_000;

/** @param texts in lower case; none empty. @returns what is too much in them, where there is no room for a table */
export function buildAutomaton(texts: readonly string[]): Automaton | string {
  const { classOf, classes } = classify(texts);
  if (classes > classesMax)
    return `literals and context words have ${classes} different characters, ${classesMax} fit`;
  const states = 1 + texts.reduce((sum, { length }) => sum + length, 0);
  if (states > statesMax)
    return `literals and context words have ${states} characters in all, ${statesMax} fit`;
  const children: Map<number, number>[] = [new Map()];
  const ends: number[][] = [[]];
  for (const [index, text] of texts.entries()) {
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const symbol = classOf[text.charCodeAt(at)] ?? 0;
      let next = children[state]?.get(symbol);
      if (next === undefined) {
        next = children.push(new Map()) - 1;
        ends.push([]);
        children[state]?.set(symbol, next);
      }
      state = next;
    }
    ends[state]?.push(index);
  }
  const size = sizeOf(children.length, classes);
  if (size > entriesMax)
    return `literals and context words make a table of ${size} entries, ${entriesMax} fit`;
  const { table, order } = fill(children, ends, classes);
  return sealed({ table, order, ends, classOf, classes });
}

/** Entries of a table. */
function sizeOf(states: number, classes: number): number {
  return states * together * Math.ceil(classes / together);
}

function classify(texts: readonly string[]): { readonly classOf: Uint16Array; readonly classes: number } {
  const classOf = new Uint16Array(0x1_0000);
  let classes = 1;
  const held = new Set(texts.join("").split(""));
  for (const char of [...common].filter((each) => held.has(each)).concat([...held])) {
    if (classOf[char.charCodeAt(0)] !== 0) continue;
    // The capital of a dotless i is I, which is that of i already: what has a class keeps it.
    for (const same of [char, char.toUpperCase(), char.toLowerCase(), ...caseForms(char)])
      if (same.length === 1 && (same === char || same.charCodeAt(0) > 127 || char.charCodeAt(0) < 128))
        classOf[same.charCodeAt(0)] ||= classes;
    classes++;
  }
  return { classOf, classes };
}

/** Breadth first: a state without a child for a symbol goes where its longest proper suffix goes. */
function fill(
  children: readonly ReadonlyMap<number, number>[],
  ends: readonly number[][],
  classes: number,
): { readonly table: Int32Array; readonly order: readonly number[] } {
  const table = new Int32Array(children.length * classes);
  const suffix = new Int32Array(children.length);
  const queue = [0];
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    const back = (suffix[state] ?? 0) * classes;
    const own = state * classes;
    if (state !== 0) table.copyWithin(own, back, back + classes);
    for (const [symbol, child] of children[state] ?? []) {
      const fallen = state === 0 ? 0 : (table[own + symbol] ?? 0);
      table[own + symbol] = child;
      suffix[child] = fallen;
      ends[child]?.push(...(ends[fallen] ?? []));
      queue.push(child);
    }
  }
  return { table, order: queue };
}

interface Filled {
  readonly table: Int32Array;
  /** States by their depth. */
  readonly order: readonly number[];
  readonly ends: readonly number[][];
  readonly classOf: Uint16Array;
  readonly classes: number;
}

function sealed({ table: full, order, ends, classOf, classes }: Filled): Automaton {
  const isOutput = (state: number): boolean => (ends[state]?.length ?? 0) > 0;
  const silent = order.filter((state) => !isOutput(state));
  const plain = silent.length;
  const numbered = [...silent, ...order.filter(isOutput)];
  const numberOf = new Int32Array(numbered.length);
  for (const [number, state] of numbered.entries()) numberOf[state] = number;
  const size = sizeOf(numbered.length, classes);
  const columns = Uint32Array.from({ length: classes }, (_, symbol) => (symbol >> rowShift) * numbered.length * together + (symbol % together)); // prettier-ignore
  const table = numbered.length <= shortMax ? new Uint16Array(size) : new Uint32Array(size);
  for (const [number, state] of numbered.entries())
    for (let symbol = 0; symbol < classes; symbol++)
      table[(number << rowShift) + (columns[symbol] ?? 0)] = numberOf[full[state * classes + symbol] ?? 0] ?? 0; // prettier-ignore
  const columnOf = Int32Array.from(classOf, (symbol) => columns[symbol] ?? 0);
  const outputs = numbered.slice(plain).map((state) => ends[state] ?? []);
  return { columnOf, table, plain, outputs };
}
