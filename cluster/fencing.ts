/**
 * What an owner's effects rest on (law 6): the runner-up that the view says is in sync, and while there is none, the
 * shard's fence log. Owns when a log is sealed, appended to and cleared, and when what stands in it counts. Does not own
 * the order of seals and appends (fencelog.ts), the runner-up's acknowledgements (streams.ts), nor calls (ownership.ts).
 *
 * H1. The runner-up is asked first. The log counts only while a view was seen that says `inSync = false` under our own
 *     epoch: whoever takes over from such a view counts the past as lost, and reads the log before its first call.
 * H2. The log counts only under our own seal, and what is in it once that is acknowledged. "unknown" is no fence.
 * H3. What the log has fenced is with the runner-up before that one is marked as in sync (`logged`), and nothing new is
 *     put in it while the mark may stand without our knowledge (`marking`): a successor that is whole asks no log.
 * H4. A shard whose past is lost takes no calls, and fills no runner-up, before the log's facts are told to it (`isTold`).
 * H5. What is cleared is with a runner-up that is in sync, or its operation is closed. Beyond fenceFactsMax the log is
 *     cleared but for open operations, rises that are not released, and the newest of the others: a call of which the
 *     log says nothing was presented before the loss, and is not made (N4).
 */
import assert from "node:assert/strict";
import { limits } from "../protocol/limits.ts";
import { decodeFenceFact, encodeFenceFact } from "./fencefact.ts";
import type { FenceFact } from "./fencefact.ts";
import type { AppendResult, SealResult } from "./fencelog.ts";
import type { FenceAsk, FenceHeard } from "./fenceports.ts";
import type { Holding, Mark } from "./holding.ts";
import { epochOf, isInSync } from "./view.ts";
import type { View } from "./view.ts";

/** What an effect rests on: where it stands in the journal, and whether the log has it. */
export class Proof {
  readonly mark: Mark | undefined;
  readonly fact: FenceFact;
  /** Round of the log in which it was asked for, and in which it was acknowledged; 0 for none. */
  asked = 0;
  round = 0;

  constructor(mark: Mark | undefined, fact: FenceFact) {
    this.mark = mark;
    this.fact = fact;
  }
}

export interface FencingPorts {
  readonly view: () => View | undefined;
  readonly ask: (ask: FenceAsk) => void;
  readonly isAcknowledged: (holding: Holding, mark: Mark | undefined) => boolean;
  /** The facts that a log had when it was sealed. */
  readonly tell: (holding: Holding, facts: readonly FenceFact[]) => void;
  /** The log has more. */
  readonly progressed: (op: string) => void;
}

interface Line {
  readonly holding: Holding;
  readonly epoch: number;
  state: "none" | "sealing" | "open" | "clearing" | "over";
  /** Changes whenever what was acknowledged before does not count any more. */
  round: number;
  facts: FenceFact[];
  /** Before it nothing is asked again. */
  againAt: number;
  /** The view under which it was over. */
  overAt: number;
}

interface Ticket {
  readonly line: Line;
  readonly round: number;
  /** Undefined: a clearing, which kept these. */
  readonly proof: Proof | undefined;
  readonly kept: FenceFact[];
}

export class Fencing {
  readonly #ports: FencingPorts;
  /** By shard. */
  readonly #lines = new Map<number, Line>();
  readonly #tickets = new Map<number, Ticket>();
  readonly #untold = new Set<Holding>();
  #sealing = 0;
  #count = 0;
  #rounds = 0;

  constructor(ports: FencingPorts) {
    this.#ports = ports;
  }

