/**
 * Names: keys of JSON objects and headers of columns, and what their words say of the values under them. The same few
 * names come again and again, so what is known of one is remembered.
 *
 * N1. What is remembered of a name is a function of the name and the plan: forgetting it changes no finding.
 */
import { limits } from "../../protocol/limits.ts";
import { rowShift } from "./automaton.ts";
import { personFieldOf, type PersonField } from "./personfield.ts";
import { holdsNothing } from "./plainname.ts";
import type { Plan } from "./plan.ts";
import { isWord } from "./word.ts";
import { negativeEndings } from "./words.data.ts";

export interface Name {
  /** Detectors of which it holds a context word, each once. */
  readonly arms: readonly number[];
  /** It holds a word that speaks against its value, and none that speaks for it. */
  readonly isNegative: boolean;
  /** It holds a literal that sets off a pattern, as `password` does: the pattern is about name and value together. */
  readonly isKeyword: boolean;
  /** Nothing is ever found in the name itself. */
  readonly isPlain: boolean;
  /** What it says its values are of a person. */
  readonly field: PersonField | undefined;
}

export const nameless: Name = { arms: [], isNegative: false, isKeyword: false, isPlain: false, field: undefined }; // prettier-ignore

export class Names {
  readonly #plan: Plan;
  readonly #known = new Map<string, Name>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  read(name: string): Name {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = this.#study(name.slice(0, limits.dlpNameCharsMax));
    if (this.#known.size >= limits.dlpNamesMax) this.#known.clear();
    this.#known.set(name, made);
    return made;
  }

  #study(name: string): Name {
    const { automaton, texts } = this.#plan;
    const { columnOf, table, plain } = automaton;
    const arms = new Set<number>();
    const lower = name.toLowerCase();
    let isNegative = negativeEndings.some((ending) => lower.endsWith(ending));
    let isKeyword = false;
    let state = 0;
    for (let at = 0; at < name.length; at++) {
      state = table[(state << rowShift) + (columnOf[name.charCodeAt(at)] ?? 0)] ?? 0;
      if (state < plain) continue;
      for (const text of texts[state - plain] ?? []) {
        if (text.triggers.length > 0) isKeyword = true;
        if (!isWord(name, at + 1 - text.length, at + 1)) continue;
        for (const each of text.arms) arms.add(each);
        if (text.isNegative) isNegative = true;
      }
    }
    const isPlain = !isKeyword && holdsNothing(this.#plan, name);
    const field = personFieldOf(name);
    return { arms: [...arms], isNegative: isNegative && arms.size === 0, isKeyword, isPlain, field };
  }
}
