import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { RecordLine } from "../../protocol/record.ts";
import { cleanUp, key, makeProject, openDesk } from "../control/desk.fixture.ts";
import type { Desk } from "../control/desk.fixture.ts";
import { tailCommand } from "./audit.ts";
import { cli, cliJson, until } from "./cli.fixture.ts";

afterEach(cleanUp);

const ann = key("reader", "ann");
const bob = key("writer", "bob");

/** A few calls of two agents, an operator's kill; all on disk. */
async function recorded(): Promise<Desk> {
  const desk = openDesk();
  await desk.call(ann, "read", { path: "/srv/a" });
  await desk.call(ann, "read", { path: "/etc/passwd" });
  await desk.call(bob, "list", { n: 1 }, "timeout");
  await desk.operators.handle({ command: "kill", args: { key: bob, by: "op", reason: "a drill" } });
  return desk;
}

function segments(folder: string): string[] {
  const records = join(folder, ".gatehouse", "records");
  return (readdirSync(records, { recursive: true }) as string[])
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => join(records, name));
}

describe("audit tail", () => {
  test("prints one readable line per record, oldest first, and as many as asked for", async () => {
    const desk = await recorded();
    const { status, out } = await cli(desk.folder, ["audit", "tail", "-n", "100"]);
    expect(status).toBe(0);
    expect(out).toHaveLength(desk.records().length);
    const text = out.join("\n");
    expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}node {5}opened/);
    expect(text).toMatch(/intent +allow +default\/reader\/ann\S* +read +\S{22}/);
    expect(text).toMatch(/outcome +ok, 1 ms +default\/reader\/ann\S* +read/);
    expect(text).toMatch(/refusal +deny persona\.argument +default\/reader\/ann\S* +read/);
    expect(text).toMatch(/outcome +timeout/);
    expect(text).toMatch(/session +killed +default\/writer\/bob\S* +by op, a drill/);
    expect(text).toMatch(/admin +session killed .*reason a drill/);
    expect((await cli(desk.folder, ["audit", "tail", "-n", "2"])).out).toEqual(out.slice(-2));
    // What a line names is what the other commands take, with no node to ask.
    const [key = ""] = /default\/reader\/ann\S*/.exec(text) ?? [];
    expect((await cli(desk.folder, ["audit", "replay", key])).status).toBe(0);
  });

  test("--session and --kind keep what fits both; --json gives the record itself", async () => {
    const desk = await recorded();
    const { values, last } = await cliJson(desk.folder, [
      "audit",
      "tail",
      "--session",
      ann,
      "--kind",
      "intent",
    ]);
    expect(values).toEqual(
      desk.records().filter(({ session, kind }) => session === ann && kind === "intent"),
    );
    expect(last).toMatchObject({ command: "audit tail", ok: true, figures: { shown: 1 } });
  });

  test("a name that an agent chose cannot move the cursor or hide", async () => {
    const desk = openDesk();
    await desk.call(ann, "rm\u001b[1A\u001b[2K\nok\u202e");
    const { out } = await cli(desk.folder, ["audit", "tail"]);
    expect(out.join("")).not.toMatch(/[\u001b\u202e\n]/);
    expect(out.join("")).toContain("rm ok");
  });

  test.each([
    [["--kind", "intents"], "did you mean `intent`"],
    [["--session", "ann"], "is no session key"],
    [["ann"], "--session"],
  ])("%j is misuse", async (argv, says) => {
    const desk = await recorded();
    const { status, err } = await cli(desk.folder, ["audit", "tail", ...argv]);
    expect(status).toBe(2);
    expect(err.join("\n")).toContain(says);
  });

  test("a data folder without records says which command makes some", async () => {
    const { status, err } = await cli(makeProject(), ["audit", "tail"]);
    expect(status).toBe(2);
    expect(err.join("\n")).toContain("gatehouse start");
  });

  test("--follow shows what is written from then on, until nobody reads", async () => {
    const desk = await recorded();
    const out: string[] = [];
    const stop = new AbortController();
    const io = {
      out: (text: string) => void out.push(text),
      err: () => undefined,
      json: true,
      spell: (text: string) => text,
      folder: desk.folder,
      env: {},
    };
    const following = tailCommand(["--follow", "-n", "1", "--kind", "refusal"], io, stop.signal);
    await until(() => out.length === 1, "the last refusal is shown");
    await desk.call(ann, "nothing");
    await until(() => out.length === 2, "the new refusal is shown");
    await setTimeout(250);
    stop.abort();
    expect(await following).toBe(0);
    expect(out).toHaveLength(3);
    expect(JSON.parse(out[1] ?? "")).toMatchObject({
      kind: "refusal",
      name: "nothing",
      verdict: { rule: "persona.unlisted" },
    });
    expect(JSON.parse(out[2] ?? "")).toMatchObject({ command: "audit tail", figures: { shown: 2 } });
  });
});

