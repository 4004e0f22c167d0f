/**
 * What a start finds in the records of the process before it. Owns the repair of a torn tail, and the rebuilding of
 * chain heads and open intents. Touches no byte before the last seal that holds: what is wrong there is the verifier's
 * to report, not ours to tidy away.
 *
 * V1. Every complete, chained line that was written is kept, sealed or not; nobody was promised more (law 4).
 * V2. What is cut off is not destroyed: it is appended to `<segment>.torn` before the cut.
 * V3. Repair may itself be killed at any point; done again it ends the same.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { limits } from "../../protocol/limits.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { fileMode, syncFolderSync } from "./disk.ts";
import { listIncarnations, readRange } from "./folder.ts";
import type { Incarnation, SegmentFile } from "./folder.ts";
import { headsFile, readHeads } from "./heads.ts";
import type { Chain, Checkpoint } from "./heads.ts";
import { lineHash, markChars, readHead, readPrefix, readSeal, sealText, trackIntent } from "./line.ts";
import type { LinePrefix, MarkedSeal, OpenIntent } from "./line.ts";
import { readLines } from "./lines.ts";
import type { FileLine } from "./lines.ts";

/** What was found behind the last seal of the newest records. */
export interface RecoveredTail {
  /** `<incarnation>/<file>` under the records folder. */
  readonly segment: string;
  /** Complete records that had no seal yet and have one now. */
  readonly keptLines: number;
  /** Bytes moved to `<segment>.torn`. */
  readonly tornBytes: number;
}

export interface Recovered {
  /** The incarnation before, and the hash of its last seal; "" for none. */
  readonly previous: string;
  readonly seal: string;
  /** Its epoch; 0 for none. */
  readonly epoch: number;
  /** Last known head of each shard. */
  readonly heads: ReadonlyMap<number, string>;
  readonly open: Map<string, OpenIntent>;
  readonly tails: readonly RecoveredTail[];
}

/** Repairs what the last process left and reads where it stood. Throws what the file system throws. */
export function recoverFolder(folder: string): Recovered {
  const tails: RecoveredTail[] = [];
  const incarnations: Incarnation[] = [];
  for (const found of listIncarnations(folder)) {
    if (found.epoch !== undefined) incarnations.push(found);
    else setAsideUnborn(found, tails);
  }
  const newest = incarnations.at(-1);
  if (newest === undefined)
    return { previous: "", seal: "", epoch: 0, heads: new Map(), open: new Map(), tails };

  const [start, checkpoint] = lastCheckpoint(folder, incarnations);
  const scan = new Scan(checkpoint);
  let from = checkpoint?.offset ?? 0;
  for (const incarnation of incarnations.slice(start)) {
    const first = incarnation === incarnations[start] ? (checkpoint?.segment ?? 0) : 0;
    if (first === 0) scan.enterIncarnation();
    for (const segment of incarnation.segments.filter(({ number }) => number >= first)) {
      scan.segment(segment, from);
      from = 0;
      if (incarnation === newest && segment === newest.segments.at(-1)) tails.push(...repair(scan, segment));
      else scan.leaveSegment();
    }
  }
  const heads = new Map(Array.from(scan.chains, ([shard, chain]) => [shard, chain.head]));
  return { previous: newest.name, seal: scan.hash, epoch: newest.epoch ?? 0, heads, open: scan.open, tails };
}

/** The newest checkpoint that stands in the records, and the index of its incarnation; else the start of all records. */
function lastCheckpoint(
  folder: string,
  incarnations: readonly Incarnation[],
): [number, Checkpoint | undefined] {
  for (let at = incarnations.length - 1; at >= 0; at--) {
    const incarnation = incarnations[at];
    if (incarnation === undefined) break;
    const checkpoint = readHeads(join(folder, incarnation.name, headsFile));
    if (checkpoint !== undefined && standsIn(checkpoint, incarnation)) return [at, checkpoint];
  }
  return [0, undefined];
}

/** A seal line is at most this long: its marks, and room for its numbers. */
const sealBytesMax = (limits.recordsPerSealMax + 1) * markChars + 256;

