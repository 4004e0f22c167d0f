/**
 * What guard four is told of values, on the road of a call: of its arguments and of its answer, as keyed hashes. Owns the key and
 * when anything is looked at. Does not own what is worth a hash (actors/behaviour), nor the judgement.
 *
 * T1. A role that has the guard off costs nothing.
 * T2. The key is of the installation: hashes of one session are the same on every node under one master key.
 */
import { CallReader } from "../../actors/behaviour/asking.ts";
import { isKnown } from "../../actors/behaviour/baseline.ts";
import { AnswerReader } from "../../actors/behaviour/reading.ts";
import { WordHash, wordKeyBytes } from "../../actors/behaviour/wordhash.ts";
import { grantAt } from "../../actors/guards/persona.ts";
import type { AnswerFacts } from "../../protocol/facts.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { CallTrace } from "../../protocol/trace.ts";
import type { MasterKey } from "../vault/masterkey.ts";
import type { RunningCall } from "./governedcall.ts";
import type { RoleInForce } from "./roles.ts";
import type { Target } from "./target.ts";
import { Tasks } from "./tasks.ts";

const tenant = "default";

export class Tracing {
  readonly #words: WordHash;
  readonly #calls: CallReader;
  readonly #answers: AnswerReader;
  readonly #tasks = new Tasks();

  constructor(key: Pick<MasterKey, "derive" | "id">) {
    this.#words = new WordHash(key.derive(tenant, "hash sequence", wordKeyBytes), key.id);
    this.#calls = new CallReader(this.#words);
    this.#answers = new AnswerReader(this.#words);
  }

  /**
   * Of a call; undefined where the role has the guard off or grants no such call. A resource's URI is its one argument.
   *
   * @param params of the request, in whose `_meta` its task may stand
   */
  call(
    role: RoleInForce,
    grant: number,
    { kind, name, args }: Pick<Target, "kind" | "name" | "args">,
    params: JsonObject | undefined,
  ): CallTrace | undefined {
    const { sequence, baseline } = role.compiled;
    if (sequence.isOff || grant < 0) return undefined;
    const knows = (value: string, whole: number): "role" | "baseline" | undefined => {
      if (sequence.destinations.has(value)) return "role";
      return baseline !== undefined && isKnown(baseline, whole) ? "baseline" : undefined;
    };
    const isRead = grantAt(role.compiled, grant).effect === "read";
    // A new text takes some milliseconds: reads, which every task allows, wait for none that could say nothing else of them.
    const asks = !isRead || role.table.sequence?.task === "trusted";
    const task = asks ? this.#tasks.of(role, params?.["_meta"]) : undefined;
    const lists = (value: string): boolean => sequence.destinations.has(value);
    const known = { mission: task?.text ?? "", places: task?.places, knows, lists };
    const isOutside = task !== undefined && !task.licensed.has(grant) && !isRead;
    return {
      ...this.#calls.read(kind === "resource" ? { resource: name } : args, known),
      learned: baseline === undefined ? undefined : true,
      tasked: task !== undefined && role.table.sequence?.task === "trusted" ? true : undefined,
      tool: kind === "tool" ? this.#words.of(name) : undefined,
      about: task?.about.get(grant),
      outside: isOutside ? true : undefined,
      spoken: isOutside && task.spoken.has(grant) ? true : undefined,
      delegated: task?.isDelegating === true ? true : undefined,
    };
  }

  /** Facts of an answer with its words. @param content as the server gave it; undefined when the agent gets none of it */
  withWords(facts: AnswerFacts, { role, judged, exchange }: RunningCall, content: unknown): AnswerFacts {
    const { compiled } = role;
    if (compiled.sequence.isOff || content === undefined || grantAt(compiled, judged.grant).index < 0)
      return facts;
    const trace = this.#answers.read(content);
    // What its server said meanwhile was not read here.
    return { ...facts, trace: exchange.isTold ? { ...trace, cut: true } : trace };
  }
}
