/**
 * The agents of the chaos run: calls at a steady rate through the doors of all nodes that are up, whatever becomes of
 * them. Owns what was sent and how each call ended. Does not own what follows from it (chaoschecker.ts).
 *
 * 1. An open loop: a cluster that stands still does not slow the calls down, so what it holds up is seen.
 * 2. No call is sent twice, and each bears a number of its own, unless whoever sends it wants one again.
 */
import { Agent, request } from "node:http";
import type { GatewayNode } from "../deploy/cluster/nodes.ts";
import { callBody, firstNumber, modernHeaders, tools } from "./workload.ts";

/** Of three calls one may run twice, one must not, and one brings a label; docs/configuration.md, `repeatable`. */
export const mixed = [tools.echo, tools.write, tools.hidden] as const;

export interface SentCall {
  readonly n: number;
  readonly tool: string;
  readonly session: string;
  readonly sentAt: number;
  endedAt: number;
  /** "ok", the code of a failure or a verdict, or "door gone"; undefined while it is open. */
  ending: string | undefined;
  operation: string | undefined;
}

/** More than that waiting: the run is not a measure of anything any more. */
const openMax = 5_000;
const beatMs = 10;

export class ChaosAgents {
  readonly calls: SentCall[] = [];
  open = 0;
  readonly #sessions: readonly string[];
  readonly #up: () => readonly GatewayNode[];
  readonly #key: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  #timer: NodeJS.Timeout | undefined;
  readonly #broken = Promise.withResolvers<never>();

  /** @param sessions personas: the agent has one session under each */
  constructor(key: string, sessions: readonly string[], up: () => readonly GatewayNode[]) {
    this.#key = key;
    this.#sessions = sessions;
    this.#up = up;
  }

  start(rate: number): void {
    let due = performance.now();
    this.#timer = setInterval(() => {
      for (const now = performance.now(); due <= now; due += 1_000 / rate) {
        if (this.open >= openMax) return this.#break(new Error(`${openMax} calls are open: the cluster does not answer`)); // prettier-ignore
        try {
          void this.send();
        } catch (fault) {
          return this.#break(fault);
        }
      }
    }, beatMs);
  }

  /** Rejects when calls cannot go on: so nodes are ended as at any other end. */
  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  #break(fault: unknown): void {
    clearInterval(this.#timer);
    this.#broken.reject(fault);
  }

  /** Sends nothing more, and waits until what is open has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.open > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    this.#agent.destroy();
  }

  /** One call more; of a session and a tool in turn, or of these. @param n of an earlier call, to be made again */
  send(session?: string, tool?: string, n?: number): Promise<SentCall> {
    const at = this.calls.length;
    const doors = this.#up();
    const node = doors[at % doors.length];
    const call: SentCall = {
      n: n ?? firstNumber + at,
      tool: tool ?? mixed[at % mixed.length] ?? tools.echo,
      session: session ?? this.#sessions[Math.floor(at / mixed.length) % this.#sessions.length] ?? "",
      sentAt: performance.now(),
      endedAt: 0,
      ending: undefined,
      operation: undefined,
    };
    this.calls.push(call);
    const url = node?.endpoints.find(({ persona }) => persona === call.session)?.url;
    if (url === undefined) throw new Error(`no node that is up has the persona ${call.session}: ${node === undefined ? "no node is up" : `${node.name} has ${node.endpoints.length} endpoints`}`); // prettier-ignore
    this.open++;
    return new Promise((done) => {
      const end = (ending: string, operation?: string): void => {
        if (call.ending !== undefined) return;
        [call.ending, call.operation, call.endedAt] = [ending, operation, performance.now()];
        this.open--;
        done(call);
      };
      this.#post(url, call, end);
    });
  }

  #post(url: string, call: SentCall, end: (ending: string, operation?: string) => void): void {
    const body = callBody(call.tool, call.n);
    const headers = {
      ...modernHeaders("tools/call", call.tool),
      authorization: `Bearer ${this.#key}`,
      "content-length": String(Buffer.byteLength(body)),
    };
    const sent = request(url, { method: "POST", agent: this.#agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", () => end("door gone"));
      response.on("end", () => {
        const { ending, operation } = endingOf(call, text);
        end(ending, operation);
      });
    });
    sent.on("error", () => end("door gone"));
    sent.end(body);
  }
}

interface Answer {
  readonly error?: { readonly data?: { readonly code?: string; readonly operation?: string } };
  readonly result?: {
    readonly isError?: boolean;
    readonly content?: readonly { readonly text?: string }[];
    readonly _meta?: {
      readonly "io.gatehouse/operation"?: string;
      readonly "io.gatehouse/verdict"?: { readonly code?: string; readonly operation?: string };
    };
  };
}

/** Of an answer that took so long that it became a stream of events. */
function lastData(stream: string): string {
  const at = stream.lastIndexOf("\ndata: ");
  return at < 0 ? "" : stream.slice(at + 7).trimEnd();
}

function endingOf({ n }: SentCall, text: string): { readonly ending: string; readonly operation?: string } {
  let answer: Answer;
  try {
    answer = JSON.parse(text.startsWith(":") || text.startsWith("event:") ? lastData(text) : text) as Answer;
  } catch {
    return { ending: `no JSON: ${text.slice(0, 80)}` };
  }
  const { error, result } = answer;
  const refused = error?.data ?? result?._meta?.["io.gatehouse/verdict"];
  if (refused !== undefined || error !== undefined)
    return { ending: refused?.code ?? "an error", ...(refused?.operation === undefined ? {} : { operation: refused.operation }) }; // prettier-ignore
  if (result?.content?.[0]?.text?.startsWith(`${n} `) !== true) return { ending: "another call's answer" };
  const operation = result._meta?.["io.gatehouse/operation"];
  return { ending: "ok", ...(operation === undefined ? {} : { operation }) };
}
