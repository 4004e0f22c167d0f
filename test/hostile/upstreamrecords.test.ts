/** Records against what servers saw: kill -9, a disk that is full, and a replay of all of it (checklist L1, L4). */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { inject } from "vitest";
import { readRecords } from "../../node/record/reader.ts";
import { verifyFolder } from "../../node/record/verify.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { HostileServer, offerOf, toolNamed, type Asked } from "./upstream.ts";
import { codeOf, ModernAgent, OlderAgent, SocketAgent, textOf } from "./upstreamagent.ts";
import { ChildNode, command, recordsFolder } from "./upstreamchildnode.ts";
import {
  cleanUp,
  httpUpstream,
  later,
  pause,
  Stand,
  temporary,
  until,
  writeConfiguration,
  type StandOptions,
} from "./upstreamstand.ts";

afterEach(cleanUp);

/** Numbers drawn from the run's seed. */
function randoms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The argument `n` of a call on record: a constraint of the role made it a fact. */
function numberOf(record: RecordLine): string {
  const { facts } = record.event as unknown as { facts: { values?: readonly { readonly value: unknown }[] } };
  return String(facts.values?.[0]?.value);
}

const number = { n: { required: true, pattern: "[0-9]+" } };

/** A server that notes the number of each call it gets, and takes its time to answer. */
async function noting(): Promise<{ hook: { seen: () => void }; seen: string[]; options: StandOptions }> {
  const seen: string[] = [];
  const hook = { seen: (): void => undefined };
  const onCall = async (asked: Asked): Promise<void> => {
    seen.push(String(asked.args["n"]));
    hook.seen();
    await pause(2 + (seen.length % 7));
    asked.text("did it");
  };
  const server = await HostileServer.start({
    era: "modern",
    offer: offerOf(toolNamed("read"), toolNamed("write")),
    onCall,
  });
  later(() => server.stop());
  const servers = { shop: httpUpstream(server, { repeatable: ["read"], isolation: "shared" }) };
  return { hook, seen, options: { servers, constraints: { read: number, write: number } } };
}

/** Intents and outcomes of a records folder; `unknown`: outcomes that a later start gave. */
function joined(
  folder: string,
  seen: readonly string[],
): { withoutIntent: string[]; twice: string[]; open: number; unknown: number } {
  const records = [...readRecords(recordsFolder(folder))];
  const intents = records.filter(({ kind }) => kind === "intent");
  const numbers = new Set(intents.map(numberOf));
  const open = new Set(intents.map(({ op }) => op));
  let unknown = 0;
  const twice: string[] = [];
  for (const { kind, op, event } of records) {
    if (kind !== "outcome") continue;
    if (!open.delete(op)) twice.push(String(op));
    if ((event as unknown as { facts: { outcome: string } }).facts.outcome === "unknown") unknown++;
  }
  return { withoutIntent: seen.filter((n) => !numbers.has(n)), twice, open: open.size, unknown };
}

test("L1 kill -9 in the middle of 300 calls, three times: every call that the server saw has its intent on record", async () => {
  const { hook, seen, options } = await noting();
  const folder = temporary();
  writeConfiguration(folder, options);
  const random = randoms(inject("seed"));
  let next = 1_000;
  let key: string | undefined;
  let answered = 0;
  for (let round = 0; round < 3; round++) {
    const node = await ChildNode.start(folder);
    key ??= node.key;
    const agent = new ModernAgent(node.urlOf("desk"), key);
    const before = seen.length;
    const killAfter = before + 20 + Math.floor(random() * 70);
    const worker = async (): Promise<void> => {
      for (let n = 0; n < 10; n++) {
        const answer = await agent
          .call(random() < 0.5 ? "read" : "write", { n: String(next++) })
          .catch(() => undefined);
        if (answer !== undefined && textOf(answer) === "did it") answered++;
      }
    };
    // The server ends the gateway itself, at once or a moment later: the call it just saw is the one that might lack its intent.
    const delayMs = random() < 0.5 ? 0 : random() * 4;
    hook.seen = () => {
      if (seen.length !== killAfter) return;
      if (delayMs === 0) node.child.kill("SIGKILL");
      else setTimeout(() => node.child.kill("SIGKILL"), delayMs);
    };
    const workers = Promise.all(Array.from({ length: 10 }, worker));
    await node.ended;
    await workers;
    expect(seen.length - before, "the kill came before the last call").toBeLessThan(100);
    expect(joined(folder, seen).withoutIntent, `round ${round}`).toEqual([]);
  }
  // The next start finds what was under way, says so, and is a gateway that works.
  const node = await ChildNode.start(folder);
  const agent = new ModernAgent(node.urlOf("desk"), key ?? "");
  expect(textOf(await agent.call("write", { n: String(next++) }))).toBe("did it");
  node.child.kill("SIGTERM");
  await node.ended;
  const { withoutIntent, twice, open, unknown } = joined(folder, seen);
  expect({ withoutIntent, twice, open }).toEqual({ withoutIntent: [], twice: [], open: 0 });
  expect(unknown).toBeGreaterThan(0);
  process.stdout.write(
    `L1: ${seen.length} calls seen by the server, ${answered} answered, ${unknown} outcomes unknown, 0 without intent\n`,
  );
  expect(verifyFolder(recordsFolder(folder)).findings).toEqual([]);
  expect(command(folder, ["audit", "verify"]).ok).toBe(true);
  const session =
    [...readRecords(recordsFolder(folder))].find(({ kind }) => kind === "intent")?.session ?? "";
  expect(command(folder, ["audit", "replay", session])).toMatchObject({
    ok: true,
    figures: { differences: 0 },
  });
}, 60_000);

