/**
 * Calls of thousands of sessions, through the doors of the nodes that are up: an open loop, so that a cluster which stands still
 * does not slow them down. Owns what was sent and how it ended. Does not own the nodes.
 */
import { Agent, request } from "node:http";
import type { GatewayNode, Nodes } from "../deploy/cluster/nodes.ts";
import type { TokenIssuer } from "./tokenissuer.ts";
import { callBody, firstNumber, modernHeaders, tools } from "./workload.ts";

export interface SessionCallOptions {
  readonly nodes: Nodes;
  readonly issuer: TokenIssuer;
  readonly personas: readonly string[];
  /** Each has a session under each persona. */
  readonly agents: number;
}

export interface Ended {
  readonly count: number;
  readonly ok: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Endings that are no answer of the tool, counted. */
  readonly others: Readonly<Record<string, number>>;
}

const beatMs = 10;
const openMax = 5_000;
const meetingAtOnce = 48;
/** One in so many must not run twice. */
const writesEvery = 4;
/** Steps through all sessions in an order that looks like none. */
const stride = 7_919;

export class SessionCalls {
  readonly #options: SessionCallOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  /** By session and door: a token is for one address. */
  readonly #tokens = new Map<string, string>();
  /** Nodes that were killed, with what they said of themselves before: until they are back. */
  readonly #down = new Map<GatewayNode, unknown>();
  #count = 0;
  #open = 0;
  #times: number[] = [];
  #others = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SessionCallOptions) {
    this.#options = options;
  }

  /** One call of each session. @throws Error unless all are answered */
  async meetAll(): Promise<void> {
    const total = this.#options.agents * this.#options.personas.length;
    let next = 0;
    const meet = async (): Promise<void> => {
      while (next < total) await this.#send(next++, tools.echo);
    };
    await Promise.all(Array.from({ length: meetingAtOnce }, meet));
    const { ok, others } = this.#ended();
    if (ok < total) throw new Error(`${ok} of ${total} sessions were met: ${JSON.stringify(others)}`);
  }

  /** No call goes to it any more, until it is back: a balancer would see so. */
  lose(node: GatewayNode): void {
    this.#down.set(node, node.endpoints);
  }

  #up(): readonly GatewayNode[] {
    for (const [node, before] of this.#down) if (node.endpoints !== before) this.#down.delete(node);
    return this.#options.nodes.all.filter((node) => !this.#down.has(node));
  }

  start(rate: number): void {
    let due = performance.now();
    if (rate === 0) return;
    const total = this.#options.agents * this.#options.personas.length;
    this.#timer = setInterval(() => {
      for (const now = performance.now(); due <= now; due += 1_000 / rate) {
        if (this.#open >= openMax) throw new Error(`${openMax} calls are open: the cluster does not answer`);
        const tool = this.#count % writesEvery === 0 ? tools.write : tools.echo;
        void this.#send((this.#count * stride) % total, tool);
      }
    }, beatMs);
  }

  async stop(): Promise<Ended> {
    clearInterval(this.#timer);
    while (this.#open > 0) await new Promise((resolve) => setTimeout(resolve, beatMs));
    return this.#ended();
  }

  #ended(): Ended {
    const times = this.#times.sort((one, other) => one - other);
    const others = Object.fromEntries(this.#others);
    this.#times = [];
    this.#others = new Map();
    const quantile = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0; // prettier-ignore
    const failed = Object.values(others).reduce((sum, count) => sum + count, 0);
    return { count: times.length + failed, ok: times.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1), others }; // prettier-ignore
  }

  #token(agent: string, url: string): string {
    const name = `${agent} ${url}`;
    let token = this.#tokens.get(name);
    if (token === undefined) this.#tokens.set(name, (token = this.#options.issuer.token(agent, url)));
    return token;
  }

  #send(session: number, tool: string): Promise<void> {
    const { personas } = this.#options;
    const persona = personas[session % personas.length] ?? "";
    const n = firstNumber + this.#count++;
    const up = this.#up();
    const node = up[n % up.length] as GatewayNode;
    const url = node.endpoints.find((each) => each.persona === persona)?.url ?? "";
    const body = callBody(tool, n);
    const token = this.#token(`agent-${Math.floor(session / personas.length)}`, url);
    const headers = { ...modernHeaders("tools/call", tool), authorization: `Bearer ${token}`, "content-length": String(Buffer.byteLength(body)) }; // prettier-ignore
    const at = performance.now();
    this.#open++;
    return new Promise((done) => {
      let isOver = false;
      const end = (ending: string): void => {
        if (isOver) return;
        isOver = true;
        this.#open--;
        if (ending === "ok") this.#times.push(performance.now() - at);
        else this.#others.set(ending, (this.#others.get(ending) ?? 0) + 1);
        done();
      };
      const sent = request(url, { method: "POST", agent: this.#agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("error", () => end("door gone"));
        response.on("end", () => end(endingOf(text, n)));
      });
      sent.on("error", () => end("door gone"));
      sent.end(body);
    });
  }
}

function endingOf(text: string, n: number): string {
  if (text.includes(`"${n} `)) return "ok";
  return /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? text.slice(0, 60);
}
