/** Types of install-lock.mjs for the programs in TypeScript that take the lock. */
export interface LockOptions {
  readonly path: string;
  readonly say: (text: string) => void;
}

/** @param work gets `note(pid)`, which writes down the program that works under this lock */
export function withLock<Result>(
  options: LockOptions,
  work: (note: (pid: number | undefined) => void) => Promise<Result>,
): Promise<Result>;
