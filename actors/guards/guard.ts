/**
 * The one shape of a guard, and what guards see of a call. actors/session.ts holds their order.
 *
 * G1. `before` never writes. So a call that any guard refuses takes nothing from any of them.
 * G2. `enter` writes what an allowed call takes. It runs once all guards have let the call pass, and cannot refuse.
 * G3. `after` learns from an answer. It sees what the call was when it entered, not the role of that time.
 * G4. A guard reads and writes its own slice of the session's state and no other.
 * G5. A guard that wants a person to decide says so by `asks` and by nothing else: it never answers `park` itself. It is
 *     asked last, once every guard has let the call pass, and again whenever the same call comes again; what it asks for is
 *     granted by the approval of a person for this very call and this rule (stepup.ts). It keeps nothing of it.
 */
import type { AnswerFacts, CallFacts } from "../../protocol/facts.ts";
import type { Rule, Verdict } from "../../protocol/verdict.ts";
import type { Labels } from "../labels.ts";
import type { SequenceJudgement } from "../behaviour/judge.ts";
import type { FlowSource } from "./flow.ts";
import type { CompiledGrant, CompiledRole } from "./role.ts";

/** A call as it comes. Its grant has index -1 when the role names none. */
export interface Call {
  readonly at: number;
  readonly facts: CallFacts;
  readonly role: CompiledRole;
  readonly grant: CompiledGrant;
  /** What guard four makes of it, looked at once. */
  readonly sequence?: SequenceJudgement | undefined;
}

/** A call that was let through and is not yet answered: what its answer must be held against. */
export interface OpenCall {
  readonly op: string;
  /** As the agent wrote it, cut to limits.refusalNameCharsMax. */
  readonly name: string;
  /** Row key of the upstream's tool: the tool breaker's. */
  readonly upstream: number;
  /** Row keys of the behaviour breaker: of near-identical calls, and of identical ones. */
  readonly shape: number;
  readonly digest: number;
  /** What its answer will have let the session see. */
  readonly labels: Labels;
  /** Where that comes from; undefined in a state of a version that did not keep it. */
  readonly source: FlowSource | undefined;
  /** For guard four: twice its number in the session, and one more when it named what came from nowhere; -1: not looked at. */
  step?: number;
  /** Sum of the breakers that it tries in their half-open state. */
  probe: number;
}

export const toolProbe = 1;
export const behaviourProbe = 2;
/** Of the breaker that sessions share. */
export const sharedProbe = 4;

export interface Answer {
  readonly at: number;
  readonly facts: AnswerFacts;
  readonly role: CompiledRole;
}

export type Refusal = Exclude<Verdict, { kind: "allow" }>;

/** What a person is to decide before the call may pass (G5). */
export interface Ask {
  /** What asks. An approval covers the rules that asked for it and no other. */
  readonly rule: Rule;
  /** One sentence for the agent. It holds no value, and nothing to learn evasion from. */
  readonly says: string;
  /** For who decides and for the record: the full explanation. */
  readonly why?: string;
}

/** What an operator should hear of. `says` holds no value of a call's arguments. */
export interface Alert {
  readonly rule: Rule;
  readonly says: string;
}

export interface Guard<Own> {
  /** Its slice of a new session. */
  start(): Own;
  before(own: Own, call: Call): Refusal | undefined;
  /** Never writes. */
  asks?(own: Own, call: Call): Ask | undefined;
  enter?(own: Own, call: Call, open: OpenCall): void;
  after?(own: Own, open: OpenCall, answer: Answer): Alert | undefined;
}
