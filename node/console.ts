/**
 * What `gatehouse start` prints of decisions: one readable line each on a terminal, one JSON line each elsewhere.
 * Lines are gathered and written once per tick; when the reader is slower than we are, lines are dropped and counted
 * (the record is complete, the console need not be).
 */
import type { AnswerFacts } from "../protocol/facts.ts";
import type { Verdict } from "../protocol/verdict.ts";
import { oneLine } from "./exchange/cleanse.ts";
import type { Caller } from "./exchange/exchange.ts";
import type { Decision, Judgement } from "./exchange/governor.ts";

export type ConsoleMode = "decisions" | "refusals" | "none";

const pendingBytesMax = 1024 * 1024;

export class DecisionConsole {
  readonly #stream: NodeJS.WriteStream;
  readonly #mode: ConsoleMode;
  readonly #readable: boolean;
  readonly #spell: (text: string) => string;
  #lines: string[] = [];
  #dropped = 0;

  constructor(
    stream: NodeJS.WriteStream,
    mode: ConsoleMode,
    readable: boolean,
    spell: (text: string) => string = (text) => text,
  ) {
    this.#spell = spell;
    this.#stream = stream;
    this.#mode = mode;
    this.#readable = readable;
  }

  /** Allowed calls are printed with their outcome, refusals at once. */
  decision(decision: Decision): void {
    if (this.#mode === "none" || decision.verdict.kind === "allow" || !decision.recorded) return;
    this.#print(
      decision.at,
      decision.caller,
      decision.method,
      decision.name,
      decision.op,
      decision.verdict,
      undefined,
    );
  }

  outcome(caller: Caller, judged: Judgement, facts: AnswerFacts): void {
    if (this.#mode !== "decisions") return;
    this.#print(judged.at, caller, judged.method, judged.facts.name, judged.op, judged.verdict, facts);
  }

  notice(text: string): void {
    // An alert names arguments as the agent called them, and what a server or a program said stands in others.
    const said = oneLine(this.#spell(text));
    this.#line(this.#readable ? said : JSON.stringify({ notice: said }));
  }

  #print(
    at: number,
    caller: Caller,
    method: string,
    name: string,
    op: string,
    verdict: Verdict,
    facts: AnswerFacts | undefined,
  ): void {
    const { endpoint, principal, door } = caller;
    if (!this.#readable) {
      const rule = "rule" in verdict ? { rule: verdict.rule } : {};
      const outcome =
        facts === undefined ? {} : { outcome: facts.outcome, tookMs: facts.tookMs, bytes: facts.bytes };
      this.#line(JSON.stringify({ at, persona: endpoint.persona, agent: oneLine(principal.agent), user: principal.user === undefined ? undefined : oneLine(principal.user), door, method, name: oneLine(name), verdict: verdict.kind, ...rule, ...outcome, op })); // prettier-ignore
      return;
    }
    const time = new Date(at).toISOString().slice(11, 19);
    const what = method === "tools/call" ? name : `${method} ${name}`;
    const who = oneLine(`${endpoint.persona} ${principal.agent}`);
    const head = `${time}  ${verdict.kind.padEnd(10)} ${who.padEnd(24)} ${oneLine(what).slice(0, 60).padEnd(32)}`;
    this.#line(`${head} ${describe(verdict, facts)}  ${op}`);
  }

  #line(line: string): void {
    if (this.#lines.length === 0) setImmediate(() => this.#flush());
    this.#lines.push(line);
  }

  #flush(): void {
    const lines = this.#lines;
    this.#lines = [];
    if (this.#stream.writableLength > pendingBytesMax) {
      this.#dropped += lines.length;
      return;
    }
    if (this.#dropped > 0) {
      lines.unshift(
        JSON.stringify({ notice: `${this.#dropped} console lines dropped; the record is complete` }),
      );
      this.#dropped = 0;
    }
    this.#stream.write(`${lines.join("\n")}\n`);
  }
}

function describe(verdict: Verdict, facts: AnswerFacts | undefined): string {
  if (facts !== undefined)
    return `${facts.outcome}, ${Math.round(facts.tookMs)} ms${facts.code === undefined ? "" : `, ${facts.code}`}`;
  switch (verdict.kind) {
    case "allow":
      return "";
    case "throttle":
      return `${verdict.rule}, wait ${Math.ceil(verdict.waitMs)} ms`;
    case "deny":
    case "quarantine":
      return `${verdict.rule}: ${oneLine(verdict.says)}`;
    case "park":
      return `${verdict.rule}: waits for a person. gatehouse approvals approve ${verdict.approval}`;
    default:
      return verdict satisfies never;
  }
}
