/**
 * From a role's data rules to the action for one finding. Owns the order of rules, profiles and the floor, and counting
 * within one document. Does not own what is done then (withholding.ts).
 *
 * P1. A type that no rule names gets its floor: credentials are blocked in arguments and redacted in answers, all else is
 *     recorded (`detect`).
 * P2. Where counts matter (`atLeast`), what counts is findings of the rule's types in this document and direction; fewer
 *     are as if the rule did not name them.
 * P3. What is less likely than a rule asks for is not met by it.
 */
import { dataActions } from "../../protocol/datarules.ts";
import type { DataAction, DataDirection, DataRule, DataRules } from "../../protocol/datarules.ts";
import type { Detector, Level } from "./detector.ts";

/** What is found at less than this counts for nothing unless a rule asks for less. */
const levelMin: Level = 3;
const floors: { readonly [group: string]: { readonly [Way in DataDirection]: DataAction } } = {
  secret: { arguments: "block", answers: "redact" },
  keys: { arguments: "block", answers: "redact" },
  credential: { arguments: "block", answers: "redact" },
};
const plainFloor: { readonly [Way in DataDirection]: DataAction } = {
  arguments: "detect",
  answers: "detect",
};

export type TypeTraits = Pick<Detector, "id" | "group" | "tags">;

/** A finding as far as an action follows from it. */
export interface Rated {
  readonly type: string;
  readonly likelihood: Level;
}

interface Met {
  readonly rule: DataRule;
  /** Rules with one number count together. */
  readonly number: number;
}

export class DataPolicy {
  readonly rules: DataRules;
  readonly #types: ReadonlyMap<string, TypeTraits>;
  readonly #profiles: readonly (readonly DataRule[])[];
  readonly #byType = new Map<string, readonly Met[]>();

  /**
   * @param types    traits of every type that a scanner may name
   * @param profiles rules of the profiles that `rules` names, in their order
   */
  constructor(rules: DataRules, types: readonly TypeTraits[], profiles: readonly (readonly DataRule[])[]) {
    this.rules = rules;
    this.#types = new Map(types.map((each) => [each.id, each]));
    this.#profiles = profiles;
  }

  /** The action for each finding of one document, in their order. */
  actions(findings: readonly Rated[], way: DataDirection): readonly DataAction[] {
    const counts = new Map<number, number>();
    for (const finding of findings)
      for (const { rule, number } of this.#metOf(finding.type))
        if (finding.likelihood >= rule.likelihood) counts.set(number, (counts.get(number) ?? 0) + 1);
    return findings.map((finding) => this.#actionOf(finding, way, counts));
  }

  #actionOf(
    { type, likelihood }: Rated,
    way: DataDirection,
    counts: ReadonlyMap<number, number>,
  ): DataAction {
    const isMet = ({ rule, number }: Met): boolean =>
      rule[way] !== undefined && likelihood >= rule.likelihood && (counts.get(number) ?? 0) >= rule.atLeast;
    const own = this.#metOf(type).filter(isMet);
    const first = own.find(({ number }) => number < this.rules.rules.length);
    if (first !== undefined) return first.rule[way] ?? "detect";
    const ofProfiles = this.#firstOfEach(own).map(({ rule }) => rule[way] ?? "detect");
    if (likelihood < levelMin) return strictest(ofProfiles) ?? "allow";
    return (
      strictest([...ofProfiles, (floors[this.#types.get(type)?.group ?? ""] ?? plainFloor)[way]]) ?? "block"
    );
  }

  /** Within one profile the first rule decides, as in the role. */
  #firstOfEach(met: readonly Met[]): readonly Met[] {
    let from = this.rules.rules.length;
    return this.#profiles.flatMap((rules) => {
      const [low, high] = [from, (from += rules.length)];
      const first = met.find(({ number }) => number >= low && number < high);
      return first === undefined ? [] : [first];
    });
  }

  #metOf(type: string): readonly Met[] {
    let met = this.#byType.get(type);
    if (met === undefined) {
      const all = [...this.rules.rules, ...this.#profiles.flat()];
      const traits = this.#types.get(type);
      met = all.flatMap((rule, number) => (rule.types.some((each) => names(each, type, traits)) ? [{ rule, number }] : [])); // prettier-ignore
      this.#byType.set(type, met);
    }
    return met;
  }
}

function names(selector: string, type: string, traits: TypeTraits | undefined): boolean {
  if (selector === "*") return true;
  if (selector.startsWith("group:")) return traits?.group === selector.slice("group:".length);
  if (selector.startsWith("tag:")) return traits?.tags.includes(selector.slice("tag:".length)) === true;
  return selector.endsWith(".*") ? type.startsWith(selector.slice(0, -1)) : type === selector;
}

/** Undefined of nothing. */
export function strictest(actions: readonly DataAction[]): DataAction | undefined {
  return actions.reduce<DataAction | undefined>(
    (most, each) =>
      most === undefined || dataActions.indexOf(each) > dataActions.indexOf(most) ? each : most,
    undefined,
  );
}
