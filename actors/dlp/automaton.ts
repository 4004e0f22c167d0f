/**
 * Literals and context words as one automaton: one table look-up for each character tells which of them end here.
 * Aho and Corasick, 1975; here with every transition filled in, so that no failure link is followed while scanning.
 *
 * A1. ASCII letters match in either case; of other letters, those whose two cases are one code unit each.
 * A2. States lie in the table by their depth: those that a text is mostly in are near one another, and stay in the cache.
 * A3. A negative entry of the table is a number of an output: of the texts that end here, and of the state to go on from.
 */

export interface Automaton {
  /** Class of each code unit; 0 is every character that stands in no text. */
  readonly classOf: Uint8Array;
  /** By state and class: the next state, already multiplied by the number of classes. */
  readonly table: Int32Array;
  /** By number of the output: which texts end here, longest first. */
  readonly outputs: readonly (readonly number[])[];
  /** By number of the output: the state, multiplied by the number of classes. */
  readonly states: Int32Array;
}

/** @param texts in lower case; none empty */
export function buildAutomaton(texts: readonly string[]): Automaton {
  const { classOf, classes } = classify(texts);
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
  const { table, order } = fill(children, ends, classes);
  return sealed({ table, order, ends, classOf, classes });
}

function classify(texts: readonly string[]): { readonly classOf: Uint8Array; readonly classes: number } {
  const classOf = new Uint8Array(0x1_0000);
  let classes = 1;
  for (const char of new Set(texts.join("").split(""))) {
    if (classOf[char.charCodeAt(0)] !== 0) continue;
    if (classes > 255) throw new Error("more than 255 different characters in literals and context words");
    // The capital of a dotless i is I, which is that of i already: what has a class keeps it.
    for (const same of [char, char.toUpperCase(), char.toLowerCase()])
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
  readonly classOf: Uint8Array;
  readonly classes: number;
}

function sealed({ table: plain, order, ends, classOf, classes }: Filled): Automaton {
  const outputs: (readonly number[])[] = [[]];
  const states: number[] = [0];
  const next = new Int32Array(order.length);
  for (const [at, state] of order.entries()) {
    const texts = ends[state] ?? [];
    next[state] = texts.length === 0 ? at * classes : 1 - outputs.push(texts);
    if (texts.length > 0) states.push(at * classes);
  }
  const table = new Int32Array(plain.length);
  for (const [at, state] of order.entries())
    for (let symbol = 0; symbol < classes; symbol++)
      table[at * classes + symbol] = next[plain[state * classes + symbol] ?? 0] ?? 0;
  return { classOf, table, outputs, states: Int32Array.from(states) };
}
