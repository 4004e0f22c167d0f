/** Recognisers outside, indices of exact values and fingerprints of documents on the road of a call: a real node, a real MCP server, a real webhook. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildIndex, revokeRows, writeIndex } from "../../node/dlp/exact/exactindex.ts";
import { buildCollection, revokeDocuments, writeCollection } from "../../node/dlp/fingerprint/collection.ts";
import { startHttpStub, type HttpStub, type Posted } from "../../node/dlp/external/httpstub.fixture.ts";
import { Keyring } from "../../node/vault/keyring.ts";
import { MasterKey } from "../../node/vault/masterkey.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { WebhookAnswer, WebhookQuestion } from "../../protocol/webhook.ts";
import { ask, messagesOf, modernBody, modernHeaders } from "../hostile/agent.ts";
import { Gateway, pause, toolGrant, unlimited, until } from "../hostile/gateway.ts";

const data = { rules: [{ types: ["webhook.case-number", "edm.*"], answers: "redact" }, { types: ["document.*"], arguments: "block", answers: "redact" }] }; // prettier-ignore
const letIn = { rules: [{ types: ["document.*"], answers: "redact" }] };
const role = { grants: [toolGrant("echo"), { resource: "demo://docs/**", server: "tools", reason: "the test says so" }], ...unlimited, data }; // prettier-ignore
const roles = { reader: role, lax: role, shy: role, guest: { ...role, data: letIn } };
const folder = mkdtempSync(join(tmpdir(), "gatehouse-consulted-"));
afterAll(() => rmSync(folder, { recursive: true }));

function secret(name: string, text: string): string {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return `file:${join(folder, name)}`;
}

/** Blocks STOP-OUT on its way out and STOP-IN on its way back, and finds CASE-77. */
function judge({ body }: Posted): WebhookAnswer {
  const { id, direction, text } = JSON.parse(body) as WebhookQuestion;
  const findings = [...text.matchAll(/CASE-77/g)].map(({ index }) => ({ type: "case-number", start: index, end: index + 7, likelihood: 4 as const })); // prettier-ignore
  if (text.includes(direction === "request" ? "STOP-OUT" : "STOP-IN"))
    return { version: 1, id, verdict: "block", findings: [], says: "policy nine" };
  return { version: 1, id, verdict: findings.length === 0 ? "clean" : "findings", findings };
}

let gateway: Gateway;
let key: string;

async function call(text: string, persona = "reader", more: JsonObject = {}): Promise<JsonObject> {
  const params = { name: "echo", arguments: { text, ...more } };
  const reply = await ask({
    port: gateway.port,
    path: `/p/${persona}/mcp`,
    headers: modernHeaders(key, "tools/call", params),
    body: modernBody(1, "tools/call", params),
  });
  return messagesOf(reply).at(-1)?.["result"] as JsonObject;
}

const textOf = (result: JsonObject): string => JSON.stringify(result["content"]);
const ruleOf = (result: JsonObject): unknown => (result["_meta"] as JsonObject | undefined)?.["io.gatehouse/verdict"]; // prettier-ignore
const onRecord = (): string => JSON.stringify(gateway.records().slice(-6));

/** As AWS gives them out: a prefix and 16 characters of base32. */
const accessKey = (): string => `AK${"IA"}${[...randomBytes(16)].map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte & 31]).join("")}`; // prettier-ignore

describe("a credential in the name of an argument that nobody declared", () => {
  beforeEach(async () => {
    gateway = await Gateway.start({ roles: { reader: role } });
    key = gateway.key("agent", ["reader"]);
  });
  afterEach(() => gateway.remove());

  test("stands in no record and no answer; another name is told", async () => {
    const name = accessKey();
    const hidden = await call("hello", "reader", { [name]: 1 });
    expect([hidden["isError"], ruleOf(hidden), JSON.stringify(hidden).includes(name)]).toMatchObject([true, { code: "persona.unknown-argument" }, false]); // prettier-ignore
    await until(() => onRecord().includes('"unknown":["#'));
    expect(onRecord()).not.toContain(name);
    expect(textOf(await call("hello", "reader", { extra: 1 }))).toContain("It is: extra.");
  });
});

describe("a credential in the name of a tool that there is not, or in a URI", () => {
  beforeEach(async () => {
    gateway = await Gateway.start({ roles: { reader: role } });
    key = gateway.key("agent", ["reader"]);
  });
  afterEach(() => gateway.remove());

  test("stands in no record; the rest of a URI does, and its decision is the same when it is replayed", async () => {
    const [tool, part] = [accessKey(), accessKey()];
    for (const [method, params] of [
      ["tools/call", { name: tool, arguments: {} }],
      ["resources/read", { uri: `demo://docs/${part}/page` }],
      ["resources/read", { uri: `other://docs/${part}` }],
    ] as const)
      await ask({ port: gateway.port, path: "/p/reader/mcp", headers: modernHeaders(key, method, params), body: modernBody(1, method, params) }); // prettier-ignore
    await until(() => /demo:\/\/docs\/[\w-]{22}\/page/.test(onRecord()) && /other:\/\/docs\/[\w-]{22}/.test(onRecord())); // prettier-ignore
    expect([onRecord().includes(tool), onRecord().includes(part)]).toEqual([false, false]);
    expect(onRecord()).toContain('"rule":"data.arguments"');
    expect(onRecord()).toContain('"rule":"persona.unlisted"');
    gateway.checkUnharmed();
  });
});

