/** A session of guard four by itself, for tests: calls and their answers, judged and learnt as on the road. */
import type { SequenceAction, TableSequence } from "../../protocol/sequence.ts";
import { CallReader, foldedValue, type KnownTexts } from "./asking.ts";
import { judgeCall, type SequenceJudgement } from "./judge.ts";
import { learnAnswer, learnCall } from "./learning.ts";
import { placesOf } from "./places.ts";
import { compileSequence, type SequencePolicy } from "./policy.ts";
import { AnswerReader } from "./reading.ts";
import type { SequenceState } from "./trail.ts";
import type { Volumes } from "./volume.ts";
import { WordHash } from "./wordhash.ts";

export const words = new WordHash(Uint8Array.from([9, 8, 7, 6, 5, 4, 3, 2]), "test");
export const calls = new CallReader(words);
export const answers = new AnswerReader(words);

export interface Told {
  readonly effect?: string;
  readonly fails?: boolean;
  readonly at?: number;
  readonly answeredAt?: number;
  readonly outside?: true;
  readonly delegated?: true;
  readonly tasked?: true;
  readonly spoken?: true;
  readonly about?: "named" | "unnamed";
  readonly reach?: "internal" | "external";
}

export class TestSession {
  readonly state: SequenceState = { trail: undefined };
  readonly #known: KnownTexts;
  readonly #policy: SequencePolicy;
  #at = 0;

  constructor(mission = "", table?: TableSequence, knows?: KnownTexts["knows"], volumes?: Volumes) {
    const text = foldedValue(mission);
    this.#known = {
      mission: text,
      places: text === "" ? undefined : placesOf(text),
      ...(knows === undefined ? {} : { knows, lists: (value) => knows(value, 0) === "role" }),
    };
    this.#policy = { ...compileSequence(table, "enforce"), volumes };
  }

  judge(name: string, args: object, told: Told = {}): SequenceJudgement {
    return judgeCall(this.state.trail, this.#step(name, args, told), this.#policy);
  }

  /** Judges, lets it run whatever was said, and learns its answer. */
  call(name: string, args: object, answer: unknown = "", told: Told = {}): SequenceJudgement {
    const step = this.#step(name, args, told);
    const judged = judgeCall(this.state.trail, step, this.#policy);
    const open = learnCall(this.state, step, this.#policy);
    const bytes = JSON.stringify(answer).length;
    const facts = {
      outcome: told.fails === true ? "tool-error" : "ok",
      bytes,
      digest: "",
      tookMs: 0,
    } as const;
    learnAnswer(
      this.state,
      { ...step, ...open, at: told.answeredAt ?? step.at },
      facts,
      answers.read(answer),
      this.#policy,
    );
    return judged;
  }

  #step(
    name: string,
    args: object,
    { effect, at = ++this.#at, outside, delegated, tasked, spoken, about, reach }: Told,
  ) {
    const trace = {
      ...calls.read(args, this.#known),
      tasked,
      tool: words.of(name),
      about,
      outside,
      spoken,
      delegated,
    };
    return { key: name.length, name, effect: effect ?? "read", digest: this.#at, at, reach, trace };
  }
}

export function rulesOf({ rules }: SequenceJudgement): { readonly [rule: string]: SequenceAction } {
  return Object.fromEntries(rules.map(({ rule, action }) => [rule, action]));
}
