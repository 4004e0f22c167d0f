/**
 * Files that a node has open for hash-based detection, opened anew when they change. Owns when that is looked at, and what
 * follows when it fails. Does not own what is in them.
 *
 * W1. One that cannot be opened ends the start. One that cannot be opened anew stays as it was, and that is said.
 * W2. So does one of another name in its place: roles name what it finds by the name, and would not know it any more.
 */
import { statSync } from "node:fs";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { revokedPath } from "./exact/sealedfile.ts";

/** What findings are called after. */
interface Named {
  readonly name: string;
}

interface Standing<T> {
  readonly opened: T;
  /** Of its files, as they were before it was opened. */
  readonly state: string;
}

export class Watched<T extends Named> {
  readonly #standing = new Map<string, Standing<T>>();
  readonly #open: (path: string) => T;
  readonly #notice: (text: string) => void;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param notice for operators @throws GatewayError CONFIGURATION for one that cannot be opened */
  constructor(paths: readonly string[], open: (path: string) => T, notice: (text: string) => void) {
    this.#open = open;
    this.#notice = notice;
    for (const path of paths) this.#standing.set(path, { state: stateOf(path), opened: open(path) });
    const look = (): void => this.look();
    this.#timer = paths.length === 0 ? undefined : setInterval(look, limits.exactLookMs).unref();
  }

  get isEmpty(): boolean {
    return this.#standing.size === 0;
  }

  all(): readonly T[] {
    return [...this.#standing.values()].map(({ opened }) => opened);
  }

  /** Opens anew what has changed. */
  look(): void {
    for (const [path, { state }] of this.#standing) if (stateOf(path) !== state) this.#anew(path);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #anew(path: string): void {
    const state = stateOf(path);
    const before = this.#standing.get(path);
    try {
      const opened = this.#open(path);
      if (before !== undefined && opened.name !== before.opened.name) throw new GatewayError("CONFIGURATION", `it is called ${opened.name} and not ${before.opened.name}, by which roles know what it finds: make it under that name, or start the node anew with roles that name it`); // prettier-ignore
      this.#standing.set(path, { state, opened });
      this.#notice(`the index ${path} has changed and was opened anew`);
    } catch (error) {
      if (before !== undefined) this.#standing.set(path, { ...before, state });
      const says =
        error instanceof GatewayError ? (error.detail ?? error.message) : "our own fault in reading it";
      this.#notice(`the index ${path} has changed and cannot be opened; the one before stays in force: ${says}`); // prettier-ignore
    }
  }
}

/** Tells whether the files of an index are those that they were. */
function stateOf(path: string): string {
  const files = [path, revokedPath(path)].map((file) => statSync(file, { throwIfNoEntry: false }));
  return files
    .map((file) => (file === undefined ? "none" : `${file.ino} ${file.size} ${file.mtimeMs}`))
    .join();
}
