/**
 * Refused callers of gRPC, counted: the first of a kind is on record at once, further ones within limits.refusalIntervalMs
 * as one more. Owns the groups. Does not own who is refused (grpc.ts).
 *
 * C1. Every refusal is in exactly one record's `count`, at the latest after `flush`.
 * C2. Groups are bounded: beyond limits.grpcRefusalsMax callers are told apart no more.
 */
import { limits } from "../../protocol/limits.ts";

export interface RefusedCaller {
  readonly method: string;
  /** Names that its certificate bears; "" for many. */
  readonly names: string;
  readonly from: string;
}

interface Group extends RefusedCaller {
  readonly since: number;
  at: number;
  count: number;
}

export class GrpcRefusals {
  readonly #report: (refused: RefusedCaller, count: number, at: number) => void;
  readonly #groups = new Map<string, Group>();

  constructor(report: (refused: RefusedCaller, count: number, at: number) => void) {
    this.#report = report;
  }

  count(caller: RefusedCaller, at: number): void {
    this.flush(at);
    const isFull = this.#groups.size >= limits.grpcRefusalsMax;
    const { method, names, from } = isFull && !this.#groups.has(keyOf(caller)) ? { ...caller, names: "", from: "" } : caller; // prettier-ignore
    const key = keyOf({ method, names, from });
    const group = this.#groups.get(key);
    if (group !== undefined) {
      group.count++;
      group.at = at;
      return;
    }
    this.#groups.set(key, { method, names, from, since: at, at, count: 0 });
    this.#report({ method, names, from }, 1, at);
  }

  /** Reports what is still only counted, of intervals that are over; a clock that steps back ends one too. */
  flush(at: number): void {
    for (const [key, group] of this.#groups) {
      if (at >= group.since && at < group.since + limits.refusalIntervalMs) continue;
      this.#groups.delete(key);
      if (group.count > 0) this.#report(group, group.count, group.at);
    }
  }
}

/** The address stands in the record, and tells nobody apart: each connection of one client has another port. */
function keyOf({ method, names }: RefusedCaller): string {
  return `${method} ${names}`;
}
