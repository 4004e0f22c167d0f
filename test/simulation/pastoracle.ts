/**
 * What must hold of lost pasts: what a snapshot said that the archive had acknowledged is not forgotten when a shard's owner and
 * runner-up are lost. A part of oracle.ts. It sees what stands in the archive, and knows from the records which epoch cites
 * which entry; it does not use the files that choose what counts (cluster/past.ts).
 *
 * 1. A snapshot counts when it was acknowledged before the archive was asked, still stands there, and is of the shard's chain:
 *    of the last epoch under which anything was written, or of one that is cited, up to the cited entry.
 * 2. Of such a snapshot the next owner knows every stop, every end of a wire session, and every operation that must not run
 *    twice and is not too old.
 * 3. Nothing is demanded behind an epoch that began without its past, because the archive gave nothing, nor of shards whose epochs a store that went back has given twice, nor behind an epoch of which nobody knows what
 *    it cites.
 */
import { sessionOf } from "../../actors/roster.ts";
import type { ActorState } from "../../actors/roster.ts";
import type { Link } from "../../cluster/ownershipports.ts";
import { decodeChunk } from "../../cluster/snapshotchunk.ts";
import type { Chunk } from "../../cluster/snapshotchunk.ts";
import { limits } from "../../protocol/limits.ts";

interface Place {
  readonly epoch: number;
  readonly n: number;
}

/** What the next owner knows once the past is read. */
export interface Known {
  readonly stateOf: (key: string) => ActorState | undefined;
  readonly read: (bytes: Uint8Array) => ActorState | undefined;
  readonly hasOperation: (op: string) => boolean;
  readonly isOnce: (op: string) => boolean;
  readonly at: number;
}

/** Of clocks of two nodes, and of calls that were under way. */
const slackMs = 30_000;

export class PastOracle {
  /** By shard, what each epoch's first entry cites. */
  readonly #cited = new Map<number, Map<number, Place>>();
  /** Shards with an epoch that two nodes have written under. */
  readonly #doubtful = new Set<number>();
  readonly #writers = new Map<string, string>();
  readonly #acknowledged = new WeakSet<Uint8Array>();
  /** "shard/epoch": begun as lost, and not read. */
  readonly #unread = new Set<string>();
  /** Pasts that were looked at, and actors of snapshots that had to be known. */
  readonly figures = { pasts: 0, kept: 0 };

  /** A snapshot's writer was told that it stands. */
  saved(bytes: Uint8Array): void {
    this.#acknowledged.add(bytes);
  }

  recorded(node: string, { shard, epoch, n, cited }: Link): void {
    const writer = this.#writers.get(`${shard}/${epoch}`);
    if (writer === undefined) this.#writers.set(`${shard}/${epoch}`, node);
    else if (writer !== node) this.#doubtful.add(shard);
    if (n !== 1) return;
    const known = this.#cited.get(shard) ?? new Map<number, Place>();
    this.#cited.set(shard, known.set(epoch, cited));
  }

  /** Numbers of epochs may be given twice from now on. */
  wentBack(shards: number): void {
    for (let shard = 0; shard < shards; shard++) this.#doubtful.add(shard);
  }

  /** The snapshots of a shard that must not be forgotten by who owns it under an epoch. @param standing in the archive */
  demanded(shard: number, lostAt: number, standing: Iterable<Uint8Array>): Uint8Array[] {
    this.#unread.add(`${shard}/${lostAt}`);
    if (this.#doubtful.has(shard)) return [];
    const chunks: { readonly chunk: Chunk; readonly bytes: Uint8Array }[] = [];
    for (const bytes of standing) {
      const chunk = decodeChunk(bytes);
      if (chunk?.shard === shard && chunk.epoch < lostAt) chunks.push({ chunk, bytes });
    }
    const cited = this.#cited.get(shard) ?? new Map<number, Place>();
    const written = [...cited.keys(), ...chunks.map(({ chunk }) => chunk.epoch)];
    const demanded: Uint8Array[] = [];
    let [epoch, end] = [Math.max(0, ...written.filter((each) => each < lostAt)), Number.POSITIVE_INFINITY];
    while (epoch > 0) {
      const own = chunks.filter(({ chunk }) => chunk.epoch === epoch);
      // One that nobody was told of says all the same what its epoch cites: there is no other word of one without a turn.
      for (const { chunk, bytes } of own)
        if (chunk.n <= end && this.#acknowledged.has(bytes)) demanded.push(bytes);
      if (this.#unread.has(`${shard}/${epoch}`)) break;
      const next: Place | undefined = cited.get(epoch) ?? own[0]?.chunk.cited;
      if (next === undefined || next.epoch >= epoch) break;
      ({ epoch, n: end } = next);
    }
    return demanded;
  }

  /** @returns what is forgotten */
  restored(shard: number, epoch: number, demanded: readonly Uint8Array[], known: Known): string | undefined {
    this.#unread.delete(`${shard}/${epoch}`);
    this.figures.pasts++;
    for (const bytes of demanded)
      for (const actor of decodeChunk(bytes)?.actors ?? []) {
        this.figures.kept++;
        const [was, is] = [sessionOf(known.read(actor.bytes)), sessionOf(known.stateOf(actor.key))];
        const about = `shard ${shard}: ${actor.key}`;
        if (was !== undefined) {
          if (was.killedBy !== "" && is?.killedBy !== was.killedBy) return `${about} was stopped in an acknowledged snapshot, and goes on after the loss`; // prettier-ignore
          const open = was.wires.find(({ wire, isClosed }) => isClosed && is?.wires.some((each) => each.wire === wire && each.isClosed) !== true); // prettier-ignore
          if (open !== undefined) return `${about} had ended ${open.wire} in an acknowledged snapshot, and it is open after the loss`; // prettier-ignore
        }
        for (const { op, at } of actor.operations)
          if (known.isOnce(op) && known.at - at < limits.operationKeptMs - slackMs && !known.hasOperation(op))
            return `${about}: ${op} was known in an acknowledged snapshot, and is not after the loss`;
      }
    return undefined;
  }
}
