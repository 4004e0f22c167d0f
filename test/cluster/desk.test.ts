/** What operators see of three real gateways and tell them, at whichever node; and a node that leaves while agents call. */
import { spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayNode } from "../../deploy/cluster/nodes.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import { shardCount } from "../../cluster/shard.ts";
import { BaselineStore } from "../../node/baseline/store.ts";
import { readRecords } from "../../node/record/reader.ts";
import { codeOf, ModernAgent, resultOf, SocketAgent, textOf } from "../hostile/upstreamagent.ts";
import { SseAgent } from "../hostile/upstreamsseagent.ts";
import { cleanUp, until } from "../hostile/upstreamstand.ts";
import { agent, statusOf, ThreeNodes, type Persona } from "./threenodes.fixture.ts";

const program = resolve(import.meta.dirname, "../../bin/gatehouse.mjs");
const longMs = 60_000;
let stand: ThreeNodes;

beforeAll(async () => {
  stand = await ThreeNodes.start([]);
}, 90_000);

afterAll(async () => {
  await cleanUp();
  await stand.stop();
}, longMs);

const http = (node: GatewayNode, persona: Persona): ModernAgent => new ModernAgent(stand.url(node, persona), stand.nodes.key); // prettier-ignore
const nodes = (): [GatewayNode, GatewayNode, GatewayNode] => stand.nodes.all as [GatewayNode, GatewayNode, GatewayNode]; // prettier-ignore

/** The command line, at the folder of a node. */
function command(
  node: GatewayNode,
  ...words: string[]
): Promise<{ readonly status: number; readonly out: string; readonly values: readonly JsonObject[] }> {
  // prettier-ignore
  return new Promise((done) => {
    const child = spawn(process.execPath, [program, ...words, "--config", node.folder], { stdio: ["ignore", "pipe", "pipe"] }); // prettier-ignore
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (out += text)); // prettier-ignore
    child.on("close", (status) => {
      const values = out.split("\n").filter((line) => line.startsWith("{"));
      done({ status: status ?? -1, out, values: values.map((line) => JSON.parse(line) as JsonObject) });
    });
  });
}

test(
  "what the store has of a node's records is written to a folder that verify proves; of a name it does not know it says so",
  { timeout: longMs },
  async () => {
    const own = http(nodes()[0], "desk");
    const first = await own.call("read", { n: "first" });
    // Which node owns the session is the draw's: its record is the one that grows.
    const one = await stand.owner(first);
    const [two] = nodes().filter(({ name }) => name !== one.name) as [GatewayNode];
    for (let at = 0; at < 5; at++) await own.call("read", { n: String(at) });
    const out = join(two.folder, "recovered");
    const written = (): number => [...readRecords(join(one.folder, "data", "records"))].length;
    // At rest: what was written last has left it.
    await until(async () => (await statusOf(one)) !== undefined && written() > 5, 10_000);
    await new Promise((done) => setTimeout(done, 2_000));
    const before = written();
    const recovered = await command(two, "audit", "recover", one.name, "--out", out, "--json");
    expect(recovered.values.at(-1)).toMatchObject({ command: "audit recover", ok: true, figures: { missing: 0, findings: 0, refused: 0 } }); // prettier-ignore
    expect([...readRecords(out)].length).toBeGreaterThanOrEqual(before);
    const [started] = (recovered.values[0]?.["recovered"] as { incarnation: string } | undefined)?.incarnation.split("\n") ?? []; // prettier-ignore
    const verified = await command(
      two,
      "audit",
      "verify",
      out,
      "--first",
      `${started}/000001.jsonl`,
      "--json",
    );
    expect([verified.status, verified.values.at(-1)]).toMatchObject([
      0,
      { ok: true, figures: { findings: 0 } },
    ]);
    expect((await command(two, "audit", "recover", one.name, "--out", out)).out).toContain("is not empty");
    const unknown = await command(two, "audit", "recover", "n9", "--out", join(two.folder, "none"));
    expect([unknown.status, unknown.out]).toEqual([1, expect.stringMatching(/no records of .n9.*cluster status/s)]); // prettier-ignore
  },
);

