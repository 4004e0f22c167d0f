/**
 * Live definitions against their pins (checklist T1). Each upstream session is compared before its first call, and
 * again when the server says that its lists changed, when a lock was accepted, and when the comparison has grown old.
 *
 * W1. No call passes over a session whose definitions were not compared, nor over one that a server has opened anew
 *     underneath: `pending` is awaited first, and `isCompared` is asked again when the bytes are about to be written.
 * W2. A definition that cannot be read is no definition: when listing fails, or takes too long, the call fails.
 * W3. That a definition differs is only ever added to (living.ts): a server that shows one session another definition
 *     than the next one gains nothing. What is missing is told anew with each comparison, because servers list by what
 *     a client declared; living.ts asks again before it believes it.
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import { limits } from "../../protocol/limits.ts";
import type { UpstreamSession } from "../upstream/upstream.ts";
import { compare, findPin, type Comparison, type LiveDefinitions, type NamedDefinition } from "./lock.ts";

/** What a server lists, and what of it is not fit to be looked at (node/upstream/definitions.ts). */
export interface ListedDefinitions extends LiveDefinitions {
  readonly refused?: readonly (NamedDefinition & { readonly why: string })[];
}

export interface WatchPorts {
  /** The lock in force; read anew at each comparison, because an accept replaces it. */
  readonly lock: () => CatalogueLock;
  readonly read: (session: UpstreamSession) => Promise<ListedDefinitions>;
  /** A session was compared and something differs. */
  readonly onDiffering: (server: string, changed: Comparison["changed"]) => void;
  /** A session was compared: what of the pins it does not list. The comparison is done when this is. */
  readonly onCompared: (server: string, missing: Comparison["missing"]) => Promise<void> | void;
  readonly onFault: (server: string, fault: unknown) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

interface Check {
  /** Under way; undefined once it is done, so that later calls wait for nothing. */
  promise: Promise<void> | undefined;
  /** The server's turn when the reading began. */
  readonly turn: number;
  /** Epoch ms; moved on with each comparison that age alone called for. */
  at: number;
}

export class DefinitionWatch {
  readonly #ports: WatchPorts;
  readonly #checks = new WeakMap<UpstreamSession, Check>();
  /** Sessions by server, to be compared when it says that something changed. */
  readonly #sessions = new Map<string, Set<WeakRef<UpstreamSession>>>();
  /** Counts what makes earlier comparisons of a server's sessions worthless. */
  readonly #turns = new Map<string, number>();
  readonly #rounds = new Set<string>();

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  /** What to wait for before a call over this session; rejects with a GatewayError when its lists cannot be read. */
  pending(session: UpstreamSession): Promise<void> | undefined {
    const check = this.#checks.get(session);
    if (check === undefined || check.turn !== this.#turn(session.server)) return this.#start(session);
    const now = this.#ports.now();
    if (check.promise === undefined && now - check.at > limits.definitionsFreshMs) {
      // An old comparison still counts while the next one is made: nobody said that anything changed.
      check.at = now;
      inTime(this.#compare(session)).catch((fault: unknown) => this.#report(session, fault));
    }
    return check.promise;
  }

  /** Whether this session's last comparison is done and still counts. */
  isCompared(session: UpstreamSession): boolean {
    const check = this.#checks.get(session);
    return check !== undefined && check.promise === undefined && check.turn === this.#turn(session.server);
  }

  /** The server has opened this session anew underneath: what it lists now may be another's. */
  reopened(session: UpstreamSession): void {
    if (!this.#checks.has(session)) return;
    this.#start(session).catch((fault: unknown) => this.#report(session, fault));
  }

  /**
   * A server said that its lists changed, or a lock was accepted: nothing of it passes before it is compared again.
   * Sessions are compared one after the other, at once, so that lists show it too.
   */
  outdate(server: string): void {
    this.#turns.set(server, this.#turn(server) + 1);
    if (this.#rounds.has(server)) return;
    this.#rounds.add(server);
    void this.#round(server).finally(() => this.#rounds.delete(server));
  }

  #turn(server: string): number {
    return this.#turns.get(server) ?? 0;
  }

  async #round(server: string): Promise<void> {
    let turn: number;
    do {
      turn = this.#turn(server);
      for (const session of this.#known(server)) {
        const check = this.#checks.get(session);
        if (check !== undefined && check.turn !== turn)
          await this.#start(session).catch((fault: unknown) => this.#report(session, fault));
      }
    } while (turn !== this.#turn(server));
  }

  /** The end of a session is told elsewhere. */
  #report(session: UpstreamSession, fault: unknown): void {
    const isOver = fault instanceof GatewayError && ended.has(fault.code);
    if (!isOver) this.#ports.onFault(session.server, fault);
  }

  #known(server: string): UpstreamSession[] {
    const found: UpstreamSession[] = [];
    const references = this.#sessions.get(server) ?? new Set();
    for (const reference of references) {
      const session = reference.deref();
      if (session === undefined) references.delete(reference);
      else found.push(session);
    }
    return found;
  }

  #remember(session: UpstreamSession): void {
    // Looking for the dead each time keeps the set as small as the server's sessions are.
    if (this.#known(session.server).includes(session)) return;
    const references = this.#sessions.get(session.server);
    if (references === undefined) this.#sessions.set(session.server, new Set([new WeakRef(session)]));
    else references.add(new WeakRef(session));
  }

  #start(session: UpstreamSession): Promise<void> {
    this.#remember(session);
    const turn = this.#turn(session.server);
    const check: Check = { promise: undefined, turn, at: this.#ports.now() };
    const promise = inTime(this.#compare(session));
    check.promise = promise;
    this.#checks.set(session, check);
    promise.then(
      () => (check.promise = undefined),
      () => {
        if (this.#checks.get(session) === check) this.#checks.delete(session);
      },
    );
    return promise;
  }

  async #compare(session: UpstreamSession): Promise<void> {
    const listed = await this.#ports.read(session);
    const locked = this.#ports.lock().servers[session.server];
    if (locked === undefined) return;
    const { changed, missing } = compareListed(locked, listed);
    if (changed.length > 0) this.#ports.onDiffering(session.server, changed);
    await this.#ports.onCompared(session.server, missing);
  }
}

const ended: ReadonlySet<string> = new Set([
  "UPSTREAM_SESSION_LOST",
  "UPSTREAM_CLOSED",
  "DRAINING",
  "CANCELLED",
]);

/** As `compare`; a pinned name listed with a definition that nobody should look at is changed, and not missing. */
export function compareListed(
  locked: CatalogueLock["servers"][string],
  listed: ListedDefinitions,
): Comparison {
  const compared = compare(locked, listed);
  const refused = (listed.refused ?? []).filter(
    ({ kind, name }) => findPin(locked, kind, name) !== undefined,
  );
  if (refused.length === 0) return compared;
  const isRefused = (pinned: NamedDefinition): boolean =>
    refused.some(({ kind, name }) => kind === pinned.kind && name === pinned.name);
  return {
    ...compared,
    changed: [...compared.changed, ...refused.map(({ kind, name, why }) => ({ kind, name, fields: [why] }))],
    missing: compared.missing.filter((pinned) => !isRefused(pinned)),
  };
}

/** Lists come in pages, each with a time-out of its own: the whole has one too. */
function inTime(work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new GatewayError("UPSTREAM_TIMEOUT", "its lists were not complete in time")),
      limits.upstreamStartMs,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
