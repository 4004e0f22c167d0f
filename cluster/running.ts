/** A call at its owner, from its decision to its ending (ownership.ts). */
import type { Ending } from "./exchange.ts";
import type { Proof } from "./fencing.ts";
import type { Holding } from "./holding.ts";
import type { Address } from "./transport.ts";

export type Phase = "intent" | "connecting" | "running" | "releasing" | "ended";

/** Why one that was decided did not go out. */
export type Unmade = "fence" | "unreachable" | "cancelled" | "unrecorded";

export interface Running<Call, Answer> {
  readonly op: string;
  readonly key: string;
  readonly holding: Holding;
  /** Until it has ended: an ending is kept for long, and no more of its call than that. */
  call: Call | undefined;
  readonly epoch: number;
  readonly isRepeatable: boolean;
  /** What its intent rests on. */
  readonly proof: Proof;
  door: Address;
  phase: Phase;
  isRecorded: boolean;
  since: number;
  ending: Ending<Answer> | undefined;
}