  /** Whether an effect may go out, but for the lease. Asks for nothing. */
  has(holding: Holding, proof: Proof): boolean {
    if (this.#ports.isAcknowledged(holding, proof.mark)) return true;
    const line = this.#lines.get(holding.shard);
    if (line === undefined || !this.#isAlone(holding)) return false;
    return proof.round === line.round && (line.state === "open" || line.state === "clearing");
  }

  /** Asks for what `has` lacks, where the log may give it. */
  seek(holding: Holding, proof: Proof, now: number): void {
    const number = this.#ports.view()?.number ?? 0;
    if (!this.#isAlone(holding) || holding.fill?.isAcked === true || number <= holding.marking) return;
    const line = this.#line(holding);
    if (line.state === "none") return this.#seal(line, now);
    if (line.state !== "open" || proof.asked === line.round || now < line.againAt) return;
    const { shard, epoch } = holding;
    proof.asked = line.round;
    holding.logged = later(holding.logged, proof.mark);
    const ticket = this.#ticket({ line, round: line.round, proof, kept: [] });
    this.#ports.ask({ kind: "append", ticket, shard, epoch, body: encodeFenceFact(proof.fact) });
  }

  /** Seals the log of a shard that waits for it, before others. */
  hasten(holding: Holding, now: number): void {
    this.#seal(this.#line(holding), now);
  }

  /** Ownership began, or ended. */
  begin(holding: Holding): void {
    this.#lines.delete(holding.shard);
    holding.logged = undefined;
    if (holding.isTold || holding.epoch === 0) this.#untold.delete(holding);
    else this.#untold.add(holding);
  }

  viewed(view: View, now: number): void {
    for (const line of this.#lines.values()) {
      if (line.state === "over" && view.number > line.overAt) line.state = "none";
      this.#tidy(line, view);
    }
    this.tick(now);
  }

  /** Seals the logs of shards that wait for theirs, a few at a time. */
  tick(now: number): void {
    for (const holding of this.#untold) {
      if (this.#sealing >= limits.fenceSealsMax) return;
      this.hasten(holding, now);
    }
  }

  heard(heard: FenceHeard, now: number): void {
    if (heard.kind === "sealed") {
      this.#sealed(heard.shard, heard.epoch, heard.result, now);
      this.tick(now);
    } else this.#appended(heard.ticket, heard.result, now);
  }

  /** The view says that nobody could take over this shard but as one that is lost. */
  #isAlone({ shard, epoch }: Holding): boolean {
    const view = this.#ports.view();
    return view !== undefined && epoch !== 0 && epochOf(view, shard) === epoch && !isInSync(view, shard);
  }

  #line(holding: Holding): Line {
    let line = this.#lines.get(holding.shard);
    if (line === undefined)
      this.#lines.set(holding.shard, (line = { holding, epoch: holding.epoch, state: "none", round: 0, facts: [], againAt: 0, overAt: 0 })); // prettier-ignore
    return line;
  }

  #seal(line: Line, now: number): void {
    if (line.state !== "none" || now < line.againAt) return;
    line.state = "sealing";
    this.#sealing++;
    this.#ports.ask({ kind: "seal", shard: line.holding.shard, epoch: line.epoch });
  }

  #sealed(shard: number, epoch: number, result: SealResult, now: number): void {
    this.#sealing--;
    const line = this.#lines.get(shard);
    if (line?.epoch !== epoch || line.state !== "sealing") return;
    if (result.kind === "superseded") return this.#end(line);
    if (result.kind === "unknown") {
      line.state = "none";
      line.againAt = now + limits.fenceAgainMs;
      return;
    }
    line.state = "open";
    line.round = ++this.#rounds;
    const facts = result.bodies.flatMap(({ body }) => decodeFenceFact(body) ?? []);
    line.facts = [...facts];
    const { holding } = line;
    this.#ports.tell(holding, facts);
    holding.isTold = true;
    this.#untold.delete(holding);
    this.#ports.progressed("");
  }

  #appended(number: number, result: AppendResult, now: number): void {
    const ticket = this.#tickets.get(number);
    assert.ok(ticket !== undefined, "an answer of a fence log that was not asked");
    this.#tickets.delete(number);
    const { line, round, proof, kept } = ticket;
    if (this.#lines.get(line.holding.shard) !== line || line.round !== round) return;
    if (result === "superseded") return this.#end(line);
    if (proof === undefined) {
      if (result === "appended") line.facts = kept;
      else line.againAt = now + limits.fenceAgainMs;
      line.state = "open";
      const view = this.#ports.view();
      if (view !== undefined) this.#tidy(line, view);
      return this.#ports.progressed("");
    }
    // One that stood before a clearing that is under way may be gone with it.
    if (result === "appended" && line.state === "open") {
      proof.round = round;
      line.facts.push(proof.fact);
      if (line.facts.length % limits.fenceFactsMax === 0) this.#compact(line);
      return this.#ports.progressed(proof.fact.op);
    }
    proof.asked = 0;
    if (line.state !== "open") return;
    line.againAt = now + limits.fenceAgainMs;
    if (result === "full") this.#compact(line);
  }

  #end(line: Line): void {
    line.state = "over";
    line.overAt = this.#ports.view()?.number ?? 0;
    line.facts = [];
  }

  /** A runner-up in sync has all of it. */
  #tidy(line: Line, view: View): void {
    const { holding } = line;
    if (line.state !== "open" || line.facts.length === 0 || !isInSync(view, holding.shard)) return;
    if (holding.epoch !== line.epoch || epochOf(view, holding.shard) !== line.epoch) return;
    line.round = ++this.#rounds;
    this.#clear(line, []);
  }

  #compact(line: Line): void {
    const { operations, risen } = line.holding;
    const newest = line.facts.length - limits.fenceKeptMax;
    const kept = line.facts.filter((fact, at) => {
      const { op, key } = fact;
      return at >= newest || (op === "" ? risen.get(key)?.fact === fact : operations.find(op)?.isOpen === true); // prettier-ignore
    });
    const bytes = kept.reduce((sum, fact) => sum + encodeFenceFact(fact).length, 0);
    if (kept.length < line.facts.length && bytes <= limits.fenceBodyBytesMax) this.#clear(line, kept);
  }

  #clear(line: Line, kept: FenceFact[]): void {
    const { shard } = line.holding;
    line.state = "clearing";
    const ticket = this.#ticket({ line, round: line.round, proof: undefined, kept });
    this.#ports.ask({ kind: "clear", ticket, shard, epoch: line.epoch, bodies: kept.map(encodeFenceFact) });
  }

  #ticket(ticket: Ticket): number {
    this.#tickets.set(++this.#count, ticket);
    return this.#count;
  }
}

function later(one: Mark | undefined, other: Mark | undefined): Mark | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.n > one.n ? other : one;
}
