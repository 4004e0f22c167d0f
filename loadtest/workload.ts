/**
 * The one call of the bench, as every part agrees on it: what the driver sends, what the upstream answers, and how the
 * driver knows that the answer is the right one. Bodies are about 1 KB each way.
 *
 * 1. Each call bears a number of its own (`n`), in the arguments and in the answer's text: no two calls are alike, so
 *    no cache and no breaker of behaviour can make a call cheaper, and a swapped answer is seen.
 * 2. A number has always the same width, so that every request has the same length.
 * 3. The text has line ends and quotes, as tools' texts do: a parser's path for strings without escapes is not all
 *    that is measured.
 */

export const modernRevision = "2026-07-28";

/** Smallest number of a call; all numbers have its width. */
export const firstNumber = 1_000_000_000;

/** Tools of the upstream. The bench's role grants all but `hidden`. */
export const tools = { echo: "echo", write: "write", hidden: "hidden" } as const;

const words =
  'ticket 4711: "cannot log in"\nseen on: build 2031, region north, since Monday\nsteps: open the page, enter name, wait\n' +
  'expected: the start page\nfound: "session expired", although it is new\n';

/** Characters of the text sent and of the text answered: both bodies come to about 1,024 bytes. */
const sentChars = 650;
const answeredChars = 850;

function filler(chars: number): string {
  return words.repeat(Math.ceil(chars / words.length)).slice(0, chars);
}

const sent = filler(sentChars);
const answered = filler(answeredChars);

const metadata = {
  "io.modelcontextprotocol/protocolVersion": modernRevision,
  "io.modelcontextprotocol/clientInfo": { name: "gatehouse-driver", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** What the upstream's tools answer to a call with the number `n`. */
export function answerText(n: string): string {
  return `${n} ${answered}`;
}

/** The same as it stands in a JSON document: what JSON.stringify makes of it. */
const answeredJson = JSON.stringify(answered).slice(1);
export function answerJson(n: number): string {
  return `"${n} ${answeredJson}`;
}

/** The arguments of a call. */
export function callArguments(n: number): { readonly n: string; readonly text: string } {
  return { n: String(n), text: sent };
}

const bodyParts = new Map<string, readonly [string, string, string]>();

/** The JSON-RPC request of call `n`; its id is `n` too. */
export function callBody(tool: string, n: number): string {
  let parts = bodyParts.get(tool);
  if (parts === undefined) {
    const mark = 7_777_777_777;
    const params = { name: tool, arguments: callArguments(mark), _meta: metadata };
    const text = JSON.stringify({ jsonrpc: "2.0", id: mark, method: "tools/call", params });
    const [first = "", second = "", third = ""] = text.split(String(mark));
    parts = [first, second, third];
    bodyParts.set(tool, parts);
  }
  return parts[0] + n + parts[1] + n + parts[2];
}

/** Any request of the modern revision, for the few that are not the measured call. */
export function modernBody(id: number, method: string, params: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: metadata } });
}

/** Headers that the modern revision wants, besides content-type. */
export function modernHeaders(method: string, name?: string): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": modernRevision,
    "mcp-method": method,
    ...(name === undefined ? {} : { "mcp-name": name }),
  };
}
