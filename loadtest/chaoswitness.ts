/**
 * Witnesses of a double failure: sessions that are at rest, of which it is known before the fault what must be true of them
 * after it (docs/cluster.md, "Faults" and "Copies in the store"). Owns what is promised of each, and what was found otherwise.
 * Does not own the fault (chaosfaults.ts), nor the sessions under load (chaosrun.ts).
 *
 * 1. What is promised depends on whether a session's owner and runner-up both went, which is asked of the view right before the
 *    fault: then every label and empty buckets; otherwise nothing is changed at all.
 * 2. A stop and an open breaker hold either way.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayNode, Nodes } from "../deploy/cluster/nodes.ts";
import type { ChaosAgents, SentCall } from "./chaosagents.ts";
import { tools } from "./workload.ts";

type Kind = "spender" | "circling" | "stopped";
const kinds: readonly Kind[] = ["spender", "circling", "stopped"];
const countOf: Readonly<Record<Kind, number>> = { spender: 10, circling: 8, stopped: 4 };

export const witnesses: readonly string[] = kinds.flatMap((kind) => Array.from({ length: countOf[kind] }, (_, at) => `${kind}${at + 1}`)); // prettier-ignore
export const isWitness = (session: string): boolean => witnesses.includes(session);

/** So slow that an empty bucket is still seen as one when everything is in sync again. */
export const spenderBucket = { capacity: 1_000, perSecond: 0.01 };
/** Equal answers to equal calls that stop a circling session, for longer than any run. */
export const circling = { repeats: 3, openSeconds: 86_400 };

/** docs/session.md */
const everyLabel = "*";
/** Tokens are shown with two digits. */
const roundedBy = 0.02;
const triesMax = 60;
const againMs = 500;
/** docs/wire.md: how each is refused. */
const words: Readonly<Record<Kind, string>> = { spender: "bucket.agent", circling: "breaker.behaviour", stopped: "SESSION_KILLED" }; // prettier-ignore

/** What an agent is told that was judged, and whose call was not made. */
export const refusals: ReadonlySet<string> = new Set(Object.values(words));

const kindOf = (session: string): Kind => kinds.find((kind) => session.startsWith(kind)) ?? "spender";

interface Shown {
  readonly labels?: readonly string[];
  readonly buckets?: readonly { readonly of: string; readonly tokens: number }[];
  readonly behaviour?: { readonly state: string };
  readonly killedBy?: string;
  readonly place?: { readonly owner?: string; readonly runnerUp?: string };
}

/** What is known of a session before the fault. */
export interface Before {
  readonly owner: string;
  readonly runnerUp: string;
  readonly labels: readonly string[];
  readonly tokens: number;
}

export const keyOf = (session: string, agent: string): string => `default/${session}/${agent}/-`;

/** Undefined when the node does not run, or nobody answers for the session at the moment. */
export async function show(node: GatewayNode, key: string): Promise<Shown | undefined> {
  const said = (await node.ask("sessions.show", { key }).catch(() => undefined)) as { value?: Shown } | undefined; // prettier-ignore
  return said?.value;
}

/** What is promised of a session, and not so. Pure: what was shown before and after, how its next call ended. */
export function broken(
  session: string,
  before: Before,
  after: { readonly shown: Shown; readonly ending: string; readonly seconds: number },
  isLost: boolean,
): string[] {
  const kind = kindOf(session);
  const { labels = [], buckets = [], behaviour } = after.shown;
  const tokens = buckets.find(({ of }) => of === "session")?.tokens ?? Number.NaN;
  const found: string[] = [];
  const demand = (isSo: boolean, says: string): void => {
    if (!isSo) found.push(`${session}, ${isLost ? "lost" : "not lost"}: ${says}`);
  };
  const known = before.labels.filter((each) => each !== everyLabel);
  if (isLost)
    demand(labels.includes(everyLabel), `shows the labels ${JSON.stringify(labels)}, not every one`);
  else {
    demand(known.every((each) => labels.includes(each) || labels.includes(everyLabel)), `lost of ${JSON.stringify(known)}`); // prettier-ignore
    demand(!labels.includes(everyLabel) || before.labels.includes(everyLabel), "has every label, although a node that knew it lives"); // prettier-ignore
  }
  if (kind === "spender") {
    const refilled = spenderBucket.perSecond * after.seconds + roundedBy;
    if (isLost) demand(tokens <= refilled, `has ${tokens} tokens after ${after.seconds} s, not an empty bucket`); // prettier-ignore
    else demand(tokens >= before.tokens - 1 - roundedBy && tokens <= before.tokens + refilled, `has ${tokens} tokens, and had ${before.tokens}`); // prettier-ignore
    const due = (isLost && refilled < 1) || before.tokens + refilled < 1 ? words.spender : "ok";
    demand(after.ending === due, `its call ended as ${after.ending}, not ${due}`);
  } else demand(after.ending === words[kind], `its call ended as ${after.ending}, not ${words[kind]}`);
  if (kind === "circling") demand(behaviour?.state === "open", `its breaker is ${behaviour?.state}`);
  return found;
}

