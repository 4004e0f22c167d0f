/**
 * Whether a pattern that people add may match at a place, and how far: asked before RE2 is (linearpattern.ts). A text can have a
 * thousand places at which a pattern begins and reads on for hundreds of characters, and RE2 takes a quarter of a microsecond for
 * each; here a character is one look-up. Does not own: the pattern as states (patternmachine.ts), what a match is (RE2).
 *
 * S1. Whatever the pattern matches is told: `\b` counts as holding everywhere, as in PatternMachine.
 * S2. `steps` is a function of pattern and text alone, whatever was asked before: what is remembered is only a short cut to it.
 */
import type { PatternMachine } from "./patternmachine.ts";
import { includesCode } from "./patterntree.ts";

/** Sets of states that are remembered; then it begins anew. */
const setsMax = 256;
/** Signs beyond ASCII that RE2 takes for letters of ASCII where case is ignored: Kelvin and the long s. */
const foldsTo = new Map([[0x212a, 0x6b], [0x17f, 0x73]]); // prettier-ignore
/** In a list of states: all of the pattern was there. */
const accepted = -1;

/** States of the pattern that a text may be in. */
interface StateSet {
  readonly states: readonly number[];
  readonly isEnd: boolean;
  /** What it costs at most to find out where these states go on. */
  readonly cost: number;
  /** By class of a character: the next set, once that is known. */
  readonly next: (StateSet | undefined)[];
}

export class TrialMachine {
  /** What the last question took: states that it may have had to follow. */
  steps = 0;
  /** The part of them up to the last place at which the pattern may end. */
  stepsToEnd = 0;
  readonly #machine: PatternMachine;
  /** It may begin at any character, and must end where the text does. */
  readonly #isEnding: boolean;
  readonly #start: readonly number[];
  /** By state: where it goes on. */
  readonly #follow = new Map<number, readonly number[]>();
  /** First characters of the classes: all of one are taken by the same states. */
  readonly #cuts: readonly number[];
  readonly #classOf = new Uint16Array(128);
  #known = new Map<string, StateSet>();
  #first: StateSet;

  constructor(machine: PatternMachine, isEnding = false) {
    this.#machine = machine;
    this.#isEnding = isEnding;
    this.#start = this.#closed(machine.start);
    const cuts = new Set([0, ...[...foldsTo.keys()].flatMap((code) => [code, code + 1])]);
    const open = [...this.#start];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (state === accepted || this.#follow.has(state)) continue;
      const ranges = machine.ranges(state);
      for (let at = 0; at < ranges.length; at += 2) cuts.add(ranges[at] ?? 0).add((ranges[at + 1] ?? 0) + 1);
      const then = this.#closed(machine.after(state));
      this.#follow.set(state, then);
      open.push(...then);
    }
    this.#cuts = [...cuts].toSorted((a, b) => a - b);
    for (let code = 0; code < 128; code++) this.#classOf[code] = this.#classAt(code);
    this.#first = this.#setOf(this.#start);
  }

  /** The farthest place at which a match that begins at `at` may end; -1 when there is none. */
  endFrom(text: string, at: number, lengthMax: number): number {
    const last = Math.min(text.length, at + lengthMax);
    let set = this.#first;
    let [end, steps] = [-1, 0];
    this.stepsToEnd = 0;
    for (let place = at; place < last && set.states.length > 0; place++) {
      steps += set.cost;
      const kind = this.#kindOf(text.charCodeAt(place));
      set = set.next[kind] ?? this.#after(set, kind, text.charCodeAt(place));
      if (!set.isEnd) continue;
      end = place + 1;
      this.stepsToEnd = steps;
    }
    this.steps = steps;
    return end;
  }

  /** Whether the pattern may end where the text ends. */
  mayEnd(text: string): boolean {
    let set = this.#first;
    let steps = 0;
    for (let place = 0; place < text.length; place++) {
      steps += set.cost;
      const kind = this.#kindOf(text.charCodeAt(place));
      set = set.next[kind] ?? this.#after(set, kind, text.charCodeAt(place));
    }
    this.steps = steps;
    return set.isEnd;
  }

  #kindOf(code: number): number {
    return code < 128 ? (this.#classOf[code] ?? 0) : this.#classAt(code);
  }

  /** @param kind class of the character */
  #after(set: StateSet, kind: number, code: number): StateSet {
    const then = new Set<number>(this.#isEnding ? this.#start : []);
    for (const state of set.states)
      if (state !== accepted && this.#takes(state, code))
        for (const each of this.#follow.get(state) ?? []) then.add(each);
    if (this.#known.size >= setsMax) {
      this.#known = new Map();
      this.#first = this.#setOf(this.#start);
    }
    const made = this.#setOf([...then].sort((a, b) => a - b));
    set.next[kind] = made;
    return made;
  }

  #takes(state: number, code: number): boolean {
    const ranges = this.#machine.ranges(state);
    const folded = foldsTo.get(code);
    return includesCode(ranges, code) || (folded !== undefined && includesCode(ranges, folded));
  }

  #setOf(states: readonly number[]): StateSet {
    const key = states.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const cost = states.reduce((sum, state) => sum + 1 + (this.#follow.get(state)?.length ?? 0), 0);
    const made = { states, isEnd: states.includes(accepted), cost, next: this.#cuts.map(() => undefined) }; // prettier-ignore
    this.#known.set(key, made);
    return made;
  }

  #closed(state: number): readonly number[] {
    const found = [...this.#machine.closure([state], true)];
    return [...new Set(found.map((each) => (this.#machine.isAccept(each) ? accepted : each)))].sort((a, b) => a - b); // prettier-ignore
  }

  /** The last cut at or before a character. */
  #classAt(code: number): number {
    let [low, high] = [0, this.#cuts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#cuts[middle] ?? 0) <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
