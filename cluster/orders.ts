/**
 * Orders: what operators tell all nodes, known to each within a moment, and for good. Told by words (words.ts) first and
 * kept in a row of the store each; several registers hold what they say (kill rules, API keys). Owns when an order is said,
 * written and repeated, and how fresh this node's knowledge is. Does not own what orders mean.
 *
 * O1. An order only grows: two versions of one merge into one that holds both, in whatever order and however often they
 *     come. So words that are lost, late or doubled do no harm, and what a store has forgotten is given back to it.
 * O2. Words first, the row after. An order is said again with each word until its row stands, and for a lease longer. Where
 *     whoever gave it does not write the row, others do.
 * O3. A node is fresh by what it has sent and seen answered, never by what arrives (freshness.ts; lease.ts, L2). With no
 *     other live member, only by the store; and by words only as long as one of those who say them has seen the store within
 *     orderAloneMs. An order that it cannot read or hold makes it stale until it can: it may be a kill.
 */
import { limits } from "../protocol/limits.ts";
import { Freshness } from "./freshness.ts";
import { decodeOrderWord, encodeOrderWord, type Heard, type Order, type OrderWord } from "./orderword.ts";
import type { Row, Store, SwapResult } from "./store.ts";
import type { Words } from "./words.ts";

/** "unheld": it is understood, or of a newer version, and cannot be taken in. "strange": no order of this kind. */
export type Merged = "taken" | "unheld" | "strange";

/** Orders of one kind, by id. */
export interface Register {
  /** Of the keys of its rows: `prefix.id`. */
  readonly prefix: string;
  ids(): Iterable<string>;
  /** What is known, always written the same way; undefined for nothing. */
  read(id: string): string | undefined;
  /** Takes in what another node knows. It holds when this returns. */
  merge(id: string, text: string): Merged;
}

export interface OrdersPorts {
  readonly words: Words;
  readonly store: Store;
  readonly registers: readonly Register[];
  /** Live members but this node, and but those that are known to be dead; undefined when no view is known yet. */
  readonly others: () => readonly string[] | undefined;
  /** Up to when this node has seen every row of the store. */
  readonly seenAt: () => number;
  /** An order of another node was taken in. */
  readonly taken: (key: string, from: string) => void;
  readonly alarm: (says: string) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** From 0 to 1: nodes that have the same to do do not do it at once. */
  readonly random: () => number;
  /** @returns ends it */
  readonly every: (ms: number, act: () => void) => () => void;
  /** After the current turn. */
  readonly soon: (act: () => void) => void;
}

interface Stand {
  readonly revision: number;
  readonly text: string | undefined;
}

/** For the command that gave an order. */
export interface Confirmed {
  readonly heard: readonly string[];
  readonly missing: readonly string[];
  /** This node does not know yet which others there are. */
  readonly isUnjoined?: true;
}

const fromStore = "the store";

export class Orders {
  readonly #ports: OrdersPorts;
  readonly #freshness: Freshness;
  readonly #registers = new Map<string, Register>();
  /** Rows of our kinds, as the watch brought them last. */
  readonly #rows = new Map<string, Stand>();
  /** What is known here and does not stand in the store: when it is to be written. */
  readonly #due = new Map<string, number>();
  readonly #writing = new Set<string>();
  /** What this node says again with each word, until when at least. */
  readonly #said = new Map<string, number>();
  /** What could not be taken in. */
  readonly #unheld = new Set<string>();
  readonly #waits = new Set<() => void>();
  readonly #ends: (() => void)[] = [];
  #strange = 0;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #isCaughtUp = false;
  #isSaying = false;

  constructor(ports: OrdersPorts) {
    this.#ports = ports;
    this.#freshness = new Freshness(ports.words.boot);
    for (const register of ports.registers) this.#registers.set(register.prefix, register);
  }

