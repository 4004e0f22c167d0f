/** Servers that ask back, and agents that go on with what they were asked: for the tests of the bridge. */
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { HostileServer, offerOf, toolNamed, type Asked, type ServerEra } from "./upstream.ts";
import { ModernAgent, resultOf, type Answer } from "./upstreamagent.ts";
import { httpUpstream, later, Stand, wide } from "./upstreamstand.ts";

export const form = {
  message: "Who?",
  requestedSchema: { type: "object", properties: { name: { type: "string" } } },
};
export const sampling = {
  messages: [{ role: "user", content: { type: "text", text: "say hello" } }],
  maxTokens: 5,
};

/** What the script asks, one round after the other; each round is questions by key. */
export type Rounds = readonly {
  readonly [key: string]: { readonly method: string; readonly params: JsonObject };
}[];

export const elicit = (params: JsonObject = form): Rounds[number][string] => ({
  method: "elicitation/create",
  params,
});

/** A tool that asks `rounds` and answers with all it was told. */
export function asking(rounds: Rounds): (asked: Asked) => Promise<void> {
  return async (asked) => {
    const told: unknown[] = [];
    if (asked.server.era === "older") {
      for (const round of rounds)
        for (const { method, params } of Object.values(round)) {
          const answer = await asked.ask(method, params);
          told.push(answer["result"] ?? answer["error"]);
        }
      return asked.text(JSON.stringify(told));
    }
    const state = asked.params["requestState"];
    const { at, heard } =
      typeof state === "string"
        ? (JSON.parse(state) as { at: number; heard: unknown[] })
        : { at: 0, heard: [] };
    const responses = asked.params["inputResponses"];
    const now = isObject(responses) ? [...heard, responses] : heard;
    const next = isObject(responses) ? at + 1 : at;
    const round = rounds[next];
    if (round === undefined) return asked.text(JSON.stringify(now));
    asked.finish({
      jsonrpc: "2.0",
      id: asked.id,
      result: {
        resultType: "input_required",
        inputRequests: round,
        requestState: JSON.stringify({ at: next, heard: now }),
      },
    });
  };
}

export const capabilities = { elicitation: {}, sampling: {}, roots: {} };

export async function standBefore(
  era: ServerEra,
  onCall: (asked: Asked) => unknown,
  more: JsonObject = {},
): Promise<{ server: HostileServer; stand: Stand; modern: ModernAgent }> {
  const server = await HostileServer.start({
    era,
    offer: offerOf(toolNamed("ask"), toolNamed("other")),
    onCall,
  });
  later(() => server.stop());
  const stand = await Stand.start({
    servers: { shop: httpUpstream(server, more) },
    personas: { second: ["shop"] },
    role: { breakers: { ...wide.breakers, tool: { failures: 100 } } },
  });
  return { server, stand, modern: new ModernAgent(stand.url, stand.key) };
}

export interface Retry {
  readonly name?: string;
  readonly args?: JsonObject;
  readonly state?: unknown;
  readonly signal?: AbortSignal;
}

/** Goes on with an `input_required`: answers every question of it with `reply`. */
export function goOn(
  agent: ModernAgent,
  asked: Answer,
  reply: JsonObject,
  { name = "ask", args = { n: "1" }, state, signal }: Retry = {},
): Promise<Answer> {
  const { inputRequests, requestState } = resultOf(asked);
  const inputResponses = Object.fromEntries(
    Object.keys(inputRequests as JsonObject).map((key) => [key, reply]),
  );
  return agent.call(name, args, {
    capabilities,
    params: { inputResponses, requestState: state ?? requestState },
    ...(signal === undefined ? {} : { signal }),
  });
}

export const accept = { action: "accept", content: { name: "Ada" } };
export const ask = (agent: ModernAgent): Promise<Answer> => agent.call("ask", { n: "1" }, { capabilities });
