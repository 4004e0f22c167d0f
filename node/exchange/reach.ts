/**
 * The way to an upstream for everything that is no call of a granted name: lists that only the server can answer, and
 * streams of its changes. The session's actor judges it under the kind `server`, and it is recorded like a call.
 *
 * N1. No session of a server is asked for but by `run`, and `run` takes only what `judge` has allowed, after its
 *     intent is recorded (laws 1 and 4). Relay is the only other holder of the pool; test/laws.ts holds that.
 * N2. What `judge` allowed gets exactly one answered turn and one outcome record: whoever has it must `run` it.
 * N3. No administrator has called any of it repeatable, so its intents are `synced`.
 */
import { randomBytes } from "node:crypto";
import { findGrant, grantAt } from "../../actors/guards/persona.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { OperationId } from "../../protocol/id.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Verdict } from "../../protocol/verdict.ts";
import { principalShare } from "../identity/principal.ts";
import type { CallOptions, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { failure, refusal, type Answer } from "./answer.ts";
import type { Caller, Exchange } from "./exchange.ts";
import { answerFacts, callFacts, type FactsKey } from "./facts.ts";
import type { AnswerFacts, CallFacts, ScanFacts } from "../../protocol/facts.ts";
import type { Governor, Judgement, Reached } from "./governor.ts";
import { outcomeOf } from "./relay.ts";
import type { Provenance } from "./provenance.ts";
import type { RoleInForce, Roles } from "./roles.ts";
import { charsOf, type Scan, type Screener, type Screening } from "./screening.ts";

export interface ReachPorts {
  readonly governor: Governor;
  readonly roles: Roles;
  readonly pool: UpstreamPool;
  readonly factsKey: FactsKey;
  readonly screening: Screening;
  readonly provenance: Provenance;
  readonly shared: (server: string) => boolean;
}

/** What a turn is asked about; `reached` is undefined where nothing will be reached, whatever it decides. */
export interface Asking {
  readonly caller: Caller;
  readonly role: RoleInForce;
  readonly method: string;
  readonly facts: CallFacts;
  readonly reached: Reached | undefined;
}

/** A turn that a cluster has taken, with the intent on record and fenced where it allowed. */
export interface Conducted {
  readonly judged: Judgement;
  /** Why nothing may be reached any more (law 6). */
  readonly fallen: () => GatewayError | undefined;
  readonly end: (facts: AnswerFacts) => void;
}

/** Takes turns in a cluster, at the owner of the session. */
export type Conduct = (asking: Asking) => Promise<Conducted>;

/** What an agent wants of a server. */
export interface Wanted {
  /** The agent's method. */
  readonly method: string;
  readonly server: string;
  /** For the digest; and the URIs that a turn judges, at `pointer`. */
  readonly args?: JsonObject;
  readonly pointer?: string;
}

/** Allowed by a turn and not yet run. */
export interface Passed {
  readonly caller: Caller;
  readonly judged: Judgement;
  readonly reached: Reached;
  /** In a cluster. */
  readonly conducted: Conducted | undefined;
}

/** For whom a request is made: part of its options. */
export type Asker = Pick<CallOptions, "owner" | "capabilities">;

/** A denial is a value. */
export class Refused {
  readonly verdict: Exclude<Verdict, { kind: "allow" }>;
  readonly #judged: Judgement;

  constructor(verdict: Exclude<Verdict, { kind: "allow" }>, judged: Judgement) {
    this.verdict = verdict;
    this.#judged = judged;
  }

  /** What the agent is told. */
  answer({ caller, request }: Exchange): Answer {
    const { facts, op, fault } = this.#judged;
    const subject = { id: request.id, revision: caller.revision, kind: facts.kind, name: facts.name, op };
    return fault === undefined ? refusal(subject, this.verdict) : failure(subject, new GatewayError(fault));
  }
}

export type Judged = Passed | Refused;

function outcome(
  caller: Caller,
  judged: Judgement,
  reached: Reached | undefined,
  conducted: Conducted | undefined,
): Judged {
  if (judged.verdict.kind !== "allow") return new Refused(judged.verdict, judged);
  if (reached === undefined) throw new Error("an unlisted resource was allowed");
  return { caller, judged, reached, conducted };
}

function onlyRefused(judged: Judged): Refused {
  if (judged instanceof Refused) return judged;
  throw new Error("an unlisted resource was allowed");
}

function aim(
  caller: Caller,
  { compiled, persona }: RoleInForce,
  server: string,
): { readonly found: number; readonly by: Screener } {
  const found = findGrant(compiled, "server", server);
  return { found, by: { tenant: caller.principal.tenant, persona, policy: grantAt(compiled, found).data } };
}

export class Reach {
  readonly #ports: ReachPorts;
  /** In a cluster no turn is taken here. */
  conduct: Conduct | undefined;

  constructor(ports: ReachPorts) {
    this.#ports = ports;
  }

  /** The turn. What it allows must be run. A promise in a cluster. */
  judge(caller: Caller, { method, server, args, pointer }: Wanted): Judged | Promise<Judged> {
    const given = { method, ...args };
    const plain = callFacts(this.#ports.factsKey, "server", server, given, pointer === undefined ? [] : [pointer], undefined); // prettier-ignore
    const reached = { server, target: method, repeatable: false };
    const judge = (scan: Scan | undefined): Judged | Promise<Judged> => {
      // Another role may have come into force while somebody looked at it.
      const role = this.#roleOf(caller);
      const { found, by } = aim(caller, role, server);
      const read = scan === undefined ? undefined : this.#ports.screening.read(scan, by, { isFixed: true }).facts; // prettier-ignore
      return this.#judge({ caller, role, method, facts: this.#facts(plain, read, caller, role, found, args), reached }); // prettier-ignore
    };
    const { by } = aim(caller, this.#roleOf(caller), server);
    if (pointer === undefined || !by.policy.scans("arguments")) return judge(undefined);
    // URIs go out as they are, so what would be withheld in one is refused.
    const scan = this.#ports.screening.scan(caller.session, args, charsOf(args), "arguments", by.persona);
    return scan instanceof Promise ? scan.then(judge) : judge(scan);
  }

  #facts(
    plain: CallFacts,
    scan: ScanFacts | undefined,
    caller: Caller,
    role: RoleInForce,
    found: number,
    args: JsonObject | undefined,
  ): CallFacts {
    const { governor, provenance } = this.#ports;
    const carried = provenance.carried(governor.stateOf(caller.session), role, found, args);
    return {
      ...plain,
      ...(scan === undefined ? {} : { scan }),
      ...(carried === undefined ? {} : { carried }),
    };
  }

  /** Refuses a resource that the role does not let the agent read: a turn like any other, so that it is counted. */
  refuse(caller: Caller, method: string, uri: string): Refused | Promise<Refused> {
    const role = this.#roleOf(caller);
    if (isReadable(role, uri)) throw new Error("a resource that may be read is not refused");
    const facts = callFacts(this.#ports.factsKey, "resource", uri, undefined, [], undefined);
    const judged = this.#judge({ caller, role, method, facts, reached: undefined });
    return judged instanceof Promise ? judged.then(onlyRefused) : onlyRefused(judged);
  }

  #judge(asking: Asking): Judged | Promise<Judged> {
    const { caller, role, method, facts, reached } = asking;
    if (this.conduct !== undefined)
      return this.conduct(asking).then((conducted) => outcome(caller, conducted.judged, reached, conducted));
    const judged = this.#ports.governor.judge(caller, role, method, newOperation(), facts);
    return outcome(caller, judged, reached, undefined);
  }

  /**
   * Records the intent, opens a session where none is, does the work with it, records the outcome.
   *
   * @throws GatewayError; what `work` throws
   */
  async run<Result>(
    passed: Passed,
    work: (session: UpstreamSession, asker: Asker) => Promise<Result> | Result,
  ): Promise<Result> {
    const startedMs = performance.now();
    let result: Result;
    try {
      await this.#intend(passed);
      try {
        result = await this.#work(passed, work);
      } catch (thrown) {
        // Certainly not executed (U2): the session was gone, or was opened anew and is compared first. Once more, no more.
        if (!(thrown instanceof GatewayError) || thrown.code !== "UPSTREAM_SESSION_LOST") throw thrown;
        result = await this.#work(passed, work);
      }
    } catch (thrown) {
      const error = thrown instanceof GatewayError ? thrown : new GatewayError("INTERNAL");
      this.#answered(passed, error, performance.now() - startedMs);
      throw thrown;
    }
    this.#answered(passed, undefined, performance.now() - startedMs);
    return result;
  }

  async #work<Result>(
    { caller, reached, conducted }: Passed,
    work: (session: UpstreamSession, asker: Asker) => Promise<Result> | Result,
  ): Promise<Result> {
    const { pool, shared } = this.#ports;
    const isShared = shared(reached.server);
    const capabilities = isShared ? {} : caller.capabilities;
    const session = await pool.session(reached.server, isShared ? "" : caller.session, capabilities);
    const fallen = conducted?.fallen();
    if (fallen !== undefined) throw fallen;
    return work(session, { owner: principalShare(caller.principal), capabilities });
  }

  /** Gives back what `judge` allowed and nobody will run: its intent is recorded and ends as cancelled. */
  waive(passed: Passed): void {
    const end = (): void => this.#answered(passed, new GatewayError("CANCELLED"), 0);
    this.#intend(passed).then(end, end);
  }

  #intend({ caller, judged, reached, conducted }: Passed): Promise<void> {
    if (conducted !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#ports.governor.intend(caller, judged, reached, (fault) => {
        if (fault === undefined) resolve();
        else reject(fault);
      });
    });
  }

  /** Its content is no fact: agents list and follow the same again and again, and that is no circle. */
  #answered(
    { caller, judged, reached, conducted }: Passed,
    error: GatewayError | undefined,
    tookMs: number,
  ): void {
    const { governor, factsKey } = this.#ports;
    const facts = answerFacts(factsKey, error === undefined ? "ok" : outcomeOf(error), "", tookMs, error?.code); // prettier-ignore
    if (conducted === undefined) governor.answered(caller, judged, reached, facts);
    else conducted.end(facts);
  }

  #roleOf(caller: Caller): RoleInForce {
    return this.#ports.roles.inForce(caller.endpoint.persona);
  }
}

/** Whether the role lets the agent read a resource, and so hear of its changes. */
export function isReadable(role: RoleInForce, uri: string): boolean {
  return serverOf(role, uri) !== undefined;
}

/** The server of a resource that the role lets the agent read. */
export function serverOf(role: RoleInForce, uri: string): string | undefined {
  const grant = role.table.grants[findGrant(role.compiled, "resource", uri)];
  return grant?.quarantined === true ? undefined : grant?.server;
}

function newOperation(): OperationId {
  return randomBytes(16).toString("base64url") as OperationId;
}
