/**
 * What a server asks of an agent, through all four cells of the bridge (docs/wire.md, "The bridge"), and the handles an
 * agent carries for it (checklist T9, T10). Calls that are parked meanwhile: upstreamparks.test.ts.
 */
import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Asked } from "./upstream.ts";
import {
  codeOf,
  errorOf,
  ModernAgent,
  OlderAgent,
  resultOf,
  SocketAgent,
  textOf,
  type Answer,
} from "./upstreamagent.ts";
import {
  accept,
  ask,
  asking,
  capabilities,
  elicit,
  goOn,
  sampling,
  standBefore,
  type Rounds,
} from "./upstreamquestions.ts";
import { cleanUp } from "./upstreamstand.ts";

afterEach(cleanUp);

describe.each(["older", "modern"] as const)("questions of a server of the %s era", (era) => {
  const three: Rounds = [
    { a: elicit() },
    { b: { method: "sampling/createMessage", params: sampling } },
    { c: { method: "roots/list", params: {} } },
  ];

  test("reach an older agent as requests on its call's stream, over HTTP and over a socket", async () => {
    const { stand } = await standBefore(era, asking(three));
    const heard: string[] = [];
    const reply = (method: string): JsonObject => {
      heard.push(method);
      if (method === "elicitation/create") return accept;
      return method === "roots/list"
        ? { roots: [{ uri: "file:///a" }] }
        : { role: "assistant", model: "m", content: { type: "text", text: "hello" } };
    };
    const agent = await OlderAgent.open(stand.url, stand.key, capabilities);
    agent.onAsk = reply;
    const said = textOf(await agent.call("ask", { n: "1" }));
    const methods = ["elicitation/create", "sampling/createMessage", "roots/list"];
    expect(heard.splice(0)).toEqual(methods);
    for (const word of ["Ada", "hello", "file:///a"]) expect(said).toContain(word);

    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize(capabilities);
    socket.socket.on("message", (data: Buffer) => {
      const { id, method } = JSON.parse(data.toString("utf8")) as JsonObject;
      if (typeof method === "string" && id !== undefined)
        socket.send({ jsonrpc: "2.0", id, result: reply(method) });
    });
    const answer = await socket.response(socket.older("tools/call", { name: "ask", arguments: {} }));
    expect(heard).toEqual(methods);
    expect(textOf({ last: answer })).toBe(said);
  });

  test("reach a modern agent as input_required, round by round, each retry a new call on record", async () => {
    const { stand, modern } = await standBefore(era, asking(three));
    let answer = await ask(modern);
    const methods: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      expect(resultOf(answer)["resultType"]).toBe("input_required");
      const requests = Object.values(resultOf(answer)["inputRequests"] as JsonObject) as JsonObject[];
      methods.push(...requests.map(({ method }) => method));
      answer = await goOn(
        modern,
        answer,
        round === 0
          ? accept
          : { roots: [], role: "assistant", model: "m", content: { type: "text", text: "hello" } },
      );
    }
    expect(methods).toEqual(["elicitation/create", "sampling/createMessage", "roots/list"]);
    expect(textOf(answer)).toContain("Ada");
    expect(stand.records("intent")).toHaveLength(4);
    expect(new Set(stand.records("intent").map(({ op }) => op)).size).toBe(4);
    expect((await stand.outcomes()).map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "ok"]);
  });

  test("for what the agent did not declare never reach it, and the server hears why", async () => {
    const { server, stand, modern } = await standBefore(era, asking(three.slice(1)));
    const agent = await OlderAgent.open(stand.url, stand.key, { elicitation: {} });
    let asked = 0;
    agent.onAsk = () => {
      asked++;
      return {};
    };
    await agent.call("ask", { n: "1" });
    const answer = await modern.call("ask", { n: "1" }, { capabilities: { elicitation: {} } });
    expect(resultOf(answer)["resultType"]).not.toBe("input_required");
    expect(asked).toBe(0);
    expect(codeOf(answer) ?? textOf(answer)).toContain(era === "modern" ? "UPSTREAM_GARBAGE" : "-32601");
    expect(server.heard("tools/call").length).toBeGreaterThan(1);
    expect(stand.faults).toEqual([]);
  });

  test("T9 a form that asks for a secret, and a link that is not approved, reach nobody", async () => {
    const secretForm = (name: string, more: JsonObject = {}): JsonObject => ({
      message: "Please",
      requestedSchema: { type: "object", properties: { [name]: { type: "string", ...more } } },
    });
    const link = (url: string): JsonObject => ({ mode: "url", message: "Open", url, elicitationId: "e1" });
    const bad: readonly JsonObject[] = [
      secretForm("password"),
      secretForm("apiKey"),
      secretForm("x", { title: "API key" }),
      secretForm("x", { description: "your access token" }),
      secretForm("x", { format: "password" }),
      secretForm("userPin"),
      link("http://pay.example.com/"),
      link("javascript:alert(1)"),
      link("file:///etc/passwd"),
      link("data:text/html,x"),
      link("https://evil.example/"),
      link("https://user:secret@pay.example.com/"),
      link("https://pay.example.com.evil.example/"),
      link("https://pay.example.com/?access_token=abc"),
      link("https://pay.example.com\\@evil.example/"),
      link("vbscript:x"),
      link("$(open)"),
    ];
    let params: JsonObject = {};
    const script = (asked: Asked): Promise<void> => asking([{ q: elicit(params) }])(asked);
    const { stand, modern } = await standBefore(era, script, { links: ["pay.example.com"] });
    const declared = { elicitation: { form: {}, url: {} } };
    const agent = await OlderAgent.open(stand.url, stand.key, declared);
    const shown: unknown[] = [];
    agent.onAsk = (_, question) => {
      shown.push(question);
      return { action: "decline" };
    };
    for (const each of bad) {
      params = each;
      await agent.call("ask", { n: "1" });
      const answer = await modern.call("ask", { n: "1" }, { capabilities: declared });
      if (resultOf(answer)["resultType"] === "input_required") shown.push(each);
    }
    expect(shown).toEqual([]);
    params = link("https://pay.example.com/checkout");
    await agent.call("ask", { n: "1" });
    expect(shown).toHaveLength(1);
    const answer = await modern.call("ask", { n: "1" }, { capabilities: declared });
    expect(resultOf(answer)["resultType"]).toBe("input_required");
  });

  test("without end are ended, and so are too many at once", async () => {
    const endless: Rounds = Array.from({ length: 40 }, () => ({ q: elicit() }));
    const many: Rounds = [Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`q${at}`, elicit()]))];
    let rounds = endless;
    const { stand, modern } = await standBefore(era, (asked) => asking(rounds)(asked));
    const agent = await OlderAgent.open(stand.url, stand.key, capabilities);
    let asked = 0;
    agent.onAsk = () => {
      asked++;
      return accept;
    };
    await agent.call("ask", { n: "1" });
    // An older server asks one request after the other in one call, which is its right; a modern one starts rounds.
    expect(asked).toBeLessThanOrEqual(era === "modern" ? limits.inputRoundsMax + 1 : 40);
    let answer = await ask(modern);
    let sealed = 0;
    while (resultOf(answer)["resultType"] === "input_required" && sealed < 60) {
      sealed++;
      answer = await goOn(modern, answer, accept);
    }
    expect(sealed).toBeLessThanOrEqual(era === "older" ? limits.inputRoundsMax : 40);
    if (era === "older") return;
    rounds = many;
    asked = 0;
    expect(codeOf(await agent.call("ask", { n: "1" }))).toBe("UPSTREAM_GARBAGE");
    expect(asked).toBe(0);
    expect(codeOf(await ask(modern))).toBe("UPSTREAM_GARBAGE");
  });
});

