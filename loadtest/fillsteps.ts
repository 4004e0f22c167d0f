/**
 * How long one step of fills keeps a node from its calls, on one thread: processor time of an owner's tick when all is in sync,
 * and of the longest step at owner and runner-up while a shard with very many sessions is filled.
 *
 *     node loadtest/fillsteps.ts [--sessions 30000]
 *
 * Frames go from one to the other as objects: what NATS and the codec take is measured elsewhere (relay.ts).
 */
import { parseArgs } from "node:util";
import { narrowWorld } from "../actors/session.fixture.ts";
import { session } from "../actors/session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "../actors/session.ts";
import { Copies } from "../cluster/copies.ts";
import { Holding } from "../cluster/holding.ts";
import { Host } from "../cluster/host.ts";
import type { JournalFrame } from "../cluster/journal.ts";
import { MemoryPassivation } from "../cluster/passivation.ts";
import { Streams } from "../cluster/streams.ts";
import { firstView, isInSync, join } from "../cluster/view.ts";
import type { View } from "../cluster/view.ts";

const { values: options } = parseArgs({ options: { sessions: { type: "string", default: "30000" } } });
/** A third of all. */
const ownedShards = 2_731;
const tickMs = 100;
const ticks = 500;
const fillTicksMax = 1_000;
const member = (id: string): { id: string; incarnation: number } => ({ id, incarnation: 1 });

function host(): Host<SessionState, SessionEvent, SessionEffect, World> {
  const onFault = (key: string, fault: Error): never => {
    throw new Error(key, { cause: fault });
  };
  return new Host({ actor: session, world: narrowWorld(), passivation: new MemoryPassivation(), onFault });
}

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** "c" owns everything, and "b" is its runner-up. */
class Pair {
  readonly holdings: Holding[];
  readonly #streams: Streams<SessionState, SessionEvent, SessionEffect, World>;
  readonly #copies: Copies<SessionState, SessionEvent, SessionEffect, World>;
  #view: View;
  #sent: JournalFrame<SessionEvent>[] = [];
  #now = 1_000;
  longest = { owner: 0, runnerUp: 0 };

  constructor(shards: number, sessions: number) {
    let view = firstView("h", shards);
    for (const id of ["c", "b", "a"]) view = join(view, id, 1, 1) as View;
    this.#view = { ...view, owner: new Uint16Array(shards), runner: new Uint16Array(shards).fill(1) };
    this.holdings = Array.from({ length: shards }, (_, shard) => new Holding(shard));
    const copies = this.holdings.map(({ shard }) => new Holding(shard));
    const owner = host();
    for (const [shard, holding] of this.holdings.entries()) holding.epoch = view.epoch[shard] ?? 0;
    for (let at = 0; at < sessions; at++) {
      const key = `default/support/agent-${at}/-`;
      owner.turn(key, { kind: "configured", at: 1, role: "r".repeat(43) });
      this.holdings[at % shards]?.keys.add(key);
    }
    const streamOptions = { id: "c", journalEntriesMax: 65_536, digestTurns: 1_000, fillStatesMax: 500 };
    this.#streams = new Streams(streamOptions, { view: () => this.#view, send: ({ id }, frame) => void (id === "b" && this.#sent.push(frame)), owned: () => this.holdings }, owner); // prettier-ignore
    this.#copies = new Copies(host(), (shard) => copies[shard] as Holding);
    for (const holding of this.holdings) this.#streams.begin(holding, false, this.#now);
    this.#see(this.#view);
  }

  get inSync(): number {
    return this.holdings.filter(({ shard }) => isInSync(this.#view, shard)).length;
  }

  #step(who: keyof Pair["longest"], act: () => void): void {
    const from = cpuMs();
    act();
    this.longest[who] = Math.max(this.longest[who], cpuMs() - from);
  }

  #see(next: View): void {
    const before = this.#view;
    this.#view = next;
    this.#step("owner", () => {
      this.#streams.viewed(before === next ? undefined : before, next, this.#now, true);
      this.#streams.flush();
    });
  }

  /** Delivers what is under way, and lets a tick go by. */
  tick(): void {
    const sent = this.#sent;
    this.#sent = [];
    for (const frame of sent)
      this.#step("runnerUp", () => {
        const ack = this.#copies.receive(member("c"), frame, this.#view, 0);
        if (ack !== undefined) this.#streams.acknowledged(member("b"), ack, this.#now);
      });
    this.#now += tickMs;
    this.#step("owner", () => {
      this.#streams.tick(this.#now, true);
      this.#streams.flush();
    });
    const wanted = this.#streams.wants(this.#view, this.#now);
    if (wanted !== undefined) this.#see(wanted.next);
  }
}

const rest = new Pair(ownedShards, 0);
while (rest.inSync < ownedShards) rest.tick();
for (let at = 0; at < ticks; at++) rest.tick();
const from = cpuMs();
for (let at = 0; at < ticks; at++) rest.tick();
const tickUs = Math.round(((cpuMs() - from) * 1_000) / ticks);

const full = new Pair(1, Number(options.sessions));
let filled = 0;
while (full.inSync < 1 && filled++ < fillTicksMax) full.tick();
const { owner, runnerUp } = full.longest;
console.log(JSON.stringify({ command: "fill-steps", figures: { ownedShards, tickUs, sessions: Number(options.sessions), fillTicks: filled, longestOwnerMs: Math.round(owner), longestRunnerUpMs: Math.round(runnerUp) } })); // prettier-ignore
