import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { cleanUp, key, openDesk, startAt } from "./desk.fixture.ts";
import type { Desk } from "./desk.fixture.ts";
import type { SessionAnswer } from "./listing.ts";
import type { SessionsAnswer } from "./listingdesk.ts";
import type { KeyAnswer } from "./keydesk.ts";
import type { KillAnswer, LiftAnswer } from "./operators.ts";

afterEach(cleanUp);

const ann = key("reader", "ann");
const bob = key("reader", "bob");

function ask(desk: Desk, command: string, args: { readonly [name: string]: unknown } = {}): Promise<unknown> {
  return desk.operators.handle({ command, args });
}

const who = { by: "op", reason: "a drill" };

describe("a request that is not as it must be", () => {
  test.each([
    ["nothing", undefined, "REQUEST_SHAPE"],
    ["a command that does not exist", { command: "sessions.drop", args: {} }, "METHOD_UNKNOWN"],
    ["arguments that are a list", { command: "status", args: [] }, "PARAMS_INVALID"],
    ["an argument that nobody knows", { command: "kill", args: { ...who, agnt: "ann" } }, "PARAMS_INVALID"],
    ["nobody to kill", { command: "kill", args: who }, "PARAMS_INVALID"],
    ["two to kill", { command: "kill", args: { ...who, agent: "ann", persona: "reader" } }, "PARAMS_INVALID"],
    ["all: false", { command: "kill", args: { ...who, all: false } }, "PARAMS_INVALID"],
    ["a kill without a reason", { command: "kill", args: { by: "op", agent: "ann" } }, "PARAMS_INVALID"],
    ["a kill by nobody", { command: "kill", args: { reason: "r", agent: "ann" } }, "PARAMS_INVALID"],
    [
      "an operator who calls himself a rule",
      { command: "kill", args: { ...who, by: "kill rule AAAAAAAA", key: ann } },
      "PARAMS_INVALID",
    ],
    [
      "a session key of three parts",
      { command: "kill", args: { ...who, key: "default/reader/ann" } },
      "PARAMS_INVALID",
    ],
    [
      "a reason with an escape in it",
      { command: "kill", args: { ...who, key: ann, reason: "a\u001b[2J" } },
      "PARAMS_INVALID",
    ],
    [
      "a lift of something else",
      { command: "sessions.lift", args: { ...who, key: ann, what: "everything" } },
      "PARAMS_INVALID",
    ],
    [
      "tools lifted from a persona",
      { command: "sessions.lift", args: { ...who, persona: "reader", what: "tools" } },
      "PARAMS_INVALID",
    ],
    [
      "a key that lives for ever",
      { command: "keys.create", args: { by: "op", agent: "a", personas: ["reader"], lifeMs: 1e13 } },
      "PARAMS_INVALID",
    ],
    [
      "a key for a number",
      { command: "keys.create", args: { by: "op", agent: 7, personas: ["reader"] } },
      "PARAMS_INVALID",
    ],
    ["a list of minus one sessions", { command: "sessions.list", args: { limit: -1 } }, "PARAMS_INVALID"],
  ])("%s is refused with %s", async (_, request, code) => {
    const desk = openDesk();
    await expect(desk.operators.handle(request as never)).rejects.toMatchObject({ code });
    expect(desk.kills.rules).toEqual([]);
    expect(desk.records().filter(({ kind }) => kind === "admin")).toEqual([]);
  });

  test("whatever comes, the answer is a value or an error of the table, and nobody is stopped by it", async () => {
    const desk = openDesk();
    const command = fc.constantFrom("status", "sessions.list", "sessions.show", "sessions.lift", "kill", "keys.create", "keys.list", "keys.revoke", "keys.rotate", "catalogue.check", "catalogue.accept"); // prettier-ignore
    const name = fc.constantFrom("key", "agent", "persona", "all", "what", "by", "reason", "id", "server", "names", "personas", "limit", "prefix", "__proto__"); // prettier-ignore
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(ann, "", "\u0000"));
    await fc.assert(
      fc.asyncProperty(
        command,
        fc.oneof(fc.jsonValue(), fc.dictionary(name, value, { maxKeys: 3 })),
        async (which, args) => {
          const answer = await desk.operators
            .handle({ command: which, args: args as never })
            .catch((fault: unknown) => fault);
          expect(answer instanceof Error ? answer : new GatewayError("INTERNAL")).toBeInstanceOf(
            GatewayError,
          );
        },
      ),
      { numRuns: 300 },
    );
    expect((await desk.call(ann, "read", { path: "/srv/a" })).kind).toBe("allow");
  });

  test("another spelling of a session is refused, with the right one: it would stop nobody", async () => {
    const desk = openDesk();
    await expect(ask(desk, "kill", { ...who, key: "default/reader/a b/-" })).rejects.toThrow(
      "default/reader/a%20b/-",
    );
  });
});