test(
  "cluster status shows every member with what it says of itself, at every node, for people and with --json",
  { timeout: longMs },
  async () => {
    await until(async () => (await command(nodes()[0], "cluster", "status")).status === 0, 30_000);
    for (const node of stand.nodes.all) {
      const { status, values } = await command(node, "cluster", "status", "--json");
      const [shown, closing] = values as [JsonObject, JsonObject];
      expect(shown).toMatchObject({ cluster: "local", node: node.name, state: "acting", shards: { all: shardCount, owned: shardCount, inSync: shardCount, lost: 0 } }); // prettier-ignore
      const members = shown["members"] as readonly JsonObject[];
      expect(new Set(members.map(({ id }) => id))).toEqual(new Set(["n1", "n2", "n3"]));
      for (const { own, live, weight } of members)
      expect([live, weight, own]).toMatchObject([true, 1, { state: "acting", version: "0.1.0", killList: { fresh: true, unheld: [] }, nats: { server: expect.stringContaining("127.0.0.1:"), storeAgeMs: expect.any(Number) } }]); // prettier-ignore
      expect([status, closing]).toMatchObject([0, { command: "cluster status", ok: true, figures: { live: 3, owned: shardCount, lost: 0 } }]); // prettier-ignore
    }
    const { out } = await command(nodes()[0], "cluster", "status");
    expect(out).toContain(`Shards  ${shardCount} of ${shardCount} owned`);
    expect(out.match(/^ {2}n[123] +acting/gm)).toHaveLength(3);
  },
);

test(
  "a call that waits for a person, approved at another node than its owner, passes at a third one, once",
  { timeout: longMs },
  async () => {
    const made = (): number => stand.seen().filter((line) => line === "count paid").length;
    const parked = resultOf(await http(nodes()[0], "careful").call("count", { n: "paid" }));
    const { requestState } = parked;
    const listed = await command(nodes()[0], "approvals", "list", "--json");
    const { id, owner, status } = (listed.values[0] as { approval: JsonObject }).approval;
    expect([parked["resultType"], status]).toEqual(["input_required", "asked"]);
    const [one, other] = nodes().filter(({ name }) => name !== owner) as [GatewayNode, GatewayNode];
    const approved = await command(one, "approvals", "approve", String(id), "--reason", "seen", "--json");
    expect([approved.status, approved.values[0]]).toMatchObject([0, { approval: { id, owner, status: "approved" }, recorded: true }]); // prettier-ignore
    expect(made()).toBe(0);
    const retry = { params: { requestState } };
    // Of several at once, at all nodes, one passes.
    const answers = await Promise.all([other, one, other, one, other].map((node) => http(node, "careful").call("count", { n: "paid" }, retry))); // prettier-ignore
    expect(answers.map((answer) => (codeOf(answer) === "approval.used" ? "used" : textOf(answer))).sort()).toEqual(["count paid", "used", "used", "used", "used"]); // prettier-ignore
    expect(codeOf(await http(one, "careful").call("count", { n: "else" }, retry))).toBe("approval.unknown");
    expect(made()).toBe(1);
    // Who, when and why stands where the session lives.
    const decided = stand.records().filter(({ kind, op }) => kind === "admin" && op === id);
    expect(decided.map(({ node, about }) => [node, about?.["what"], about?.["reason"]])).toEqual([[owner, "call approved", "seen"]]); // prettier-ignore
    const used = stand.records().filter(({ verdict }) => verdict?.kind === "allow" && verdict.approval === id); // prettier-ignore
    expect(used.map(({ node, kind }) => [node, kind])).toEqual([[owner, "intent"]]);
  },
);