describe("audit show", () => {
  test("prints intent and outcome of one call, with all their parts", async () => {
    const desk = await recorded();
    const { op = "" } = desk.records().find(({ kind }) => kind === "intent") ?? {};
    const { status, out } = await cli(desk.folder, ["audit", "show", op]);
    const text = out.join("\n");
    expect(status).toBe(0);
    expect(text).toMatch(/^intent, .*\n(?:.*\n)*\noutcome, /);
    expect(text).toMatch(/session +default\/reader\/ann\/-/);
    expect(text).toMatch(/outcome +ok/);
    expect((await cliJson(desk.folder, ["audit", "show", op])).values).toEqual(
      desk.records().filter((record) => record.op === op),
    );
  });

  test("an operation that is not on record is a finding, and no operation id at all is misuse", async () => {
    const desk = await recorded();
    expect((await cli(desk.folder, ["audit", "show", "A".repeat(22)])).status).toBe(1);
    expect((await cli(desk.folder, ["audit", "show", "short"])).status).toBe(2);
  });
});

describe("audit verify", () => {
  test("finds nothing in records as they were written, with their node running and stopped", async () => {
    const desk = await recorded();
    await desk.listen();
    expect((await cli(desk.folder, ["audit", "verify"])).status).toBe(0);
    const { head } = desk.recorder;
    await desk.close();
    const { status, values, last } = await cliJson(desk.folder, ["audit", "verify", "--head", head.hash]);
    expect({ status, values }).toEqual({ status: 0, values: [] });
    expect(last).toMatchObject({ ok: true, figures: { segments: 1, findings: 0 } });
  });

  test("names segment, line and byte of a changed letter, and ends with 1", async () => {
    const desk = await recorded();
    await desk.close();
    const [path = ""] = segments(desk.folder);
    const text = readFileSync(path, "utf8");
    const at = text.indexOf('"name":"read"');
    const line = text.slice(0, at).split("\n").length;
    writeFileSync(path, text.replace('"name":"read"', '"name":"reap"'));
    const { status, out } = await cli(desk.folder, ["audit", "verify"]);
    expect(status).toBe(1);
    expect(out[0]).toMatch(new RegExp(String.raw`/000001\.jsonl:${line} \(byte \d+\): changed: `));
    const { values, last } = await cliJson(desk.folder, ["audit", "verify"]);
    expect(values).toMatchObject([
      { finding: { line, byteOffset: text.lastIndexOf("\n", at) + 1, what: "changed" } },
    ]);
    expect(last).toMatchObject({ ok: false, figures: { findings: 1 } });
  });

  test("a head kept elsewhere shows that the end was taken away", async () => {
    const desk = await recorded();
    await desk.close();
    const { head } = desk.recorder;
    const [path = ""] = segments(desk.folder);
    const lines = readFileSync(path, "utf8").split("\n");
    const lastSeal = lines.findLastIndex((each, at) => each.startsWith('{"seal"') && at < lines.length - 3);
    writeFileSync(path, `${lines.slice(0, lastSeal + 1).join("\n")}\n`);
    expect((await cli(desk.folder, ["audit", "verify"])).status).toBe(0);
    const { status, out } = await cli(desk.folder, ["audit", "verify", "--head", head.hash]);
    expect(status).toBe(1);
    expect(out.join("\n")).toContain("truncated");
    expect((await cli(desk.folder, ["audit", "verify", "--head", "x"])).status).toBe(2);
  });
});

describe("audit replay", () => {
  test("says that each decision comes out as recorded", async () => {
    const desk = await recorded();
    const { status, out } = await cli(desk.folder, ["audit", "replay", ann]);
    expect(status).toBe(0);
    expect(out).toEqual(["4 events, 2 decisions: each comes out as recorded"]);
    expect((await cliJson(desk.folder, ["audit", "replay", ann])).last).toMatchObject({
      ok: true,
      figures: { events: 4, decisions: 2, differences: 0 },
    });
  });

  test("prints what differs and ends with 1, for a decision that was rewritten and a role that was edited", async () => {
    const desk = await recorded();
    await desk.close();
    const [path = ""] = segments(desk.folder);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"rule":"persona.argument"', '"rule":"persona.unlisted"'));
    const { status, out } = await cli(desk.folder, ["audit", "replay", ann]);
    expect(status).toBe(1);
    expect(out.join("\n")).toMatch(/read +deny persona\.unlisted +deny persona\.argument +\S{22}/);
    writeFileSync(path, text);
    const roles = join(desk.folder, ".gatehouse", "roles");
    const digest =
      desk.records().find(({ session, role }) => session === ann && role !== undefined)?.role ?? "";
    writeFileSync(
      join(roles, `${digest}.json`),
      readFileSync(join(roles, `${digest}.json`), "utf8").replace('"/srv"', '"/etc"'),
    );
    const edited = await cliJson(desk.folder, ["audit", "replay", ann]);
    expect(edited.status).toBe(1);
    expect(edited.values).toContainEqual({
      role: { digest, says: expect.stringContaining("somebody changed it") },
    });
  });

  test("a session that no record names cannot be replayed, and nothing claims that it came out the same", async () => {
    const desk = await recorded();
    const { status, last } = await cliJson(desk.folder, ["audit", "replay", key("reader", "nobody")]);
    expect([status, last]).toMatchObject([2, { ok: false }]);
    expect(desk.records() satisfies RecordLine[]).not.toEqual([]);
  });
});
