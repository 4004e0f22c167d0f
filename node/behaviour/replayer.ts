/**
 * Recorded sessions through guard four: the same look at arguments and answers, the same trail within the same bounds, the same
 * judgement as on the road, call by call. Owns the way from a recording to facts. Does not own the judgement.
 *
 * P1. Each call is judged from what was known before it ran; then it is learnt as if nothing had been stopped.
 * P2. The task text is evidence alone: the role in force is every tool of the session's catalogue.
 * P3. Training sessions say where a persona's calls go, once several sessions agree, and never what an attack did.
 */
import { hash } from "node:crypto";
import { CallReader, foldedValue, type KnownTexts } from "../../actors/behaviour/asking.ts";
import { isDelegating } from "../../actors/behaviour/delegation.ts";
import { judgeCall, type SequenceJudgement } from "../../actors/behaviour/judge.ts";
import { learnAnswer, learnCall } from "../../actors/behaviour/learning.ts";
import { compileSequence, type SequencePolicy } from "../../actors/behaviour/policy.ts";
import { AnswerReader } from "../../actors/behaviour/reading.ts";
import { placesOf } from "../../actors/behaviour/places.ts";
import type { SequenceState } from "../../actors/behaviour/trail.ts";
import { WordHash } from "../../actors/behaviour/wordhash.ts";
import { hashKey, textKey } from "../../actors/rows.ts";
import type { AnswerTrace, CallTrace } from "../../protocol/trace.ts";
import { compileMission } from "../missions/compile.ts";
import { effectOf } from "../missions/effect.ts";
import { namingOf, speakingOf } from "../missions/speaking.ts";
import type { CatalogueTool } from "../missions/tool.ts";
import { toolsOf, type ToolsFile } from "../missions/toolsfile.ts";
import type { RecordedSession } from "./sessions.ts";

/** A key for recordings: nobody's data are kept under it. */
const recordedKey = Uint8Array.from([71, 97, 116, 101, 104, 111, 117, 115]);
/** Sessions of a persona in which a destination must have been a destination before it is known. */
const sessionsMin = 3;

export interface ReplayedCall extends SequenceJudgement {
  readonly i: number;
}

export interface Replayed {
  readonly calls: readonly ReplayedCall[];
  readonly state: SequenceState;
}

interface Catalogue {
  readonly effects: ReadonlyMap<string, string>;
  readonly tools: readonly CatalogueTool[];
  /** By task: what it speaks for, and what it has a word for. */
  readonly licensed: Map<
    string,
    {
      readonly grants: ReadonlySet<string>;
      readonly spoken: ReadonlySet<string>;
      readonly about: ReadonlyMap<string, CallTrace["about"]>;
    }
  >;
}

export class Replayer {
  readonly #file: ToolsFile;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #policy: SequencePolicy;
  readonly #catalogues = new Map<string, Catalogue>();
  readonly #calls: CallReader;
  readonly #answers: AnswerReader;
  readonly #words = new WordHash(recordedKey, "recorded");
  readonly #traces = new Map<string, AnswerTrace>();
  readonly #known = new Map<string, Map<string, number>>();

  constructor(
    file: ToolsFile,
    texts: ReadonlyMap<string, string>,
    policy = compileSequence(undefined, "enforce"),
  ) {
    this.#file = file;
    this.#texts = texts;
    this.#policy = policy;
    this.#calls = new CallReader(this.#words);
    this.#answers = new AnswerReader(this.#words);
  }

