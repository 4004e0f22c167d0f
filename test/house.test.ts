import { stripTypeScriptTypes } from "node:module";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { filesOfCheckout, inspect, printed } from "./house.ts";
import type { Finding, SourceFile } from "./house.ts";

/** Banned words are put together here, or this file would break the laws it tests. */
const word = (...parts: readonly string[]): string => parts.join("");

function inspectOne(path: string, text: string): readonly Finding[] {
  return inspect([{ path, text }]);
}

function laws(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ law }) => law);
}

const longFunction = `export function long(): void {\n${"  step();\n".repeat(70)}}\n`;
const lockWithout = {
  packages: { "node_modules/a": { version: "1.0.0", optionalDependencies: { "a-linux-x64": "1.0.0" } } },
};

/** law, file, text, and the line where it must be found */
const planted: readonly (readonly [law: string, path: string, text: string, line?: number])[] = [
  ["floors", "protocol/a.ts", 'import { b } from "../actors/b.ts";'],
  ["floors", "actors/a.ts", '\nimport type { B } from "../cluster/b.ts";', 2],
  ["floors", "cluster/a.ts", 'export * from "../node/b.ts";'],
  ["floors", "cluster/a.test.ts", 'import { b } from "../node/b.ts";'],
  ["floors", "cluster/a.ts", 'import { b } from "../actors/session.ts";'],
  ["floors", "node/a.ts", 'import { b } from "../test/b.ts";'],
  ["floors", "loadtest/a.ts", 'import { b } from "../node/b.ts";'],
  ["floors", "node/a.ts", 'const b = await import("../../elsewhere/b.ts");'],
  ["imports", "node/a.ts", 'import { b } from "./b";'],
  ["purity", "protocol/a.ts", "export const now = Date.now();"],
  ["purity", "actors/a.ts", "export const now = new Date();"],
  ["purity", "actors/a.ts", "export const die = Math.random();"],
  ["purity", "actors/a.ts", "setTimeout(step, 1);"],
  ["purity", "actors/a.ts", "export async function f(): Promise<void> {}"],
  ["purity", "actors/a.ts", "export const x = process.pid;"],
  ["purity", "actors/a.ts", "export const x = Math.log2(3);"],
  ["purity", "actors/a.ts", "names.sort((a, b) => a.localeCompare(b));"],
  ["purity", "actors/a.ts", 'import { hash } from "node:crypto";'],
  ["purity", "actors/a.ts", 'import { z } from "zod";'],
  ["purity", "protocol/a.ts", 'import { parse } from "yaml";'],
  ["file length", "node/a.ts", "export {};\n".repeat(401), 401],
  ["function length", "node/a.ts", `\n${longFunction}`, 2],
  ["function length", "node/a.test.ts", longFunction],
  ["no marks", "docs/a.md", `One.\n\n${word("TO", "DO")}: two.`, 3],
  ["no marks", "node/a.ts", `// ${word("FIX", "ME")} later`],
  ["no marks", "deploy/a.yaml", `# ${word("X", "XX")} later`],
  ["no marks", "bin/a.mjs", `// ${word("HA", "CK")}: later`],
  ["honest types", "node/a.ts", `export const a = b as ${word("a", "ny")};`],
  ["honest types", "node/a.ts", `// @ts-${word("ig", "nore")}`],
  ["honest types", "node/a.ts", "// @ts-expect-error: reason"],
  ["excuses", "node/a.ts", "// oxlint-disable-next-line no-console"],
  ["no tests left out", "node/a.test.ts", `test.${word("sk", "ip")}("a claim", () => {});`],
  ["no tests left out", "node/a.test.ts", `describe.${word("on", "ly")}("claims", () => {});`],
  ["no tests left out", "test/a.test.ts", `it.each(rows).${word("sk", "ip")}("a claim", () => {});`],
  ["rooms", "node/utils/a.ts", "export {};"],
  ["rooms", "node/common/a.ts", "export {};"],
  ["rooms", "node/helpers.ts", "export {};"],
  ["rooms", "protocol/types.ts", "export {};"],
  ["rooms", "protocol/index.ts", "export {};"],
  ["regular expressions", "node/a.ts", "export const a = new RegExp(given);"],
  ["regular expressions", "actors/a.ts", 'export const a = RegExp("x");'],
  [
    "intent before effect",
    "node/exchange/lists.ts",
    'const one = await this.#ports.pool.session("a", "", {});',
  ],
  ["intent before effect", "node/a.ts", 'import type { UpstreamPool } from "./upstream/upstream.ts";'],
  ["one dialer", "node/a.ts", "const answer = await fetch(url);"],
  ["one dialer", "node/a.ts", "http.request(url);"],
  ["one dialer", "node/a.ts", "net.connect(80);"],
  ["one dialer", "cluster/a.ts", "tls.connect(443);"],
  ["one dialer", "node/a.ts", "const socket = new WebSocket(url);"],
  ["one dialer", "node/a.ts", 'import { Pool } from "undici";'],
  ["one dialer", "cluster/a.ts", 'import { connect } from "@nats-io/transport-node";'],
  ["one dialer", "node/a.ts", 'import {\n  createServer,\n  request,\n} from "node:http";'],
  ["one dialer", "node/upstream/http.ts", 'import { request as ask } from "node:https";'],
  ["secrets have one door", "node/exchange/a.ts", "const value = reveal(secret);"],
  ["secrets have one door", "cluster/a.ts", 'import { reveal, Secret } from "../node/vault/secret.ts";'],
  ["born old", "node/exchange/a.ts", "call.onStop = (reason) => stop(reason);"],
  ["born old", "node/door/a.ts", "\nthis.#cancelled = (): void => this.stop();", 2],
  ["environment", "node/a.ts", "export const port = process.env.PORT;"],
  ["no machine paths", "docs/a.md", `See ${word("/ho", "me/ann/gatehouse")}.`],
  ["no machine paths", "node/a.ts", `export const a = "${word("/Us", "ers/ann")}";`],
  ["no registries", "docs/a.md", `Get it from https://${word("registry.", "npmjs", ".org")}/x.`],
  [
    "no registries",
    "package-lock.json",
    `{"packages":{}, ${word('"resolved"', ': "https://mirror.example/x.tgz"')}}`,
  ],
  ["lockfile", "test/clients/package-lock.json", JSON.stringify(lockWithout)],
];

