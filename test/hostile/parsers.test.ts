/**
 * Every reader of ours that untrusted text reaches, on 100 KB made to keep it busy: checklist W9. That no pattern is
 * built from configuration is a law of test/laws.ts ("regular expressions").
 */
import { describe, expect, test } from "vitest";
import { compileConstraint, failedCheck } from "../../actors/guards/constraint.ts";
import { readHost } from "../../actors/guards/hostname.ts";
import { isInside, normalisePath } from "../../actors/guards/path.ts";
import { knownArguments, readPointer } from "../../node/catalogue/argument.ts";
import { deception, lookKeys } from "../../node/catalogue/lookalike.ts";
import { readCapabilities } from "../../node/door/capabilities.ts";
import { accepts, isJsonType, isUtf8Type } from "../../node/door/doors.ts";
import { readText } from "../../node/door/message.ts";
import { traceOf } from "../../node/door/post.ts";
import { readAddress } from "../../node/door/routes.ts";
import { cleanse, cleanseText } from "../../node/exchange/cleanse.ts";
import { Endpoints } from "../../node/exchange/endpoint.ts";
import { callFacts, FactsKey } from "../../node/exchange/facts.ts";
import { refuseLink } from "../../node/exchange/question.ts";
import { Sealer } from "../../node/exchange/seal.ts";
import { checkHeaders, checkHost, checkOrigin } from "../../node/identity/address.ts";
import { readToken } from "../../node/identity/claims.ts";
import { readKey } from "../../node/identity/key.ts";
import { isIdentity } from "../../node/identity/principal.ts";
import { readHead, readPrefix, readSeal } from "../../node/record/line.ts";
import { SseReader } from "../../node/upstream/sse.ts";
import { hasHidden, visible, visibleLine } from "../../node/upstream/text.ts";
import { canonicalJson } from "../../protocol/canonical.ts";
import { decodeHeaderValue, encodeHeaderValue, readHeaderSchema, sameParam } from "../../protocol/header.ts";
import { isName, operationId, readSessionKey } from "../../protocol/id.ts";
import { parseStrict } from "../../protocol/json.ts";
import { answerBounds, messageBounds } from "../../protocol/jsonbounds.ts";
import { readMessage } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { compileUriPattern, UriFault, uriFault } from "../../protocol/uri.ts";
import { costMs } from "../cost.ts";

const size = 100_000;
const msMax = 50;

const fill = (unit: string): string => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);

/** Texts that keep a careless reader busy: one unit over and over, an end that never comes, almost what is wanted. */
const texts: readonly (readonly [what: string, text: string])[] = [
  ...[
    "a",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "/",
    "../",
    "./",
    "//",
    "%",
    "%2",
    "%25",
    "%2525",
    "\\",
    "=",
    "==",
    "?",
    "#",
    "@",
    ":",
    ".",
    "-",
    "_",
    ",",
    ", ",
    ";",
    ";q=",
    "{",
    "}",
    "{a}",
    "*",
    "**",
    "[",
    "]",
    "(",
    "é",
    "e\u0301",
    "\u0301",
    "\ufb03",
    "\uff0e",
    "\u2025",
    "\u200d",
    "\ufe0f",
    "\ufe0f\u200d",
    "\u{e0041}",
    "\ud800",
    "\udfff",
    "😀",
    "\u001b",
    "\u001b[",
    "\u001b]",
    "\u001b[0;",
    "\u001b]8;;x",
    "\u001bP",
    "\u0130",
    "\u212a",
    "0",
    "1",
    "9",
    "0x",
    "1.",
    "127.",
    ":: ",
    "::",
    "data: x\n",
    "data:\n",
    "\n\n",
    ":\n",
    "id\n",
    "event: a\r",
    "\r",
    "AA",
    "A=",
    "=?base64?",
    "?=",
  ].map((unit) => [JSON.stringify(unit), fill(unit)] as const),
  ["a long run and a bad end", `${fill("a")}!`],
  ["a base64 header without end", `=?base64?${fill("QUFB")}`],
  ["a base64 header", `=?base64?${fill("QUFB").slice(0, 99_996)}?=`],
  ["an open escape and its almost end", `\u001b]${fill("x")}\u001b`],
  ["many open escapes with long texts", `\u001b]${"x".repeat(4_096)}`.repeat(24)],
  ["many open sequences with long parameters", `\u001b[${"0".repeat(64)}${" ".repeat(8)}`.repeat(1_300)],
  ["labels", `${"a".repeat(62)}.`.repeat(1_500)],
  ["a host and a port without end", `example.com:${fill("1")}`],
  ["an IPv6 address without end", `[${fill(":")}]`],
  ["a JWT of dots", `${fill("e30.")}`],
  ["a session key", `default/p/${fill("%20")}/-`],
  ["a URL with user information", `https://${fill("a@")}`],
  ["a template", `demo://docs/${fill("{a}x")}`],
  ["almost a trace", `00-${fill("0")}-01`],
];

