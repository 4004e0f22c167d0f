/**
 * Reads the record segments of a data folder, with code of its own: what the bench asserts must not rest on the code
 * under test. Format: docs/records.md. Owns nothing; it only reads, also while a gateway writes.
 */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the bench wants of a record line. */
export interface SeenRecord {
  readonly kind: string;
  readonly op: string | undefined;
  readonly session: string | undefined;
  readonly name: string | undefined;
  readonly role: string | undefined;
  /** Kind of the journalled event. */
  readonly event: string | undefined;
  /** Operation of the journalled event. */
  readonly eventOp: string | undefined;
  /** Value of the argument `n`, when a constraint made it a fact. */
  readonly n: string | undefined;
  readonly outcome: string | undefined;
  /** The process that wrote it: its data folder, and which of that folder's processes it was. */
  readonly writer?: string;
}

interface Line {
  readonly kind?: string;
  readonly epoch?: number;
  readonly op?: string;
  readonly session?: string;
  readonly name?: string;
  readonly role?: string;
  readonly event?: {
    readonly kind?: string;
    readonly op?: string;
    readonly facts?: {
      readonly values?: readonly { readonly at: string; readonly value: unknown }[];
      readonly outcome?: string;
    };
  };
}

export class RecordReader {
  readonly #folder: string;
  readonly #offsets = new Map<string, number>();

  /** @param dataFolder may not exist yet */
  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, "records");
  }

  /**
   * The records that have come since the last call, whole lines only.
   * @throws SyntaxError for a line that is not JSON
   */
  read(): SeenRecord[] {
    const found: SeenRecord[] = [];
    for (const path of this.#segments()) {
      const from = this.#offsets.get(path) ?? 0;
      const bytes = readFrom(path, from);
      const end = bytes.lastIndexOf(10) + 1;
      if (end === 0) continue;
      this.#offsets.set(path, from + end);
      for (const text of bytes.toString("utf8", 0, end).split("\n")) {
        if (text === "") continue;
        const line = JSON.parse(text) as Line;
        if (line.kind !== undefined)
          found.push({ ...seen(line, line.kind), writer: `${this.#folder} ${line.epoch}` });
      }
    }
    return found;
  }

  #segments(): string[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => join(this.#folder, name));
  }
}

function seen(line: Line, kind: string): SeenRecord {
  const { op, session, name, role, event } = line;
  const n = event?.facts?.values?.find(({ at }) => at === "/n" || at === "n")?.value;
  return {
    kind,
    op,
    session,
    name,
    role,
    event: event?.kind,
    eventOp: event?.op,
    n: typeof n === "string" ? n : undefined,
    outcome: event?.facts?.outcome,
  };
}

function readFrom(path: string, from: number): Buffer {
  const size = statSync(path).size;
  const bytes = Buffer.allocUnsafe(Math.max(0, size - from));
  const file = openSync(path, "r");
  try {
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, from + length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** What the records of one run must come to. */
export interface RecordTally {
  readonly intents: number;
  readonly outcomes: number;
  readonly refusals: number;
  /** Intents whose outcome is missing, doubled, or journals another operation or event; empty when all is well. */
  readonly faults: readonly string[];
  /** Digests of the role tables in force. */
  readonly roles: ReadonlySet<string>;
  readonly sessions: ReadonlySet<string>;
}

const faultsMax = 5;

/** Pairs each intent with its outcome by operation, and each record with the turn it journals. */
export function tally(records: readonly SeenRecord[]): RecordTally {
  const open = new Set<string>();
  const closed = new Set<string>();
  const faults: string[] = [];
  const roles = new Set<string>();
  const sessions = new Set<string>();
  let [intents, outcomes, refusals] = [0, 0, 0];
  const blame = (fault: string): void => {
    if (faults.length < faultsMax) faults.push(fault);
  };
  for (const record of records) {
    const op = record.op ?? "";
    if (record.kind === "refusal") refusals++;
    if (record.kind !== "intent" && record.kind !== "outcome") continue;
    if (record.role !== undefined) roles.add(record.role);
    if (record.session !== undefined) sessions.add(record.session);
    if (op === "") blame(`an ${record.kind} without operation`);
    if (record.eventOp !== op) blame(`${op}: the journalled turn is of ${record.eventOp ?? "no operation"}`);
    if (record.kind === "intent") {
      intents++;
      if (record.event !== "call") blame(`${op}: the intent journals ${record.event ?? "no event"}`);
      if (open.has(op)) blame(`${op}: two intents`);
      open.add(op);
    } else {
      outcomes++;
      if (record.event !== "answered") blame(`${op}: the outcome journals ${record.event ?? "no event"}`);
      if (!open.has(op)) blame(`${op}: an outcome without intent`);
      if (closed.has(op)) blame(`${op}: two outcomes`);
      closed.add(op);
    }
  }
  for (const op of open) if (!closed.has(op)) blame(`${op}: an intent without outcome`);
  return { intents, outcomes, refusals, faults, roles, sessions };
}

/** Calls as an upstream saw them against the intents on record. */
export interface SeenJoin {
  /** Calls that the upstream saw. */
  readonly seen: number;
  readonly intents: number;
  /** Intents of calls that the upstream never saw: allowed, and why an operator is told "outcome unknown". */
  readonly unseen: number;
  /** Must be 0: calls seen without an intent, calls seen twice. */
  readonly withoutIntent: number;
  readonly twice: number;
}

/** @param lines `tool number` of each call that the upstream saw in this round */
export function joinSeen(lines: readonly string[], records: readonly SeenRecord[]): SeenJoin {
  const intents = new Set<string>();
  for (const { kind, name, n } of records) if (kind === "intent") intents.add(`${name ?? ""} ${n ?? ""}`);
  const seen = new Set<string>();
  let [withoutIntent, twice] = [0, 0];
  for (const line of lines) {
    if (seen.has(line)) twice++;
    seen.add(line);
    if (!intents.has(line)) withoutIntent++;
  }
  const unseen = [...intents].filter((intent) => !seen.has(intent)).length;
  return { seen: lines.length, intents: intents.size, unseen, withoutIntent, twice };
}
