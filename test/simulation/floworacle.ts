/**
 * What must hold of values: one that an answer has shown its agent never leaves by a call that a rule forbids, whoever owns the
 * session by then. A part of oracle.ts.
 *
 * W1. From the moment on at which the answer leaves its owner: the agent may have it then, at any door.
 * W2. Where a session has forgotten what it had been shown, nothing leaves by such a call that is decided later under the same
 *     epoch: it may be that value.
 */
import type { AnyEvent } from "../../actors/roster.ts";
import type { Ending } from "../../cluster/exchange.ts";
import type { Link } from "../../cluster/ownershipports.ts";
import { carrier } from "./carrying.ts";
import type { Answer, Call } from "./load.ts";

export class FlowOracle {
  /** By session: values that its agent has been shown. */
  readonly #shown = new Map<string, Set<string>>();
  /** The last of them, whose it is. */
  last: { readonly key: string; readonly value: string } | undefined;
  /** By session that had been shown one: the last turn by which it forgot them. */
  readonly #shrunk = new Map<string, Link>();
  /** Calls that carried one and were refused as such, those of sessions that have lost what they knew, and how often one forgot. */
  readonly figures = { flowsRefused: 0, flowsCoarse: 0, shrunk: 0 };

  recorded(key: string, event: AnyEvent, link: Link): void {
    if (event.kind === "shrink" && this.#shown.has(key)) this.#shrunk.set(key, link);
  }

  shown(key: string, { value }: Call, ending: Ending<Answer>): void {
    const isShown = ending.kind === "answered" && "facts" in ending.answer && ending.answer.facts.seen !== undefined; // prettier-ignore
    if (!isShown || value === undefined) return;
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