describe("a planted violation turns the house red, at its line, with a remedy", () => {
  const cases = planted.map(([law, path, text, line = 1]) => ({ law, path, text, line }));
  test.each(cases)("$law in $path: $text", ({ law, path, text, line }) => {
    const findings = inspectOne(path, text);
    expect(laws(findings)).toContain(law);
    const finding = findings.find((each) => each.law === law);
    expect(finding).toMatchObject({ path, line });
    expect(finding?.remedy).toMatch(/\w{3}/);
  });
});

/** What looks like a violation and is none. */
const innocent: readonly (readonly [why: string, path: string, text: string])[] = [
  ["sideways and down", "node/a.ts", 'import { b } from "./b.ts";\nimport type { C } from "../actors/c.ts";'],
  ["the contract of actors", "cluster/a.ts", 'import type { Actor } from "../actors/actor.ts";'],
  ["a clock in a comment", "actors/a.ts", "// never Date.now() here\nexport {};"],
  ["a clock in a string", "actors/a.ts", 'export const says = "await Date.now() and Math.random()";'],
  ["a clock in a template's text", "actors/a.ts", "export const says = `await ${step} Date.now()`;"],
  ["a clock in a regular expression", "actors/a.ts", "export const clock = /Date.now()/;"],
  ["a clock in the upper floors", "node/a.ts", "export const now = Date.now();"],
  ["a clock in a test", "actors/a.test.ts", "const now = Date.now();"],
  ["a data table of any length", "actors/dlp/a.data.ts", "row();\n".repeat(1_000)],
  ["a file of just the allowed length", "node/a.ts", "export {};\n".repeat(400)],
  [
    "a group of tests of any length",
    "node/a.test.ts",
    `describe("a", () => {\n${"  step();\n".repeat(80)}});\n`,
  ],
  ["the line to NATS", "cluster/natsline.ts", 'import { connect } from "@nats-io/transport-node";'],
  ["the dialer", "node/upstream/dialer.ts", 'import { Pool } from "undici";'],
  ["a type of the dialer's", "node/upstream/http.ts", 'import type { Dispatcher } from "undici";'],
  ["a type among values", "node/a.ts", 'import { createServer, type Socket } from "node:net";'],
  ["a listening socket", "node/door/http.ts", 'import { createServer } from "node:http";'],
  ["a port's own method", "node/a.ts", "await ports.fetch(url);\nawait this.#fetch(url);"],
  ["a dialling test", "node/a.test.ts", "await fetch(url);"],
  ["the environment's reader", "node/config.ts", "export const port = process.env.PORT;"],
  ["a skip that is no test's", "protocol/json.ts", "reader.skip(3);"],
  [
    "an excuse with its reason",
    "node/a.ts",
    "// oxlint-disable-next-line no-console -- the last words of the process",
  ],
  ["a masked number", "docs/a.md", `${word("X", "XX")}-${word("X", "X")}-1234`],
  ["a path of a URL", "docs/a.md", `https://tickets.example.com${word("/ho", "me/feed")}`],
  ["the word in another", "docs/a.md", "Mastodon and hackathon"],
];

