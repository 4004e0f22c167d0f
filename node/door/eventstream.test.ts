import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { drained, EventStream } from "./eventstream.ts";

/** A response of a real server, and what its client has of it. */
interface Wire {
  readonly response: ServerResponse;
  readonly client: IncomingMessage;
  readonly text: () => string;
}

let onResponse: (response: ServerResponse) => void;
const server = createServer((_request, response) => onResponse(response));
const clients: IncomingMessage[] = [];

beforeEach(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
afterEach(
  () =>
    new Promise<void>((resolve) => {
      for (const client of clients.splice(0)) client.destroy();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

/** @param attach must send headers, as `attach` of a stream does */
function connect(attach: (response: ServerResponse) => void): Promise<Wire> {
  return new Promise((resolve) => {
    let made: ServerResponse;
    onResponse = (response) => {
      made = response;
      attach(response);
    };
    get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", agent: false }, (client) => {
      clients.push(client);
      let text = "";
      client.setEncoding("utf8").on("data", (part: string) => (text += part));
      resolve({ response: made, client, text: () => text });
    });
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 400 && !holds(); round++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

const event = (stream: string, n: number, message: string): string =>
  `id: ${stream}-${n}\nevent: message\ndata: ${message}\n\n`;

describe("a stream that survives its socket", () => {
  test("events are numbered, and a client that comes back gets exactly those it missed", async () => {
    const stream = new EventStream("s1");
    const first = await connect((response) => stream.attach(response, 0, true, {}));
    void stream.send("one");
    await until(() => first.text().includes("one"));
    expect(first.text()).toBe(`id: s1-0\nretry: 1000\ndata: \n\n${event("s1", 1, "one")}`);
    first.client.destroy();
    await until(() => !stream.attached);
    void stream.send("two");
    stream.finish("three");
    const again = await connect((response) => stream.attach(response, 1, false, {}));
    await until(() => again.client.complete);
    expect(again.text()).toBe(event("s1", 2, "two") + event("s1", 3, "three"));
  });

  test("a second socket takes the place of the first", async () => {
    const stream = new EventStream("s1");
    const first = await connect((response) => stream.attach(response, 0, false, {}));
    const second = await connect((response) => stream.attach(response, 0, false, {}));
    await until(() => first.client.complete);
    void stream.send("one");
    await until(() => second.text().includes("one"));
    expect(first.text()).toBe("");
  });

  test("what is kept is bounded in events and bytes, the newest stays, and each change is told", () => {
    let told = 0;
    const stream = new EventStream("s1", (bytes) => (told += bytes));
    for (let at = 0; at < limits.replayEventsMax + 50; at++) void stream.send("x");
    expect(stream.keptBytes).toBeLessThan(limits.replayEventsMax * 60);
    for (let at = 0; at < 5; at++) void stream.send("y".repeat(limits.replayBytesMax / 2));
    expect(stream.keptBytes).toBeLessThanOrEqual(limits.replayBytesMax);
    void stream.send("z".repeat(2 * limits.replayBytesMax));
    expect(stream.keptBytes).toBeGreaterThan(2 * limits.replayBytesMax);
    expect(told).toBe(stream.keptBytes);
  });

  test("a finished stream is delivered when its last byte has left, not before", async () => {
    const stream = new EventStream("s1");
    stream.finish("one");
    expect([stream.finished, stream.delivered]).toEqual([true, false]);
    const wire = await connect((response) => stream.attach(response, 0, false, {}));
    await until(() => wire.client.complete && stream.delivered);
    expect(wire.text()).toBe(event("s1", 1, "one"));
  });
});

test("however many wait for a full socket, it is waited for once, and all go on together", async () => {
  const wire = await connect((response) => response.writeHead(200).write("x"));
  wire.client.pause();
  while (wire.response.write("y".repeat(100_000)));
  const waits = Array.from({ length: 50 }, () => drained(wire.response));
  expect(new Set(waits).size).toBe(1);
  expect(wire.response.listenerCount("drain")).toBeLessThan(4);
  wire.client.resume();
  await Promise.all(waits);
  expect(wire.response.listenerCount("drain")).toBeLessThan(3);
});