function standsIn(checkpoint: Checkpoint, incarnation: Incarnation): boolean {
  const segment = incarnation.segments.find(({ number }) => number === checkpoint.segment);
  if (segment === undefined) return false;
  const before = readRange(segment.path, Math.max(0, checkpoint.offset - sealBytesMax), checkpoint.offset);
  const lines = before.toString("latin1").split("\n");
  const seal = lines.pop() === "" ? readSeal(lines.at(-1) ?? "") : undefined;
  return seal !== undefined && seal.seal === checkpoint.seal && seal.hash === checkpoint.hash;
}

/** A line behind the last seal that holds. */
interface PendingLine {
  readonly prefix: LinePrefix | undefined;
  readonly record: RecordLine | undefined;
  readonly hash: string;
  readonly end: number;
}

/** Reads on from a checkpoint: chain heads, open intents, and what the last seal that holds leaves behind it. */
class Scan {
  readonly chains: Map<number, Chain>;
  readonly open: Map<string, OpenIntent>;
  /** Number and hash of the last seal. */
  sealed: number;
  hash: string;
  /** Offset behind it in the segment read last; 0 when that segment has none. */
  sealEnd = 0;
  /** True when the segment's head line is whole, continues the records and has no seal yet. */
  headPending = false;
  pending: PendingLine[] = [];
  /** The last seal line of the segment read last, whether it holds or not. */
  stated: MarkedSeal | undefined;

  constructor(checkpoint: Checkpoint | undefined) {
    this.chains = new Map(checkpoint?.chains);
    this.open = new Map(checkpoint?.open);
    this.sealed = checkpoint?.seal ?? 0;
    this.hash = checkpoint?.hash ?? "";
  }

  enterIncarnation(): void {
    this.sealed = 0;
    this.hash = "";
    for (const chain of this.chains.values()) chain.n = 0;
  }

  segment(segment: SegmentFile, from: number): void {
    this.sealEnd = from;
    this.headPending = false;
    this.stated = undefined;
    let sum = createHash("sha256").update(this.hash);
    for (const line of readLines(segment.path, from)) {
      const text = line.bytes.toString("latin1");
      const seal = line.ended ? readSeal(text) : undefined;
      if (seal !== undefined) {
        this.seal(line, seal, sum.digest("base64url") === seal.hash);
        // A seal that does not hold may still be the right start for the next one.
        sum = createHash("sha256").update(seal.hash);
        continue;
      }
      const head = line.at === 0 && line.ended ? readHead(text) : undefined;
      this.headPending ||= head !== undefined && head.prev === this.hash;
      if (head === undefined || head.prev !== this.hash)
        this.note(line, head === undefined ? text : undefined);
      if (head !== undefined) sum = createHash("sha256").update(head.prev);
      sum.update(line.whole);
    }
  }

  private seal(line: FileLine, seal: MarkedSeal, holds: boolean): void {
    this.stated = seal;
    if (!holds) return this.note(line, undefined);
    this.acceptPending();
    this.sealed = seal.seal;
    this.hash = seal.hash;
    this.sealEnd = line.at + line.whole.length;
    this.headPending = false;
  }

  /** Goes on from what the segment says of itself, whether it holds or not: judging it is the verifier's. */
  leaveSegment(): void {
    this.acceptPending();
    this.sealed = this.stated?.seal ?? this.sealed;
    this.hash = this.stated?.hash ?? this.hash;
  }

  /** @param text undefined for what is no record line */
  private note(line: FileLine, text: string | undefined): void {
    const prefix = line.ended && text !== undefined ? readPrefix(text) : undefined;
    const wanted = prefix !== undefined && (prefix.kind === "intent" || prefix.kind === "outcome");
    const record = wanted ? parseRecord(line.bytes) : undefined;
    this.pending.push({ prefix, record, hash: lineHash(line.bytes), end: line.at + line.whole.length });
  }

  acceptPending(): void {
    for (const { prefix, record, hash } of this.pending) {
      if (prefix !== undefined) this.chains.set(prefix.shard, { n: prefix.n, head: hash });
      if (record !== undefined) trackIntent(this.open, record, limits.openIntentsMax);
    }
    this.pending = [];
  }

  /** Cuts `pending` down to the records that continue their chains, up to the first that does not. */
  keepChained(): void {
    const chains = new Map<number, Chain>();
    const broken = this.pending.findIndex(({ prefix, hash }) => {
      if (prefix === undefined) return true;
      const chain = chains.get(prefix.shard) ?? this.chains.get(prefix.shard) ?? { n: 0, head: "" };
      chains.set(prefix.shard, { n: prefix.n, head: hash });
      return prefix.n !== chain.n + 1 || prefix.prev !== chain.head;
    });
    if (broken >= 0) this.pending.length = broken;
  }
}