const factsKey = new FactsKey(Buffer.alloc(32, 1));
const sealer = new Sealer(Buffer.alloc(32, 1));
const endpoints = new Endpoints("http://x", [
  { tenant: "default", kind: "persona", name: "reader", persona: "reader" },
]);
const rules = { hosts: new Set(["x"]), origins: new Set(["http://x"]) };
const pattern = compiled("demo://{a}/{b}/**");
const many = compiled(`demo://${Array.from({ length: 15 }, (_, at) => `{v${at}}a`).join("")}`);
const greedy = constraint({ pattern: "(a+)+(a|aa)*$" });
const listed = constraint({ hosts: ["*.example.com"], inside: "/srv" });

function compiled(source: string) {
  const made = compileUriPattern(source);
  if (made instanceof UriFault) throw new Error(made.says);
  return made;
}

function constraint(of: Parameters<typeof compileConstraint>[0]) {
  const made = compileConstraint(of, {});
  if (typeof made === "string") throw new Error(made);
  return made;
}

const readers: readonly (readonly [what: string, read: (text: string) => unknown])[] = [
  ["parseStrict", (text) => parseStrict(text, messageBounds)],
  ["parseStrict, in a string", (text) => parseStrict(JSON.stringify(text), messageBounds)],
  ["parseStrict, as a key", (text) => parseStrict(`{${JSON.stringify(text)}:1}`, answerBounds)],
  [
    "readText",
    (text) => tolerate(() => readText(`{"jsonrpc":"2.0","id":1,"method":${JSON.stringify(text)}}`, true)),
  ],
  ["readMessage", (text) => readMessage({ jsonrpc: "2.0", id: text, method: text, [text]: text })],
  // The strict reader lets no lone surrogate through to these two.
  ["canonicalJson", (text) => canonicalJson({ [text.toWellFormed()]: text.toWellFormed() })],
  ["decodeHeaderValue", decodeHeaderValue],
  ["encodeHeaderValue", encodeHeaderValue],
  ["sameParam", (text) => [sameParam(text, text), sameParam(text, 1)]],
  [
    "readHeaderSchema",
    (text) => readHeaderSchema({ properties: { [text]: { type: "string", "x-mcp-header": text } } }),
  ],
  ["uriFault", uriFault],
  ["compileUriPattern", (text) => compileUriPattern(text.slice(0, 1_024))],
  [
    "UriPattern.matches",
    (text) => [
      pattern.matches(`demo://a/b/${text}`.slice(0, 8_192)),
      many.matches(`demo://${text}`.slice(0, 8_192)),
    ],
  ],
  ["readSessionKey", readSessionKey],
  ["operationId, isName, isIdentity", (text) => [operationId(text), isName(text), isIdentity(text)]],
  ["normalisePath, isInside", (text) => [normalisePath(text), isInside(`/srv/${text}`, ["/srv"])]],
  ["readHost", (text) => [readHost(text), readHost(`https://${text}`), readHost(`https://x/${text}`)]],
  [
    "a greedy pattern of a role",
    (text) => failedCheck(greedy, { at: "/a", value: text.slice(0, limits.constraintValueCharsMax) }),
  ],
  ["hosts and inside of a role", (text) => failedCheck(listed, { at: "/a", value: text })],
  ["callFacts", (text) => factsOf(text.toWellFormed())],
  ["cleanseText", cleanseText],
  ["cleanse", (text) => cleanse({ [text]: [text, { text }] })],
  [
    "hasHidden, visible, visibleLine",
    (text) => [hasHidden(text), visible(text, size), visibleLine(text, size)],
  ],
  [
    "refuseLink",
    (text) => [refuseLink(text, ["example.com"]), refuseLink(`https://${text}`, ["example.com"])],
  ],
  ["Sealer.open", (text) => sealer.open(text, text, 0)],
  [
    "Endpoints.find",
    (text) => [
      endpoints.find(`/p/${text}/mcp`),
      endpoints.findMetadata(`/.well-known/oauth-protected-resource/${text}`),
    ],
  ],
  ["readAddress", (text) => readAddress({ url: text })],
  ["accepts, isJsonType, isUtf8Type", (text) => [accepts(text, "application/json"), isJsonType(text), isUtf8Type(text)]], // prettier-ignore
  [
    "checkHeaders",
    (text) =>
      checkHeaders({ rawHeaders: [text, text, "mcp-name", text], url: `/${text}`, httpVersion: "1.1" }),
  ],
  ["checkHost, checkOrigin", (text) => [checkHost(text, rules), checkOrigin(text, rules)]],
  ["readKey", (text) => [readKey(text), readKey(`gwk_${text}`)]],
  ["readToken", readToken],
  ["traceOf", (text) => traceOf({ traceparent: text, tracestate: text })],
  ["readCapabilities", (text) => readCapabilities({ [text]: text, elicitation: { [text]: text } })],
  [
    "readPointer, knownArguments",
    (text) => [readPointer(`/${text}`), knownArguments({ properties: { [text]: {} } })],
  ],
  ["lookKeys, deception", (text) => [lookKeys(text), deception(text)]],
  ["readHead, readPrefix, readSeal", (text) => [readHead(text), readPrefix(text), readSeal(text)]],
  ["SseReader", (text) => tolerate(() => new SseReader(10 * size, () => undefined).push(Buffer.from(text)))],
];

