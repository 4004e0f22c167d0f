/** A cluster of one real gateway over a real NATS: no runner-up at all, so that calls rest on the fence log. */
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnyEvent } from "../../actors/roster.ts";
import { lineOf, linesOf } from "../../cluster/archive.cases.ts";
import { ArchiveStream } from "../../cluster/archivestream.ts";
import { decodeFenceEntry } from "../../cluster/fenceentry.ts";
import { decodeFenceFact } from "../../cluster/fencefact.ts";
import type { FenceFact } from "../../cluster/fencefact.ts";
import { operate } from "../../cluster/jetstream.fixture.ts";
import { decodeBatch, type Batch } from "../../cluster/tailbatch.ts";
import { fenceStream } from "../../deploy/cluster/permissions.ts";
import { Nodes, type GatewayNode } from "../../deploy/cluster/nodes.ts";
import { startStand, type Stand } from "../../deploy/cluster/stand.ts";
import { unpackEvent } from "../../node/cluster/eventcodec.ts";
import { readRecords } from "../../node/record/reader.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { limits } from "../../protocol/limits.ts";
import { HostileServer, offerOf, toolNamed, type Asked } from "../hostile/upstream.ts";
import { ModernAgent, resultOf, textOf, type Answer } from "../hostile/upstreamagent.ts";
import { httpUpstream, until, writeConfiguration } from "../hostile/upstreamstand.ts";

const program = resolve(import.meta.dirname, "../../bin/gatehouse.mjs");
const startMs = 90_000;
const longMs = 60_000;
const key = "default/desk/ann/-";
let folder: string;
let stand: Stand;
let upstream: HostileServer;
let nodes: Nodes;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-one-"));
  stand = await startStand({ servers: 1, nodes: ["n1"] });
  const serve = (asked: Asked): void => {
    const name = String(asked.params["name"]);
    appendFileSync(join(folder, "seen.log"), `${name} ${String(asked.args["n"])}\n`);
    if (name !== "hold") asked.text(`${name} ${String(asked.args["n"])}`);
  };
  const offer = offerOf(...["write", "read", "hold"].map((name) => toolNamed(name)));
  upstream = await HostileServer.start({ era: "modern", offer, onCall: serve });
  const configuration = join(folder, "configuration");
  writeConfiguration(configuration, { servers: { tools: httpUpstream(upstream, { repeatable: ["read"], labels: ["customer-data"] }) } }); // prettier-ignore
  nodes = new Nodes({
    folder,
    stand,
    names: ["n1"],
    configuration,
    port: 0,
    restarts: true,
    say: () => undefined,
  });
  await nodes.start("ann", ["desk"]);
}, startMs);

afterAll(async () => {
  await nodes.stop();
  await upstream.stop();
  await stand.stop({ remove: true });
  rmSync(folder, { recursive: true, force: true });
}, longMs);

const node = (): GatewayNode => nodes.all[0] as GatewayNode;
const call = (tool: string, n: string): Promise<Answer> =>
  new ModernAgent(String(node().endpoints[0]?.url), nodes.key).call(tool, { n });
const seen = (line: string): number =>
  readFileSync(join(folder, "seen.log"), "utf8")
    .split("\n")
    .filter((text) => text === line).length;

/** All that stands in the fence logs. */
function facts(): Promise<FenceFact[]> {
  return operate(stand.operatorOptions(), async ({ streams }) => {
    const { state } = await streams.info(fenceStream);
    const found: FenceFact[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await streams.getMessage(fenceStream, { seq });
      const bodies = message === null ? [] : (decodeFenceEntry(message.data)?.bodies ?? []);
      found.push(...bodies.flatMap((body) => decodeFenceFact(body) ?? []));
    }
    return found;
  });
}

test(
  "makes a call that must not run twice, and its operation stands in the fence log",
  { timeout: longMs },
  async () => {
    const answer = await call("write", "first");
    expect(textOf(answer)).toBe("write first");
    expect(seen("write first")).toBe(1);
    const { _meta: own } = resultOf(answer);
    const op = (own as JsonObject)["io.gatehouse/operation"];
    const found = await facts();
    expect(found).toContainEqual(expect.objectContaining({ op, key }));
    // The label that its answer has brought.
    expect(found).toContainEqual(expect.objectContaining({ op: "", key }));
  },
);

test("a repeatable call asks no log", { timeout: longMs }, async () => {
  const before = (await facts()).length;
  expect(textOf(await call("read", "plain"))).toBe("read plain");
  expect(await facts()).toHaveLength(before);
});