/** The server's own words, past the checks of a person's eye: what is judged is what will be read. */
const disguised = {
  message: "Please",
  requestedSchema: { type: "object", properties: { x: { type: "string", title: "pass\u200bword" } } },
};

test.each(["older", "modern"] as const)(
  "T9 a secret word with hidden characters in it is seen for what it is (%s)",
  async (era) => {
    const { stand, modern } = await standBefore(era, asking([{ q: elicit(disguised) }]));
    const agent = await OlderAgent.open(stand.url, stand.key, capabilities);
    let asked = 0;
    agent.onAsk = () => {
      asked++;
      return accept;
    };
    await agent.call("ask", { n: "1" });
    expect(resultOf(await ask(modern))["resultType"]).not.toBe("input_required");
    expect(asked).toBe(0);
  },
);

describe.each(["older", "modern"] as const)("T10 what an agent carries for a server of the %s era", (era) => {
  test("T10 holds for this principal, endpoint, tool and arguments alone, and shows nothing of the server's own", async () => {
    const { server, stand, modern } = await standBefore(era, asking([{ a: elicit() }]));
    const asked = await ask(modern);
    const state = String(resultOf(asked)["requestState"]);
    expect(Buffer.from(state, "base64url").toString("latin1")).not.toContain("heard");
    const other = new ModernAgent(stand.url, stand.keyFor("other"));
    const { key } = stand.node.keys.create({ agent: "both", personas: ["desk", "second"] });
    const [here, there] = [new ModernAgent(stand.url, key), new ModernAgent(stand.urlOf("second"), key)];
    const mine = await ask(here);
    const before = server.heard("tools/call").length;
    const swaps: readonly [what: string, answer: Promise<Answer>][] = [
      ["another principal", goOn(other, asked, accept)],
      ["another tool", goOn(modern, asked, accept, { name: "other" })],
      ["another argument", goOn(modern, asked, accept, { args: { n: "2" } })],
      ["no argument", goOn(modern, asked, accept, { args: {} })],
      ["another endpoint of the same principal", goOn(there, mine, accept)],
      ["one character changed", goOn(modern, asked, accept, { state: flip(state) })],
      ["a number", goOn(modern, asked, accept, { state: 7 })],
      ["an empty text", goOn(modern, asked, accept, { state: "" })],
      ["the server's own words", goOn(modern, asked, accept, { state: '{"at":0,"heard":[]}' })],
    ];
    for (const [what, answer] of swaps) {
      expect(errorOf(await answer)["code"], `${what}`).toBe(-32602);
      expect(JSON.stringify((await answer).last), `${what}`).not.toContain("Ada");
    }
    expect(server.heard("tools/call").length).toBe(before);
    // None of that has used the handle up for its owner.
    expect(textOf(await goOn(modern, asked, accept))).toContain("Ada");
    expect(textOf(await goOn(here, mine, accept))).toContain("Ada");
  });

  test("T10 a refused handle does not open the breaker of the tool it was meant for", async () => {
    const { modern } = await standBefore(era, asking([{ a: elicit() }]));
    const asked = await ask(modern);
    for (let n = 0; n < 120; n++) await goOn(modern, asked, accept, { state: `bad${n}` });
    expect(textOf(await goOn(modern, asked, accept))).toContain("Ada");
  });
});

function flip(text: string): string {
  return `${text.slice(0, 40)}${text[40] === "A" ? "B" : "A"}${text.slice(41)}`;
}
