/**
 * Refused callers, counted. Owns: which addresses tried too many bad credentials, and the merging of equal refusals
 * into few reports. Does not own: what is refused (authenticate.ts), the record (the caller's report function).
 *
 * N1. Memory is bounded by limits.authAddressesMax however many addresses there are; the oldest is dropped first.
 * N2. Every refusal is in exactly one report's `count`, at the latest after `flush`.
 * N3. The address is the socket's. Headers that claim another one have no reader here (checklist A13).
 */
import type { ErrorCode } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { isBadCredential, refusals } from "./fault.ts";
import type { Refusal } from "./fault.ts";

/** Equal refusals from one network within limits.refusalIntervalMs. */
export interface RefusalReport {
  /** Epoch milliseconds of the last of them. */
  readonly at: number;
  /** IPv4 address, or IPv6 network of 64 bits. */
  readonly from: string;
  readonly code: ErrorCode;
  readonly why: Refusal;
  /** Path of the endpoint that the last of them asked for. */
  readonly endpoint: string;
  readonly count: number;
}

interface Tally {
  since: number;
  at: number;
  count: number;
  endpoint: string;
  readonly from: string;
  readonly why: Refusal;
}

export class Failures {
  readonly #report: (report: RefusalReport) => void;
  readonly #windows = new Map<string, { readonly since: number; count: number }>();
  readonly #tallies = new Map<string, Tally>();

  constructor(report: (report: RefusalReport) => void) {
    this.#report = report;
  }

  /** How long this address must wait after too many bad credentials, in milliseconds; 0 when it need not. */
  heldMs(address: string, now: number): number {
    if (this.#windows.size === 0) return 0;
    const window = this.#windows.get(networkOf(address));
    if (window === undefined || window.count < limits.authFailuresMax) return 0;
    return Math.max(0, Math.min(limits.authWindowMs, window.since + limits.authWindowMs - now));
  }

  count(address: string, why: Refusal, endpoint: string, now: number): void {
    const from = networkOf(address);
    if (isBadCredential(why)) this.#countWindow(from, now);
    const key = `${from} ${why}`;
    const tally = this.#tallies.get(key);
    if (tally !== undefined && now - tally.since < limits.refusalIntervalMs) {
      tally.count++;
      tally.at = now;
      tally.endpoint = endpoint;
      return;
    }
    this.#tallies.delete(key);
    this.#say({ since: now, at: now, count: (tally?.count ?? 0) + 1, endpoint, from, why });
    this.#makeRoom();
    this.#tallies.set(key, { since: now, at: now, count: 0, endpoint, from, why });
  }

  /** Reports what is still only counted and forgets what is over. For a clock of about limits.refusalIntervalMs. */
  flush(now: number): void {
    for (const [key, tally] of this.#tallies) {
      if (now - tally.since < limits.refusalIntervalMs) continue;
      this.#tallies.delete(key);
      this.#say(tally);
    }
    for (const [from, window] of this.#windows)
      if (now - window.since >= limits.authWindowMs) this.#windows.delete(from);
  }

  #countWindow(from: string, now: number): void {
    const window = this.#windows.get(from);
    if (window !== undefined && now - window.since < limits.authWindowMs) {
      window.count++;
      return;
    }
    this.#windows.delete(from);
    const oldest = this.#windows.size >= limits.authAddressesMax ? this.#windows.keys().next() : undefined;
    if (oldest?.done === false) this.#windows.delete(oldest.value);
    this.#windows.set(from, { since: now, count: 1 });
  }

  #makeRoom(): void {
    if (this.#tallies.size < limits.authAddressesMax) return;
    for (const [key, tally] of this.#tallies) {
      this.#tallies.delete(key);
      this.#say(tally);
      return;
    }
  }

  #say({ at, from, why, endpoint, count }: Tally): void {
    if (count > 0) this.#report({ at, from, code: refusals[why].code, why, endpoint, count });
  }
}

/** What one caller is likely to hold: an IPv4 address, or the first 64 bits of an IPv6 one. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}
