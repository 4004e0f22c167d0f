/** What an owner's streams to its runners-up are bounded by: a simulation takes less than a node, to meet the bounds. */
import { limits } from "../protocol/limits.ts";

export interface StreamOptions {
  readonly id: string;
  /** Entries kept for a runner-up that does not acknowledge. */
  readonly journalEntriesMax: number;
  /** Journalled turns of a shard between two digests. */
  readonly digestTurns: number;
  /** Sessions packed for fills in one go. */
  readonly fillStatesMax: number;
}

export type StreamBounds = Partial<Omit<StreamOptions, "id">>;

export function streamOptions(given: { readonly id: string } & StreamBounds): StreamOptions {
  return {
    id: given.id,
    journalEntriesMax: given.journalEntriesMax ?? limits.journalEntriesMax,
    digestTurns: given.digestTurns ?? limits.journalDigestTurns,
    fillStatesMax: given.fillStatesMax ?? limits.fillStatesPerTickMax,
  };
}