function parseRecord(bytes: Buffer): RecordLine | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as RecordLine;
  } catch {
    return undefined;
  }
}

/**
 * Keeps, seals, cuts and moves what stands behind the last seal of the newest segment. A segment whose every seal is
 * broken was not torn but changed, and is left as it is.
 */
function repair(scan: Scan, segment: SegmentFile): RecoveredTail[] {
  const size = fs.statSync(segment.path).size;
  if (size === 0) {
    // Killed between making the file and writing to it.
    fs.unlinkSync(segment.path);
    return [];
  }
  const damaged = scan.sealEnd === 0 && scan.stated !== undefined;
  if (scan.sealEnd === size || damaged) {
    scan.leaveSegment();
    return [];
  }
  if (scan.sealEnd === 0 && !scan.headPending) scan.pending = [];
  scan.keepChained();
  const bytes = readRange(segment.path, scan.sealEnd, size);
  const kept = keepParseable(scan, bytes);
  const keptEnd = scan.pending.at(-1)?.end ?? scan.sealEnd;
  if (keptEnd < size) moveTorn(segment.path, bytes.subarray(keptEnd - scan.sealEnd));
  if (keptEnd === 0) {
    fs.unlinkSync(segment.path);
    syncFolderSync(dirname(segment.path));
  } else {
    const tail = bytes.subarray(0, keptEnd - scan.sealEnd);
    reseal(scan, segment, keptEnd, tail);
  }
  scan.acceptPending();
  return [{ segment: segment.name, keptLines: kept, tornBytes: size - keptEnd }];
}

/** A line may be chained and yet end in garbage: only the whole of it tells. Returns how many are kept. */
function keepParseable(scan: Scan, bytes: Buffer): number {
  let start = scan.sealEnd;
  if (scan.headPending) start += bytes.indexOf("\n") + 1;
  const broken = scan.pending.findIndex(({ end }) => {
    const line = bytes.subarray(start - scan.sealEnd, end - 1 - scan.sealEnd);
    start = end;
    return parseRecord(line) === undefined;
  });
  if (broken >= 0) scan.pending.length = broken;
  return scan.pending.length;
}

function reseal(scan: Scan, segment: SegmentFile, keptEnd: number, tail: Buffer): void {
  const file = fs.openSync(segment.path, "r+");
  try {
    fs.ftruncateSync(file, keptEnd);
    if (scan.pending.length > 0) {
      const headMark = scan.headPending
        ? lineHash(tail.subarray(0, tail.indexOf("\n"))).slice(0, markChars)
        : "";
      const marks = headMark + scan.pending.map(({ hash }) => hash.slice(0, markChars)).join("");
      const hash = createHash("sha256").update(scan.hash).update(tail).digest("base64url");
      const seal = { seal: scan.sealed + 1, lines: scan.pending.length, marks, hash };
      fs.writeSync(file, `${sealText(seal)}\n`, keptEnd);
      scan.sealed = seal.seal;
      scan.hash = hash;
    }
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function moveTorn(path: string, bytes: Buffer): void {
  const torn = fs.openSync(`${path}.torn`, "a", fileMode);
  try {
    fs.writeFileSync(torn, bytes);
    fs.fsyncSync(torn);
  } finally {
    fs.closeSync(torn);
  }
}

/**
 * A process that died while it opened its first segment leaves a file without a single seal: nothing in it was ever
 * announced. Files with a seal are left alone, however damaged their start.
 */
function setAsideUnborn({ segments }: Incarnation, tails: RecoveredTail[]): void {
  const [only, more] = segments;
  if (only === undefined || more !== undefined) return;
  for (const line of readLines(only.path)) if (readSeal(line.bytes.toString("latin1")) !== undefined) return;
  const bytes = fs.readFileSync(only.path);
  if (bytes.length > 0) moveTorn(only.path, bytes);
  fs.unlinkSync(only.path);
  syncFolderSync(dirname(only.path));
  if (bytes.length > 0) tails.push({ segment: only.name, keptLines: 0, tornBytes: bytes.length });
}
