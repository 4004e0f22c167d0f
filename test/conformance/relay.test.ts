import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { startRelay } from "./relay.ts";
import type { RelayRules } from "./relay.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A target that does `handle`, and the relay before it. */
async function relayTo(
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  rules?: RelayRules,
): Promise<{ target: URL; relay: URL }> {
  const server: Server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const target = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const relay = await startRelay(target, rules);
  closers.push(() => relay.close());
  return { target, relay: new URL(relay.origin) };
}

function echoHeaders(req: IncomingMessage, res: ServerResponse): void {
  res.end(JSON.stringify(req.headers));
}

async function get(url: URL, headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const req = request(url, { headers }).end();
  const [res] = (await once(req, "response")) as [IncomingMessage];
  const chunks = (await res.toArray()) as Buffer[];
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, string>;
}

test("a foreign Host and Origin reach the target as the client sent them", async () => {
  const { relay } = await relayTo(echoHeaders);
  const seen = await get(relay, { host: "evil.example.com", origin: "http://evil.example.com" });
  expect(seen).toMatchObject({ host: "evil.example.com", origin: "http://evil.example.com" });
});

test("a localhost Host and Origin become the target's own", async () => {
  const { relay, target } = await relayTo(echoHeaders);
  for (const host of [relay.host, `localhost:${relay.port}`, `[::1]:${relay.port}`]) {
    const seen = await get(relay, { host, origin: `http://${host}` });
    expect(seen).toMatchObject({ host: target.host, origin: target.origin });
  }
});

test("a header of the rules replaces the client's, and no other header is touched", async () => {
  const { relay } = await relayTo(echoHeaders, { headers: { authorization: "Bearer ours" } });
  const seen = await get(relay, { authorization: "Bearer theirs", "mcp-session-id": "s-1" });
  expect(seen).toMatchObject({ authorization: "Bearer ours", "mcp-session-id": "s-1" });
});

test("an event reaches the client while the answer is still open", async () => {
  let finish: (() => void) | undefined;
  const { relay } = await relayTo((_, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write("data: first\n\n");
    finish = () => res.end("data: last\n\n");
  });
  const answer = await fetch(relay, { method: "POST", body: "{}" });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe("data: first\n\n");
  finish?.();
  expect((await reader?.read())?.value).toBe("data: last\n\n");
});

test("the headers of a silent event stream reach the client at once", async () => {
  const { relay } = await relayTo((_, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  });
  const answer = await fetch(relay);
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  await answer.body?.cancel();
});

test("a client that goes away takes its upstream request with it", async () => {
  let left: ((how: string) => void) | undefined;
  const gone = new Promise<string>((resolve) => (left = resolve));
  const { relay } = await relayTo((req, res) => {
    req.resume();
    res.on("close", () => left?.(res.writableFinished ? "answered" : "broken off"));
    res.writeHead(200).flushHeaders();
  });
  const aborter = new AbortController();
  await fetch(relay, { method: "POST", body: "{}", signal: aborter.signal });
  aborter.abort();
  expect(await gone).toBe("broken off");
});

test("a target that is down is 502, and the request id comes back in the error", async () => {
  const { relay, target } = await relayTo(echoHeaders);
  await closers.shift()?.(); // the target
  const answer = await fetch(relay, { method: "POST", body: '{"jsonrpc":"2.0","id":7,"method":"ping"}' });
  expect(answer.status).toBe(502);
  expect(JSON.stringify(await answer.json())).toContain(target.port);
});

test("a refusal answers in the target's place with the request's own id", async () => {
  let reached = false;
  const { relay } = await relayTo(
    (_, res) => {
      reached = true;
      res.end();
    },
    { refuse: () => ({ status: 418, code: -32000, message: "no" }) },
  );
  const answer = await fetch(relay, { method: "POST", body: '{"jsonrpc":"2.0","id":7,"method":"ping"}' });
  expect(answer.status).toBe(418);
  expect(await answer.json()).toEqual({ jsonrpc: "2.0", id: 7, error: { code: -32000, message: "no" } });
  expect(reached).toBe(false);
});

test("a body beyond the bound is 413", async () => {
  const { relay } = await relayTo(echoHeaders);
  const answer = await fetch(relay, { method: "POST", body: "x".repeat(4 * 1024 * 1024 + 1) });
  expect(answer.status).toBe(413);
  await answer.body?.cancel();
});
