/**
 * What must hold, checked in true time by somebody who sees every node, the store and the tools at once. Owns the
 * invariants; does not know how the cluster keeps them.
 */
import type { Labels } from "../../actors/labels.ts";
import { covers } from "../../actors/labels.ts";
import type { AnyEffect, AnyEvent } from "../../actors/roster.ts";
import type { Trip } from "../../actors/guards/trip.ts";
import type { Ending, MessageFrame } from "../../cluster/exchange.ts";
import type { Link } from "../../cluster/ownershipports.ts";
import { isInSync, isMember, nobody } from "../../cluster/view.ts";
import type { View } from "../../cluster/view.ts";
import { isScopeKey } from "../../protocol/scope.ts";
import { ApprovalOracle } from "./approvaloracle.ts";
import { FlowOracle } from "./floworacle.ts";
import { runsOnce, toolNamed } from "./load.ts";
import type { Answer, Call } from "./load.ts";
import { PastOracle } from "./pastoracle.ts";
import { SharedOracle } from "./sharedoracle.ts";
import { TripOracle } from "./triporacle.ts";

/** What the oracle sees of the world at the moment it is asked. */
export interface Sight {
  readonly now: () => number;
  /** The view that stands in the store. */
  readonly view: () => View | undefined;
  /** Whether the runner-up that the view names is gone, or knows this operation. */
  readonly isKnownAtRunner: (view: View, shard: number, op: string) => boolean;
  /** Whether the view that a node has seen says that its runner-up is in sync. */
  readonly hasSeenMark: (node: string, shard: number) => boolean;
  /** Whether the fence log had an operation, behind a seal of its epoch. */
  readonly wasFenced: (shard: number, epoch: number, op: string) => boolean;
  /** Operations of earlier epochs in the fence log that this node does not know. */
  readonly untold: (node: string, shard: number, epoch: number) => readonly string[];
  /** Whether the owner that a view names has a copy at its runner-up that it did not give up for a fault or for silence. */
  readonly isFilling: (view: View, shard: number) => boolean;
  readonly roleAt: (node: string, key: string) => string;
  readonly labelsAt: (node: string, key: string) => Labels;
  /** What a session knows of breakers that it shares. */
  readonly tripsAt: (node: string, key: string) => readonly Trip[];
}

interface Spend {
  readonly decidedAt: number;
  isMade: boolean;
}

interface Shard {
  epoch: number;
  node: string;
  /** Last entry of each epoch's chain. */
  readonly heads: Map<number, number>;
  /** The last entry on which a non-repeatable effect rested. */
  fenced: { epoch: number; n: number };
  /** Owner changes, of which some without a hand-over. */
  changes: number;
  lostAt: number;
}

export class Oracle {
  readonly violations: string[] = [];
  readonly figures = { writes: 0, fencedWrites: 0, loggedWrites: 0, releases: 0, answered: 0, refused: 0, unknown: 0, rises: 0, lostShards: 0, epochs: 0, sharedWrites: 0, probes: 0, tries: 0 }; // prettier-ignore
  readonly #sight: Sight;
  readonly #shards = new Map<number, Shard>();
  readonly #released = new Map<string, Labels>();
  readonly #labels = new Map<string, Labels>();
  readonly #open = new Map<string, string>();
  readonly #ended = new Map<string, Ending<Answer>["kind"]>();
  readonly #executed = new Map<string, number>();
  /** Number of the highest view that ever stood. */
  #highest = 0;
  /** Those that must not run twice. */
  readonly #once = new Set<string>();
  readonly #written = new Map<string, number>();
  readonly #intents = new Map<string, Link>();
  /** By session: decisions of calls of a tool that must not run twice. */
  readonly #shared = new SharedOracle();
  readonly #trips = new TripOracle();
  readonly pasts = new PastOracle();
  readonly flows = new FlowOracle();
  readonly approvals = new ApprovalOracle();
  readonly #spends = new Map<string, Map<string, Spend>>();
  /** Milliseconds by which clocks of events may have run ahead of true time. */
  clockSlack = 0;

  constructor(sight: Sight) {
    this.#sight = sight;
  }

  /** So often was something compared that must hold. */
  checks = 0;

