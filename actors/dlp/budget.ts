/**
 * What a scan may spend, and the meter that counts it. Counted in steps, so that the same text ends the same way on every
 * machine; a clock is a port, for a host that must be back in time.
 *
 * B1. A scan whose budget is spent says so, and which budget it was: what it found stands, that it found all does not.
 */
import { limits } from "../../protocol/limits.ts";

/** Which bound was reached. */
export type Budget = "characters" | "steps" | "attempts" | "findings" | "depth" | "decoded" | "time";

export interface Excess {
  readonly budget: Budget;
  readonly max: number;
  /** The type whose candidates were too many, where it was one type. */
  readonly type?: string;
}

/** Milliseconds of some steady clock. */
export type Now = () => number;

export interface BudgetOptions {
  readonly now?: Now;
  readonly timeMs?: number;
}

const { dlpAttemptsPerTypeMax, dlpFindingsMax, dlpStepsMax } = limits;
/** Steps between two looks at the bound and at the clock. */
const stepsPerLook = 8_192;

export class Meter {
  exceeded: Excess | undefined;
  steps = 0;
  readonly #attempts: Int32Array;
  /** Types that were tried: of most documents a few of hundreds. */
  readonly #tried: number[] = [];
  readonly #types: readonly { readonly id: string }[];
  #findings = 0;
  #now: Now | undefined;
  #deadline = 0;
  #timeMs = 0;
  #nextLook = 0;

  constructor(types: readonly { readonly id: string }[]) {
    this.#types = types;
    this.#attempts = new Int32Array(types.length);
  }

  /** For another document. */
  start({ now, timeMs }: BudgetOptions): void {
    this.exceeded = undefined;
    this.steps = 0;
    this.#findings = 0;
    for (let at = 0; at < this.#tried.length; at++) this.#attempts[this.#tried[at] ?? 0] = 0;
    this.#tried.length = 0;
    this.#now = timeMs === undefined ? undefined : now;
    this.#timeMs = timeMs ?? 0;
    this.#deadline = (this.#now?.() ?? 0) + this.#timeMs;
    this.#nextLook = stepsPerLook;
  }

  /** Counts steps. @returns whether the scan may go on */
  step(count: number): boolean {
    this.steps += count;
    return this.steps < this.#nextLook || this.#look();
  }

  #look(): boolean {
    if (this.exceeded !== undefined) return false;
    if (this.steps > dlpStepsMax) return this.exceed({ budget: "steps", max: dlpStepsMax });
    this.#nextLook = this.steps + stepsPerLook;
    if (this.#now !== undefined && this.#now() > this.#deadline)
      return this.exceed({ budget: "time", max: this.#timeMs });
    return true;
  }

  /** Counts one trial of a type's expression. */
  attempt(type: number): boolean {
    const count = (this.#attempts[type] ?? 0) + 1;
    this.#attempts[type] = count;
    if (count === 1) this.#tried.push(type);
    if (count <= dlpAttemptsPerTypeMax) return this.step(1);
    return this.exceed({ budget: "attempts", max: dlpAttemptsPerTypeMax, type: this.#types[type]?.id ?? "" });
  }

  found(): boolean {
    this.#findings++;
    if (this.#findings <= dlpFindingsMax) return true;
    return this.exceed({ budget: "findings", max: dlpFindingsMax });
  }

  /** @returns false: the scan may not go on. The first reason stands. */
  exceed(excess: Excess): false {
    this.exceeded ??= excess;
    this.#nextLook = 0;
    return false;
  }
}