test("L4 while the disk takes no records no call is executed; when it does again, calls are, and no breaker holds them up", async () => {
  const { seen, options } = await noting();
  const folder = temporary();
  writeConfiguration(folder, options);
  const node = await ChildNode.start(folder);
  const modern = new ModernAgent(node.urlOf("desk"), node.key);
  const older = await OlderAgent.open(node.urlOf("desk"), node.key);
  const socket = await SocketAgent.open(node.urlOf("desk"), node.key);
  await socket.initialize();
  let next = 1_000;
  for (const tool of ["read", "write"])
    expect(textOf(await modern.call(tool, { n: String(next++) }))).toBe("did it");
  const before = seen.length;

  node.limitFiles(0);
  const codes: unknown[] = [];
  for (let n = 0; n < 8; n++)
    for (const tool of ["read", "write"]) {
      const answer = await modern.call(tool, { n: String(next++) });
      codes.push(answer.status, codeOf(answer));
      codes.push(codeOf(await older.call(tool, { n: String(next++) })));
      const params = { name: tool, arguments: { n: String(next++) } };
      codes.push(codeOf({ last: await socket.response(socket.older("tools/call", params)) }));
    }
  expect(new Set(codes)).toEqual(new Set([503, "RECORD_UNAVAILABLE"]));
  expect(seen.length).toBe(before);
  const ready = await fetch(new URL("/readyz", node.urlOf("desk")));
  expect(ready.status).toBe(503);
  await ready.text();

  node.limitFiles(undefined);
  const startedMs = performance.now();
  await until(async () => textOf(await modern.call("write", { n: String(next++) })) === "did it", 5_000);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(textOf(await older.call("read", { n: String(next++) }))).toBe("did it");
  node.child.kill("SIGTERM");
  await node.ended;
  expect(joined(folder, seen).withoutIntent).toEqual([]);
  expect(verifyFolder(recordsFolder(folder)).findings).toEqual([]);
  const told = [...readRecords(recordsFolder(folder), { kind: "node" })].find(
    ({ about }) => about?.["what"] === "written again",
  );
  expect(Number(told?.about?.["refused"])).toBeGreaterThan(0);
}, 40_000);

describe("a replay of what really happened", () => {
  /** Draws of what agents and operators do; each number is an act. */
  const acts = fc.array(fc.nat({ max: 13 }), { minLength: 40, maxLength: 120 });

  test("gives no difference, whatever agents, servers and operators did", async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (drawn) => {
        try {
          await replayOf(drawn);
        } finally {
          await cleanUp();
        }
      }),
      { numRuns: 3, endOnFailure: true },
    );
  }, 60_000);

  async function replayOf(drawn: readonly number[]): Promise<void> {
    let mood = "well";
    const server = await HostileServer.start({
      era: "modern",
      offer: offerOf(toolNamed("read"), toolNamed("write"), toolNamed("pay")),
      onCall: (asked) => {
        if (mood === "error") return asked.error(-32000, "no");
        if (mood === "tool-error") return asked.result({ content: [], isError: true });
        if (mood === "gone") return asked.response.destroy();
        if (mood === "silent") return undefined;
        return asked.text(String(asked.args["n"]));
      },
    });
    later(() => server.stop());
    const stand = await Stand.start({
      servers: { shop: httpUpstream(server, { callSeconds: 0.05, repeatable: ["read"] }) },
      constraints: { read: number },
      role: {
        limits: {
          agent: { capacity: 25, perSecond: 20 },
          tool: { capacity: 8, perSecond: 5 },
          budget: { calls: 60, hours: 1 },
          openCalls: 3,
        },
        breakers: {
          tool: { failures: 3, openSeconds: 0.2 },
          behaviour: { identical: 4, similar: 6, repeats: 8, openSeconds: 0.2 },
        },
      },
    });
    const { key } = stand;
    const agent = new ModernAgent(stand.url, key);
    const other = new ModernAgent(stand.url, stand.keyFor("other"));
    let session = "";
    const moods = ["well", "error", "tool-error", "gone", "silent"];
    for (const act of drawn) {
      if (act < 5) mood = moods[act] ?? "well";
      else if (act < 8)
        await Promise.all([agent.call("read", { n: String(act) }), other.call("write", { n: "1" })]);
      else if (act === 8) await agent.call("read", { n: "not a number" });
      else if (act === 9) await agent.call("nothing");
      else if (act === 10)
        await Promise.all(Array.from({ length: 5 }, (_, n) => agent.call("write", { n: String(n) })));
      else if (act === 11)
        await agent.call("pay", { n: "1" }, { signal: AbortSignal.timeout(5) }).catch(() => undefined);
      else if (session !== "")
        await stand.ask(act === 12 ? "kill" : "sessions.lift", liftOrKill(act, session));
      session = stand.records().findLast((record) => record.kind === "intent")?.session ?? session;
    }
    await until(() => stand.records("intent").length === stand.records("outcome").length);
    await stand.node.stop();
    expect(stand.faults).toEqual([]);
    const replays = stand.replays();
    expect(replays.flatMap(({ differences, badRoles }) => [...differences, ...badRoles])).toEqual([]);
    expect(replays.reduce((sum, { decisions }) => sum + decisions, 0)).toBeGreaterThan(0);
    expect(stand.verified().findings).toEqual([]);
  }

  function liftOrKill(act: number, session: string): JsonObject {
    const common = { key: session, by: "root", reason: "the test" };
    return act === 12 ? common : { ...common, what: "kill" };
  }
});
