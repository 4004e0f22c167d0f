/**
 * Gets back the records of a machine that is lost, as far as the store has its copies (cluster/tail.ts). Owns the reading of
 * all batches of all processes of a node, in pages. Does not own what is made of the pieces (record/recovered.ts).
 *
 * G1. Turns are not looked at: a batch with events of another version gives its records all the same.
 * G2. Memory is one page, however much there is.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Archive, Kept, Line } from "../../cluster/archive.ts";
import { ArchiveStream } from "../../cluster/archivestream.ts";
import { decodeBatch } from "../../cluster/tailbatch.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { RecoveredFolder, RecoveredIncarnation } from "../record/recovered.ts";
import { bucket, connectStore, inboxOf, storeFault } from "./storeline.ts";
import type { LineOptions } from "./storeline.ts";

export interface Recovered extends RecoveredIncarnation {
  readonly batches: number;
  /** Numbers of batches that are not in the store, of those before its last. */
  readonly batchesMissing: number;
  /** Of its first batch in the store: above 1, what came before is too old, or was dropped. */
  readonly firstBatch: number;
  /** Pieces and batches that are none. */
  readonly refused: number;
}

/** Events are nothing to us. */
const unread = { kind: "unread", at: 0 };

/** Opens the archive for reading, lets something be done with it, and closes the line. @throws GatewayError */
export async function withArchive<Result>(
  line: LineOptions,
  act: (archive: Archive) => Promise<Result>,
): Promise<Result> {
  let last: string | undefined;
  let connection: Awaited<ReturnType<typeof connectStore>> | undefined;
  const signal = AbortSignal.timeout(limits.recoverReachMs);
  const connect = async (): Promise<NonNullable<typeof connection>> =>
    (connection ??= await connectStore(line));
  try {
    const archive = await ArchiveStream.look(line.node, {
      name: bucket,
      replicas: line.settings.replicas,
      signal,
      report: (says) => void (last = says),
      connect,
      explain: (fault) => storeFault(fault, line),
    });
    return await act(archive);
  } catch (fault) {
    if (!signal.aborted || fault instanceof GatewayError) throw fault;
    throw new GatewayError("NATS_UNREACHABLE", last ?? `nothing was heard of the store within ${limits.recoverReachMs} ms`, { cause: fault, remedy: `run the command at the folder of a node that reaches NATS; its inbox there is ${inboxOf(line)}` }); // prettier-ignore
  } finally {
    await connection?.close();
  }
}

/** What the store has of each process of a node, the oldest first. @throws GatewayError when it cannot be read now */
export async function recoverNode(
  archive: Archive,
  node: string,
  folder: RecoveredFolder,
): Promise<Recovered[]> {
  const lines = await heard<readonly Line[]>((then) => archive.lines(node, then));
  const found: Recovered[] = [];
  for (const line of [...lines].reverse()) found.push(await recoverLine(archive, line, folder));
  return found;
}

async function recoverLine(archive: Archive, line: Line, folder: RecoveredFolder): Promise<Recovered> {
  const records = folder.open(line.process);
  const numbers = new Set<number>();
  let refused = 0;
  for (let from = 1; from <= line.last;) {
    const start = from;
    const page = await heard<readonly Kept[]>((then) =>
      archive.line(line, start, limits.recoverPageBytes, then),
    );
    for (const { sequence, bytes } of page) {
      from = sequence + 1;
      const batch = decodeBatch(bytes, () => unread);
      if (batch === undefined) {
        refused++;
        continue;
      }
      numbers.add(batch.number);
      for (const piece of batch.records) records.add(piece);
    }
    if (page.length === 0) break;
  }
  const sorted = [...numbers].sort((one, other) => one - other);
  const [firstBatch = 0, lastBatch = 0] = [sorted[0], sorted.at(-1)];
  const batchesMissing = numbers.size === 0 ? 0 : lastBatch - firstBatch + 1 - numbers.size;
  return { ...records.close(), batches: numbers.size, batchesMissing, firstBatch, refused: refused + records.refused }; // prettier-ignore
}

/** Asked again where nothing is heard, a few times. */
async function heard<Result>(ask: (then: (result: Result | undefined) => void) => void): Promise<Result> {
  for (let tries = 0; tries < limits.recoverTries; tries++) {
    const result = await new Promise<Result | undefined>((done) => ask(done));
    if (result !== undefined) return result;
    await delay(limits.restoreAgainMs);
  }
  throw new GatewayError("NATS_UNREACHABLE", "the store does not give what it has of the records", { remedy: "see whether its stream has a leader (nats stream info TAIL_GATEHOUSE), and give the command again with another folder" }); // prettier-ignore
}
