/**
 * What must hold of values: one that an answer has shown its agent never leaves by a call that a rule forbids, whoever owns the
 * session by then. A part of oracle.ts.
 *
 * W1. From the moment on at which the answer leaves its owner: the agent may have it then, at any door.
 * W2. Where a session has forgotten what it had been shown, nothing leaves by such a call that is decided later under the same
 *     epoch: it may be that value.
 * W3. But for an operator's lift: after it what had been forgotten by then may leave, and nothing else.
 */
import type { AnyEvent } from "../../actors/roster.ts";
import type { Ending } from "../../cluster/exchange.ts";
import type { Link } from "../../cluster/ownershipports.ts";
import { carrier, source } from "./carrying.ts";
import type { Answer, Call } from "./load.ts";

export class FlowOracle {
  /** By session: values that its agent has been shown. */
  readonly #shown = new Map<string, Set<string>>();
  /** The last of them, whose it is. */
  last: { readonly key: string; readonly value: string } | undefined;
  /** By session that had been shown one: the last turn by which it forgot them. */
  readonly #shrunk = new Map<string, Link>();
  /** By operation that asks for one. */
  readonly #asked = new Map<string, string>();
  /** By session: those that it remembers, has forgotten, and may give away, whether its agent has been shown them by then or not. */
  readonly #learnt = new Map<string, Set<string>>();
  readonly #forgotten = new Map<string, Set<string>>();
  readonly #free = new Map<string, Set<string>>();
  /** Calls that carried one and were refused as such, those of sessions that have lost what they knew, and how often one forgot or was let go. */
  readonly figures = { flowsRefused: 0, flowsCoarse: 0, shrunk: 0, pardoned: 0 };

  begun(op: string, { facts, value }: Call): void {
    if (facts.name === source && value !== undefined) this.#asked.set(op, value);
  }

  recorded(key: string, event: AnyEvent, link: Link): void {
    if (event.kind === "answered") this.#learn(key, event.op);
    if (event.kind === "shrink" && this.#shown.has(key)) this.#shrunk.set(key, link);
    if (event.kind === "shrink" || event.kind === "lost") {
      this.#forgotten.set(key, new Set([...(this.#forgotten.get(key) ?? []), ...(this.#learnt.get(key) ?? [])])); // prettier-ignore
      this.#learnt.delete(key);
    }
    if (event.kind === "lifted" && event.what === "flow") this.#pardon(key);
  }

  #learn(key: string, op: string): void {
    const value = this.#asked.get(op);
    if (value === undefined) return;
    this.#learnt.set(key, (this.#learnt.get(key) ?? new Set()).add(value));
    this.#forgotten.get(key)?.delete(value);
    this.#free.get(key)?.delete(value);
  }

  #pardon(key: string): void {
    this.#shrunk.delete(key);
    for (const value of this.#forgotten.get(key) ?? []) {
      this.#free.set(key, (this.#free.get(key) ?? new Set()).add(value));
      this.#shown.get(key)?.delete(value);
    }
    this.#forgotten.delete(key);
  }

  shown(key: string, { value }: Call, ending: Ending<Answer>): void {
    const isShown = ending.kind === "answered" && "facts" in ending.answer && ending.answer.facts.seen !== undefined; // prettier-ignore
    if (!isShown || value === undefined || this.#free.get(key)?.has(value) === true) return;
    const known = this.#shown.get(key) ?? new Set();
    this.#shown.set(key, known.add(value));
    this.last = { key, value };
  }

  /** @returns what is wrong */
  wrote(key: string, { facts, value }: Call, link: Link): string | undefined {
    const shrunk = this.#shrunk.get(key);
    if (facts.name === carrier && shrunk !== undefined && shrunk.epoch === link.epoch && shrunk.n < link.n)
      return `called ${carrier} for ${key}, which has forgotten the values that it had been shown`;
    if (facts.name !== carrier || value === undefined || this.#shown.get(key)?.has(value) !== true) return undefined; // prettier-ignore
    return `gave ${carrier} a value that ${key} had been shown, and a rule forbids it`;
  }

  finished(ending: Ending<Answer>): void {
    if (ending.kind !== "refused" || ending.answer === undefined || !("verdict" in ending.answer)) return;
    const { verdict } = ending.answer;
    if (verdict.kind !== "deny") return;
    if (verdict.rule === "flow.value") this.figures.flowsRefused++;
    if (verdict.rule === "flow.coarse") this.figures.flowsCoarse++;
  }
}