describe("a recogniser outside", () => {
  let stub: HttpStub;
  beforeEach(async () => {
    stub = await startHttpStub();
    stub.answer = judge;
    const cases = {
      webhook: { url: stub.url, secret: secret("hook", randomBytes(24).toString("base64url")) },
      private: ["127.0.0.0/8"],
      seconds: 2,
      personas: { lax: "open", shy: "local" },
    };
    gateway = await Gateway.start({ roles, settings: { dlp: { external: { cases } } } });
    key = gateway.key("agent", Object.keys(roles));
    await gateway.warm(key);
  });
  afterEach(async () => {
    gateway.checkUnharmed();
    await gateway.remove();
    await stub[Symbol.asyncDispose]();
  });

  test("that blocks an argument refuses the call before the server gets a byte of it, and its words are on record", async () => {
    const result = await call("please STOP-OUT");
    expect([result["isError"], ruleOf(result)]).toMatchObject([true, { code: "data.recogniser" }]);
    expect(textOf(result)).toContain("says that this must not pass");
    expect([textOf(result).includes("policy nine"), gateway.tools.bytes().includes("STOP-OUT")]).toEqual([false, false]); // prettier-ignore
    expect(onRecord()).toContain('"refused":{"recogniser":"cases","why":"blocked","says":"policy nine"}');
  });

  test("that blocks an answer withholds all of it, although the server was called", async () => {
    const result = await call("please STOP-IN");
    expect(ruleOf(result)).toMatchObject({ code: "data.answer-recogniser" });
    expect([textOf(result).includes("STOP-IN"), gateway.tools.calls.length]).toEqual([false, 1]);
  });

  test("that finds something has its findings done with as the role says, in a large document too", async () => {
    for (const more of ["", " and more".repeat(2000)]) {
      const shown = textOf(await call(`about CASE-77${more}`));
      expect(shown).toContain("[redacted: webhook.case-number]");
      expect(shown).not.toContain("CASE-77");
    }
    expect(gateway.tools.bytes()).toContain("CASE-77");
  });

  test("that is gone refuses under closed, passes on record under open, and is nothing to a persona that is local", async () => {
    const before = stub.posted.length;
    await call("hello", "shy");
    expect(stub.posted).toHaveLength(before);
    await stub[Symbol.asyncDispose]();
    const closed = await call("hello");
    expect([ruleOf(closed), gateway.tools.calls.length]).toMatchObject([{ code: "data.unexamined" }, 1]);
    expect(textOf(closed)).toContain("gave no verdict");
    expect(textOf(await call("hello", "lax"))).toContain("hello");
    expect(onRecord()).toContain('"unexamined":[{"recogniser":"cases"');
    expect(textOf(await call("hello", "shy"))).toContain("hello");
  });

  test("is shown the URI of a resource, and what it blocks there is not read", async () => {
    const params = { uri: "demo://docs/STOP-OUT" };
    const reply = await ask({ port: gateway.port, path: "/p/reader/mcp", headers: modernHeaders(key, "resources/read", params), body: modernBody(1, "resources/read", params) }); // prettier-ignore
    expect(JSON.stringify(messagesOf(reply))).toContain("data.recogniser");
    expect(gateway.tools.calls).toEqual([]);
  });
});

describe("while a recogniser takes its time", () => {
  let stub: HttpStub;
  beforeAll(async () => {
    stub = await startHttpStub();
    stub.answer = judge;
    const webhook = { url: stub.url, secret: secret("slow", randomBytes(24).toString("base64url")) };
    gateway = await Gateway.start({ roles, settings: { dlp: { external: { cases: { webhook, private: ["127.0.0.0/8"], seconds: 20 } } } } }); // prettier-ignore
    key = gateway.key("agent", Object.keys(roles));
    await gateway.warm(key);
  });
  afterAll(async () => {
    gateway.checkUnharmed();
    await gateway.remove();
    await stub[Symbol.asyncDispose]();
  });

  test("a call that its agent takes back is not made", async () => {
    stub.isPaused = true;
    const params = { name: "echo", arguments: { text: "taken back" } };
    const abort = new AbortController();
    const gone = fetch(`http://${gateway.host}/p/reader/mcp`, { method: "POST", headers: modernHeaders(key, "tools/call", params), body: modernBody(1, "tools/call", params), signal: abort.signal }); // prettier-ignore
    await pause(150);
    abort.abort();
    await expect(gone).rejects.toThrow(/abort/i);
    await pause(50);
    stub.isPaused = false;
    expect(textOf(await call("another"))).toContain("another");
    expect(gateway.tools.calls.map(({ params: { arguments: given } }) => given)).toEqual([{ text: "another" }]); // prettier-ignore
    gateway.tools.forget();
  });

  test("a list that it blocks is not shown, and the error says so", async () => {
    stub.answer = ({ body }) => ({ version: 1, id: (JSON.parse(body) as WebhookQuestion).id, verdict: "block" }); // prettier-ignore
    const reply = await ask({ port: gateway.port, path: "/p/reader/mcp", headers: modernHeaders(key, "resources/list"), body: modernBody(1, "resources/list") }); // prettier-ignore
    const shown = JSON.stringify(messagesOf(reply));
    expect(shown).toContain("RECOGNISER_REFUSED");
    expect(shown).not.toContain("demo://docs");
    stub.answer = judge;
  });
});