export class Witnesses {
  readonly #nodes: Nodes;
  readonly #agents: ChaosAgents;
  readonly #agent: string;
  /** A line for each promise that was not kept. */
  readonly broken: string[] = [];

  constructor(nodes: Nodes, agents: ChaosAgents, agent: string) {
    this.#nodes = nodes;
    this.#agents = agents;
    this.#agent = agent;
  }

  /** Each has read something labelled; then one kind goes round in circles, and one is stopped. */
  async prepare(): Promise<void> {
    await Promise.all(
      witnesses.map(async (session) => {
        await this.#judged(session, tools.hidden);
        if (kindOf(session) === "stopped") await this.#ask("kill", { key: keyOf(session, this.#agent), by: "chaos", reason: "a witness" }); // prettier-ignore
        const due = words[kindOf(session)];
        if (kindOf(session) === "spender") return;
        const { n } = await this.#judged(session, tools.echo);
        for (let tries = 0; tries < triesMax; tries++)
          if ((await this.#agents.send(session, tools.echo, n)).ending === due) return;
        throw new Error(`${session} is not refused as ${due}`);
      }),
    );
  }

  /** Right before a fault. @throws Error for one that nobody shows */
  async look(sessions: readonly string[] = witnesses): Promise<ReadonlyMap<string, Before>> {
    const seen = await Promise.all(
      sessions.map(async (session) => {
        const { labels = [], buckets = [], place = {} } = await this.#shown(session);
        const tokens = buckets.find(({ of }) => of === "session")?.tokens ?? 0;
        return [session, { owner: place.owner ?? "", runnerUp: place.runnerUp ?? "", labels, tokens }] as const; // prettier-ignore
      }),
    );
    return new Map(seen);
  }

  /** After the fault: a call of each, and then how each stands. */
  async judge(before: ReadonlyMap<string, Before>, lost: ReadonlySet<string>, since: number): Promise<void> {
    await Promise.all(
      [...before].map(async ([session, was]) => {
        if (!isWitness(session)) return;
        const { ending = "open" } = await this.#judged(session, tools.write);
        const shown = await this.#shown(session);
        const seconds = (performance.now() - since) / 1_000;
        this.broken.push(...broken(session, was, { shown, ending, seconds }, lost.has(session)));
      }),
    );
  }

  /** A call that was decided: owners change, and what was not made for that is made again. */
  async #judged(session: string, tool: string): Promise<SentCall> {
    for (let tries = 1; ; tries++) {
      const call = await this.#agents.send(session, tool);
      if (call.ending === "ok" || refusals.has(call.ending ?? "") || tries >= triesMax) return call;
      await delay(againMs);
    }
  }

  async #shown(session: string): Promise<Shown> {
    for (let tries = 0; tries < triesMax; tries++) {
      for (const node of this.#nodes.all) {
        const shown = node.pid === undefined ? undefined : await show(node, keyOf(session, this.#agent));
        if (shown !== undefined) return shown;
      }
      await delay(againMs);
    }
    throw new Error(`no node shows the session ${session}`);
  }

  async #ask(command: string, args: object): Promise<void> {
    const [node] = this.#nodes.all;
    const said = (await node?.ask(command, args)) as { ok?: boolean } | undefined;
    if (said?.ok !== true) throw new Error(`${command}: ${JSON.stringify(said)}`);
  }
}