test.each(innocent)("%s breaks no law (%s)", (_why, path, text) => {
  expect(inspectOne(path, text)).toEqual([]);
});

test("a lockfile that lacks nothing and names no address breaks no law", () => {
  const packages = { ...lockWithout.packages, "node_modules/a-linux-x64": { version: "1.0.0" } };
  expect(inspectOne("package-lock.json", JSON.stringify({ packages }))).toEqual([]);
});

test("a finding reads as one line: place, law, what, and what to do instead", () => {
  const [finding] = inspectOne("actors/a.ts", "\n\nexport const now = Date.now();");
  expect(finding && printed(finding)).toMatch(
    /^actors\/a\.ts:3 {2}law "purity": found Date\.now\. Instead: .+\.$/,
  );
});

test("the house stands", () => {
  const files: readonly SourceFile[] = filesOfCheckout();
  expect(files.map(({ path }) => path)).toContain("test/laws.ts");
  expect(inspect(files).map(printed)).toEqual([]);
});

/** A checkout runs its files as they are, and Node.js takes types out by a parser of its own: not all that compiles passes it. */
function refusedByNode(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    if (!path.endsWith(".ts")) return [];
    try {
      stripTypeScriptTypes(text);
      return [];
    } catch (error) {
      return [`${path}: ${String(error).split("\n")[0]}`];
    }
  });
}

test("Node.js reads every file as it is", () => {
  const [planted] = refusedByNode([{ path: "node/a.ts", text: "for (const of of [1]) use(of);" }]);
  expect(planted).toMatch(/^node\/a\.ts: SyntaxError/);
  expect(refusedByNode(filesOfCheckout())).toEqual([]);
});

/** What the simulation must run as it is shipped, and not a model of it. */
const simulated = [
  "actors/session.ts",
  ...["copies", "door", "host", "journal", "lease", "membership", "ownership", "peer", "streams", "view"].map(
    (name) => `cluster/${name}.ts`,
  ),
];

test("the simulation runs the shipped files: its program imports each of them, itself or through others", () => {
  const sources = new Map(filesOfCheckout().map(({ path, text }) => [path, text]));
  const reached = new Set<string>();
  const follow = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const [, from = ""] of (sources.get(path) ?? "").matchAll(
      /^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";/gms,
    ))
      follow(posix.join(posix.dirname(path), from));
  };
  follow("test/simulation/run.ts");
  expect(simulated.filter((file) => !reached.has(file))).toEqual([]);
});
