/**
 * Where values came from and where they go, on the road of a call: what arguments carry of what the session has read, and what is
 * remembered of an answer, both as facts of the turn. Owns the ports that actors/ledger needs: the key, inflating, opening of
 * tokens, the search. Does not own the judgement (actors/guards/ledger.ts).
 *
 * V1. Only calls that a rule of the role is about cost anything.
 * V2. What is too large to be looked into while others wait is a fact, and counts as wholly seen.
 * V3. What an agent answers to a server in the course of a call is compared like the call's arguments, with what its session
 *     has read by then.
 */
import { Extractor } from "../../actors/ledger/extract.ts";
import { Finder } from "../../actors/ledger/find.ts";
import { KeyedHash, ledgerKeyBytes } from "../../actors/ledger/keyedhash.ts";
import { judgeCarried, noValues } from "../../actors/guards/ledger.ts";
import { grantAt } from "../../actors/guards/persona.ts";
import type { SessionState } from "../../actors/session.ts";
import type { AnswerFacts, Carried, SeenValues } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { inflate } from "../dlp/ports.ts";
import { Tracing } from "./tracing.ts";
import type { Vault } from "../vault/vault.ts";
import { outgoingOf } from "./outgoing.ts";
import type { RunningCall } from "./governedcall.ts";
import type { RoleInForce } from "./roles.ts";
import { charsOf, type Scan, type Screening } from "./screening.ts";

const tenant = "default";

export class Provenance {
  readonly #finder: Finder;
  readonly #extractor: Extractor;
  readonly #key: string;
  readonly #screening: Screening;
  /** Guard four's own look at values. */
  readonly tracing: Tracing;

  constructor(vault: Pick<Vault, "keyring" | "tokens">, screening: Screening) {
    const { current } = vault.keyring;
    this.#key = current.id;
    this.#screening = screening;
    this.tracing = new Tracing(current);
    const hash = new KeyedHash(current.derive(tenant, "hash ledger", ledgerKeyBytes), current.id);
    this.#finder = new Finder(hash, inflate, (token) => vault.tokens().open(token)?.value);
    this.#extractor = new Extractor(hash, (type) => screening.traitsOf(type)?.group ?? "own");
  }

  /** What a call carries; undefined where no rule asks. @param sent all that goes to the server of what the agent wrote */
  carried(
    session: SessionState | undefined,
    { compiled }: RoleInForce,
    grant: number,
    sent: unknown,
  ): Carried | undefined {
    // prettier-ignore
    return grantAt(compiled, grant).flows.length === 0 ? undefined : this.#finder.find(session?.memory, sent);
  }

  /** Whether a rule forbids what an agent answers to a server's question in the course of a call. */
  forbids(
    session: SessionState | undefined,
    { compiled }: RoleInForce,
    place: number,
    said: unknown,
  ): boolean {
    const grant = grantAt(compiled, place);
    if (grant.flows.length === 0) return false;
    // Nobody knows any more what it has read.
    if (session === undefined) return true;
    return judgeCarried(session, { facts: { carried: this.#finder.find(session.memory, said) }, grant }) !== undefined; // prettier-ignore
  }

  /**
   * Facts of an answer with what is to be remembered of it.
   *
   * @param content as the server gave it; undefined when the agent gets none of it
   * @param scan    of it, where there was one
   */
  withSeen(given: AnswerFacts, call: RunningCall, content: unknown, scan: Scan | undefined): AnswerFacts {
    const facts = this.tracing.withWords(given, call, content);
    if (grantAt(call.role.compiled, call.judged.grant).source?.isFollowed !== true) return facts;
    return { ...facts, seen: this.#seen(facts, call, content, scan) };
  }

  #seen(
    { bytes }: AnswerFacts,
    { exchange, target }: RunningCall,
    content: unknown,
    scan: Scan | undefined,
  ): SeenValues {
    // prettier-ignore
    const none = noValues(this.#key);
    if (exchange.isTold) return { ...none, overflow: true };
    if (content === undefined) return none;
    if (bytes > limits.ledgerInlineBytesMax) return { ...none, overflow: true };
    const { value, findings, unscanned } =
      scan ?? this.#screening.scanNow(content, charsOf(content), "answers");
    const own = this.#extractor.known(outgoingOf(exchange.request, target)?.value);
    return this.#extractor.extract(value, findings, own, unscanned === undefined);
  }
}
