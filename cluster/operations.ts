/**
 * The operations of one shard that were allowed lately: so that a call that is presented again, here or at a successor,
 * is known and not made a second time (law 5). Replicated with the journal.
 *
 * O1. An operation that is open, or was closed within keptMs, is known; a repeatable one only while it is open.
 * O2. When as many are known as may be, no more are opened: forgetting one early could run it twice.
 */

import { limits } from "../protocol/limits.ts";

export interface OperationRow {
  readonly op: string;
  readonly key: string;
  /** Event time at which it was opened, or closed. */
  readonly at: number;
  readonly isOpen: boolean;
}

export class Operations {
  readonly #rows = new Map<string, OperationRow>();

  /** @param at event time: what need not be known any more is forgotten first */
  isFull(at: number): boolean {
    if (this.#rows.size < limits.operationsPerShardMax) return false;
    this.#forget(at);
    return this.#rows.size >= limits.operationsPerShardMax;
  }

  find(op: string): OperationRow | undefined {
    return this.#rows.get(op);
  }

  open(op: string, key: string, at: number): void {
    this.#forget(at);
    this.#rows.set(op, { op, key, at, isOpen: true });
  }

  close(op: string, at: number): void {
    const row = this.#rows.get(op);
    if (row === undefined) return;
    // Last in the order again: the first ones are the oldest.
    this.#rows.delete(op);
    this.#rows.set(op, { ...row, at, isOpen: false });
  }

  /** One that may run twice needs no memory of it once it has ended. */
  drop(op: string): void {
    this.#rows.delete(op);
  }

  openRows(): OperationRow[] {
    return [...this.#rows.values()].filter(({ isOpen }) => isOpen);
  }

  rows(): OperationRow[] {
    return [...this.#rows.values()];
  }

  replace(rows: readonly OperationRow[]): void {
    this.#rows.clear();
    for (const row of rows) this.#rows.set(row.op, row);
  }

  #forget(at: number): void {
    for (const row of this.#rows.values()) {
      if (row.isOpen) continue;
      if (at - row.at < limits.operationKeptMs) return;
      this.#rows.delete(row.op);
    }
  }
}