test(
  "a baseline that is promoted at one node is in force at all of them, on record at each, and so is its rollback",
  { timeout: longMs },
  async () => {
    for (let at = 0; at < 3; at++) await http(nodes()[0], "desk").call("read", { n: `learned-${at}` });
    const owner = await stand.owner(await http(nodes()[0], "desk").call("read", { n: "learned" }));
    const built = await command(owner, "baseline", "build", "desk", "--to", "2999-01-01", "--json");
    const { version } = (built.values[0] as { baseline: { version: string } }).baseline;
    const others = nodes().map(({ name }) => name).filter((name) => name !== owner.name).sort(); // prettier-ignore
    const put = await command(owner, "baseline", "promote", "desk", version, "--unmeasured", "--reason", "tried", "--json"); // prettier-ignore
    expect([put.status, put.values[0]]).toMatchObject([
      0,
      { version, nodes: { heard: others, missing: [] } },
    ]);
    const inForce = (): readonly unknown[] => stand.nodes.all.map(({ folder }) => new BaselineStore(join(folder, "data", "baselines")).inForce("desk")); // prettier-ignore
    expect(inForce()).toEqual([version, version, version]);
    const told = stand.records().filter(({ about }) => about?.["what"] === "baseline promoted");
    expect(new Set(told.map(({ node }) => node))).toEqual(new Set(["n1", "n2", "n3"]));
    // At another node than where it was learned.
    const [other] = nodes().filter(({ name }) => name !== owner.name) as [GatewayNode];
    const back = await command(other, "baseline", "rollback", "desk", "--reason", "enough");
    expect([back.status, back.out]).toEqual([
      0,
      expect.stringContaining("Other nodes that have it in force"),
    ]);
    expect(inForce()).toEqual([undefined, undefined, undefined]);
    expect(textOf(await http(other, "desk").call("read", { n: "after" }))).toBe("read after");
  },
);

describe("one session, asked for at any node, is its owner's", () => {
  const key = `default/crowd/${agent}/-`;

  test("to show", async () => {
    expect(textOf(await http(nodes()[1], "crowd").call("count", { n: "shown" }))).toBe("count shown");
    for (const node of stand.nodes.all) {
      const { value } = (await node.ask("sessions.show", { key })) as {
        value?: { key?: string; role?: string };
      };
      expect([node.name, value?.key]).toEqual([node.name, key]);
    }
  });

  test("and named with its owner, in every node's list, once", async () => {
    // Sessions of several personas live at several nodes.
    for (const persona of ["desk", "bucket"] as const) await http(nodes()[0], persona).call("count", { n: persona }); // prettier-ignore
    const shown = await Promise.all(
      stand.nodes.all.map((node) => command(node, "sessions", "show", key, "--json")),
    );
    const places = shown.map(({ values }) => (values[0] as { session: { place: JsonObject } }).session.place);
    expect(new Set(places.map(({ owner }) => owner)).size).toBe(1);
    expect(places).toMatchObject(places.map(() => ({ inSync: true, runnerUp: expect.stringMatching(/^n[123]$/), shard: expect.any(Number) }))); // prettier-ignore
    // The record of its intent is at the owner alone.
    const { owner } = places[0] as { owner: string };
    const intents = (node: GatewayNode): number => [...readRecords(join(node.folder, "data", "records"))].filter(({ kind, session }) => kind === "intent" && session === key).length; // prettier-ignore
    await until(() => stand.nodes.all.some((node) => intents(node) > 0));
    expect(stand.nodes.all.filter((node) => intents(node) > 0).map(({ name }) => name)).toEqual([owner]);
    const lists = await Promise.all(
      stand.nodes.all.map((node) => command(node, "sessions", "list", "--json")),
    );
    const owned = lists.map(({ values }) => values.flatMap(({ session }) => (isObject(session) ? [`${String(session["key"])} ${String(session["owner"])}`] : []))); // prettier-ignore
    expect(owned[0]?.length).toBeGreaterThanOrEqual(3);
    expect(new Set(owned[0]).size).toBe(owned[0]?.length);
    expect(owned).toEqual(owned.map(() => owned[0]));
    expect(owned[0]).toContain(`${key} ${owner}`);
    const { out } = await command(nodes()[2], "sessions", "list");
    expect(out).toMatch(new RegExp(`^session +owner +where`, "m"));
    expect((await command(nodes()[2], "sessions", "show", key)).out).toContain(`  owner          ${owner} (copy at n`); // prettier-ignore
  });

  test("and so is a scope: its labels, from any node, and who owns it", async () => {
    const scope = `@agent/default/${agent}`;
    // Something that labels what it gives: its session tells the agent's scope.
    expect(textOf(await http(nodes()[0], "desk").call("read", { n: "scope" }))).toBe("read scope");
    const lists = await Promise.all(stand.nodes.all.map((node) => command(node, "scopes", "list", "--json")));
    const rows = lists.map(({ values }) => values.flatMap((value) => (isObject(value["scope"]) ? [value["scope"]] : []))); // prettier-ignore
    expect(rows).toEqual(rows.map(() => rows[0]));
    const row = rows[0]?.find(({ key: each }) => each === scope);
    expect(row).toMatchObject({ owner: expect.stringMatching(/^n[123]$/), isReadable: true });
    for (const node of stand.nodes.all) {
      const { status, values, out } = await command(node, "scopes", "show", scope, "--json");
      expect([status, out]).toEqual([0, expect.stringContaining('"command":"scopes show"')]);
      expect(values[0]).toMatchObject({
        scope: { key: scope, form: "agent", place: { owner: row?.["owner"] } },
      });
    }
    const { status, out } = await command(nodes()[0], "scopes", "show", "@agent/default/nobody");
    expect([status, out]).toEqual([1, expect.stringContaining("no scope has this key")]);
  });

  test("to pardon, on record at its owner", async () => {
    for (const node of stand.nodes.all) {
      const answer = await node.ask("sessions.lift", { key, what: "behaviour", by: node.name, reason: "asked for" }); // prettier-ignore
      expect([node.name, answer]).toEqual([node.name, { ok: true, value: { lifted: 1 } }]);
    }
    const pardons = (): unknown[] => stand.records().filter(({ session, event }) => session === key && isObject(event) && event["kind"] === "lifted").map(({ event }) => (event as JsonObject)["by"]); // prettier-ignore
    await until(() => pardons().length >= 3);
    expect(new Set(pardons())).toEqual(new Set(["n1", "n2", "n3"]));
  });

  test("to let go, by the key of the administrator of whichever node is asked, once", async () => {
    const lifted: unknown[] = [];
    for (const node of stand.nodes.all) {
      const { status, values } = await command(node, "sessions", "lift", key, "flow", "--reason", "a drill", "--json"); // prettier-ignore
      lifted.push([status, values[0]?.["lifted"]]);
    }
    // Without a rule, what was read was read before there was one.
    expect(lifted).toEqual([[0, 1], [0, 0], [0, 0]]); // prettier-ignore
    expect(stand.records().filter(({ session, about }) => session === key && about?.["what"] === "flow lifted")).toHaveLength(1); // prettier-ignore
  });

  test("and what no session is, is said by whoever is asked", async () => {
    for (const node of stand.nodes.all) {
      const answer = await node.ask("sessions.show", { key: "default/crowd/nobody/-" });
      expect(answer).toMatchObject({ ok: false, code: "PARAMS_INVALID", detail: expect.stringContaining("no session has this key yet") }); // prettier-ignore
    }
  });
});

