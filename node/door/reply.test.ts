import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { refuseSocket } from "./reply.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const each of cleanups.splice(0).reverse()) await each();
});

/** What a server with the gateway's way of refusing says to these bytes, until it hangs up. */
async function answerTo(bytes: string): Promise<string> {
  const server = createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 20 });
  server.on("clientError", refuseSocket).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  cleanups.push(() => socket.destroy());
  socket.write(bytes);
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await once(socket, "end");
  return text;
}

test.each([
  ["a request that does not come whole", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{", 408, "REQUEST_TIMEOUT"], // prettier-ignore
  ["headers of 20 KB", `GET / HTTP/1.1\r\nhost: ${"a".repeat(20_000)}\r\n\r\n`, 431, "REQUEST_HEADERS"],
  ["what is no HTTP", "\u0016\u0003\u0001 hello\r\n\r\n", 400, "REQUEST_HEADERS"],
])("%s is told so in a body, by code", async (_what, bytes, status, code) => {
  const [head = "", body = ""] = (await answerTo(bytes)).split("\r\n\r\n");
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
  expect(JSON.parse(body)).toMatchObject({ jsonrpc: "2.0", id: null, error: { data: { code } } });
});
