/**
 * A chaos run at three real nodes: what is under way, which node decides for which session, when all is in sync, and what
 * one fault did. Does not own the faults (chaosfaults.ts), the calls (chaosagents.ts), nor what follows from them
 * (chaoschecker.ts).
 */
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayNode, Nodes } from "../deploy/cluster/nodes.ts";
import { ChaosAgents } from "./chaosagents.ts";
import type { Fault } from "./chaosfaults.ts";
import { show, keyOf, Witnesses, witnesses, type Before } from "./chaoswitness.ts";
import { tools } from "./workload.ts";

/** Name of the agent. */
export const agent = "ann";
export const label = "customer-data";
/** docs/session.md */
const everyLabel = "*";
/** One agent under so many personas: so many sessions, in so many shards. */
const sessionCount = 12;
export const sessions: readonly string[] = Array.from({ length: sessionCount }, (_, at) => `p${at + 1}`);
/** docs/cluster.md */
export const shardCount = 8_192;
const syncMsMax = 120_000;
/** Calls that should be open when a fault strikes, and how long such a moment is waited for. */
const openMin = 20;
const openMsMax = 1_000;
/** A view that stands so long: hand-overs follow each other faster. */
const stableMs = 500;
/** Between two looks where the first counts. */
const hastyMs = 100;
/** Longer than any fault stands, and what is to be got over after it. */
const decidedMsMax = 90_000;
const againMs = 100;

export interface Strike {
  readonly fault: string;
  readonly victim: string;
  readonly owned: number;
  readonly open: number;
  /** From the fault, or from its end, to the first answer to a call sent after it, per session that it touched. */
  readonly decidedMs: readonly number[];
  /** What it must not exceed. */
  readonly mostMs: number;
  readonly syncMs: number;
  readonly notes: readonly string[];
}

export interface ClusterStatus {
  readonly acting: boolean;
  readonly view: number;
  readonly members: readonly { readonly live: boolean }[];
  readonly shards: { readonly owned: number; readonly inSync: number };
}

/** Undefined until it has a view. */
export async function statusOf(node: GatewayNode): Promise<ClusterStatus | undefined> {
  try {
    const { value } = (await node.ask("status", {})) as { value?: { cluster?: Partial<ClusterStatus> } };
    const { shards, members } = value?.cluster ?? {};
    return shards === undefined || members === undefined ? undefined : (value?.cluster as ClusterStatus);
  } catch {
    return undefined; // it does not run
  }
}

/** More than what was there is safe, and another matter. */
function isKept(labels: readonly string[] | undefined): boolean {
  return labels?.includes(label) === true || labels?.includes(everyLabel) === true;
}

export class ChaosRun {
  readonly nodes: Nodes;
  readonly agents: ChaosAgents;
  readonly strikes: Strike[] = [];
  readonly labelsLost: string[] = [];
  /** Sessions that begin anew with every label: their owner and all that it had told are gone (docs/cluster.md, "Faults"). */
  readonly pastsLost: string[] = [];
  readonly undecided: string[] = [];
  readonly witnesses: Witnesses;
  /** Sessions whose owner and runner-up went at once: from then on they have every label. */
  /** Shards whose past the store was asked for in vain. */
  #notGiven = 0;
  readonly #doubled = new Set<string>();
  /** The node that decided last, by session. */
  readonly #deciders = new Map<string, string>();
  readonly #down = new Map<GatewayNode, unknown>();
  /** Strikes at the first look at which all is in sync. */
  isHasty = false;
  readonly #away = new Set<GatewayNode>();

