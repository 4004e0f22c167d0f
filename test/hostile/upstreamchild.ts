/**
 * A scriptable MCP server on standard streams, spoken by hand. Started as
 * `node upstreamchild.ts '{"era": "older", "offer": {...}}'`; what a tool does is told by its name, `n` is its argument.
 */
import { createInterface } from "node:readline";

interface Told {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly n?: string };
    readonly _meta?: Meta;
  };
  readonly result?: unknown;
}

interface Meta {
  readonly progressToken?: unknown;
}

interface Options {
  readonly era: "modern" | "older";
  readonly offer: { readonly tools: unknown[]; readonly prompts: unknown[]; readonly templates: unknown[] };
}

const options = JSON.parse(process.argv[2] ?? "{}") as Options;
const subscription = "io.modelcontextprotocol/subscriptionId";
const capabilities = { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} };
const seen: unknown[] = [];
const asks = new Map<unknown, (answer: unknown) => void>();
let lastAsk = 0;

function line(text: string): void {
  process.stdout.write(`${text}\n`);
}

function write(message: unknown): void {
  line(JSON.stringify(message));
}

function result(id: unknown, value: object): void {
  const shaped = options.era === "modern" ? { resultType: "complete", ...value } : value;
  write({ jsonrpc: "2.0", id, result: shaped });
}

function text(id: unknown, words: string): void {
  result(id, { content: [{ type: "text", text: words }] });
}

function ask(method: string, params: unknown): Promise<unknown> {
  const id = `ask-${++lastAsk}`;
  write({ jsonrpc: "2.0", id, method, params });
  return new Promise((resolve) => asks.set(id, resolve));
}

const acts: { readonly [tool: string]: (id: unknown, n: string, meta: Meta) => unknown } = {
  echo: (id, n) => text(id, n),
  seen: (id) => text(id, JSON.stringify(seen)),
  environment: (id) =>
    text(id, JSON.stringify({ env: process.env, argv: process.argv.slice(3), execArgv: process.execArgv })),
  pid: (id) => text(id, String(process.pid)),
  never: () => undefined,
  die: () => process.kill(process.pid, "SIGKILL"),
  twice: (id) => [text(id, "first"), text(id, "second")],
  other: (id) => [text(Number(id) + 1, "stolen"), text(String(id), "stolen"), text(id, "own")],
  garbage: (id, n) => [Array.from({ length: Number(n) }, () => line("this is no JSON")), text(id, "after")],
  big: (id, n) => text(id, "x".repeat(Number(n))),
  endless: () => endless(),
  notes: (id, n, { progressToken }) => notes(id, Number(n), progressToken),
  stderr: (id, n) => process.stderr.write(`${n}\n`, () => text(id, "said")),
  update: (id, n) => {
    write({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: n } });
    text(id, "said");
  },
  ask: async (id, n) => text(id, JSON.stringify(await ask("elicitation/create", JSON.parse(n)))),
};

/** One line without an end. */
function endless(): void {
  const chunk = "x".repeat(65_536);
  const more = (): void => {
    while (process.stdout.write(chunk));
    process.stdout.once("drain", more);
  };
  process.stdout.write('{"jsonrpc":"2.0","id":1,"result":{"a":"');
  more();
}

function notes(id: unknown, count: number, progressToken: unknown): void {
  for (let progress = 1; progress <= count; progress++)
    write({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress } });
  text(id, "done");
}

function onRequest({ id, method, params }: Told): unknown {
  const { tools, prompts, templates } = options.offer;
  switch (method) {
    case "server/discover":
      if (options.era === "older")
        return write({ jsonrpc: "2.0", id, error: { code: -32601, message: "no" } });
      return result(id, { supportedVersions: ["2026-07-28"], capabilities });
    case "initialize":
      return result(id, {
        protocolVersion: "2025-11-25",
        capabilities,
        serverInfo: { name: "child", version: "1" },
      });
    case "subscriptions/listen":
      return write({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params: { _meta: { [subscription]: id } } }); // prettier-ignore
    case "tools/list":
      return result(id, { tools });
    case "prompts/list":
      return result(id, { prompts });
    case "resources/templates/list":
      return result(id, { resourceTemplates: templates });
    case "tools/call":
      return acts[params?.name ?? ""]?.(id, params?.arguments?.n ?? "", params?._meta ?? {});
    default:
      return result(id, {});
  }
}

createInterface({ input: process.stdin }).on("line", (each) => {
  const message = JSON.parse(each) as Told;
  seen.push(message);
  if (message.method === undefined) asks.get(message.id)?.(message.result ?? message);
  else if (message.id !== undefined) onRequest(message);
});