test("a node that is no member cannot be asked to leave, and the refusal names those that can", async () => {
  const answer = await nodes()[0].ask("cluster.drain", { node: "n9", by: "test" });
  expect(answer).toMatchObject({ ok: false, code: "PARAMS_INVALID", detail: expect.stringMatching(/n9 is no live member; live are: .*n2/) }); // prettier-ignore
  const { status, out } = await command(nodes()[0], "cluster", "drain", "n9");
  expect([status, out]).toEqual([1, expect.stringContaining("n9 is no live member")]);
  // What is not done is not on record as ordered.
  expect(stand.records().filter(({ about }) => about?.["what"] === "drain ordered")).toEqual([]);
});

test(
  "a node that is asked to leave, elsewhere, serves its agents until others do, sends them away, and ends with 0; nothing fails",
  { timeout: 2 * longMs },
  async () => {
    const [asked, leaving, third] = nodes();
    const socket = await SocketAgent.open(stand.url(leaving, "crowd"), stand.nodes.key);
    const sse = await SseAgent.open(stand.url(leaving, "crowd"), stand.nodes.key);
    const closed = new Promise<number>((done) => socket.socket.once("close", done));
    const ended = leaving.ended();
    let isOver = false;
    const endings: unknown[] = [];
    // A balancer looks each half second; before that, calls go to the leaving node as well.
    let doors: readonly GatewayNode[] = stand.nodes.all;
    const calling = Array.from({ length: 6 }, async (_, line) => {
      for (let n = 0; !isOver; n++) {
        const node = doors[(n + line) % doors.length] as GatewayNode;
        const tool = n % 2 === 0 ? "write" : "count";
        const answer = await http(node, "crowd").call(tool, { n: `${line}-${n}` }).catch((fault: unknown) => String(fault)); // prettier-ignore
        endings.push(
          typeof answer === "string" ? answer : textOf(answer).startsWith(tool) ? "ok" : codeOf(answer),
        );
      }
    });
    const left = command(asked, "cluster", "drain", leaving.name, "--json");
    await until(
      async () => (await fetch(new URL("/readyz", stand.url(leaving, "crowd")))).status === 503,
      20_000,
    );
    const kept = await fetch(new URL("/healthz", stand.url(leaving, "crowd")));
    expect([kept.status, kept.headers.get("connection")]).toEqual([200, "close"]);
    doors = [asked, third];
    const { status, values } = await left;
    expect([status, values.at(-1)]).toMatchObject([0, { command: "cluster drain", ok: true }]);
    expect(await ended).toBe(0);
    expect(await closed).toBe(1012);
    await sse.ended;
    isOver = true;
    await Promise.all(calling);
    expect(endings.filter((ending) => ending !== "ok")).toEqual([]);
    expect(endings.length).toBeGreaterThan(50);
    const writes = stand.seen().filter((line) => line.startsWith("write "));
    expect(writes).toHaveLength(new Set(writes).size);
    // Its sessions are others' now, with all that was known of them; it comes back as a member like any.
    expect((await statusOf(asked))?.shards).toMatchObject({ lost: 0 });
    await leaving.start();
    await stand.inSync();
    expect(textOf(await http(leaving, "crowd").call("count", { n: "back" }))).toBe("count back");
  },
);

