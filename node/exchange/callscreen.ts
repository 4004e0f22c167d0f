/**
 * What an agent and a server say to each other in the course of one call, before its answer: progress and log messages,
 * questions, answers to them. Searched like the answer and the arguments, by the rules of the call's grant.
 *
 * S1. Nothing passes unsearched: what cannot be searched, or is blocked, does not pass, unless the role says otherwise.
 * S2. A value that is cut in two between two messages does not pass whole: of the second one its part is withheld.
 * S3. What was done is counted by type, and goes on record with the call's outcome.
 * S4. What the session has read, and a rule keeps from this server, is in none of the agent's answers.
 */
import { noticeOf } from "../../actors/dlp/notice.ts";
import { isChange, strictest } from "../../actors/dlp/policy.ts";
import { rowsOf } from "../../actors/dlp/rows.ts";
import type { Finding } from "../../actors/dlp/scanner.ts";
import { judgeAnswer, judgeOutside } from "../../actors/guards/data.ts";
import type { DataAction, DataDirection } from "../../protocol/datarules.ts";
import type { ArgumentActions } from "../../protocol/verdict.ts";
import type { SideFinding } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { AskAnswer } from "./exchange.ts";
import { charsOf, type Scan, type Screened, type Screener, type Screening } from "./screening.ts";

/** What the arguments lost on their way out, for the agent: in words, and as rows of `_meta`. */
export interface ToldChanges {
  readonly says: string;
  readonly rows: readonly { readonly type: string; readonly count: number; readonly path: string; readonly action: DataAction }[]; // prettier-ignore
}

/** What may pass: the document, or why nothing of it. */
export type Passing = { readonly value: JsonObject } | { readonly withheld: string };

const mayNotLeave = "the answer holds data that may not leave";

const isPassage = ({ type }: Finding): boolean => type.startsWith("document.");

export class CallScreen {
  readonly #screening: Screening;
  readonly #agent: string;
  readonly by: Screener;
  readonly #forbids: (said: JsonObject) => boolean;
  readonly #side = new Map<string, { -readonly [Name in keyof SideFinding]: SideFinding[Name] }>();
  /** The end of the texts that have passed, as they came. */
  #carry = "";
  #told: ToldChanges | undefined;

  /** @param forbids whether a rule on flows says that this must not go to the call's server */
  constructor(screening: Screening, agent: string, by: Screener, forbids: (said: JsonObject) => boolean) {
    this.#screening = screening;
    this.#forbids = forbids;
    this.#agent = agent;
    this.by = by;
  }

  /** Undefined where there was nothing. */
  get side(): readonly SideFinding[] | undefined {
    return this.#side.size === 0 ? undefined : [...this.#side.values()];
  }

  /** Undefined where the arguments went out as they came, but for tokens that were opened. */
  get told(): ToldChanges | undefined {
    return this.#told;
  }

  /** The call's arguments as they go out: what is withheld of them, the agent hears of with the answer. */
  outgoing(screened: Screened, { found, tokens }: ArgumentActions): unknown {
    const { rows } = screened.rows;
    const says = noticeOf(rows, found, "arguments");
    const changed = rows.flatMap(({ type, count, path }, at) => {
      const action = found[at] ?? "block";
      return isChange(action) ? [{ type, count, path, action }] : [];
    });
    if (says !== undefined) this.#told = { says, rows: changed };
    return this.#screening.rewrite(screened, this.by.tenant, found, tokens);
  }

