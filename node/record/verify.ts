/**
 * The offline verifier: reads a records folder and finds what is not as it was written, and where. Owns the walk over
 * incarnations, segments and lines, and the chains; span.ts judges what is between two seals.
 *
 * It imports nothing but protocol and Node.js and shares no code with the writer: whoever doubts the gateway can read
 * these files (verify.ts, span.ts, lines.ts) and run them elsewhere.
 *
 * What it cannot find: that everything was written anew, hashes included, by someone who may write the whole folder.
 * Only a head kept elsewhere (`expectedHead`) shows that.
 *
 * Y1. Memory is one chunk, one span and one entry per chain, whatever the size of the folder.
 * Y2. Lines are hashed as bytes. Nothing is parsed to be written again.
 */
import { hash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { limits } from "../../protocol/limits.ts";
import { readLines } from "./lines.ts";
import { Span } from "./span.ts";
import type { Finding, FindingKind, Place, Seal } from "./span.ts";

export type { Finding } from "./span.ts";

export interface VerifyOptions {
  /** A seal's hash that was kept elsewhere. It must stand in the folder; that it is the last is not asked. */
  readonly expectedHead?: string;
  /** `<incarnation>/<file>` of the first segment kept, when older ones were archived. Then it must be the first. */
  readonly firstSegment?: string;
  /** A gateway writes here now: what has no seal yet at the very end is no finding. */
  readonly live?: boolean;
}

export interface Verification {
  readonly ok: boolean;
  readonly segments: number;
  readonly records: number;
  readonly seals: number;
  readonly bytes: number;
  /** The last seal: keep its hash elsewhere. Undefined when there is none. */
  readonly head: { readonly incarnation: string; readonly seal: number; readonly hash: string } | undefined;
  /** In the order of the records; the first is the nearest to the cause. */
  readonly findings: readonly Finding[];
  /** Findings beyond limits.verifyFindingsMax. */
  readonly findingsLeftOut: number;
}

/** Verifies a records folder (`<data>/records`). Throws what the file system throws. */
export function verifyFolder(folder: string, options: VerifyOptions = {}): Verification {
  const walk = new Walk(options);
  const incarnations = listIncarnations(folder);
  for (const [at, incarnation] of incarnations.entries()) {
    walk.enter(
      incarnation,
      incarnations.slice(0, at).map(({ name }) => name),
    );
    for (const segment of incarnation.segments) {
      const last = at === incarnations.length - 1 && segment === incarnation.segments.at(-1);
      walk.segment(incarnation, segment, last);
    }
  }
  return walk.end();
}

interface SegmentFile {
  readonly number: number;
  readonly path: string;
  readonly name: string;
}

interface Incarnation {
  readonly name: string;
  readonly epoch: number;
  readonly segments: readonly SegmentFile[];
}

interface Line {
  readonly place: Place;
  /** Without and with the line feed. */
  readonly bytes: Buffer;
  readonly whole: Buffer;
  /** Latin-1: only ASCII is looked at. */
  readonly text: string;
  readonly hash: string;
}

interface Chain {
  epoch: number;
  n: number;
  head: string;
  /** False after damage, when the next record may continue what was lost. */
  sure: boolean;
}

const recordPattern =
  /^\{"v":1,"shard":(\d{1,9}),"epoch":(\d{1,15}),"n":(\d{1,15}),"prev":"([A-Za-z0-9_-]{43}|)","kind":"[a-z]{1,16}","at":.*\}$/s;
const sealPattern =
  /^\{"seal":([1-9]\d{0,15}),"lines":(\d{1,9}),"marks":"([A-Za-z0-9_-]*)","hash":"([A-Za-z0-9_-]{43})"\}$/;
const headPattern =
  /^\{"segment":([1-9]\d{0,8}),"v":1,"node":"[a-z0-9-]{1,64}","incarnation":"([A-Za-z0-9_-]{1,64})","opened":\d{1,16},"prev":"([A-Za-z0-9_-]{43}|)"\}$/;

class Walk {
  private readonly options: VerifyOptions;
  private readonly span: Span;
  private readonly chains = new Map<number, Chain>();
  /** What was done to lines, and what does not fit together, which may be its consequence. */
  private readonly causes: Finding[] = [];
  private readonly misfits: Finding[] = [];
  private readonly found = new Set<string>();
  private leftOut = 0;
  private segments = 0;
  private records = 0;
  private seals = 0;
  private bytes = 0;
  private head: { incarnation: string; seal: number; hash: string } | undefined;
  private headSeen = false;
  /** Names of the incarnations before the present one, and the last seal of the one right before. */
  private earlier: readonly string[] = [];
  private earlierHash = "";
  private earlierEnd: Place | undefined;
  /** The last line of the segment before. */
  private place: Place | undefined;
  private dueSegment = 1;
  /** Segments before the first one read are not here, by the caller's word. */
  private readonly archived: boolean;
  /** Something was damaged or is not here, so a chain that is new to us may have begun in it. */
  private shaken: boolean;
  /** Of the last record of this incarnation. */
  private epoch: number | undefined;

  constructor(options: VerifyOptions) {
    this.options = options;
    this.archived = options.firstSegment !== undefined;
    this.shaken = this.archived;
    this.span = new Span(
      (finding) => this.report(finding, this.causes),
      (finding) => this.report(finding, this.misfits),
    );
  }

  enter(incarnation: Incarnation, earlier: readonly string[]): void {
    this.earlierHash = this.span.hash;
    this.earlierEnd = this.place;
    this.earlier = earlier;
    this.dueSegment = 1;
    this.epoch = undefined;
    this.span.startAt("", 1);
  }

  segment(incarnation: Incarnation, segment: SegmentFile, isLast: boolean): void {
    const { name, number } = segment;
    const before = number === 1 ? undefined : this.place;
    let place: Place = { segment: name, line: 1, byteOffset: 0 };
    if (this.segments === 0 && this.archived && name !== this.options.firstSegment)
      this.find(place, "missing", `the first segment must be ${String(this.options.firstSegment)}`);
    const follows = number === this.dueSegment;
    if (!follows && !(this.archived && this.segments === 0)) {
      this.find(
        place,
        "missing",
        `segments ${this.dueSegment} to ${number - 1} of this incarnation are missing`,
      );
      this.unsettle();
    }
    if (!follows) this.span.startAt("", undefined);
    this.dueSegment = number + 1;
    this.segments += 1;
    let count = 0;
    let isSealed = false;
    for (const { bytes, whole, at, ended } of readLines(segment.path)) {
      count += 1;
      place = { segment: name, line: count, byteOffset: at };
      const line = {
        place,
        bytes,
        whole,
        text: bytes.toString("latin1"),
        hash: hash("sha256", bytes, "base64url"),
      };
      if (!ended) this.tornEnd(place, isLast);
      else if (count === 1) this.headLine(line, incarnation, segment);
      else if (line.text.startsWith('{"v"')) this.recordLine(line);
      else if (this.sealLine(line, isSealed ? undefined : before, incarnation)) isSealed = true;
    }
    this.bytes += fs.statSync(segment.path).size;
    this.place = place;
    if (count === 0) this.find(place, "truncated", "the segment is empty");
    this.unsealedEnd(isLast);
  }

  end(): Verification {
    const { expectedHead } = this.options;
    const end = this.place ?? { segment: "", line: 0, byteOffset: 0 };
    if (expectedHead !== undefined && !this.headSeen)
      this.find(
        end,
        "truncated",
        "the seal that was kept elsewhere is not here: records are missing or were written anew",
      );
    const { segments, records, seals, bytes, head, leftOut } = this;
    const findings = [...this.causes, ...this.misfits].slice(0, limits.verifyFindingsMax);
    const findingsLeftOut = leftOut + this.causes.length + this.misfits.length - findings.length;
    return { ok: findings.length === 0, segments, records, seals, bytes, head, findings, findingsLeftOut };
  }

  private headLine(line: Line, of: Incarnation, segment: SegmentFile): void {
    const [, number, incarnation, prev] = headPattern.exec(line.text) ?? [];
    if (prev === undefined) return this.span.addUnreadable(line.place, line.whole, line.hash);
    this.span.claim(prev);
    this.span.add(line.place, line.whole, line.hash, false);
    if (Number(number) !== segment.number || incarnation !== of.name)
      this.span.find(line.place, "fork", "this head belongs to another segment");
  }

  private recordLine(line: Line): void {
    const { place } = line;
    const [, shardText, epochText, nText, prev] = recordPattern.exec(line.text) ?? [];
    if (prev === undefined) return this.span.addUnreadable(place, line.whole, line.hash);
    this.span.add(place, line.whole, line.hash, true);
    this.records += 1;
    if (place.line === 2 && place.segment.endsWith("/000001.jsonl")) this.firstRecord(place, line.bytes);
    const shard = Number(shardText);
    const epoch = Number(epochText);
    const n = Number(nText);
    const chain = this.chains.get(shard) ?? { epoch: 0, n: 0, head: "", sure: !this.shaken };
    const due = chain.epoch === epoch ? chain.n + 1 : 1;
    if (epoch !== (this.epoch ?? epoch))
      this.later(place, "fork", `a record of epoch ${epoch} behind one of epoch ${String(this.epoch)}`);
    else if (chain.sure && n !== due)
      this.later(place, "chain", `record ${n} of shard ${shard} stands where ${due} is due`);
    else if (chain.sure && prev !== chain.head)
      this.later(
        place,
        "chain",
        `this record does not continue record ${n - 1} of shard ${shard}: one of the two was changed`,
      );
    this.epoch = epoch;
    this.chains.set(shard, { epoch, n, head: line.hash, sure: true });
  }

  /** The first record of an incarnation names the one before and its last seal. */
  private firstRecord(place: Place, bytes: Buffer): void {
    if (this.archived && this.segments === 1) return;
    const { what, previous, seal } = readAbout(bytes) ?? {};
    const before = this.earlier.at(-1) ?? "";
    if (what === "opened" && previous === before && seal === this.earlierHash) return;
    this.unsettle();
    if (what !== "opened") this.later(place, "chain", "the first record does not say what came before");
    else if (previous === before) {
      const says = `the records of ${before} end here, but had not ended when ${place.segment} was begun`;
      this.later(this.earlierEnd ?? place, "truncated", says);
    } else if (this.earlier.includes(String(previous)))
      this.later(place, "fork", `this incarnation continues one that ${before} continues already`);
    else this.later(place, "missing", "the incarnation before this one is missing");
  }

  /** Returns whether the line was a seal. */
  private sealLine(line: Line, before: Place | undefined, of: Incarnation): boolean {
    const { place } = line;
    const seal = readSeal(line.text);
    if (seal === undefined) {
      this.span.addUnreadable(place, line.whole, line.hash);
      return false;
    }
    this.seals += 1;
    if (this.span.seal(seal, place, before)) this.headSeen ||= seal.hash === this.options.expectedHead;
    else this.unsettle();
    this.head = { incarnation: of.name, seal: seal.seal, hash: seal.hash };
    return true;
  }

  private tornEnd(place: Place, isLast: boolean): void {
    if (isLast && this.options.live === true) return;
    this.find(place, "truncated", "the last line is cut off");
    this.unsettle();
  }

  private unsealedEnd(isLast: boolean): void {
    const { lastPlace, length } = this.span;
    if (lastPlace !== undefined && !(isLast && this.options.live)) {
      this.find(
        lastPlace,
        "unsealed",
        `${length} lines up to this one have no seal: cut off, or not yet written`,
      );
      this.unsettle();
    }
    this.span.end();
  }

  /** After damage no chain can be held to what it was before. */
  private unsettle(): void {
    this.shaken = true;
    for (const chain of this.chains.values()) chain.sure = false;
  }

  private later(place: Place, what: FindingKind, says: string): void {
    this.span.findLater({ ...place, what, says });
  }

  private find(place: Place, what: FindingKind, says: string): void {
    this.report({ ...place, what, says }, this.causes);
  }

  /** One finding per line: the first is the nearest to the cause. */
  private report(finding: Finding, list: Finding[]): void {
    const key = `${finding.segment}:${finding.line}`;
    if (this.found.has(key)) return;
    if (list.length >= limits.verifyFindingsMax) this.leftOut += 1;
    else {
      this.found.add(key);
      list.push(finding);
    }
  }
}

function readSeal(text: string): Seal | undefined {
  const [, seal, lines, marks, sealed] = sealPattern.exec(text) ?? [];
  if (marks === undefined || sealed === undefined) return undefined;
  return { seal: Number(seal), lines: Number(lines), marks, hash: sealed };
}

function readAbout(bytes: Buffer): { readonly [key: string]: unknown } | undefined {
  try {
    const { about } = JSON.parse(bytes.toString("utf8")) as { about?: { readonly [key: string]: unknown } };
    return about;
  } catch {
    return undefined;
  }
}

/** All incarnations with segments, by the epoch of their first readable record. */
function listIncarnations(folder: string): Incarnation[] {
  const found: Incarnation[] = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !/^[A-Za-z0-9_-]{1,64}$/.test(entry.name)) continue;
    const segments = fs
      .readdirSync(join(folder, entry.name))
      .filter((file) => /^\d{6,9}\.jsonl$/.test(file))
      .map((file) => ({
        number: Number.parseInt(file, 10),
        path: join(folder, entry.name, file),
        name: `${entry.name}/${file}`,
      }))
      .sort((a, b) => a.number - b.number);
    if (segments.length > 0) found.push({ name: entry.name, epoch: readEpoch(segments), segments });
  }
  return found.sort((a, b) => a.epoch - b.epoch);
}

/** 0 when no line can be read. */
function readEpoch(segments: readonly SegmentFile[]): number {
  for (const { path } of segments) {
    for (const { bytes } of readLines(path)) {
      const [, , epoch] = recordPattern.exec(bytes.toString("latin1")) ?? [];
      if (epoch !== undefined) return Number(epoch);
    }
  }
  return 0;
}
