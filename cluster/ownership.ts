/**
 * The owner's side: decides calls that are presented, and lets nothing out before its fence (law 6). Owns calls from their
 * acceptance to their ending. Does not own which shards are this node's (tenure.ts), streams to runners-up (streams.ts), what
 * fences rest on (fencing.ts), nor what a call or an answer is (exchange.ts, `Calls`).
 *
 * N1. An operation is decided once: one that is known, open or closed, is never made again, here or at a successor.
 * N2. Before a call is made: its intent is recorded, and if it is not repeatable, fenced. In the tick of the write the
 *     lease is live, the shard ours, and the epoch that of the decision.
 * N3. An answer leaves when every rise of its session's labels is fenced, not only its own, and other actors that must know
 *     of it have said that they do (messages.ts).
 * N4. A session whose past is lost is told so before anything else. A call presented before the loss is not made, and
 *     none is decided, and no other turn taken, before it is known what the fence log has of that past.
 * N5. A call is decided under the epoch under which its door presents it, and under no other.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { Deferrals } from "./deferrals.ts";
import type { Calls, Ending, ExchangeFrame, MessageFrame, Refusal } from "./exchange.ts";
import { Proof, type Fencing } from "./fencing.ts";
import { Messages, type Waited } from "./messages.ts";
import { OwedWords } from "./owedwords.ts";
import type { FenceFact } from "./fencefact.ts";
import type { Holding, Holdings, Mark } from "./holding.ts";
import type { Host } from "./host.ts";
import type { OwnershipPorts } from "./ownershipports.ts";
import type { PastHeard } from "./restoring.ts";
import type { Running, Unmade } from "./running.ts";
import type { Streams } from "./streams.ts";
import type { Address } from "./transport.ts";
import { Tenure } from "./tenure.ts";
import { closing, Turns } from "./turns.ts";
import type { View } from "./view.ts";

export class Ownership<State, Event extends ActorEvent, Effect, World, Call, Answer> {
  readonly #ports: OwnershipPorts<Call, Answer, Event, Effect>;
  readonly #calls: Calls<State, Event, Effect, Call, Answer>;
  readonly #streams: Streams<State, Event, Effect, World>;
  readonly #turns: Turns<State, Event, Effect, World, Call, Answer>;
  readonly #messages: Messages<State, Event, Effect, World, Call, Answer>;
  readonly #fencing: Fencing;
  readonly #holdings: Holdings;
  readonly #tenure: Tenure<State, Event, Effect, World, Call, Answer>;
  readonly #running = new Map<string, Running<Call, Answer>>();
  readonly #waiting = new Set<Running<Call, Answer>>();
  readonly #owed = new OwedWords<Call, Answer>();
  readonly #deferrals = new Deferrals();

  constructor(
    ports: OwnershipPorts<Call, Answer, Event, Effect>,
    parts: {
      readonly host: Host<State, Event, Effect, World>;
      readonly calls: Calls<State, Event, Effect, Call, Answer>;
      readonly streams: Streams<State, Event, Effect, World>;
      readonly fencing: Fencing;
      readonly holdings: Holdings;
    },
  ) {
    this.#ports = ports;
    this.#calls = parts.calls;
    this.#streams = parts.streams;
    this.#fencing = parts.fencing;
    this.#holdings = parts.holdings;
    this.#messages = new Messages(
      {
        ...ports,
        send: ports.message,
        take: (key, shard, event, now) => this.event(key, shard, event, now),
        decide: (parked, waited, now) => this.#decide(parked.door, parked.holding, parked.op, parked.key, parked.call, now, waited), // prettier-ignore
      },
      parts,
    );
    const turned = this.#messages.turned.bind(this.#messages);
    this.#turns = new Turns({ ...ports, turned }, parts);
    this.#tenure = new Tenure({ ...ports, lost: () => this.#lost() }, parts, this.#turns);
  }

  get owned(): ReadonlySet<Holding> {
    return this.#tenure.owned;
  }

  /** Calls that are not ended, of the shards owned here. */
  get underWay(): number {
    return this.#tenure.underWay;
  }

  viewed(view: View, now: number): void {
    this.#tenure.viewed(view, now);
  }

  present(
    door: Address,
    frame: Extract<ExchangeFrame<Call, Answer>, { kind: "present" }>,
    now: number,
  ): void {
    const { op, key, shard } = frame;
    const holding = this.#holdings.known(shard);
    // N5: of a newer epoch than the view here has, it would be decided by one who may have lost the shard in between. Of an
    // older one, it may have ended elsewhere since it was sent; a door that still waits for it presents it again.
    // A node of version 1 does not say (0): its calls are taken as they were then, while the cluster is upgraded.
    const isMine = holding !== undefined && holding.epoch !== 0 && (frame.epoch === 0 || frame.epoch === holding.epoch); // prettier-ignore
    if (!isMine || !this.#ports.isActing(now))
      return this.#ports.reply(door, { kind: "redirect", op, view: this.#ports.view()?.number ?? 0 });
    const known = this.#running.get(op);
    if (known !== undefined) {
      // Another node that knows its id gets neither its answer nor a word in it.
      if (known.door.id !== door.id) return;
      known.door = door;
      if (known.ending !== undefined && known.phase === "ended") this.#tell(known, known.ending, now);
      else this.#ports.reply(door, { kind: "accepted", op, epoch: holding.epoch });
      return;
    }
    const why = this.#deferrals.refusalOf(op);
    if (why !== undefined) return this.#answer(door, holding, op, { kind: "refused", why });
    // N1, N4: it may have been made.
    const isTold = this.#isTold(holding, now);
    const isKnown = holding.operations.find(op) !== undefined || frame.opened < holding.lostAt;
    if (isKnown || frame.call === undefined) return this.#answer(door, holding, op, { kind: "unknown" });
    if (holding.frozen !== undefined || !isTold || frame.configuration > this.#ports.configuration()) {
      this.#deferrals.defer(op, door, holding, frame.opened, now);
      return this.#ports.reply(door, { kind: "busy", op });
    }
    if (!this.#messages.isParked(op, door)) this.#decide(door, holding, op, key, frame.call, now);
  }

  /** What another actor says to one that is owned here. */
  message(from: Address, frame: MessageFrame<Event>, now: number): void {
    this.#messages.receive(from, frame, now);
    // An answer may have waited for it.
    if (frame.re === undefined) this.progressed(now);
  }

  /**
   * A turn that no call brought: an operator's, or time's.
   *
   * @returns whether it was taken: not while another owns the session, nor while it is handed over
   */
  event(key: string, shard: number, event: Event, now: number): boolean {
    const holding = this.#holdings.known(shard);
    if (holding === undefined || holding.epoch === 0 || holding.frozen !== undefined) return false;
    // N4: who waits for it says it again.
    if (!this.#isTold(holding, now) || !this.#ports.isActing(now) || !this.#turns.tellLoss(holding, key, now)) return false; // prettier-ignore
    const turned = this.#turns.try(holding, key, event, now, {});
    if (turned !== undefined) this.#rise(holding, key, event, turned);
    return turned !== undefined;
  }

  /** N3, whatever brought the turn: what a session has learnt from another is in its next answer too. */
  #rise(
    holding: Holding,
    key: string,
    { at }: Event,
    { effects, mark }: { readonly effects: readonly Effect[]; readonly mark: Mark | undefined },
  ): void {
    if (!this.#calls.isRise(effects)) return;
    const { epoch, n } = holding;
    holding.risen.set(key, new Proof(mark, { op: "", key, at, epoch, n }));
    this.#streams.urge(holding);
  }

  /** What a shard's fence log has of a lost past. */
  told(holding: Holding, facts: readonly FenceFact[], now: number): void {
    this.#tenure.restoring.told(holding, facts, now);
  }

  /** What the archive has of one. */
  restored(heard: PastHeard<Event>, now: number): void {
    this.#tenure.restoring.heard(heard, now);
  }

  /** Whether the bytes of a call may leave now: to be asked in the tick of the write (N2). */
  mayRun(op: string, now: number): boolean {
    const running = this.#running.get(op);
    return running?.phase === "running" && this.#mayWrite(running, now);
  }

  /** The agent has taken a call back. Before its bytes are out it is not made; later its tool is told. */
  cancelled(op: string, from: Address, now: number): void {
    const running = this.#running.get(op);
    const waiting = running === undefined ? (this.#messages.cancelled(op, from)?.holding ?? this.#deferrals.takeBack(op, from, now)) : undefined; // prettier-ignore
    if (waiting !== undefined) this.#refuse(from, waiting, op, "cancelled", now);
    if (running?.door.id !== from.id) return;
    if (["intent", "connecting"].includes(running.phase)) this.#abandon(running, "cancelled", now);
    else if (running.phase === "running") this.#ports.hangUp(op);
  }

  /** Something for a call's agent before its answer. Like an answer, it leaves only under a live lease. */
  note(op: string, bytes: Uint8Array, now: number): void {
    const running = this.#running.get(op);
    if (running?.phase !== "running" || !this.#ports.isActing(now)) return;
    this.#ports.reply(running.door, { kind: "note", op, epoch: running.holding.epoch, bytes });
  }

  recorded(op: string, now: number): void {
    const running = this.#running.get(op);
    if (running === undefined) return;
    running.isRecorded = true;
    this.#advance(running, now);
  }

  connected(op: string, now: number): void {
    const running = this.#running.get(op);
    if (running?.phase !== "connecting" || running.call === undefined) return this.#ports.hangUp(op);
    const { holding, key, call, epoch } = running;
    if (!this.#mayWrite(running, now)) return this.#abandon(running, "fence", now);
    running.phase = "running";
    this.#ports.write(op, key, { shard: holding.shard, epoch, n: holding.n, cited: holding.cited }, call);
  }

  /**
   * The tool was not reached, or its intent could not be recorded: it is not made.
   *
   * @param answer what its agent and its session are told of it, if more is known than that
   */
  failed(op: string, why: "unreachable" | "unrecorded", answer: Answer | undefined, now: number): void {
    const running = this.#running.get(op);
    if (running?.phase === (why === "unrecorded" ? "intent" : "connecting"))
      this.#abandon(running, why, now, answer);
  }

  answered(op: string, answer: Answer, now: number): void {
    const running = this.#running.get(op);
    if (running?.phase !== "running") return;
    const { holding, key } = running;
    const event = this.#calls.answered(op, answer, this.#ports.at(now));
    running.phase = "releasing";
    running.since = now;
    const turned = this.#turns.try(holding, key, event, now, closing(running));
    // What it let the session see is not known to it: it must not see it.
    if (turned === undefined) return this.#end(running, { kind: "unknown" }, now);
    this.#rise(holding, key, event, turned);
    running.ending = { kind: "answered", answer };
    this.#waiting.add(running);
    this.#advance(running, now);
  }

  /** Acknowledgements, the view, or the fence log of a call's intent have moved: what waits may go on. */
  progressed(now: number, op = ""): void {
    this.#messages.progressed(now);
    const only = this.#running.get(op);
    if (only !== undefined) return this.#waiting.has(only) ? this.#advance(only, now) : undefined;
    for (const running of this.#waiting) this.#advance(running, now);
  }

  tick(now: number): void {
    this.#messages.tick(now);
    this.#deferrals.tick(now);
    this.#tenure.restoring.tick(now);
    for (const running of this.#waiting) {
      this.#advance(running, now);
      if (!this.#waiting.has(running)) continue;
      if (running.phase === "intent" && now - running.since >= limits.fenceMs)
        this.#abandon(running, "fence", now);
      else if (running.phase === "releasing" && now - running.since >= limits.releaseMs)
        this.#end(running, { kind: "unknown" }, now);
    }
    for (const slow of this.#owed.slow(now)) if (this.#running.get(slow.op) === slow) this.#accept(slow);
    for (const ended of this.#owed.forget(now)) if (this.#running.get(ended.op) === ended) this.#running.delete(ended.op); // prettier-ignore
  }

  /** Whether what is known of a lost past is told; if not, it is asked for before others'. */
  #isTold(holding: Holding, now: number): boolean {
    if (!holding.isTold) this.#fencing.hasten(holding, now);
    if (!holding.isRestored) this.#tenure.restoring.hasten(holding, now);
    return holding.isTold && holding.isRestored;
  }

  #accept({ op, door, holding }: Running<Call, Answer>): void {
    this.#ports.reply(door, { kind: "accepted", op, epoch: holding.epoch });
  }

  /** @param waited how it has waited for other actors' word; undefined for a call that is new */
  #decide(
    door: Address,
    holding: Holding,
    op: string,
    key: string,
    call: Call,
    now: number,
    waited?: Waited,
  ): void {
    const at = this.#ports.at(now);
    if (holding.operations.isFull(at)) return this.#refuse(door, holding, op, "overload", now);
    try {
      if (holding.frozen !== undefined) return this.#ports.reply(door, { kind: "busy", op });
      this.#turns.acquaint(holding, key, call, at, now);
      const isUnheard = waited?.isUnheard === true;
      if (!isUnheard && this.#calls.isShared(call)) {
        const parked = { op, key, call, holding, epoch: holding.epoch, door };
        const turn = (event: Event): void => void this.#turns.try(holding, key, event, now);
        if (this.#messages.park(parked, turn, now, waited?.since)) return;
      }
      const event = this.#calls.call(op, call, at, isUnheard);
      const effects = this.#turns.act(key, event);
      const { refusal, isRepeatable } = this.#calls.decision(call, effects);
      const isIntent = refusal === undefined;
      const mark = this.#turns.journal(
        holding,
        key,
        event,
        effects,
        isIntent ? { opens: op } : {},
        now,
        isRepeatable,
      );
      const proof = new Proof(mark, { op, key, at, epoch: holding.epoch, n: holding.n });
      const running: Running<Call, Answer> = { op, key, holding, call, epoch: holding.epoch, isRepeatable, proof, door, phase: "intent", isRecorded: false, since: now, ending: undefined }; // prettier-ignore
      this.#running.set(op, running);
      this.#deferrals.forget(op);
      holding.running++;
      // Kept like any other ending: presented again, it must not be decided otherwise.
      if (refusal !== undefined)
        return this.#end(running, { kind: "refused", why: "verdict", answer: refusal }, now);
      holding.operations.open(op, key, at);
      this.#waiting.add(running);
      if (isRepeatable) this.#owed.acceptLate(running, now);
      else this.#accept(running);
      if (!isRepeatable) this.#fencing.seek(holding, proof, now);
    } catch (fault) {
      if (!(fault instanceof GatewayError)) throw fault;
      this.#refuse(door, holding, op, "overload", now);
    }
  }

  #mayWrite({ holding, epoch, isRepeatable, proof }: Running<Call, Answer>, now: number): boolean {
    if (!this.#ports.isActing(now) || holding.epoch !== epoch) return false;
    return isRepeatable || this.#fencing.has(holding, proof);
  }

  #advance(running: Running<Call, Answer>, now: number): void {
    const { op, key, call, phase } = running;
    if (phase === "intent" && call !== undefined) {
      if (running.holding.epoch !== running.epoch) return this.#abandon(running, "fence", now);
      if (!running.isRepeatable) this.#fencing.seek(running.holding, running.proof, now);
      if (!running.isRecorded || !this.#mayWrite(running, now)) return;
      this.#waiting.delete(running);
      running.phase = "connecting";
      this.#ports.connect(op, key, call);
    } else if (phase === "releasing" && running.ending !== undefined && this.#mayRelease(running, now))
      this.#end(running, running.ending, now);
  }

  #mayRelease({ holding, key }: Running<Call, Answer>, now: number): boolean {
    if (!this.#ports.isActing(now)) return false;
    const rise = holding.risen.get(key);
    if (rise !== undefined) {
      this.#fencing.seek(holding, rise, now);
      if (!this.#fencing.has(holding, rise)) return false;
      holding.risen.delete(key);
    }
    return this.#messages.isSettled(holding, key, now);
  }

  /** Ends a call that did not go out. */
  #abandon(running: Running<Call, Answer>, why: Unmade, now: number, answer?: Answer): void {
    const { op, key, holding } = running;
    if (running.phase === "connecting") this.#ports.hangUp(op);
    const at = this.#ports.at(now);
    const event = answer === undefined ? this.#calls.unreached(op, at) : this.#calls.answered(op, answer, at);
    this.#turns.try(holding, key, event, now, closing(running));
    this.#end(running, { kind: "refused", why, ...(answer === undefined ? {} : { answer }) }, now);
  }

  #end(running: Running<Call, Answer>, ending: Ending<Answer>, now: number): void {
    this.#waiting.delete(running);
    running.holding.running--;
    running.phase = "ended";
    running.ending = ending;
    running.since = now;
    running.call = undefined;
    // Between a node and itself nothing is lost; but it may have presented the call once more in this very step.
    this.#owed.ended(running, running.door.id === this.#ports.id && this.#ports.isActing(now));
    this.#tell(running, ending, now);
  }

  /** An ending that may not leave now is told when the door asks again. */
  #tell({ op, door, holding }: Running<Call, Answer>, ending: Ending<Answer>, now: number): void {
    if (this.#ports.isActing(now)) this.#answer(door, holding, op, ending);
  }

  /** No turn was taken for it. It is known all the same: a presentation may be on its way. */
  #refuse(door: Address, holding: Holding, op: string, why: Refusal, now: number): void {
    this.#deferrals.refuse(op, door, holding, why, now);
    this.#answer(door, holding, op, { kind: "refused", why });
  }

  #answer(door: Address, { epoch }: Holding, op: string, ending: Ending<Answer>): void {
    this.#ports.reply(door, { kind: "answer", op, epoch, ending });
  }

  /** Calls of shards that are another's now. */
  #lost(): void {
    for (const [op, running] of this.#running) {
      if (running.holding.epoch !== 0) continue;
      if (running.phase !== "ended") this.#ports.hangUp(op);
      this.#running.delete(op);
      this.#waiting.delete(running);
    }
  }
}