  /** A notification on its way to the agent: undefined when nothing of it may pass. */
  notification(method: string, params: JsonObject): JsonObject | undefined | Promise<JsonObject | undefined> {
    const passing = this.toAgent(params);
    const name = method === "notifications/progress" ? "message" : "data";
    return passing instanceof Promise
      ? passing.then((each) => this.#followed(each, params, name))
      : this.#followed(passing, params, name);
  }

  /** After a message that was searched on a thread: a promise while its stream should not read on. */
  turn(): Promise<void> | undefined {
    return this.#screening.turn(this.#agent);
  }

  /** Parameters of a question of the server. */
  toAgent(params: JsonObject): Passing | Promise<Passing> {
    return this.#pass(params, "answers");
  }

  /** The agent's answer to one. */
  toServer(answer: AskAnswer): AskAnswer | Promise<AskAnswer> {
    if (this.#forbids(answer)) {
      this.#count("arguments", "flow", "block", 1);
      return { error: { code: -32600, message: mayNotLeave } };
    }
    const passing = this.#pass(answer, "arguments");
    const given = (each: Passing): AskAnswer => "value" in each ? (each.value as unknown as AskAnswer) : { error: { code: -32600, message: each.withheld } }; // prettier-ignore
    return passing instanceof Promise ? passing.then(given) : given(passing);
  }

  #pass(value: JsonObject, way: DataDirection): Passing | Promise<Passing> {
    if (!this.by.policy.scans(way)) return { value };
    const scan = this.#screening.scan(this.#agent, value, charsOf(value), way, this.by.persona);
    return scan instanceof Promise ? scan.then((each) => this.#read(each, way)) : this.#read(scan, way);
  }

  #read(scan: Scan, way: DataDirection): Passing {
    const screened = this.#screening.read(scan, this.by);
    if (screened.facts === undefined) return { value: scan.value as JsonObject };
    const { actions, why } = this.#judge(screened, way);
    for (const [at, { type, count }] of screened.rows.rows.entries()) this.#count(way, type, actions[at] ?? "block", count); // prettier-ignore
    for (const { recogniser } of screened.facts.outside?.unexamined ?? []) this.#count(way, `recogniser ${recogniser}`, "unexamined", 1); // prettier-ignore
    if (why !== undefined) {
      const { outside } = screened.facts;
      if (outside?.refused !== undefined)
        this.#count(way, `recogniser ${outside.refused.recogniser}`, "block", 1);
      if (screened.facts.unscanned !== undefined) this.#count(way, "unscanned", "block", 1);
      return { withheld: why };
    }
    if (!actions.some(isChange)) return { value: scan.value as JsonObject };
    return { value: this.#screening.rewrite(screened, this.by.tenant, actions) as JsonObject };
  }

  #judge(
    { facts = { tookMs: 0 } }: Screened,
    way: DataDirection,
  ): { readonly actions: readonly DataAction[]; readonly why: string | undefined } {
    const { policy } = this.by;
    if (way === "answers") {
      const { actions, refusal } = judgeAnswer(facts, { data: policy });
      return { actions, why: refusal?.says };
    }
    const actions = policy.actions(facts.found ?? [], way);
    const outside = judgeOutside(facts, "arguments");
    if (outside !== undefined) return { actions: policy.actions(facts.found ?? [], way), why: outside.says };
    const isUnscanned = facts.unscanned !== undefined && policy.table.unscanned.arguments === "block";
    // No grant is asked here: a token goes on as it is, and never as its value.
    const isRefused = isUnscanned || strictest(actions) === "block";
    return { actions, why: isRefused ? mayNotLeave : undefined };
  }

  /** Withholds what only shows where this text follows on those before it. */
  #followed(passing: Passing, came: JsonObject, name: string): JsonObject | undefined {
    if (!("value" in passing)) return undefined;
    const text = came[name];
    if (typeof text !== "string" || !this.by.policy.scans("answers")) return passing.value;
    const carry = this.#carry;
    this.#carry = (carry + text).slice(-limits.screenCarryChars);
    if (carry === "") return passing.value;
    const across = this.#new(
      carry,
      this.#screening
        .scanText(carry + text.slice(0, limits.dlpInlineCharsMax))
        .filter(({ start, end }) => start < carry.length && end > carry.length),
    );
    const rows = rowsOf(across, this.#screening.traitsOf, this.by.policy.levelMin);
    const actions = this.by.policy.actions(rows.rows, "answers");
    const ends = across.flatMap(({ end }, at) => {
      const action = actions[rows.rowOf[at] ?? -1] ?? "allow";
      return isChange(action) || action === "block" ? [end - carry.length] : [];
    });
    if (ends.length === 0) return passing.value;
    for (const [at, { type, count }] of rows.rows.entries()) this.#count("answers", type, actions[at] ?? "block", count); // prettier-ignore
    // Where something was withheld in this text already, places have moved: then none of it passes.
    const rest = passing.value[name] === text ? text.slice(Math.max(...ends)) : "";
    return { ...passing.value, [name]: `[redacted]${rest}` };
  }

  /** Nobody knows where a passage ends: one that was found in what has passed does not go on into what follows it. */
  #new(carry: string, across: readonly Finding[]): readonly Finding[] {
    if (!across.some(isPassage)) return across;
    const before = this.#screening.scanText(carry).filter(isPassage);
    return across.filter((each) => !isPassage(each) || !before.some(({ type, start }) => type === each.type && start === each.start)); // prettier-ignore
  }

  #count(way: DataDirection, type: string, action: string, count: number): void {
    if (action === "allow") return;
    const key = `${way} ${type} ${action}`;
    const known = this.#side.get(key);
    if (known !== undefined) known.count += count;
    else if (this.#side.size < limits.scanRowsMax) this.#side.set(key, { way, type, action, count });
  }

  /** Credentials of ours that the server said, which were taken out of it (vault/echo.ts). */
  echoed(count: number): void {
    this.#count("answers", "gateway.credential", "redact", count);
  }
}
