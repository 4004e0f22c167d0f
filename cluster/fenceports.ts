/** What an owner asks of fence logs (fencing.ts), and what it hears; carried out by whoever drives the peer. */
import type { AppendResult, FenceLog, SealResult } from "./fencelog.ts";

interface Placed {
  readonly shard: number;
  readonly epoch: number;
}

export type FenceAsk =
  | (Placed & { readonly kind: "seal" })
  | (Placed & { readonly kind: "append"; readonly ticket: number; readonly body: Uint8Array })
  /** In place of all that stands there. */
  | (Placed & { readonly kind: "clear"; readonly ticket: number; readonly bodies: readonly Uint8Array[] });

export type FenceHeard =
  | (Placed & { readonly kind: "sealed"; readonly result: SealResult })
  /** Of an append, or of a clearing. */
  | { readonly kind: "appended"; readonly ticket: number; readonly result: AppendResult };

/** @param give is called once, and may be called within when the log does not take it */
export function askFenceLog(log: FenceLog, ask: FenceAsk, give: (heard: FenceHeard) => void): void {
  const { shard, epoch } = ask;
  if (ask.kind === "seal")
    return log.seal(shard, epoch, (result) => give({ kind: "sealed", shard, epoch, result }));
  const { ticket } = ask;
  const then = (result: AppendResult): void => give({ kind: "appended", ticket, result });
  const isTaken =
    ask.kind === "append"
      ? log.append(shard, epoch, ask.body, then)
      : log.clear(shard, epoch, ask.bodies, then);
  // Sealed by another since, or too many wait: no fence either way, and asked again while there is time.
  if (!isTaken) then("unknown");
}