test("the log of a session that goes on and on stays short", { timeout: longMs }, async () => {
  const count = 2 * limits.fenceFactsMax + 20;
  for (let at = 0; at < count; at++) expect(textOf(await call("write", `${at}`))).toBe(`write ${at}`);
  expect((await facts()).length).toBeLessThan(limits.fenceFactsMax);
});

test(
  "what it records and journals is in the store too, byte for byte, in numbered batches",
  { timeout: longMs },
  async () => {
    expect(textOf(await call("write", "copied"))).toBe("write copied");
    const isCopied = async (): Promise<boolean> =>
      Buffer.concat((await batches()).flatMap(({ records }) => records.map(({ bytes }) => bytes))).includes(
        "write copied",
      ) || // prettier-ignore
      (await batches()).some(({ turns }) => turns.some(({ entry }) => entry.event.kind === "call"));
    await until(isCopied);
    const found = await batches();
    expect(found.map(({ number }) => number)).toEqual(found.map((_, at) => at + 1));
    const turns = found.flatMap(({ turns: each }) => each);
    expect(turns.some(({ entry }) => entry.key === key && entry.event.kind === "answered")).toBe(true);
    const copy = Buffer.concat(found.flatMap(({ records }) => records.map(({ bytes }) => bytes)));
    const [incarnation = ""] = readdirSync(join(node().folder, "data", "records")).filter((name) => !name.includes(".")); // prettier-ignore
    const segment = readFileSync(join(node().folder, "data", "records", incarnation, "000001.jsonl"));
    expect(copy.length).toBeGreaterThan(1_000);
    expect(segment.subarray(0, copy.length).equals(copy)).toBe(true);
    const status = (await node().ask("status", {})) as { value?: { cluster?: { copies?: unknown } } };
    expect(status.value?.cluster?.copies).toMatchObject({ archive: "open", dropped: 0 });
  },
);

/** All batches of this node's last process. */
function batches(): Promise<Batch<AnyEvent>[]> {
  return operate(stand.operatorOptions(), async (_manager, connection) => {
    const archive = await ArchiveStream.open("n1", { name: "GATEHOUSE", replicas: 1, connect: () => Promise.resolve(connection), report: (says) => expect.fail(says) }); // prettier-ignore
    const [line] = (await linesOf(archive, "n1")) ?? [];
    const kept = line === undefined ? [] : ((await lineOf(archive, line)) ?? []);
    return kept.flatMap(({ bytes }) => decodeBatch(bytes, unpackEvent) ?? []);
  });
}

test(
  "after kill -9 with a call under way its next process knows of it, and does not make it again",
  { timeout: longMs },
  async () => {
    const held = call("hold", "open").catch(String);
    await until(() => seen("hold open") === 1);
    const [open] = (await facts()).slice(-1);
    const { pid } = node();
    node().kill("SIGKILL");
    await held;
    await until(() => node().pid !== undefined && node().pid !== pid);
    // Told before any call of the new process.
    await until(async () => String(await shown()) === "*", 45_000);
    const records = [...readRecords(join(node().folder, "data", "records"))].filter(
      ({ op }) => op === open?.op,
    );
    // One is the next process's, of its own records; another is the next owner's, which is the same node, where the store had it.
    const [first, ...outcomes] = records;
    expect(first?.kind).toBe("intent");
    expect([1, 2]).toContain(outcomes.length);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ kind: "outcome", event: { facts: { outcome: "unknown" } } });
    expect(seen("hold open")).toBe(1);
  },
);

test(
  "the last node is drained with a warning before, and says that it has left",
  { timeout: longMs },
  async () => {
    const words: string[] = [];
    const ended = node().ended();
    const child = spawn(process.execPath, [program, "cluster", "drain", "n1", "--config", node().folder, "--json"], { stdio: ["ignore", "pipe", "ignore"] }); // prettier-ignore
    child.stdout
      .setEncoding("utf8")
      .on("data", (text: string) => void words.push(...text.trim().split("\n")));
    await new Promise((done) => child.once("close", done));
    expect(JSON.parse(words[0] ?? "{}")).toEqual({ warning: expect.stringContaining("n1 is the last node that serves: nobody takes its sessions over") }); // prettier-ignore
    expect(JSON.parse(words.at(-1) ?? "{}")).toMatchObject({ command: "cluster drain", ok: true });
    expect(await ended).toBe(0);
  },
);

/** Labels of the agent's session, as operators are shown them. */
async function shown(): Promise<unknown> {
  try {
    const answer = (await node().ask("sessions.show", { key })) as { value?: { labels?: unknown } };
    return answer.value?.labels;
  } catch {
    return undefined; // it does not run yet
  }
}