describe("kill by key", () => {
  test("refuses the session's next call and closes what it has open, and nobody else's", async () => {
    const desk = openDesk();
    await desk.call(ann, "read", { path: "/srv/a" });
    const answer = (await ask(desk, "kill", { ...who, key: ann })) as KillAnswer;
    expect(answer).toEqual({ killed: 1, recorded: true });
    expect(await desk.call(ann, "read", { path: "/srv/a" })).toMatchObject({
      kind: "deny",
      rule: "session.killed",
    });
    expect((await desk.call(bob, "read", { path: "/srv/a" })).kind).toBe("allow");
    expect(desk.closed).toEqual([ann]);
  });

  test("holds for a session that does not exist yet, and over a crash right after it", async () => {
    const desk = openDesk();
    await ask(desk, "kill", { ...who, key: ann });
    // No passivateAll, no close: what a killed process leaves.
    const after = openDesk(desk.folder, startAt + 60_000);
    expect(await after.call(ann, "list")).toMatchObject({ rule: "session.killed" });
    await ask(after, "sessions.lift", { ...who, key: ann, what: "kill" });
    expect((await after.call(ann, "list")).kind).toBe("allow");
    const third = openDesk(desk.folder, startAt + 120_000);
    expect((await third.call(ann, "list")).kind).toBe("allow");
  });

  test("is on record with who and why, as an act and in the session's own line", async () => {
    const desk = openDesk();
    await ask(desk, "kill", { ...who, key: ann });
    const records = desk.records();
    expect(records.find(({ kind }) => kind === "session")).toMatchObject({
      session: ann,
      event: { kind: "killed", by: "op", reason: "a drill" },
    });
    expect(records.find(({ kind }) => kind === "admin")).toMatchObject({
      session: ann,
      auth: { by: "control", id: "op" },
      about: { what: "session killed", reason: "a drill" },
    });
  });
});

describe("kill by rule", () => {
  test("stops active sessions, put-away ones, those to come, and streams that never called", async () => {
    const desk = openDesk();
    const [away, listener, later] = [key("reader", "zoe"), key("reader", "lis"), key("reader", "new")];
    await desk.call(ann, "list");
    await desk.call(away, "list");
    desk.host.passivateIdle(startAt + 3_600_000, 1);
    desk.open.add(listener);
    const answer = (await ask(desk, "kill", { ...who, persona: "reader" })) as KillAnswer;
    expect(answer.rule).toMatchObject({ persona: "reader", by: "op", reason: "a drill" });
    expect(answer.killed).toBe(2);
    expect(desk.closed).toContain(listener);
    for (const session of [ann, away, listener, later])
      expect([session, await desk.call(session, "list")]).toMatchObject([
        session,
        { rule: "session.killed" },
      ]);
    expect((await desk.call(key("writer", "ann"), "list")).kind).toBe("allow");
  });

  test("outlives the process, and its lift frees whom it stopped but nobody stopped by key", async () => {
    const desk = openDesk();
    await desk.call(ann, "list");
    await ask(desk, "kill", { ...who, key: bob });
    await ask(desk, "kill", { ...who, all: true });
    await desk.call(ann, "list");
    await desk.close();
    const after = openDesk(desk.folder, startAt + 60_000);
    expect(await after.call(ann, "list")).toMatchObject({ rule: "session.killed" });
    await expect(ask(after, "sessions.lift", { ...who, key: ann })).rejects.toThrow("sessions lift --all");
    expect((await ask(after, "sessions.lift", { ...who, all: true })) as LiftAnswer).toMatchObject({
      lifted: 1,
    });
    expect((await after.call(ann, "list")).kind).toBe("allow");
    expect(await after.call(bob, "list")).toMatchObject({ rule: "session.killed" });
    expect(
      after
        .records()
        .filter(({ kind }) => kind === "admin")
        .map(({ about }) => about?.["what"]),
    ).toEqual(["session killed", "kill rule added", "kill rule lifted"]);
  });

  test("a put-away session that was stopped goes on at its next call after the lift, although nobody woke it", async () => {
    const desk = openDesk();
    await ask(desk, "kill", { ...who, agent: "ann" });
    await desk.call(ann, "list");
    desk.host.passivateIdle(startAt + 3_600_000, 10);
    expect((await ask(desk, "sessions.lift", { ...who, agent: "ann" })) as LiftAnswer).toMatchObject({
      lifted: 0,
    });
    expect(((await ask(desk, "sessions.list")) as SessionsAnswer).sessions).toMatchObject([
      { key: ann, killedBy: "" },
    ]);
    expect((await desk.call(ann, "list")).kind).toBe("allow");
  });

  test("a thousand sessions are stopped within a second", async () => {
    const desk = openDesk();
    for (let at = 0; at < 1_000; at++) desk.judge(key("reader", `agent-${at}`), "list");
    const from = performance.now();
    const answer = (await ask(desk, "kill", { ...who, all: true })) as KillAnswer;
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(answer.killed).toBe(1_000);
    expect(new Set(desk.closed).size).toBe(1_000);
  });
});

