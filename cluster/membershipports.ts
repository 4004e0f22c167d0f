/** What membership.ts asks of the node around it, and is told about it. */
import type { SwapResult } from "./store.ts";
import type { View } from "./view.ts";

/** What a node must not forget when its process ends: kept in its data folder. */
export interface Floor {
  readonly incarnation: number;
  /** The highest view it has seen. */
  readonly number: number;
}

export interface MembershipPorts {
  readonly swap: (
    key: string,
    value: Uint8Array,
    expected: number,
    then: (result: SwapResult) => void,
  ) => void;
  readonly keepFloor: (floor: Floor) => void;
  /** The view has changed. */
  readonly viewed: (before: View | undefined, view: View) => void;
  /** What this node as an owner wants of the view; asked only while it may act. */
  readonly wants: (view: View) => { readonly next: View } | undefined;
  /** Another's swap came before that one. */
  readonly unheeded: () => void;
  readonly alarm: (says: string) => void;
  /** A text that was never used before. */
  readonly mint: () => string;
}

export interface MembershipOptions {
  readonly id: string;
  readonly weight: number;
  readonly shards: number;
  readonly floor: Floor;
  /** Where several nodes are one process, a row need not be read by each. */
  readonly decodeView?: (row: Uint8Array) => View | undefined;
}