  /** What a session's owner knows at the end has every label that was shown. */
  isShown(key: string, labels: Labels): boolean {
    this.checks++;
    return covers(labels, this.#released.get(key) ?? []);
  }

  /** Of an exchange that ended long ago; that a call which must not run twice has run stays. */
  forget(op: string): void {
    this.#ended.delete(op);
    this.#written.delete(op);
    this.#intents.delete(op);
    this.#shared.forget(op);
    if (!this.#once.has(op)) this.#executed.delete(op);
  }

  /** Exchanges without an ending. */
  get open(): number {
    return this.#open.size;
  }

  endingOf(op: string): Ending<Answer>["kind"] | undefined {
    return this.#ended.get(op);
  }

  mustRunOnce(op: string): boolean {
    return this.#once.has(op);
  }

  /** How often a call went out. */
  writesOf(op: string): number {
    return this.#written.get(op) ?? 0;
  }

  violate(what: string): void {
    if (this.violations.length < 20)
      this.violations.push(`${(this.#sight.now() / 1000).toFixed(3)} s: ${what}`);
  }

  /** An agent's call came in. */
  begun(op: string, node: string, key: string, call: Call): void {
    this.#shared.begun(op, key);
    this.#open.set(op, node);
    this.flows.begun(op, call);
    if (runsOnce(call.facts.name)) this.#once.add(op);
    this.approvals.begun(op, key, call);
  }

  /** A door is gone, and with it the connections of its agents. */
  doorDied(node: string): void {
    for (const [op, door] of this.#open) if (door === node) this.#open.delete(op);
  }

  finished(op: string, ending: Ending<Answer>): void {
    this.checks += 2;
    if (!this.#open.delete(op)) this.violate(`${op} had a second ending, ${ending.kind}`);
    this.#ended.set(op, ending.kind);
    this.figures[ending.kind]++;
    this.flows.finished(ending);
    // One that may run twice may have run at an owner before the one that refuses it.
    if (ending.kind === "refused" && this.#once.has(op) && this.#executed.has(op))
      this.violate(`${op} was refused, and had been made`);
  }

  /** A turn was taken. */
  acted(node: string, key: string, effects: readonly AnyEffect[]): void {
    this.approvals.acted(node, effects, () => this.#sight.roleAt(node, key), this.#sight.now());
  }

  /** An entry of a record chain was written. */
  recorded(
    node: string,
    link: Link,
    key: string,
    event: AnyEvent,
    op: string | undefined,
    call: Call | undefined,
  ): void {
    if (isScopeKey(key)) this.#trips.recorded(key, event);
    this.pasts.recorded(node, link);
    this.flows.recorded(key, event, link);
    if (op !== undefined && call !== undefined) this.#shared.decided(op, this.#sight.now());
    // Answers that come to an owner that is none any more are the late tail of its epoch; intents are not.
    const shard =
      op === undefined ? this.#shard(link.shard) : this.#enter(node, link.shard, link.epoch, "decided");
    const head = shard.heads.get(link.epoch) ?? 0;
    this.checks++;
    if (link.n !== head + 1) this.violate(`chain ${link.shard}/${link.epoch} goes from ${head} to ${link.n}`);
    if (link.n === 1) this.#cite(shard, link);
    shard.heads.set(link.epoch, link.n);
    if (op === undefined || call === undefined) return;
    this.#intents.set(op, link);
    const untried = this.#trips.decided(key, call.facts.name, link.epoch, this.#sight.tripsAt(node, key));
    if (untried !== undefined) this.violate(`${node}: ${untried}`);
    if (!runsOnce(call.facts.name)) return;
    const bucket = `${key} ${call.facts.name}`;
    const spends = this.#spends.get(bucket) ?? new Map<string, Spend>();
    this.#spends.set(bucket, spends.set(op, { decidedAt: this.#sight.now(), isMade: false }));
  }

  /** A call goes out to its tool. */
  wrote(node: string, op: string, key: string, link: Link, call: Call): void {
    this.figures.writes++;
    this.checks += 3;
    this.#written.set(op, this.writesOf(op) + 1);
    const shard = this.#enter(node, link.shard, link.epoch, "called a tool");
    // Only where its past is lost must an owner have asked the log; else it has it from the last one.
    const untold = shard.lostAt === link.epoch ? this.#sight.untold(node, link.shard, link.epoch) : [];
    if (untold.length > 0) this.violate(`${node} called a tool for shard ${link.shard}, and does not know ${untold.join()} of the fence log`); // prettier-ignore
    this.#checkLabels(node, key, "called a tool");
    const untaught = this.#shared.wrote(op, key, call, this.#sight.labelsAt(node, key));
    if (untaught !== undefined) this.violate(`${node} ${untaught}`);
    const unasked = this.approvals.wrote(node, op, key, call, this.clockSlack);
    if (unasked !== undefined) this.violate(`${node} ${unasked}`);
    const carried = this.flows.wrote(key, call, link);
    if (carried !== undefined) this.violate(`${node} ${carried}`);
    if (!this.#intents.has(op)) this.violate(`${op} was made without its intent`);
    if (!runsOnce(call.facts.name)) return;
    this.figures.fencedWrites++;
    this.checks += 2;
    const view = this.#sight.view();
    // A store that went back shows an older view for a while, until somebody who knows better gives it back.
    const stands = view === undefined || view.number < this.#highest ? 0 : (view.epoch[link.shard] ?? 0);
    if (stands > link.epoch) this.violate(`${op} was made under an epoch that is over`);
    // Without the mark the next owner does not take the runner-up's word, but counts the shard as lost and reads the log.
    else if (
      view !== undefined &&
      stands === link.epoch &&
      isInSync(view, link.shard) &&
      !this.#sight.isKnownAtRunner(view, link.shard, op)
    )
      // prettier-ignore
      this.violate(`${op} was made and its runner-up does not know it`);
    else if (!this.#sight.hasSeenMark(node, link.shard)) {
      this.figures.loggedWrites++;
      if (!this.#sight.wasFenced(link.shard, link.epoch, op))
        this.violate(`${op} was made without a runner-up in sync, and the fence log does not have it`);
    }
    const intent = this.#intents.get(op);
    if (intent !== undefined) shard.fenced = { epoch: intent.epoch, n: intent.n };
    const spend = this.#spends.get(`${key} ${call.facts.name}`)?.get(op);
    if (spend !== undefined) spend.isMade = true;
  }

  /** A tool runs. */
  executed(op: string, call: Call): void {
    this.checks++;
    if (!runsOnce(call.facts.name)) return;
    const times = (this.#executed.get(op) ?? 0) + 1;
    this.#executed.set(op, times);
    if (times > 1) this.violate(`${op} (${call.facts.name}) ran ${times} times`);
    if (this.#ended.get(op) === "refused")
      this.violate(`${op} (${call.facts.name}) ran after it was refused`);
  }

  /** An ending leaves its owner. */
  released(
    node: string,
    shard: number,
    epoch: number,
    key: string,
    call: Call,
    ending: Ending<Answer>,
  ): void {
    if (ending.kind !== "answered") return;
    this.figures.releases++;
    this.#enter(node, shard, epoch, "released an answer");
    this.#checkLabels(node, key, "released an answer");
    const { labels } = toolNamed(call.facts.name);
    this.#shared.released(key, labels);
    this.flows.shown(key, call, ending);
    const known = this.#released.get(key) ?? [];
    if (covers(known, labels)) return;
    this.figures.rises++;
    // One list for all sessions that have seen the same.
    const shown = [...new Set([...known, ...labels])].sort();
    const name = shown.join();
    const same = this.#labels.get(name) ?? shown;
    this.#labels.set(name, same);
    this.#released.set(key, same);
  }

  /** A word that gives a probe leaves the owner of its scope. */
  probed({ from, fromShard, epoch, to, event }: MessageFrame<AnyEvent>): void {
    if (event.kind !== "tripped" || event.probe === 0) return;
    this.checks++;
    const slackMs = this.clockSlack + 3_000 * (1 + this.#shard(fromShard).changes);
    const wrong = this.#trips.given(from, epoch, { to, until: event.probe, at: event.at }, slackMs);
    if (wrong !== undefined) this.violate(wrong);
  }

  /** The view in the store has changed. */
  viewed(view: View, before: View | undefined): void {
    this.#highest = Math.max(this.#highest, view.number);
    if (before === undefined) return;
    if (view.history !== before.history || view.number < before.number)
      this.pasts.wentBack(view.epoch.length);
    this.#checkCopies(view, before);
    for (let at = 0; at < view.epoch.length; at++) {
      const [epoch, lostAt] = [view.epoch[at] ?? 0, view.lostAt[at] ?? 0];
      if (epoch !== before.epoch[at]) {
        const shard = this.#shard(at);
        shard.changes++;
        this.figures.epochs++;
      }
      if (lostAt !== before.lostAt[at] && lostAt > 0) {
        this.#shard(at).lostAt = Math.max(this.#shard(at).lostAt, lostAt);
        this.figures.lostShards++;
      }
    }
  }

  /** The end: nothing may be left open. */
  end(shardOf: (key: string) => number): void {
    for (const [op, node] of this.#open) this.violate(`${op} at ${node} never had an ending`);
    for (const [bucket, spends] of this.#spends) this.#checkBucket(bucket, spends, shardOf);
    const slackOf = (key: string): number =>
      this.clockSlack + 3_000 * (1 + this.#shard(shardOf(key)).changes);
    this.figures.sharedWrites = this.#shared.calls;
    Object.assign(
      this.figures,
      this.#trips.figures,
      this.pasts.figures,
      this.flows.figures,
      this.approvals.figures,
    );
    for (const overspent of this.#shared.end(slackOf)) this.violate(overspent);
  }

  #shard(at: number): Shard {
    let shard = this.#shards.get(at);
    if (shard === undefined)
      this.#shards.set(at, (shard = { epoch: 0, node: "", heads: new Map(), fenced: { epoch: 0, n: 0 }, changes: 0, lostAt: 0 })); // prettier-ignore
    return shard;
  }

  /** Effects of a shard come in the order of epochs, and those of one epoch from one node. */
  #enter(node: string, at: number, epoch: number, what: string): Shard {
    const shard = this.#shard(at);
    this.checks++;
    if (epoch < shard.epoch)
      this.violate(`${node} ${what} for shard ${at} under epoch ${epoch}, after ${shard.epoch} of ${shard.node}`); // prettier-ignore
    else if (epoch > shard.epoch) {
      shard.epoch = epoch;
      shard.node = node;
    } else if (node !== shard.node)
      this.violate(`${node} and ${shard.node} both act for shard ${at} under epoch ${epoch}`);
    return shard;
  }

  #checkLabels(node: string, key: string, what: string): void {
    const known = this.#released.get(key);
    if (known === undefined) return;
    const labels = this.#sight.labelsAt(node, key);
    this.checks++;
    if (!covers(labels, known)) this.violate(`${node} ${what} for ${key} with labels [${labels.join()}], and [${known.join()}] was released`); // prettier-ignore
  }

  /**
   * A planned change never leaves a shard without a copy in sync. Planned is every change of owner or runner-up while
   * both of before are still members under the same incarnations, and the store has not gone back. Only an owner that has
   * given the copy up (it was silent, refused a turn, or was not equal) may take its mark away, and then does not hand over.
   */
  #checkCopies(view: View, before: View): void {
    if (view.history !== before.history || view.number < before.number) return;
    const isThere = before.members.map(({ id, incarnation }) => isMember(view, id, incarnation));
    this.checks += view.epoch.length;
    for (let at = 0; at < view.epoch.length; at++) {
      if (!isInSync(before, at) || isInSync(view, at)) continue;
      const [owner, runner] = [before.owner[at] ?? nobody, before.runner[at] ?? nobody];
      if (isThere[owner] !== true || isThere[runner] !== true) continue;
      const isGivenUp = view.epoch[at] === before.epoch[at] && !this.#sight.isFilling(before, at);
      if (!isGivenUp) this.violate(`shard ${at}: view ${view.number} leaves it without a copy in sync, and nobody died`); // prettier-ignore
    }
  }

  /** The first of an epoch cites a head that there is, behind everything that a fence rested on. */
  #cite(shard: Shard, { epoch, cited, shard: at }: Link): void {
    this.checks++;
    if (cited.epoch === 0) {
      if (shard.fenced.epoch > 0 && shard.lostAt !== epoch)
        this.violate(`shard ${at}: epoch ${epoch} cites nothing`);
      return;
    }
    if (cited.n > (shard.heads.get(cited.epoch) ?? 0)) this.violate(`shard ${at}: epoch ${epoch} cites ${cited.epoch}/${cited.n}, which was never written`); // prettier-ignore
    const { fenced } = shard;
    const isBehind = cited.epoch < fenced.epoch || (cited.epoch === fenced.epoch && cited.n < fenced.n);
    if (isBehind && fenced.epoch < epoch && shard.lostAt <= fenced.epoch) this.violate(`shard ${at}: epoch ${epoch} cites ${cited.epoch}/${cited.n}, before the fenced ${fenced.epoch}/${fenced.n}`); // prettier-ignore
  }

  #checkBucket(bucket: string, spends: Map<string, Spend>, shardOf: (key: string) => number): void {
    const [key = "", name = ""] = bucket.split(" ");
    this.checks++;
    const { capacity, perSecond } = toolNamed(name).bucket;
    // Two nodes' event clocks differ by a renewal's slew at each change of owner.
    const slackMs = this.clockSlack + 3_000 * (1 + this.#shard(shardOf(key)).changes);
    const full = capacity + (perSecond * slackMs) / 1000;
    let [tokens, at] = [full, 0];
    const made = [...spends.values()]
      .filter(({ isMade }) => isMade)
      .sort((one, other) => one.decidedAt - other.decidedAt);
    for (const { decidedAt } of made) {
      tokens = Math.min(full, tokens + ((decidedAt - at) * perSecond * 1.02) / 1000) - 1;
      at = decidedAt;
      if (tokens < -0.001) return this.violate(`${bucket} was overspent: ${made.length} calls`);
    }
  }
}