describe("when the record is refused", () => {
  test("a kill holds all the same, and says that it is not on record", async () => {
    const desk = openDesk();
    await desk.recorder.close();
    expect(await ask(desk, "kill", { ...who, agent: "ann" })).toMatchObject({ recorded: false });
    expect(desk.judge(ann, "list").verdict).toMatchObject({ rule: "session.killed" });
  });

  test("nothing is lifted, no key is in force and nothing is accepted", async () => {
    const desk = openDesk();
    await ask(desk, "kill", { ...who, key: ann });
    await ask(desk, "kill", { ...who, persona: "writer" });
    await desk.recorder.close();
    const refused = { code: "RECORD_UNAVAILABLE" };
    await expect(ask(desk, "sessions.lift", { ...who, key: ann })).rejects.toMatchObject(refused);
    await expect(ask(desk, "sessions.lift", { ...who, persona: "writer" })).rejects.toMatchObject(refused);
    await expect(
      ask(desk, "keys.create", { by: "op", agent: "ann", personas: ["reader"] }),
    ).rejects.toMatchObject(refused);
    await expect(ask(desk, "catalogue.accept", { by: "op", server: "files" })).rejects.toMatchObject(refused);
    expect(desk.judge(ann, "list").verdict).toMatchObject({ rule: "session.killed" });
    expect(desk.kills.rules).toHaveLength(1);
    expect(desk.keys.size).toBe(0);
  });

  test("a rule that the disk does not take is reported, after everybody has been stopped", async () => {
    const desk = openDesk();
    await desk.call(ann, "list");
    rmSync(desk.folder, { recursive: true });
    await expect(ask(desk, "kill", { ...who, all: true })).rejects.toThrow("ends when this node does");
    expect(desk.closed).toEqual([ann]);
    expect(desk.judge(bob, "list").verdict).toMatchObject({ rule: "session.killed" });
  });
});

