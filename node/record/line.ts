/**
 * The lines of a segment, to text and back: head, records, seals. Owns their exact spelling and what is hashed.
 * The verifier (verify.ts) reads the same format with code of its own, so that a mistake here does not hide itself.
 *
 * T1. One record is one line: JSON escapes every control character, so no value can end a line or start another.
 * T2. The hash of a line is SHA-256 over its bytes without the line feed, in base64url.
 * T3. A seal's hash is SHA-256 over the previous seal's hash as text, then every byte after that seal's line feed up to
 *     this seal's first byte: record lines with their line feeds, and in a new segment its head line.
 */
import { hash } from "node:crypto";
import type { OperationId, SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { recordVersion } from "../../protocol/record.ts";
import type { RecordBody, RecordKind, SealLine, SegmentHead } from "../../protocol/record.ts";

/** Characters of each line's hash that its seal repeats: 24 bits tell which line of a broken write was touched. */
export const markChars = 4;

/**
 * A seal as stored. `marks` repeats the first characters of the hash of each line since the seal before, in order (the
 * head line included). The hash proves that something was changed; the marks tell where.
 */
export interface MarkedSeal extends SealLine {
  readonly marks: string;
}

/** What recovery and search need of a record line without parsing all of it. */
export interface LinePrefix {
  readonly shard: number;
  readonly epoch: number;
  readonly n: number;
  readonly prev: string;
  readonly kind: RecordKind;
  readonly at: number;
  readonly op: OperationId | undefined;
}

/** Where a record stands in its chain. */
export interface Link {
  readonly shard: number;
  readonly epoch: number;
  readonly n: number;
  readonly prev: string;
}

/** @param line a line without its line feed */
export function lineHash(line: string | Uint8Array): string {
  return hash("sha256", line, "base64url");
}

/**
 * The text of a record line, without line feed. The keys have one order, whatever order the writer of the body used,
 * and keys that are no part of a record are left out.
 */
export function recordText(link: Link, body: RecordBody): string {
  return JSON.stringify({
    v: recordVersion,
    shard: link.shard,
    epoch: link.epoch,
    n: link.n,
    prev: link.prev,
    kind: body.kind,
    at: body.at,
    session: body.session,
    op: body.op,
    auth: body.auth,
    door: body.door,
    from: body.from,
    revision: body.revision,
    method: body.method,
    name: body.name,
    server: body.server,
    target: body.target,
    role: body.role,
    verdict: body.verdict,
    count: body.count,
    trace: body.trace,
    event: body.event,
    about: body.about,
  });
}

/**
 * The same, within limits.recordBytesMax. A longer record loses its event and free facts, then all but kind, time and
 * names, and `about.oversize` says so. Undefined for a longer intent: what it announces must be on record whole.
 */
export function boundedText(link: Link, body: RecordBody): string | undefined {
  const line = recordText(link, body);
  if (!isTooLarge(line)) return line;
  if (body.kind === "intent") return undefined;
  const about = { oversize: true };
  const { event: _event, about: _about, ...facts } = body;
  const { kind, at, session, op } = body;
  const least = { kind, at, ...(op === undefined ? {} : { op }), about };
  const named = session === undefined ? least : { ...least, session };
  const shorter = [{ ...facts, about }, named].map((less) => recordText(link, less));
  return shorter.find((text) => !isTooLarge(text)) ?? recordText(link, least);
}

function isTooLarge(line: string): boolean {
  // A UTF-16 unit takes at most three bytes, so most lines need no count.
  return line.length * 3 > limits.recordBytesMax && Buffer.byteLength(line) > limits.recordBytesMax;
}

export function headText(head: SegmentHead): string {
  const { segment, v, node, incarnation, opened, prev } = head;
  return JSON.stringify({ segment, v, node, incarnation, opened, prev });
}

export function sealText(seal: MarkedSeal): string {
  return `{"seal":${seal.seal},"lines":${seal.lines},"marks":"${seal.marks}","hash":"${seal.hash}"}`;
}

const sealPattern = /^\{"seal":([1-9]\d{0,15}),"lines":(\d{1,9}),"marks":"([\w-]*)","hash":"([\w-]{43})"\}$/;

/** Undefined when the line is no seal, to the letter. */
export function readSeal(line: string): MarkedSeal | undefined {
  const found = sealPattern.exec(line);
  if (found === null) return undefined;
  const [, seal, lines, marks = "", sealed = ""] = found;
  return { seal: Number(seal), lines: Number(lines), marks, hash: sealed };
}

const headPattern =
  /^\{"segment":([1-9]\d{0,8}),"v":1,"node":"([a-z0-9-]{1,64})","incarnation":"([\w-]{1,64})","opened":(\d{1,16}),"prev":"([\w-]{43}|)"\}$/;

/** Undefined when the line is no segment head, to the letter. */
export function readHead(line: string): SegmentHead | undefined {
  const found = headPattern.exec(line);
  if (found === null) return undefined;
  const [, segment, node = "", incarnation = "", opened, prev = ""] = found;
  return { segment: Number(segment), v: recordVersion, node, incarnation, opened: Number(opened), prev };
}

const recordPattern =
  /^\{"v":1,"shard":(\d{1,9}),"epoch":(\d{1,15}),"n":(\d{1,15}),"prev":"([\w-]{43}|)","kind":"([a-z]{1,16})","at":(-?[\d.e+]{1,24})(?:,"session":"(?:[^"\\]|\\.)*")?(?:,"op":"([\w-]{22})")?/;

/**
 * The start of a record line.
 *
 * @param line bytes read as Latin-1 will do: the fields wanted are ASCII
 */
export function readPrefix(line: string): LinePrefix | undefined {
  const found = recordPattern.exec(line);
  if (found === null || !line.endsWith("}")) return undefined;
  const [, shard, epoch, n, prev = "", kind, at, op] = found;
  return {
    shard: Number(shard),
    epoch: Number(epoch),
    n: Number(n),
    prev,
    kind: kind as RecordKind,
    at: Number(at),
    op: op as OperationId | undefined,
  };
}

/** An intent whose outcome is not on record. */
export interface OpenIntent {
  readonly op: OperationId;
  readonly session: SessionKey | undefined;
  readonly name: string | undefined;
  readonly server: string | undefined;
  /** Epoch milliseconds of the intent. */
  readonly at: number;
}

/** Notes an intent, or takes it off when its outcome has come. The oldest goes when there are more than `max`. */
export function trackIntent(open: Map<string, OpenIntent>, body: RecordBody, max: number): void {
  if (body.op === undefined) return;
  if (body.kind === "outcome") open.delete(body.op);
  else if (body.kind === "intent") {
    open.set(body.op, {
      op: body.op,
      session: body.session,
      name: body.name,
      server: body.server,
      at: body.at,
    });
    if (open.size > max) open.delete(open.keys().next().value ?? "");
  }
}