test(
  "a node with other scopes, another persona and types of its own is named by every other, at its log, at /readyz and by cluster status",
  { timeout: 2 * longMs },
  async () => {
    const [one, , third] = nodes();
    await third.stop();
    // Its own personas: those of the others are one folder.
    const own = join(third.folder, "personas");
    cpSync(join(stand.folder, "configuration", "personas"), own, { recursive: true });
    const role = join(own, "crowd.role.yaml");
    writeFileSync(role, `${readFileSync(role, "utf8")}revisions: { oldest: "2025-11-25" }\n`);
    const file = join(third.folder, "gatehouse.yaml");
    const settings = readFileSync(file, "utf8").replace(/^personas: .*$/m, "personas: personas");
    const dictionaries = [{ id: "custom.project", group: "person", title: "Projects", words: ["red kite"] }];
    writeFileSync(join(third.folder, "ours.yaml"), JSON.stringify({ dictionaries }));
    writeFileSync(file, `${settings}scopes: { agent: { capacity: 1000, perSecond: 1000 } }\ndlp: { types: [ours.yaml] }\n`); // prettier-ignore
    await third.start();
    const says = `configured otherwise than ${one.name}: ${third.name} in \`scopes\` of gatehouse.yaml, personas `;
    await until(() => stand.lines.some(([node, line]) => node === one.name && line.includes(says)), 30_000);
    const { values, out } = await command(one, "cluster", "status", "--json");
    const { differences } = values[0] as { differences: readonly JsonObject[] };
    expect(differences).toMatchObject([{ node: third.name, scopes: true, personas: expect.arrayContaining(["crowd"]), lock: [], search: ["dlp.types"] }]); // prettier-ignore
    expect(out).toContain('"differing":1');
    expect((await command(one, "cluster", "status")).out).toContain(`Configured otherwise than ${one.name}: ${third.name} in`); // prettier-ignore
    const ready = await fetch(new URL("/readyz", stand.url(one, "crowd")));
    expect([ready.status, await ready.json()]).toMatchObject([200, { ok: true, differences: { [third.name]: ["scopes", "personas", "dlp"] } }]); // prettier-ignore
    await until(() => stand.lines.some(([node, line]) => node === third.name && line.includes(`configured otherwise than ${third.name}: ${one.name} in`)), 30_000); // prettier-ignore
  },
);
