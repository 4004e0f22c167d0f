/**
 * An exchange between the door, where a call comes in, and the owner, who decides and makes it: the frames, and what the
 * cluster must know of a call to do so. Does not own either side (door.ts, ownership.ts), nor what calls mean.
 */
import type { ActorEvent } from "../actors/actor.ts";
import type { AckFrame, JournalFrame } from "./journal.ts";
import type { Address } from "./transport.ts";

/** How an exchange ends, for the agent. */
export type Ending<Answer> =
  /** Decided and answered: by the tool, or by a verdict. */
  | { readonly kind: "answered"; readonly answer: Answer }
  /** Not made, and it will not be. */
  | { readonly kind: "refused"; readonly why: Refusal; readonly answer?: Answer }
  /** It may have been made. */
  | { readonly kind: "unknown" };

export type Refusal =
  | "verdict"
  /** The fence of the call was not to be had in time: no runner-up in sync, or no lease. */
  | "fence"
  /** Nobody owned the session in time. */
  | "no owner"
  /** The tool was not reached. */
  | "unreachable"
  | "overload"
  /** Its agent took it back before it was made. */
  | "cancelled"
  /** The disk of its owner refused the intent. */
  | "unrecorded";

export type ExchangeFrame<Call, Answer> =
  /** Door to owner: a call, or after `accepted` only its id. */
  | {
      readonly kind: "present";
      readonly op: string;
      readonly key: string;
      readonly shard: number;
      /** Absent once the owner has accepted it: it must not be made by anyone else. */
      readonly call?: Call;
      /** Epoch at which the door presented it first. */
      readonly opened: number;
      /** Number of the newest configuration that the door has seen. */
      readonly configuration: number;
    }
  /** Owner to door, before the call is made. */
  | { readonly kind: "accepted"; readonly op: string; readonly epoch: number }
  /** Not mine, by the view of this number. */
  | { readonly kind: "redirect"; readonly op: string; readonly view: number }
  /** Mine, but not now. */
  | { readonly kind: "busy"; readonly op: string }
  | { readonly kind: "answer"; readonly op: string; readonly epoch: number; readonly ending: Ending<Answer> }
  /** Owner to door, in the course of a call: bytes for its agent, which may get lost. */
  | { readonly kind: "note"; readonly op: string; readonly epoch: number; readonly bytes: Uint8Array }
  /** Door to owner: the agent has taken the call back. It may run all the same, and ends like any other. */
  | { readonly kind: "cancel"; readonly op: string };

/** From node to node, beside calls: what the node above says to another of agents' sessions (node/cluster/courier.ts). */
export interface LetterFrame {
  readonly kind: "letter";
  readonly bytes: Uint8Array;
}

export type FrameBody<Call, Answer, Event extends ActorEvent> =
  | ExchangeFrame<Call, Answer>
  | JournalFrame<Event>
  | AckFrame
  | LetterFrame;

/** What goes over the transport. */
export interface Frame<Call, Answer, Event extends ActorEvent> {
  readonly from: Address;
  readonly to: Address;
  readonly body: FrameBody<Call, Answer, Event>;
}

/** What a turn on a call decided. */
export interface Decision<Answer> {
  /** Undefined when the call is to be made. */
  readonly refusal: Answer | undefined;
  readonly isRepeatable: boolean;
}

/** What the cluster must know of calls and of their actor's events, and no more. */
export interface Calls<State, Event extends ActorEvent, Effect, Call, Answer> {
  call(op: string, call: Call, at: number): Event;
  decision(call: Call, effects: readonly Effect[]): Decision<Answer>;
  answered(op: string, answer: Answer, at: number): Event;
  /** Never reached its tool. */
  unreached(op: string, at: number): Event;
  /** Its owner is gone, and what became of it is not known. */
  unknown(op: string, at: number): Event;
  /** The session's past is lost. */
  lost(at: number): Event;
  /** What the session must be told before a call: the configuration in force, an operator's word. Mostly nothing. */
  told(
    state: State | undefined,
    key: string,
    call: Call,
    configuration: number,
    at: number,
  ): readonly Event[];
  /** Whether a turn raised something that must not be released before it is safe (law 6). */
  isRise(effects: readonly Effect[]): boolean;
}