  /** One session without incident of a persona's past. */
  train(session: RecordedSession): void {
    const { attack, injection_succeeded: isInjected, kind = "user_task" } = session;
    // An attacker's goal that was given as a task is no work of the persona's either.
    if (typeof attack === "string" || isInjected === true || (kind ?? "user_task") !== "user_task") return;
    const { effects } = this.#catalogue(session.tools);
    const own = new Set<string>();
    for (const { tool, args } of session.calls)
      for (const value of this.#calls.destinations(args, effects.get(tool) !== "read")) own.add(value);
    const persona = personaOf(session);
    const known = this.#known.get(persona) ?? new Map<string, number>();
    this.#known.set(persona, known);
    for (const value of own) known.set(value, (known.get(value) ?? 0) + 1);
  }

  replay(session: RecordedSession): Replayed {
    const { effects } = this.#catalogue(session.tools);
    const task = session.user_task ?? "";
    const known = this.#knownTexts(task, personaOf(session));
    const licensed = task === "" ? undefined : this.#licensed(session.tools, task);
    const isDelegated = isDelegating(task);
    const state: SequenceState = { trail: undefined };
    const calls: ReplayedCall[] = [];
    for (const [
      i,
      { tool, args, is_error: isError, result, result_size: bytes },
    ] of session.calls.entries()) {
      const effect = effects.get(tool) ?? "unknown";
      const isOutside = licensed !== undefined && effect !== "read" && !licensed.grants.has(tool);
      const trace: CallTrace = {
        ...this.#calls.read(args, known),
        learned: known.knows === undefined ? undefined : true,
        tasked: task === "" ? undefined : true,
        tool: this.#words.of(tool),
        about: licensed?.about.get(tool),
        outside: isOutside ? true : undefined,
        spoken: isOutside && licensed.spoken.has(tool) ? true : undefined,
        delegated: isDelegated ? true : undefined,
      };
      calls.push({ i, ...judgeCall(state.trail, { name: tool, effect, at: i, trace }, this.#policy) });
      const key = textKey(`tool ${tool}`);
      const digest = hashKey(hash("sha256", `${tool} ${JSON.stringify(args)}`, "base64url"));
      const open = learnCall(state, { key, name: tool, effect, digest, at: i, trace }, this.#policy);
      const facts = { outcome: isError === true ? "tool-error" : "ok", bytes: bytes ?? 0, digest: "", tookMs: 0 } as const; // prettier-ignore
      learnAnswer(
        state,
        { key, name: tool, effect, at: i, ...open },
        facts,
        this.#trace(result ?? ""),
        this.#policy,
      );
    }
    return { calls, state };
  }

  #trace(result: string): AnswerTrace {
    const text = this.#texts.get(result) ?? "";
    const known = this.#traces.get(result);
    if (known !== undefined) return known;
    const trace = this.#answers.read({ content: [{ type: "text", text }] });
    this.#traces.set(result, trace);
    return trace;
  }

  #knownTexts(task: string, persona: string): KnownTexts {
    const counts = this.#known.get(persona);
    return {
      mission: foldedValue(task),
      places: task === "" ? undefined : placesOf(foldedValue(task)),
      ...(counts === undefined ? {} : { knows: (value: string) => ((counts.get(value) ?? 0) >= sessionsMin ? "baseline" : undefined) }), // prettier-ignore
    };
  }

  #catalogue(key: string): Catalogue {
    const found = this.#catalogues.get(key);
    if (found !== undefined) return found;
    const tools = toolsOf(this.#file, key);
    const made = { tools, effects: new Map(tools.map((tool) => [tool.name, effectOf(tool).effect])), licensed: new Map() }; // prettier-ignore
    this.#catalogues.set(key, made);
    return made;
  }

  #licensed(key: string, task: string) {
    const { licensed, tools } = this.#catalogue(key);
    const naming = namingOf(task);
    const found = licensed.get(task) ?? {
      grants: new Set(compileMission(task, tools).grants.map(({ tool }) => tool)),
      spoken: new Set(tools.filter(speakingOf(task)).map(({ name }) => name)),
      about: new Map(tools.map((each) => [each.name, naming(each)])),
    };
    licensed.set(task, found);
    return found;
  }
}

export function personaOf({ persona, tools }: RecordedSession): string {
  return persona ?? tools;
}
