import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Outcome } from "../../protocol/facts.ts";
import type { RecordLine } from "../../protocol/record.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { digestOf } from "../catalogue/definition.ts";
import { administratorKey } from "../control/administrator.ts";
import { cleanUp, key, openDesk, startAt, tableOf } from "../control/desk.fixture.ts";
import type { Desk } from "../control/desk.fixture.ts";
import { replay } from "./replay.ts";

afterEach(cleanUp);

const ann = key("reader", "ann");

function replayDesk(
  desk: Desk,
  change: (record: RecordLine) => RecordLine = (record) => record,
): ReturnType<typeof replay> {
  const records = desk.records().filter(({ session }) => session === ann);
  return replay(records.map(change), (digest) => desk.data.loadRole(digest));
}

const anyStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      call: fc.constantFrom("read", "list", "nothing"),
      args: fc.constantFrom({ path: "/srv/a" }, { path: "/etc/passwd" }, { n: 1 }, { stranger: 1 }),
      outcome: fc.constantFrom<Outcome>("ok", "tool-error", "rpc-error", "timeout", "cancelled", "unknown"),
      laterMs: fc.constantFrom(0, 0, 0, 200, 1_000, 31_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "kill",
      "lift",
      "behaviour",
      "tools",
      "flow",
      "put away",
      "flush",
      "other role",
      "own role",
    ),
  },
);

/** Everything that can happen to a session between two calls. */
async function act(desk: Desk, step: string): Promise<void> {
  const at = desk.at;
  const by = { by: "op", reason: "r", key: ann };
  const lift = { kill: undefined, lift: "kill", behaviour: "behaviour", tools: "tools" }[step];
  if (step === "kill") await desk.operators.handle({ command: "kill", args: by });
  else if (lift !== undefined)
    await desk.operators
      .handle({ command: "sessions.lift", args: { ...by, what: lift } })
      .catch(() => undefined);
  else if (step === "flow")
    await desk.operators
      .handle({ command: "flow.lift", args: { ...by, administrator: administratorKey(desk.data.path, {}) } })
      .catch(() => undefined);
  else if (step === "put away") desk.host.passivateIdle(at + 3_600_000, 10);
  else if (step === "flush") desk.governor.timed(desk.host.flushRefusals(at), at);
  else {
    const table = tableOf("reader");
    const next = step === "own role" ? table : { ...table, grants: table.grants.slice(0, 1) };
    desk.data.saveRole(digestOf(next), next);
    desk.roles.put("reader", { digest: digestOf(next), table: next, definitions: [], templates: [] });
  }
}

describe("a replay of what was recorded", () => {
  test("gives every decision again, whatever happened to the session", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 60 }), async (steps) => {
        const desk = openDesk();
        let calls = 0;
        for (const step of steps) {
          if (typeof step === "string") await act(desk, step);
          else {
            desk.at += step.laterMs;
            await desk.call(ann, step.call, step.args, step.outcome);
            calls++;
          }
        }
        const found = replayDesk(desk);
        await desk.close();
        expect(found.differences).toEqual([]);
        expect(found.badRoles.size).toBe(0);
        expect(found.decisions).toBeLessThanOrEqual(calls);
        expect(found.decisions > 0).toBe(calls > 0);
      }),
      { numRuns: 25 },
    );
  });

  test("begins afresh where the node had: a crash lost what it remembered", async () => {
    const desk = openDesk();
    for (let at = 0; at < 5; at++) await desk.call(ann, "read", { path: "/srv/a" });
    // No passivation: the next node starts from nothing, with a full bucket.
    const after = openDesk(desk.folder, startAt + 10);
    for (let at = 0; at < 6; at++) await after.call(ann, "read", { path: "/srv/a" });
    const found = replayDesk(after);
    expect(found).toMatchObject({ lives: 2, decisions: 11, differenceCount: 0 });
  });

  test("goes on where the node went on: what was put away is not begun afresh", async () => {
    const desk = openDesk();
    for (let at = 0; at < 5; at++) await desk.call(ann, "read", { path: "/srv/a" });
    await desk.close();
    const after = openDesk(desk.folder, startAt + 10);
    expect((await after.call(ann, "read", { path: "/srv/a" })).kind).toBe("throttle");
    expect(replayDesk(after)).toMatchObject({ lives: 1, decisions: 6, differenceCount: 0 });
  });
});