function factsOf(text: string): unknown {
  return callFacts(
    factsKey,
    "tool",
    "t",
    { [text]: text, list: [text] },
    ["/list/-", "/a/b"],
    new Set(["list"]),
  );
}

function tolerate(act: () => unknown): unknown {
  try {
    return act();
  } catch {
    return undefined;
  }
}

describe("W9: 100 KB that is made to keep a reader busy", () => {
  test.each(readers)("W9: %s takes less than 50 ms for each", (_, read) => {
    const slow = texts
      .map(([what, text]) => [what, Math.round(costMs(() => read(text), msMax))] as const)
      .filter(([, ms]) => ms > msMax);
    expect(slow).toEqual([]);
  });

  test("W9: structure instead of letters: deep, wide and repetitive values take no longer", () => {
    const nested = `${"[".repeat(size / 2)}${"]".repeat(size / 2)}`;
    const keys = `{${Array.from({ length: 10_000 }, (_, at) => `"${at.toString(36)}":0`).join()}}`;
    const alike = `{${Array.from({ length: 1_500 }, (_, at) => `"${"k".repeat(60)}${at}":0`).join()}}`;
    const collected: [string, number][] = [];
    for (const [what, text] of [
      ["nested", nested],
      ["many keys", keys],
      ["long keys that begin alike", alike],
      ["numbers", `[${fill("1,").slice(0, -1)}]`],
      ["long numbers", `[${fill(`${"9".repeat(100)}.1,`).slice(0, -2)}]`],
      ["escapes", `"${fill("\\u0061")}"`],
      ["strings", `[${fill('"",').slice(0, -1)}]`],
    ] as const) {
      collected.push([what, costMs(() => parseStrict(text, messageBounds), msMax)]);
    }
    let schema: unknown = { type: "string" };
    for (let depth = 0; depth < 5_000; depth++)
      schema = { properties: { a: schema }, items: schema, anyOf: [schema] };
    collected.push(["a schema that repeats itself", costMs(() => readHeaderSchema(schema), msMax)]);
    expect(collected.filter(([, ms]) => ms > msMax)).toEqual([]);
  });
});