describe("indices", () => {
  const master = randomBytes(32);
  const keyring = new Keyring(new MasterKey(master));
  const path = join(folder, "people.edm");
  const plans = join(folder, "plans.docs");
  const secrets =
    "The falcon merger closes on the ninth of May at a price of 41 for each share, and nobody outside the council has been told of it so far. ";
  beforeAll(async () => {
    writeFileSync(
      join(folder, "people.csv"),
      "account,name\nAB-1234-99,Ada Lovelace\n4711 0815,Grace Hopper\n",
    );
    const plan = { name: "people", keys: ["account"], others: ["name"], atLeast: 2, within: 300, delimiter: "," } as const; // prettier-ignore
    writeIndex(path, await buildIndex(join(folder, "people.csv"), plan, keyring), keyring);
    writeFileSync(
      join(folder, "merger.txt"),
      `Draft. ${secrets}More is said of it in the annex that follows.`,
    );
    const documents = { name: "plans", passage: 64, without: [], sharedBy: undefined };
    writeCollection(plans, await buildCollection([join(folder, "merger.txt")], documents, keyring), keyring);
    const vault = { key: secret("master", master.toString("base64")) };
    gateway = await Gateway.start({ roles, settings: { vault, dlp: { exact: [path], documents: [plans] } } });
    key = gateway.key("agent", Object.keys(roles));
    await gateway.warm(key);
  });
  afterAll(async () => {
    gateway.checkUnharmed();
    await gateway.remove();
  });

  test("of exact values find a row in an answer, and what a rule says of edm.* is done", async () => {
    const shown = textOf(await call("Ada Lovelace has AB-1234-99; 4711 0815 is somebody else's"));
    expect(shown).toContain("[redacted: edm.people]");
    expect([shown.includes("Lovelace"), shown.includes("AB-1234-99"), shown.includes("4711 0815")]).toEqual([false, false, true]); // prettier-ignore
    expect(onRecord()).toContain('"type":"edm.people"');
  });

  test("whose rows are revoked find them no more, without a start", async () => {
    expect(textOf(await call("Grace Hopper 4711 0815"))).not.toContain("4711 0815");
    expect(revokeRows(path, ["4711 0815"], keyring).rows).toBe(1);
    await until(() => gateway.console.some((line) => line.includes("opened anew")), 10_000);
    expect(textOf(await call("Grace Hopper 4711 0815"))).toContain("4711 0815");
    expect(textOf(await call("Ada Lovelace AB-1234-99"))).not.toContain("AB-1234-99");
  });

  test("of documents refuse a call with a passage before the server gets a byte of it, encoded too", async () => {
    const before = gateway.tools.calls.length;
    const passage = secrets.slice(10, 100).toUpperCase().replaceAll(" ", "  ");
    for (const text of [
      passage,
      Buffer.from(passage).toString("base64"),
      encodeURIComponent(passage),
      `${"and more ".repeat(2000)}${passage}`,
    ]) {
      const result = await call(text);
      expect([result["isError"], ruleOf(result)]).toMatchObject([true, { code: "data.arguments" }]);
      expect(textOf(result)).not.toMatch(/falcon/i);
    }
    expect([gateway.tools.calls.length - before, gateway.tools.bytes().includes("FALCON")]).toEqual([0, false]); // prettier-ignore
    expect(onRecord()).toContain('"type":"document.plans"');
  });

  test("of documents have all of a passage taken out of an answer, and pass what is less than one", async () => {
    for (const more of ["", " and more".repeat(2000)]) {
      const shown = textOf(await call(`Before it: ${secrets} And after it.${more}`, "guest"));
      expect(shown).toContain("[redacted: document.plans]");
      expect(shown).not.toMatch(/falcon|council|told of it/);
    }
    expect(textOf(await call("The falcon merger closes", "guest"))).toContain("falcon merger");
  });

  test("whose documents are revoked find them no more, without a start", async () => {
    expect(textOf(await call(secrets, "guest"))).not.toContain("falcon");
    expect(revokeDocuments(plans, ["merger.txt"], keyring).documents).toBe(1);
    await until(() => gateway.console.some((line) => /plans\.docs.*opened anew/.test(line)), 10_000);
    expect(textOf(await call(secrets, "guest"))).toContain("falcon");
  });

  test("that cannot be opened end the start, and say what to do", async () => {
    const missing = join(folder, "nothing.edm");
    await expect(Gateway.start({ roles, settings: { dlp: { exact: [missing] } } })).rejects.toThrow(/nothing\.edm cannot be opened: make it with gatehouse dlp index/); // prettier-ignore
  });
});
