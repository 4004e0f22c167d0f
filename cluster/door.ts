/**
 * The door's side of exchanges: presents each call to whoever owns its session, until there is an ending, and gives the
 * agent exactly one.
 *
 * D1. One ending per exchange, the first that may count; what comes later is dropped.
 * D2. An answer counts only from a node that the exchange was presented to, and from the epoch it was last presented under,
 *     or a newer one (law 6).
 * D3. Once an owner has accepted a call, its body is never presented again: only its id.
 * D4. After a planned change of owner, the former one's word is waited for first: it is on its way, and the next owner
 *     knows of a call that was made, but not its answer.
 * D5. What ends here by time ends as "refused" only if it was never presented to anybody, or if the owner that could not
 *     take it until now says that it will not: it is taken back there, and presented to nobody any more.
 */
import { limits } from "../protocol/limits.ts";
import type { Ending, ExchangeFrame } from "./exchange.ts";
import { epochOf, isMember, ownerOf } from "./view.ts";
import type { View } from "./view.ts";

const takenBackMs = limits.exchangeAcceptMs + limits.exchangeTakenBackMs;
const ownerless = { kind: "refused", why: "no owner" } as const;

interface Open<Call> {
  readonly op: string;
  readonly key: string;
  readonly shard: number;
  readonly call: Call;
  readonly since: number;
  /** Epoch of the first presentation; 0 before it. */
  opened: number;
  /** Epoch of the last one. */
  epoch: number;
  acceptedAt: number;
  nextAt: number;
  /** Nodes that it was presented to. */
  readonly asked: string[];
  /** How often an owner could not take it, since it was presented to another. */
  tries: number;
  /** The last word of its owner was that it cannot take it now. */
  isPutOff: boolean;
  /** Taken back, because of its time (D5). */
  isTakenBack: boolean;
}

export interface DoorPorts<Call, Answer> {
  readonly send: (to: string, incarnation: number, frame: ExchangeFrame<Call, Answer>) => void;
  readonly finish: (op: string, ending: Ending<Answer>) => void;
  readonly note: (op: string, bytes: Uint8Array) => void;
  readonly configuration: () => number;
}

export class Door<Call, Answer> {
  readonly #ports: DoorPorts<Call, Answer>;
  readonly #open = new Map<string, Open<Call>>();

  constructor(ports: DoorPorts<Call, Answer>) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#open.size;
  }

  /** @param op minted for this exchange, never used before */
  begin(op: string, key: string, shard: number, call: Call, view: View | undefined, now: number): void {
    const open: Open<Call> = {
      op,
      key,
      shard,
      call,
      since: now,
      opened: 0,
      epoch: 0,
      acceptedAt: 0,
      nextAt: now,
      tries: 0,
      asked: [],
      isPutOff: false,
      isTakenBack: false,
    };
    this.#open.set(op, open);
    if (view !== undefined) this.#present(open, view, now);
  }

  /** @param from the node that says so: one that the exchange was not presented to has no word in it */
  receive(from: string, frame: ExchangeFrame<Call, Answer>, now: number): void {
    const open = this.#open.get(frame.op);
    if (open === undefined || !open.asked.includes(from)) return;
    switch (frame.kind) {
      case "accepted":
        if (frame.epoch < open.epoch) return;
        if (open.acceptedAt === 0) open.acceptedAt = now;
        open.nextAt = now + limits.exchangeAgainMs;
        return;
      case "redirect":
      case "busy":
        // Twice as long each time: a cluster that waits for a lease must not be asked a thousand times a second.
        open.nextAt = now + Math.min(limits.exchangeRetryMs * 2 ** open.tries, limits.exchangeRetryMsMax);
        open.tries++;
        open.isPutOff = frame.kind === "busy";
        return;
      case "answer":
        if (frame.epoch < open.epoch) return;
        this.#end(open, open.isTakenBack && isCancelled(frame.ending) ? ownerless : frame.ending);
        return;
      case "note":
        if (frame.epoch >= open.epoch) this.#ports.note(open.op, frame.bytes);
        return;
      default:
    }
  }

  /** Told to the owner that there is now; who owns it later hears of it when the call is presented to him no more. */
  cancel(op: string, view: View | undefined): void {
    const open = this.#open.get(op);
    if (open === undefined || view === undefined) return;
    const owner = ownerOf(view, open.shard);
    if (owner?.isLive === true) this.#ports.send(owner.id, owner.incarnation, { kind: "cancel", op });
  }

  /** Owners may have changed: what is with a former one is presented to the next, at once unless its word is due. */
  viewed(before: View | undefined, view: View, now: number): void {
    for (const open of this.#open.values()) {
      if (before !== undefined && epochOf(before, open.shard) === epochOf(view, open.shard)) continue;
      const former = before === undefined ? undefined : ownerOf(before, open.shard);
      const isPlanned = former !== undefined && isMember(view, former.id, former.incarnation);
      if (open.isTakenBack && open.acceptedAt === 0) continue;
      const isDue = open.epoch > 0 && (open.acceptedAt > 0 || open.tries === 0);
      if (!isPlanned || !isDue) this.#present(open, view, now);
    }
  }

  tick(view: View | undefined, now: number): void {
    for (const open of this.#open.values()) {
      const isAccepted = open.acceptedAt !== 0;
      const isOver = isAccepted ? now - open.acceptedAt >= limits.exchangeAnswerMs : now - open.since >= limits.exchangeAcceptMs; // prettier-ignore
      if (isOver && !isAccepted && open.isPutOff && now - open.since < takenBackMs)
        this.#takeBack(open, view, now); // prettier-ignore
      else if (isOver) this.#end(open, open.opened === 0 ? ownerless : { kind: "unknown" });
      else if (now >= open.nextAt && view !== undefined && (isAccepted || !open.isTakenBack))
        this.#present(open, view, now);
    }
  }

  /** Said again until there is a word: one that is lost would leave it unknown. */
  #takeBack(open: Open<Call>, view: View | undefined, now: number): void {
    if (open.isTakenBack && now < open.nextAt) return;
    open.isTakenBack = true;
    open.nextAt = now + limits.exchangeRetryMs;
    this.cancel(open.op, view);
  }

  #present(open: Open<Call>, view: View, now: number): void {
    open.nextAt = now + limits.exchangeAgainMs;
    const owner = ownerOf(view, open.shard);
    if (owner?.isLive !== true) return;
    const epoch = epochOf(view, open.shard);
    if (open.opened === 0) open.opened = epoch;
    if (epoch > open.epoch) {
      open.epoch = epoch;
      open.tries = 0;
      open.isPutOff = false;
    }
    const { op, key, shard, opened } = open;
    // An owner that has not seen this epoch does not decide under the one that it has.
    const body = open.acceptedAt === 0 ? { call: open.call } : {};
    const configuration = this.#ports.configuration();
    if (!open.asked.includes(owner.id)) open.asked.push(owner.id);
    this.#ports.send(owner.id, owner.incarnation, {
      kind: "present",
      op,
      key,
      shard,
      opened,
      epoch: open.epoch,
      configuration,
      ...body,
    });
  }

  #end({ op }: Open<Call>, ending: Ending<Answer>): void {
    this.#open.delete(op);
    this.#ports.finish(op, ending);
  }
}

function isCancelled(ending: Ending<unknown>): boolean {
  return ending.kind === "refused" && ending.why === "cancelled";
}