  constructor(nodes: Nodes) {
    this.nodes = nodes;
    this.agents = new ChaosAgents(nodes.key, sessions, () => this.#up());
    this.witnesses = new Witnesses(nodes, this.agents, agent);
  }

  get isDoubled(): boolean {
    return this.#doubled.size > 0;
  }

  get brokenPromises(): readonly string[] {
    return this.witnesses.broken;
  }

  hear(node: string, line: string): void {
    const notGiven = /the store did not give in time .* what it has of (?:(\d+) shards|shard)/.exec(line);
    if (notGiven !== null) this.#notGiven += Number(notGiven[1] ?? 1);
    const session = /"persona":"(p\d+)"/.exec(line)?.[1];
    if (session !== undefined) this.#deciders.set(session, node);
  }

  /**
   * Waits until every shard has an owner and a copy in sync and all nodes are members, by one view that all of them have.
   * Where only kills come, the first such look counts, hand-overs under way or not: they must cost nothing either.
   * Another fault may not show at once: then the same view must be seen twice in a row.
   *
   * @returns shards by node
   */
  async inSync(): Promise<ReadonlyMap<GatewayNode, number>> {
    let before = "";
    for (
      const end = performance.now() + syncMsMax;
      performance.now() < end;
      await delay(this.isHasty ? hastyMs : stableMs)
    ) {
      const all = await Promise.all(
        this.nodes.all.map(async (node) => [node, await statusOf(node)] as const),
      );
      const owned = new Map(all.map(([node, status]) => [node, status?.shards.owned ?? 0]));
      const isWhole = all.every(([, status]) => status?.acting === true && status.shards.owned === status.shards.inSync && status.members.every(({ live }) => live)); // prettier-ignore
      const sum = [...owned.values()].reduce((total, count) => total + count, 0);
      const views = new Set(all.map(([, status]) => status?.view));
      const now = isWhole && sum === shardCount && views.size === 1 ? String([...views][0]) : "";
      if (now !== "" && (now === before || this.isHasty) && this.#up().length === this.nodes.all.length)
        return owned;
      before = now;
    }
    throw new Error(`the cluster is not in sync after ${syncMsMax} ms`);
  }

  /** Has a fault happen to the node that owns most, and waits until all is in sync again. */
  async strike(
    fault: Fault,
    owned: ReadonlyMap<GatewayNode, number>,
  ): Promise<ReadonlyMap<GatewayNode, number>> {
    const victims = [...owned].sort(([, one], [, other]) => other - one).slice(0, fault.victims);
    const [[victim, shards] = [], [second] = []] = victims;
    if (victim === undefined || shards === undefined) throw new Error("a cluster has nodes");
    const before = fault.victims === 1 ? undefined : await this.witnesses.look([...witnesses, ...sessions]);
    const names = new Set(victims.map(([{ name }]) => name));
    const mine = sessions.filter(
      (session) => fault.touchesAll || names.has(this.#deciders.get(session) ?? ""),
    );
    const open = await this.#enoughOpen();
    for (const [node] of victims)
      if (fault.door === "gone") this.#down.set(node, node.endpoints);
      else if (fault.door === "away") this.#away.add(node);
    const at = performance.now();
    const { healed, notes } = await fault.strike(victim, second);
    const decided = fault.counts === "from its end" ? healed.then(() => this.#decide(mine, fault)) : this.#decide(mine, fault); // prettier-ignore
    const [decidedMs] = await Promise.all([decided, healed]);
    this.#away.delete(victim);
    if (before !== undefined) notes.push(await this.#judge(before, names, at));
    await this.#lookAtLabels();
    const now = await this.inSync();
    this.strikes.push({ fault: fault.name, victim: [...names].join(" and "), owned: shards, open, decidedMs, mostMs: fault.decidedMsMost, syncMs: performance.now() - at, notes }); // prettier-ignore
    return now;
  }

  /**
   * A fault that hits nothing in flight shows little: waits for a moment at which calls are open, as far as the rate has
   * such moments.
   *
   * @returns how many are open now
   */
  async #enoughOpen(): Promise<number> {
    const until = performance.now() + openMsMax;
    while (this.agents.open < openMin && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 1));
    return this.agents.open;
  }

  /** @returns how many sessions were lost, of all that were looked at */
  async #judge(before: ReadonlyMap<string, Before>, names: ReadonlySet<string>, at: number): Promise<string> {
    const isLost = ({ owner, runnerUp }: Before): boolean => names.has(owner) && names.has(runnerUp);
    const lost = new Set([...before].filter(([, was]) => isLost(was)).map(([session]) => session));
    for (const session of lost) this.#doubled.add(session);
    await this.witnesses.judge(before, lost, at);
    if (this.#notGiven > 0) this.witnesses.broken.push(`of ${this.#notGiven} lost shards the store gave nothing, though it is up`); // prettier-ignore
    this.#notGiven = 0;
    return `${lost.size} of ${before.size} sessions lost owner and runner-up`;
  }

  /** @returns how long each session took until a call of it was answered */
  async #decide(mine: readonly string[], { name, isFirstAnswered }: Fault): Promise<number[]> {
    const begun = performance.now();
    const one = async (session: string): Promise<number> => {
      for (;;) {
        const { ending, endedAt } = await this.agents.send(session, tools.echo);
        if (ending === "ok") return endedAt - begun;
        if (isFirstAnswered || endedAt - begun > decidedMsMax) {
          this.undecided.push(`${session}: the first call after ${name} ended as ${ending}`);
          return endedAt - begun;
        }
        await delay(againMs);
      }
    };
    return Promise.all(mine.map(one));
  }

  /** Every session has read something labelled long ago: whoever decides for it now must know. */
  async #lookAtLabels(): Promise<void> {
    for (const session of sessions) {
      let found: readonly string[] | undefined;
      for (let tries = 0; tries < 5 && !isKept(found); tries++) {
        if (tries > 0) await delay(200); // its owner may be about to change
        await this.agents.send(session, tools.echo);
        const owner = this.nodes.all.find(({ name }) => name === this.#deciders.get(session));
        found = (owner && (await show(owner, keyOf(session, agent))))?.labels;
      }
      const isAnew = found?.includes(everyLabel) === true;
      if (this.#doubled.has(session) && !isAnew)
        this.labelsLost.push(
          `${session}, whose past was lost, shows ${JSON.stringify(found)}, not every label`,
        );
      if (isAnew && !this.#doubled.has(session))
        this.pastsLost.push(`${session} at ${this.#deciders.get(session)}`);
      if (!isKept(found))
        this.labelsLost.push(`${session} at ${this.#deciders.get(session)} shows ${JSON.stringify(found)}`);
    }
  }

  #up(): readonly GatewayNode[] {
    for (const [node, before] of this.#down) if (node.endpoints !== before) this.#down.delete(node);
    return this.nodes.all.filter(
      (node) => !this.#down.has(node) && !this.#away.has(node) && node.pid !== undefined,
    );
  }
}
