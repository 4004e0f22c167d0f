// What the matrix asks of every client, whichever SDK or program it is.

/** For children that are given an environment of their own: they start from the same compiled code as everything else. */
const cache = process.env["NODE_COMPILE_CACHE"];
export const compiled: Readonly<Record<string, string>> =
  cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };

export interface ToolAnswer {
  /** The text blocks, joined. */
  readonly text: string;
  readonly isError: boolean;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

/** Progress of one call: what reached the client before the answer, and what of it the client handed on. */
export interface Progress {
  readonly arrived: number[];
  readonly handedOn: number[];
}

export interface Connection {
  /** The revision agreed on by `initialize` or `server/discover`; undefined when the client does not tell. */
  readonly revision: string | undefined;
  /** The server's name of itself; undefined when the client does not tell. */
  readonly serverName: string | undefined;
  /** Names of the tools, in the order they came. */
  listTools(): Promise<readonly string[]>;
  /** @throws what the client throws for a JSON-RPC or HTTP error */
  callTool(name: string, args: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<ToolAnswer>;
  close(): Promise<void>;
}

/** Where a client connects, and as whom. */
export interface Target {
  readonly url: string;
  readonly websocket: string;
  readonly sse: string;
  readonly persona: string;
  readonly key: string;
  /** Folder of the gateway's configuration. */
  readonly config: string;
  /** Home of programs that keep files there. */
  readonly home: string;
}

/** What every client answers when a tool asks its model or its user. */
export const answers = {
  sampling: { role: "assistant", content: { type: "text", text: "a quiet blue" }, model: "none" },
  elicitation: { action: "accept", content: { username: "ada", email: "ada@example.com" } },
} as const;

export const capabilities = { sampling: {}, elicitation: {} };

/** Text of a tool result, whatever version of the SDK parsed it. */
export function toAnswer(result: unknown): ToolAnswer {
  const { content, isError } = result as { content?: readonly unknown[]; isError?: boolean };
  const texts = (content ?? []).map((block) => {
    const { text } = block as { text?: unknown };
    return typeof text === "string" ? text : "";
  });
  return { text: texts.join(""), isError: isError === true };
}

/**
 * A WebSocket address that works without a header: the standard WebSocket interface can send none.
 * @throws Error with the status when no ticket is given
 */
export async function withTicket({ url, websocket, key }: Target): Promise<URL> {
  const response = await fetch(url.replace(/mcp$/, "ticket"), {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
  });
  if (!response.ok) throw new Error(`no ticket: HTTP ${response.status} ${await response.text()}`);
  const { ticket } = (await response.json()) as { ticket: string };
  const address = new URL(websocket);
  address.searchParams.set("ticket", ticket);
  return address;
}

interface Tapped {
  onmessage?: unknown;
}

/** Writes down the progress that a connected transport receives from now on, before its client sees it. */
export function tapProgress(transport: Tapped, arrived: number[]): void {
  const deliver = transport.onmessage as (...words: readonly unknown[]) => void;
  transport.onmessage = (...words: readonly unknown[]) => {
    const { method, params } = words[0] as { method?: string; params?: { progress?: number } };
    if (method === "notifications/progress" && params?.progress !== undefined) arrived.push(params.progress);
    deliver(...words);
  };
}