describe("what does not fit is found", () => {
  async function recorded(): Promise<Desk> {
    const desk = openDesk();
    for (let at = 0; at < 7; at++) await desk.call(ann, "read", { path: "/srv/a" });
    await desk.call(ann, "read", { path: "/etc/passwd" });
    return desk;
  }

  test("an allowed call that the record calls refused, and a refused one that it calls allowed", async () => {
    const desk = await recorded();
    const denied = replayDesk(desk, (record) =>
      record.kind === "intent"
        ? { ...record, kind: "refusal", verdict: { kind: "deny", rule: "persona.unlisted", says: "" } }
        : record,
    );
    expect(denied.differences[0]).toMatchObject({
      recorded: "deny persona.unlisted",
      replayed: "allow",
      name: "read",
    });
    expect(denied.differenceCount).toBe(5);
    const allowed = replayDesk(desk, (record) =>
      record.kind === "refusal" ? { ...record, kind: "intent" } : record,
    );
    expect(allowed.differences.map(({ recorded: was, replayed }) => [was, replayed])).toEqual([
      ["allow", "throttle bucket.tool"],
      ["allow", "deny persona.argument"],
    ]);
  });

  test("another rule than the one that refused", async () => {
    const desk = await recorded();
    const found = replayDesk(desk, (record) =>
      record.verdict?.kind === "throttle"
        ? { ...record, verdict: { ...record.verdict, rule: "bucket.agent" } }
        : record,
    );
    expect(found.differences).toMatchObject([
      { recorded: "throttle bucket.agent", replayed: "throttle bucket.tool" },
    ]);
  });

  test("an event that no actor could have taken, without the replay ending there", async () => {
    const desk = await recorded();
    const events = [{ kind: "call", at: 1 }, { kind: "answered" }, { kind: "confessed", at: 1 }];
    for (const event of events) {
      let done = false;
      const found = replayDesk(desk, (record) => {
        if (done || record.kind !== "intent") return record;
        done = true;
        return { ...record, event: event as { kind: string; at: number } };
      });
      expect(found.differenceCount).toBeGreaterThan(0);
      expect(found.events).toBeGreaterThan(7);
    }
  });

  test("an event under another call's record, also where both decisions are the same", async () => {
    const desk = await recorded();
    const [one, other] = desk.records().filter(({ kind }) => kind === "intent");
    const found = replayDesk(desk, (record) => (record.op === one?.op && record.kind === "intent" ? { ...record, event: { kind: "call", at: record.at, ...other?.event } } : record)); // prettier-ignore
    expect(found.differences[0]).toMatchObject({
      op: one?.op,
      recorded: "allow",
      replayed: "the event of another record",
    });
  });

  test("a role table that was edited, and one that is gone", async () => {
    const desk = await recorded();
    const records = desk.records().filter(({ session }) => session === ann);
    const generous = (digest: string): RoleTable | undefined => {
      const table = desk.data.loadRole(digest);
      return (
        table && {
          ...table,
          grants: table.grants.map((grant) => ({ ...grant, bucket: { capacity: 100, perSecond: 100 } })),
        }
      );
    };
    const edited = replay(records, generous);
    expect([...edited.badRoles.values()]).toEqual([expect.stringContaining("somebody changed it")]);
    expect(edited.differenceCount).toBeGreaterThan(0);
    expect([...replay(records, () => undefined).badRoles.values()]).toEqual([
      expect.stringContaining("not in the data folder"),
    ]);
  });
});
