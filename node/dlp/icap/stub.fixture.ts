/** An ICAP server that behaves as a test says, on a port of its own: honest by default, hostile on demand. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface Heard {
  readonly method: string;
  readonly head: string;
  /** Of the encapsulated message, with preview and rest put together. */
  readonly body: string;
  /** After the preview, before 100 Continue. */
  readonly isPreview: boolean;
}

export type Behaviour = (heard: Heard, socket: Socket) => void;

export interface Stub {
  [Symbol.asyncDispose](): Promise<void>;
  readonly url: string;
  readonly heard: Heard[];
  connections: number;
  options: Behaviour;
  behave: Behaviour;
}

export function answer(status: string, headers: readonly string[] = [], rest = ""): string {
  return `ICAP/1.0 ${status}\r\n${headers.map((each) => `${each}\r\n`).join("")}\r\n${rest}`;
}

export const istag = 'ISTag: "stub-1"';
export const none = "Encapsulated: null-body=0";

export function optionsOf(headers: readonly string[] = []): Behaviour {
  const all = ["Methods: REQMOD, RESPMOD", istag, "Allow: 204", "Preview: 16", "Max-Connections: 4", "Options-TTL: 60", none]; // prettier-ignore
  const named = headers.map((each) => each.split(":")[0]);
  const kept = all.filter((each) => !named.includes(each.split(":")[0]));
  return (_, socket) => void socket.write(answer("200 OK", [...kept, ...headers.filter((each) => !each.endsWith(": -"))])); // prettier-ignore
}

/** 200 with a message of its own. */
export function message(
  kind: "req" | "res",
  httpHead: string,
  body: string | undefined,
  headers: readonly string[] = [istag],
): string {
  // prettier-ignore
  const head = `${httpHead}\r\n\r\n`;
  const parts = `Encapsulated: ${kind}-hdr=0, ${body === undefined ? "null" : kind}-body=${Buffer.byteLength(head)}`; // prettier-ignore
  const bytes = Buffer.byteLength(body ?? "").toString(16);
  const chunks = body === undefined ? "" : body === "" ? "0\r\n\r\n" : `${bytes}\r\n${body}\r\n0\r\n\r\n`;
  return answer("200 OK", [...headers, parts], head + chunks);
}

export const sameRequest = "POST http://gatehouse.invalid/ HTTP/1.1\r\nHost: gatehouse.invalid";

export async function startStub(): Promise<Stub> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    stub.connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let text = "";
    let body = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let read = take(text); read !== undefined; read = take(text)) {
        text = read.left;
        body = read.isRest ? body + read.body : read.body;
        const heard = { method: read.method, head: read.head, body, isPreview: read.isPreview };
        stub.heard.push(heard);
        if (read.method === "OPTIONS") stub.options(heard, socket);
        else stub.behave(heard, socket);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stub: Stub = {
    url: `icap://127.0.0.1:${(server.address() as AddressInfo).port}/check`,
    heard: [],
    connections: 0,
    options: optionsOf(),
    behave: (_, socket) => void socket.write(answer("204 No Content", [istag])),
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return stub;
}

interface Taken {
  readonly method: string;
  readonly head: string;
  readonly body: string;
  readonly isPreview: boolean;
  /** Chunks alone: what follows 100 Continue. */
  readonly isRest: boolean;
  readonly left: string;
}

function take(text: string): Taken | undefined {
  const isRest = /^[0-9a-f]+\r\n/.test(text);
  const headEnd = isRest ? 0 : text.indexOf("\r\n\r\n") + 4;
  if (!isRest && headEnd < 4) return undefined;
  const head = text.slice(0, headEnd);
  const method = isRest ? "REST" : (head.split(" ")[0] ?? "");
  const offset = /(?:req|res)-body=(\d+)/.exec(head)?.[1];
  if (!isRest && offset === undefined)
    return { method, head, body: "", isPreview: false, isRest, left: text.slice(headEnd) };
  let at = headEnd + Number(offset ?? 0);
  let body = "";
  for (;;) {
    const line = /^([0-9a-f]+)(; ieof)?\r\n/.exec(text.slice(at, at + 32));
    if (line === null) return undefined;
    const size = Number.parseInt(line[1] ?? "0", 16);
    at += line[0].length;
    if (text.length < at + size + 2) return undefined;
    body += text.slice(at, at + size);
    at += size + 2;
    if (size > 0) continue;
    const isPreview = /\r\nPreview: /.test(head) && line[2] === undefined;
    return { method, head, body, isPreview, isRest, left: text.slice(at) };
  }
}
