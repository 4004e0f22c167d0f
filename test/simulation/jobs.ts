/**
 * Work spread over child processes: which task is done when, and what becomes of one whose child dies. Results come in the
 * order of their tasks. It knows nothing of what a task is.
 *
 * Invariants
 * J1 Each task that was begun gives one result, or one failure that says how its child ended; never neither.
 * J2 A child has one task at a time, so a child that dies names the task it died of.
 * J3 No child outlives its parent by more than the task it has in hand.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/** What became of a task that a child had: what it answered, or how it failed. */
export type Attempt<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Works on so many tasks at a time and gives what comes of each, in their order.
 *
 * @param work must not reject: what fails is a result too
 */
export async function* inOrder<Task, Result>(
  tasks: Iterable<Task>,
  jobs: number,
  work: (task: Task) => Promise<Result>,
): AsyncGenerator<readonly [Task, Result]> {
  const rest = tasks[Symbol.iterator]();
  const begun: { readonly task: Task; readonly result: Promise<Result> }[] = [];
  let running = 0;
  let isOver = false;
  const begin = (): void => {
    while (running < jobs && !isOver) {
      const next = rest.next();
      if (next.done === true) return;
      running++;
      const result = work(next.value).finally(() => {
        running--;
        begin();
      });
      begun.push({ task: next.value, result });
    }
  };
  begin();
  try {
    // The last one's `finally` has begun what comes after it before it is waited for in vain.
    for (let head = begun.shift(); head !== undefined; head = begun.shift())
      yield [head.task, await head.result];
  } finally {
    isOver = true;
  }
}

interface Program {
  /** A file that calls `serve`. */
  readonly file: string;
  readonly args: readonly string[];
  /** A task that takes longer failed: its child is ended. */
  readonly taskMsMax: number;
}

interface Child<Result> {
  readonly process: ChildProcess;
  /** Ends the attempt that it has in hand. */
  settle: ((attempt: Attempt<Result>) => void) | undefined;
}

/** Children of one program, each begun when no other is idle. */
export class Children<Task extends object, Result> {
  readonly #program: Program;
  readonly #idle = new Set<Child<Result>>();
  readonly #all = new Set<Child<Result>>();

  constructor(program: Program) {
    this.#program = program;
  }

  attempt(task: Task): Promise<Attempt<Result>> {
    const [idle] = this.#idle;
    const child = idle ?? this.#fork();
    this.#idle.delete(child);
    const { taskMsMax } = this.#program;
    return new Promise((done) => {
      const late: Attempt<Result> = { kind: "failed", reason: `no end within ${taskMsMax / 1_000} s` };
      const watchdog = setTimeout(() => {
        this.#all.delete(child);
        child.process.kill("SIGKILL");
        child.settle?.(late);
      }, taskMsMax);
      child.settle = (attempt) => {
        clearTimeout(watchdog);
        child.settle = undefined;
        done(attempt);
      };
      // One that is gone does not hear it, and its end is heard of where it was begun.
      child.process.send(task, () => undefined);
    });
  }

  /** Ends them, whatever they have in hand. */
  stop(): void {
    for (const { process } of this.#all) process.kill("SIGKILL");
    this.#all.clear();
    this.#idle.clear();
  }

  #fork(): Child<Result> {
    const { file, args } = this.#program;
    // What it prints goes to stderr: stdout is the parent's report.
    const process = fork(file, args, { stdio: ["ignore", 2, 2, "ipc"] });
    const child: Child<Result> = { process, settle: undefined };
    this.#all.add(child);
    process.on("message", (attempt: Attempt<Result>) => {
      if (this.#all.has(child)) this.#idle.add(child);
      child.settle?.(attempt);
    });
    const gone = (reason: string): void => {
      this.#all.delete(child);
      this.#idle.delete(child);
      child.settle?.({ kind: "failed", reason });
    };
    process.on("error", (error) => gone(error.message));
    // What it said before it died may still be on its way: both must be over.
    const ended = (): void => {
      const { connected, exitCode, signalCode } = process;
      if (connected || (exitCode === null && signalCode === null)) return;
      gone(`its process ended: ${signalCode ?? `exit status ${exitCode}`}`);
    };
    process.on("disconnect", ended);
    process.on("exit", ended);
    return child;
  }
}

/** The child's side: does what comes, until its parent is gone. */
export function serve<Task, Result>(work: (task: Task) => Result): void {
  const answer = (attempt: Attempt<Result>): void => void process.send?.(attempt);
  process.on("message", (task: Task) => {
    try {
      answer({ kind: "done", result: work(task) });
    } catch (error) {
      answer({ kind: "failed", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }); // prettier-ignore
    }
  });
  process.on("disconnect", () => process.exit());
}