describe("keys", () => {
  test("are made, rotated and revoked on record, and no record or answer but one holds the secret", async () => {
    const desk = openDesk();
    const made = (await ask(desk, "keys.create", {
      by: "op",
      agent: "ann",
      personas: ["reader"],
      lifeMs: 86_400_000,
    })) as KeyAnswer;
    const next = (await ask(desk, "keys.rotate", { by: "op", id: made.row.id })) as KeyAnswer;
    expect(desk.looks).toBe(0);
    await ask(desk, "keys.revoke", { by: "op", id: next.row.id });
    expect(desk.looks).toBe(1);
    expect(desk.keys.verify(made.key, startAt)).toMatchObject({ agent: "ann" });
    expect(desk.keys.verify(next.key, startAt)).toBeUndefined();
    const admin = desk.records().filter(({ kind }) => kind === "admin");
    expect(admin.map(({ about }) => [about?.["what"], about?.["key"]])).toEqual([
      ["key created", made.row.id],
      ["key rotated", next.row.id],
      ["key revoked", next.row.id],
    ]);
    const listed = JSON.stringify(await ask(desk, "keys.list"));
    const folder = desk.data.file("records");
    const disk = (readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("");
    for (const { key: text } of [made, next]) {
      const secret = text.split("_")[2] ?? "";
      expect(secret.length).toBeGreaterThan(20);
      expect(disk + listed).not.toContain(secret);
    }
  });

  test("a key that is not there cannot be revoked or rotated", async () => {
    const desk = openDesk();
    await expect(ask(desk, "keys.revoke", { by: "op", id: "AAAAAAAAAAAA" })).rejects.toMatchObject({
      code: "PARAMS_INVALID",
    });
    await expect(ask(desk, "keys.rotate", { by: "op", id: "AAAAAAAAAAAA" })).rejects.toMatchObject({
      code: "PARAMS_INVALID",
    });
  });
});

describe("what operators read", () => {
  test("sessions are listed from memory and from disk, by prefix and up to a limit", async () => {
    const desk = openDesk();
    await desk.call(ann, "list");
    desk.host.passivateIdle(startAt + 3_600_000, 1);
    await desk.call(bob, "list");
    await desk.call(key("writer", "ann"), "list");
    const all = (await ask(desk, "sessions.list")) as SessionsAnswer;
    expect(Object.fromEntries(all.sessions.map((each) => [each.key, each.isActive]))).toEqual({
      [ann]: false,
      [bob]: true,
      [key("writer", "ann")]: true,
    });
    expect(
      ((await ask(desk, "sessions.list", { prefix: "default/writer/" })) as SessionsAnswer).sessions,
    ).toHaveLength(1);
    expect(await ask(desk, "sessions.list", { limit: 2 })).toMatchObject({
      isCut: true,
      sessions: { length: 2 },
    });
    expect(await ask(desk, "sessions.list", { limit: 3 })).toMatchObject({ isCut: false });
  });

  test("one session shows its rate tokens, its failing tool and its open calls by name", async () => {
    const desk = openDesk();
    for (let at = 0; at < 3; at++) await desk.call(ann, "read", { path: "/srv/a" });
    for (let at = 0; at < 5; at++) await desk.call(ann, "list", { n: at }, "timeout");
    desk.judge(ann, "read", { path: "/srv/b" });
    const shown = (await ask(desk, "sessions.show", { key: ann })) as SessionAnswer;
    expect(shown.buckets.find(({ of }) => of === "read")).toEqual({
      of: "read",
      tokens: 1,
      capacity: 5,
      perSecond: 1,
    });
    expect(shown.buckets.find(({ of }) => of === "session")?.tokens).toBe(991);
    expect(shown.breakers).toEqual([
      { of: "files list", state: "open", failures: 5, until: startAt + 30_000 },
    ]);
    expect(shown.openCalls).toMatchObject([{ name: "read" }]);
    desk.at += 30_000;
    expect(((await ask(desk, "sessions.show", { key: ann })) as SessionAnswer).breakers).toMatchObject([
      { state: "half-open" },
    ]);
    await ask(desk, "sessions.lift", { ...who, key: ann, what: "tools" });
    expect(((await ask(desk, "sessions.show", { key: ann })) as SessionAnswer).breakers).toEqual([]);
  });

  test("the behaviour breaker is shown with its reason, and lifted", async () => {
    const desk = openDesk();
    for (let at = 0; at < 5; at++) await desk.call(ann, "list", { n: 1 }, "tool-error");
    const shown = (await ask(desk, "sessions.show", { key: ann })) as SessionAnswer;
    expect(shown.behaviour).toMatchObject({ state: "open", until: startAt + 60_000 });
    expect(shown.behaviour.because).toContain("list");
    expect(await desk.call(ann, "list", { n: 2 })).toMatchObject({ kind: "quarantine" });
    expect(await ask(desk, "sessions.lift", { ...who, key: ann, what: "behaviour" })).toEqual({ lifted: 1 });
    expect((await desk.call(ann, "list", { n: 3 })).kind).toBe("allow");
  });

  test("a session that nobody knows is not shown and not lifted; one that is not stopped has nothing to lift", async () => {
    const desk = openDesk();
    await expect(ask(desk, "sessions.show", { key: ann })).rejects.toThrow("no session has this key");
    await expect(ask(desk, "sessions.lift", { ...who, key: ann })).rejects.toThrow("no session has this key");
    await desk.call(ann, "list");
    expect(await ask(desk, "sessions.lift", { ...who, key: ann })).toEqual({ lifted: 0 });
  });

  test("the status names the kill rules beside what the node says", async () => {
    const desk = openDesk();
    await ask(desk, "kill", { ...who, persona: "writer" });
    expect(await ask(desk, "status")).toMatchObject({ node: "node-1", kills: [{ persona: "writer" }] });
  });
});