  /** Listens, watches, and says a word at each beat. */
  start(): void {
    const { words, store } = this.#ports;
    this.#ends.push(
      words.hear((from, boot, bytes) => this.#hear(from, boot, bytes)),
      store.watch(
        (row) => this.#row(row),
        () => this.#caughtUp(),
      ),
    );
    this.#ends.push(this.#ports.every(limits.orderBeatMs, () => this.tick()));
    this.tick();
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    for (const done of this.#waits) done();
  }

  /** Up to when this node knows every order, of its own clock. */
  get freshAt(): number {
    if (!this.#isCaughtUp || this.#unheld.size > 0) return Number.NEGATIVE_INFINITY;
    const others = this.#ports.others();
    if (others === undefined) return Number.NEGATIVE_INFINITY;
    // Nobody to hear of is no proof: who is not seen to join yet may have been told an order.
    let answeredAt = others.length === 0 ? Number.NEGATIVE_INFINITY : this.#ports.now();
    for (const id of others) answeredAt = Math.min(answeredAt, this.#freshness.answeredAt(id));
    const own = this.#ports.seenAt();
    const alone = Math.max(own, this.#freshness.seenAt) + limits.orderAloneMs - limits.orderStaleMs;
    return Math.max(own, Math.min(answeredAt, alone));
  }

  /** Asked for each call: it is proven anew only when the last proof has aged. */
  get isFresh(): boolean {
    const now = this.#ports.now();
    if (now >= this.#freshUntil) this.#freshUntil = this.freshAt + limits.orderStaleMs;
    return now < this.#freshUntil;
  }

  /** What has come of the store, and is not held: for operators. */
  get unheld(): readonly string[] {
    return [...this.#unheld];
  }

  /** An order was given at this node, or its register has changed by itself. */
  changed(prefix: string, id: string): void {
    const key = `${prefix}.${id}`;
    this.#said.set(key, this.#ports.now() + limits.orderRepeatMs);
    this.#saySoon();
    this.#settle(key, 0);
  }

  /** After a register could not be read for a while: everything that stands is given to it again. */
  review(): void {
    for (const [key, { text }] of this.#rows) if (text !== undefined) this.#merge({ key, text }, fromStore);
    this.#settleAll();
  }

  /** Which of the other nodes have what was said so far; waits for all of them, at most limits.orderHeardMs. */
  async confirmed(): Promise<Confirmed> {
    if (this.#isSaying) this.#say();
    const { count } = this.#freshness;
    const others = this.#ports.others();
    if (others === undefined) return { heard: [], missing: [], isUnjoined: true };
    const missing = (): string[] => others.filter((id) => !this.#freshness.hasAnswered(id, count));
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waits.delete(look);
        resolve();
      };
      const look = (): void => (missing().length === 0 || this.#ends.length === 0 ? done() : undefined);
      const timer = setTimeout(done, limits.orderHeardMs);
      this.#waits.add(look);
      look();
    });
    const late = missing();
    return { heard: others.filter((id) => !late.includes(id)), missing: late };
  }

  tick(): void {
    const now = this.#ports.now();
    const others = new Set(this.#ports.others());
    if (others.size > 0) this.#freshness.keepOnly((id) => others.has(id));
    for (const [key, until] of this.#said) if (now >= until && !this.#due.has(key)) this.#said.delete(key);
    this.#say();
    this.#write(now);
  }

  /**
   * Every order that is to be said, in as many words as they take; one word if there are none. The last one alone answers
   * what others have said: who has it, has all of them (freshness.ts, F2).
   */
  #say(): void {
    this.#isSaying = false;
    let orders: Order[] = [];
    let bytes = 0;
    for (const key of this.#said.keys()) {
      const text = this.#read(key);
      if (text === undefined) continue;
      const length = 2 * Buffer.byteLength(text) + key.length;
      if (bytes + length > limits.wordBytesMax / 2 && orders.length > 0) {
        this.#sayWord(orders, []);
        [orders, bytes] = [[], 0];
      }
      orders.push({ key, text });
      bytes += length;
    }
    this.#sayWord(orders, this.#freshness.heard());
  }

  #sayWord(orders: readonly Order[], heard: readonly Heard[]): void {
    const now = this.#ports.now();
    const count = this.#freshness.say(now);
    const age = Math.ceil(now - this.#ports.seenAt());
    const storeAgeMs = Number.isFinite(age) ? Math.max(0, age) : undefined;
    this.#ports.words.say(encodeOrderWord({ count, heard, orders, storeAgeMs }));
  }

  #hear(from: string, boot: number, bytes: Uint8Array): void {
    const word: OrderWord | undefined = decodeOrderWord(bytes);
    if (word === undefined) return this.#tellStrange(`${from} said a word that is none`);
    let isNews = false;
    for (const order of word.orders) {
      if (this.#merge(order, from)) {
        isNews = true;
        this.#said.set(order.key, this.#ports.now() + limits.orderRepeatMs);
      }
      // Whoever said it writes it; if that one cannot, somebody else does.
      this.#settle(order.key, limits.orderAgainMs * (1 + this.#ports.random()));
    }
    // A boot is of one process.
    const me = word.heard.find((each) => each.boot === this.#ports.words.boot);
    this.#freshness.hear(from, boot, word.count, me, word.storeAgeMs);
    for (const look of this.#waits) look();
    if (isNews) this.#saySoon();
  }

  /** Whoever gives an order waits to hear that it is known. */
  #saySoon(): void {
    if (this.#isSaying) return;
    this.#isSaying = true;
    this.#ports.soon(() => {
      if (this.#isSaying && this.#ends.length > 0) this.#say();
    });
  }

  #row({ key, revision, value }: Row): void {
    if (this.#registerOf(key) === undefined) return;
    const text = value === undefined ? undefined : Buffer.from(value).toString("utf8");
    this.#rows.set(key, { revision, text });
    if (text === undefined) this.#unheld.delete(key);
    // Who does not hear the one that gave it, nor the store, may hear us (freshness.ts, F2).
    else if (this.#merge({ key, text }, fromStore) && this.#isCaughtUp)
      this.#said.set(key, this.#ports.now() + limits.orderRepeatMs);
    this.#settle(key, limits.orderSpreadMs * this.#ports.random());
  }

  #caughtUp(): void {
    this.#isCaughtUp = true;
    this.#settleAll();
  }

  #settleAll(): void {
    for (const register of this.#registers.values())
      for (const id of register.ids())
        this.#settle(`${register.prefix}.${id}`, limits.orderSpreadMs * this.#ports.random());
  }

  /** @returns whether it was news */
  #merge({ key, text }: Order, from: string): boolean {
    const register = this.#registerOf(key);
    if (register === undefined) {
      this.#tellStrange(`${from} said an order of an unknown kind`);
      return false;
    }
    const id = key.slice(register.prefix.length + 1);
    const before = register.read(id);
    if (before === text) return false;
    const merged = register.merge(id, text);
    if (merged === "strange") this.#tellStrange(`${key} of ${from} is no order`);
    if (merged === "unheld" && !this.#unheld.has(key)) {
      this.#unheld.add(key);
      this.#freshUntil = Number.NEGATIVE_INFINITY;
      this.#ports.alarm(`the order ${key} of ${from} cannot be held here, so this node refuses calls: it is of a newer version, or there are too many`); // prettier-ignore
    }
    if (merged !== "taken") return false;
    this.#unheld.delete(key);
    if (register.read(id) === before) return false;
    this.#ports.taken(key, from);
    return true;
  }

  /** Sees to it that the row holds what is known here. */
  #settle(key: string, inMs: number): void {
    const known = this.#read(key);
    const now = this.#ports.now();
    if (known === undefined || known === this.#rows.get(key)?.text || this.#unheld.has(key)) {
      this.#due.delete(key);
      if (this.#said.has(key)) this.#said.set(key, now + limits.orderRepeatMs);
      return;
    }
    const at = now + inMs;
    this.#due.set(key, Math.min(this.#due.get(key) ?? at, at));
    if (inMs === 0) this.#write(now);
  }

  #write(now: number): void {
    if (!this.#isCaughtUp) return;
    for (const [key, at] of this.#due) {
      if (this.#writing.size >= limits.orderWritesMax) return;
      const text = this.#read(key);
      if (at > now || text === undefined || this.#writing.has(key)) continue;
      this.#writing.add(key);
      this.#due.set(key, now + limits.orderAgainMs);
      const { revision = 0 } = this.#rows.get(key) ?? {};
      this.#ports.store.swap(key, Buffer.from(text, "utf8"), revision, (result) =>
        this.#written(key, text, result),
      );
    }
  }

  /** Of a conflict the watch brings what stands, and then it is settled again. */
  #written(key: string, text: string, result: SwapResult): void {
    this.#writing.delete(key);
    if (result.kind === "swapped") {
      const known = this.#rows.get(key)?.revision ?? 0;
      if (result.revision > known) this.#rows.set(key, { revision: result.revision, text });
      this.#due.delete(key);
      this.#settle(key, 0);
    }
    if (this.#ends.length > 0) this.#write(this.#ports.now());
  }

  #read(key: string): string | undefined {
    const register = this.#registerOf(key);
    return register?.read(key.slice(register.prefix.length + 1));
  }

  #registerOf(key: string): Register | undefined {
    return this.#registers.get(key.slice(0, key.indexOf(".")));
  }

  /** Told at the first, second, fourth, eighth ...: who does this may do it thousands of times. */
  #tellStrange(says: string): void {
    this.#strange++;
    if ((this.#strange & (this.#strange - 1)) === 0)
      this.#ports.alarm(
        `${says} (${this.#strange} times); it was ignored. Nodes alone give orders: look who wrote it`,
      );
  }
}
