/**
 * The pattern of a row as a small machine, to find out when it must be tried: behind which literal, at which offset, or at
 * which runs of letters and digits. Compiled once for each row; no text is ever matched with it.
 *
 * M1. Whatever the pattern matches, the machine takes: repeats beyond `copiesMax` become open ones, assertions hold.
 */
import { caseForms } from "./characters.ts";
import { includesCode, type Node, type Ranges } from "./patterntree.ts";

/** Copies of one repeated part; more are taken as any number. Longer than the longest run and look-back. */
const copiesMax = 136;

interface Step {
  readonly kind: "set" | "split" | "boundary" | "accept";
  readonly ranges: Ranges;
  /** Where it goes on; a split goes to each. */
  next: number[];
}

export class PatternMachine {
  readonly #steps: Step[] = [];
  readonly start: number;

  constructor(tree: Node) {
    const accept = this.#add("accept", [], []);
    this.start = this.#build(tree, accept);
  }

  get size(): number {
    return this.#steps.length;
  }

  ranges(state: number): Ranges {
    return this.#steps[state]?.ranges ?? [];
  }

  isAccept(state: number): boolean {
    return this.#steps[state]?.kind === "accept";
  }

  /** States that take a character, or accept, reached without one. @param past whether `\b` holds here */
  closure(states: Iterable<number>, past: boolean): Set<number> {
    const seen = new Set<number>(states);
    const open = [...seen];
    const found = new Set<number>();
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const step = this.#steps[state];
      if (step === undefined) continue;
      if (step.kind === "set" || step.kind === "accept") found.add(state);
      else if (step.kind === "split" || past)
        for (const each of step.next)
          if (!seen.has(each)) {
            seen.add(each);
            open.push(each);
          }
    }
    return found;
  }

  /** Where a state that takes a character goes on. */
  after(state: number): number {
    return this.#steps[state]?.next[0] ?? 0;
  }

  /** Where states go on that take some character of a kind. */
  step(states: Iterable<number>, takes: (ranges: Ranges) => boolean): Set<number> {
    const found = new Set<number>();
    for (const state of states)
      if (this.#steps[state]?.kind === "set" && takes(this.ranges(state))) found.add(this.after(state));
    return found;
  }

  #add(kind: Step["kind"], ranges: Ranges, next: number[]): number {
    this.#steps.push({ kind, ranges, next });
    return this.#steps.length - 1;
  }

  /** @param then the state behind the node. @returns the state before it */
  #build(node: Node, then: number): number {
    switch (node.kind) {
      case "set":
        return this.#add("set", node.ranges, [then]);
      case "boundary":
        return this.#add("boundary", [], [then]);
      case "assertion":
        return this.#add("split", [], [then]);
      case "sequence":
        return node.items.reduceRight((after, item) => this.#build(item, after), then);
      case "choice":
        return this.#add("split", [], node.items.map((item) => this.#build(item, then))); // prettier-ignore
      case "repeat":
        return this.#repeat(node.item, node.min, node.max, then);
    }
  }

  #repeat(item: Node, min: number, max: number, then: number): number {
    let at = then;
    const optional = max - min;
    if (optional > copiesMax) {
      const loop = this.#add("split", [], [then]);
      this.#steps[loop]?.next.push(this.#build(item, loop));
      at = loop;
    } else
      for (let copy = 0; copy < optional; copy++) at = this.#add("split", [], [then, this.#build(item, at)]);
    if (min > copiesMax) {
      const loop = this.#add("split", [], [at]);
      this.#steps[loop]?.next.push(this.#build(item, loop));
      at = loop;
    }
    for (let copy = 0; copy < Math.min(min, copiesMax); copy++) at = this.#build(item, at);
    return at;
  }
}

/** Where a literal of the prefilter stands in a match, counted from the match's start. */
export interface LiteralOffsets {
  /** Offsets of the first literal, ascending; undefined when there are too many to list. */
  readonly offsets: readonly number[];
  /** Whether some match goes on beyond the longest look-back without a literal. */
  readonly isOpen: boolean;
  /** Whether some match holds no literal at all: the row would miss it. */
  readonly isEscapable: boolean;
  /** By character, 128 for all beyond ASCII: what can stand in a match before its first literal has ended. */
  readonly before: Uint8Array;
}

/**
 * @param literals in lower case
 * @param lookBackMax how far before a literal a match may begin
 */
