/** An HTTP server that answers JSON questions as a test says, on a port of its own. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Posted {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpStub {
  [Symbol.asyncDispose](): Promise<void>;
  readonly url: string;
  readonly posted: Posted[];
  /** What it answers with 200, as JSON; or what it does itself. */
  answer: (posted: Posted, response: ServerResponse) => unknown;
  isPaused: boolean;
}

export const handled = Symbol("the stub has answered by itself");

export async function startHttpStub(): Promise<HttpStub> {
  const waiting: (() => void)[] = [];
  let paused = false;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const posted = { url: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString("utf8") }; // prettier-ignore
      const act = (): void => {
        stub.posted.push(posted);
        const value = stub.answer(posted, response);
        if (value === handled) return;
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(value));
      };
      if (paused) waiting.push(act);
      else act();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stub: HttpStub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/analyze`,
    posted: [],
    answer: () => [],
    get isPaused() {
      return paused;
    },
    set isPaused(value) {
      paused = value;
      if (!value) for (const act of waiting.splice(0)) act();
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return stub;
}
