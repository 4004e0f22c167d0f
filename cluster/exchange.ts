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
      /** Epoch under which it is presented now; 0 from an older version, which does not say. */
      readonly epoch: number;
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

/** From one actor to another (messages.ts). */
export interface Message<Event extends ActorEvent> {
  readonly to: string;
  readonly shard: number;
  readonly event: Event;
  /** It must not leave before its turn is as safe as what it grants, or says to be known (law 6). */
  readonly isFenced: boolean;
  /** An answer to it is waited for. */
  readonly isAsk: boolean;
}

/** From the owner of one actor to the owner of another. It may get lost. */
export interface MessageFrame<Event extends ActorEvent> {
  readonly kind: "message";
  /** Who speaks, and the epoch under which its shard is owned by the node that sends this. */
  readonly from: string;
  readonly fromShard: number;
  readonly epoch: number;
  readonly to: string;
  readonly shard: number;
  /** The call that waits for the answer; the answer says it again. */
  readonly re: string | undefined;
  /** Its time is the receiver's, once it is there. */
  readonly event: Event;
}

export type FrameBody<Call, Answer, Event extends ActorEvent> =
  | ExchangeFrame<Call, Answer>
  | JournalFrame<Event>
  | AckFrame
  | LetterFrame
  | MessageFrame<Event>;

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
  /** @param isUnheard what other actors had to say first did not come in time */
  call(op: string, call: Call, at: number, isUnheard: boolean): Event;
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
  /** Whether other actors may have to say something before such a call is decided. Mostly not. */
  isShared(call: Call): boolean;
  /**
   * What other actors must be asked before a call is decided; undefined when nothing.
   *
   * @param waiting how many calls of this session wait for an actor's word already
   * @param isHeard it has waited for them once: what it was told then may be used up
   * @returns the session's own turn that asks, and what is asked without one
   */
  lacking(
    state: State | undefined,
    key: string,
    op: string,
    call: Call,
    waiting: (to: string) => number,
    at: number,
    isHeard: boolean,
  ): { readonly turn: Event | undefined; readonly messages: readonly Message<Event>[] } | undefined;
  /** What a turn says to other actors. Mostly nothing. */
  messages(key: string, effects: readonly Effect[], at: number): readonly Message<Event>[];
  /** What other actors must have said to know before an answer of this session may leave. Mostly nothing. */
  owed(state: State | undefined, key: string, at: number): readonly Message<Event>[];
}