export function literalOffsets(
  machine: PatternMachine,
  literals: readonly string[],
  lookBackMax: number,
): LiteralOffsets {
  // prettier-ignore
  const symbols = [...new Set(literals.join(""))];
  const trie = literalTrie(literals, symbols);
  const offsets = new Set<number>();
  const before = new Uint8Array(129);
  const takenBy = new Map<number, readonly number[]>();
  let isEscapable = false;
  // For each state of the machine, the states of the trie in which paths without a literal have come there.
  let paths = new Map<number, Set<number>>([[machine.start, new Set([0])]]);
  for (let length = 0; length < lookBackMax + 40 && paths.size > 0; length++) {
    const next = new Map<number, Set<number>>();
    for (const [state, tries] of closed(machine, paths)) {
      if (machine.isAccept(state)) {
        isEscapable = true;
        continue;
      }
      let goesOn = false;
      const taken = takenBy.get(state) ?? symbolsTaken(machine.ranges(state), symbols);
      takenBy.set(state, taken);
      for (const from of tries)
        for (const symbol of taken) {
          const to = trie.next[from]?.[symbol] ?? 0;
          const hit = trie.ends[to] ?? 0;
          if (hit > 0) offsets.add(length + 1 - hit);
          else {
            add(next, machine.after(state), to);
            goesOn = true;
          }
        }
      if (goesOn) mark(before, machine.ranges(state));
    }
    paths = next;
  }
  return { offsets: [...offsets].toSorted((a, b) => a - b), isOpen: paths.size > 0, isEscapable, before };
}

/** Notes the characters of ranges, 128 for all beyond ASCII. */
export function mark(characters: Uint8Array, ranges: Ranges): void {
  for (let at = 0; at < ranges.length; at += 2) {
    const last = ranges[at + 1] ?? 0;
    for (let code = ranges[at] ?? 0; code <= Math.min(127, last); code++) characters[code] = 1;
    if (last > 127) characters[128] = 1;
  }
}

function closed(machine: PatternMachine, paths: ReadonlyMap<number, Set<number>>): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  for (const [state, tries] of paths)
    for (const reached of machine.closure([state], true)) for (const each of tries) add(found, reached, each);
  return found;
}

function add(map: Map<number, Set<number>>, key: number, value: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}

interface Trie {
  /** By state, then by symbol: the next state; at the place behind the symbols: any other character. */
  readonly next: readonly (readonly number[])[];
  /** By state: the length of the longest literal that ends there, or 0. */
  readonly ends: readonly number[];
}

/** The literals as an automaton, built the plain way: a state is the longest beginning of a literal that was just read. */
function literalTrie(literals: readonly string[], symbols: readonly string[]): Trie {
  const states = [...new Set(["", ...literals.flatMap((each) => Array.from(each, (_, at) => each.slice(0, at + 1)))])]; // prettier-ignore
  const numbers = new Map(states.map((text, at) => [text, at]));
  const longest = (text: string): number => {
    for (let from = 0; from < text.length; from++) {
      const found = numbers.get(text.slice(from));
      if (found !== undefined) return found;
    }
    return 0;
  };
  const next = states.map((text) => [...symbols.map((symbol) => longest(text + symbol)), 0]);
  const ends = states.map((text) => Math.max(0, ...literals.filter((each) => text.endsWith(each)).map(({ length }) => length))); // prettier-ignore
  return { next, ends };
}

/** Numbers of the symbols that a set takes, and the number behind them when it takes other characters too. */
function symbolsTaken(ranges: Ranges, symbols: readonly string[]): readonly number[] {
  const taken = symbols.flatMap((symbol, at) => (takesSymbol(ranges, symbol) ? [at] : []));
  return takesOther(ranges, symbols) ? [...taken, symbols.length] : taken;
}

function takesSymbol(ranges: Ranges, symbol: string): boolean {
  return caseForms(symbol).some((form) => includesCode(ranges, form.charCodeAt(0)));
}

function takesOther(ranges: Ranges, symbols: readonly string[]): boolean {
  const codes = symbols.flatMap((symbol) => caseForms(symbol).map((form) => form.charCodeAt(0)));
  const known = new Set(codes);
  for (let at = 0; at < ranges.length; at += 2) {
    const [low, high] = [ranges[at] ?? 0, ranges[at + 1] ?? 0];
    if (high - low > codes.length) return true;
    for (let code = low; code <= high; code++) if (!known.has(code)) return true;
  }
  return false;
}
