/** From records to a baseline in force, and back, on a real node. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { knownRule, train } from "../../actors/behaviour/training.ts";
import { BaselineStore } from "../baseline/store.ts";
import { cli } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

async function json(
  project: ToyProject,
  words: readonly string[],
): Promise<readonly { readonly [name: string]: unknown }[]> {
  const { out, err } = await cli(project.folder, [...words, "--json"], env);
  return out.length === 0 ? [{ err }] : out.map((each) => JSON.parse(each) as { [name: string]: unknown });
}

function versionIn(line: object | undefined): { readonly version: string } {
  return (line as { readonly baseline: { readonly version: string } }).baseline;
}

/** A node with one persona, and an agent that may call one tool of it. */
async function running() {
  const project = new ToyProject();
  project.grant(["echo"]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const node = await project.start();
  const [made] = await json(project, ["keys", "create", "--agent", "bob", "--persona", "reader"]);
  const url = `http://127.0.0.1:${node.port}/t/default/p/reader/mcp`;
  const call = async (word: string): Promise<number> =>
    (await cli(project.folder, ["call", "reader", "echo", JSON.stringify({ word }), "--key", String(made?.["key"]), "--url", url], env)).status; // prettier-ignore
  return { project, call };
}

test("a baseline is learned, measured and promoted while calls go on; each decision names the one that it was made by, and a replay agrees", async () => {
  const { project, call } = await running();
  const baselineOf = async (): Promise<unknown> => {
    const [record] = await json(project, ["audit", "tail", "-n", "1", "--kind", "intent"]);
    const path = join(project.folder, ".gatehouse", "roles", `${String(record?.["role"])}.json`);
    return (JSON.parse(readFileSync(path, "utf8")) as { baseline?: string }).baseline;
  };
  expect(await call("one")).toBe(0);
  expect(await baselineOf()).toBeUndefined();

  const [built] = await json(project, ["baseline", "build", "reader", "--to", "2999-01-01"]);
  const { version } = versionIn(built);
  const refused = await cli(project.folder, ["baseline", "promote", "reader", version, "--reason", "r"], env);
  expect([refused.status, refused.err.join(" ")]).toEqual([
    2,
    expect.stringContaining("nobody has measured"),
  ]);
  const measured = await json(project, ["baseline", "shadow", "reader", version.slice(0, 8), "--from", "2020-01-01"]); // prettier-ignore
  const { version: better } = versionIn(measured.find((each) => "baseline" in each));
  expect(better).not.toBe(version);
  const said = await cli(project.folder, ["baseline", "shadow", "reader", version.slice(0, 8), "--from", "2020-01-01"], env); // prettier-ignore
  expect(said.out.join("\n")).toContain("Measured on 1 session");
  expect(said.out.join("\n")).not.toContain("Put it in force");

  const early = await cli(project.folder, ["baseline", "promote", "reader", better, "--reason", "r"], env);
  expect([early.status, early.err.join(" ")]).toEqual([2, expect.stringContaining("measured on 1 session")]);
  expect((await cli(project.folder, ["baseline", "promote", "reader", better, "--reason", "measured on a week", "--unmeasured"], env)).status).toBe(0); // prettier-ignore
  expect(await call("two")).toBe(0);
  expect(await baselineOf()).toBe(better);
  const [admin] = await json(project, ["audit", "tail", "-n", "1", "--kind", "admin"]);
  expect(admin?.["about"]).toMatchObject({ what: "baseline promoted", version: better, reason: "measured on a week" }); // prettier-ignore

  expect((await cli(project.folder, ["baseline", "rollback", "reader", "--reason", "too strict"], env)).status).toBe(0); // prettier-ignore
  expect(await call("three")).toBe(0);
  expect(await baselineOf()).toBeUndefined();
  const [replayed] = await json(project, ["audit", "replay", "default/reader/bob/-"]);
  expect(replayed).toMatchObject({ ok: true, figures: { differences: 0 } });
  const shown = await cli(project.folder, ["baseline", "show", "reader"], env);
  expect(shown.out.join("\n")).toMatch(/below 20 sessions no tool has quantiles/);
  expect(shown.out.join("\n")).not.toContain("from 1970");
  expect(shown.out.join("\n")).toMatch(
    /promoted .{8} by .*measured on a week[\s\S]*rolled back none by .*too strict/,
  );
  const all = await cli(project.folder, ["baseline", "show"], env);
  expect(all.out.join("\n")).toMatch(
    /reader: .* promoted .{8} by .*measured on a week[\s\S]*reader: .* rolled back none by/,
  );
});

test("a baseline whose destinations an older version hashed is shown as one that knows none, and is not promoted", async () => {
  const project = new ToyProject();
  project.grant(["echo"]);
  const { baseline } = train({ tenant: "default", persona: "reader", summaries: [], days: [], known: knownRule, approved: [7] }); // prettier-ignore
  const version = new BaselineStore(join(project.folder, ".gatehouse", "baselines")).save({ ...baseline, v: 1 }); // prettier-ignore
  const shown = await cli(project.folder, ["baseline", "show", "reader", version], env);
  expect(shown.out.join("\n")).toContain("none of them is known any more");
  const refused = await cli(project.folder, ["baseline", "promote", "reader", version, "--reason", "r", "--unmeasured"], env); // prettier-ignore
  expect([refused.status, refused.err.join(" ")]).toEqual([2, expect.stringContaining("build and measure another")]); // prettier-ignore
});

test("a baseline that this version cannot read is named with what to do, and hides no other", async () => {
  const project = new ToyProject();
  project.grant(["echo"]);
  const folder = join(project.folder, ".gatehouse", "baselines");
  const { baseline } = train({ tenant: "default", persona: "reader", summaries: [], days: [], known: knownRule, approved: [7] }); // prettier-ignore
  const version = new BaselineStore(folder).save(baseline);
  const newer = "A".repeat(version.length);
  writeFileSync(join(folder, `${newer}.json`), JSON.stringify({ ...baseline, v: 99 }));
  const shown = await cli(project.folder, ["baseline", "show", "reader"], env);
  expect(shown.out.join("\n")).toContain(version);
  expect(shown.err.join("\n")).toMatch(
    new RegExp(`${newer}.json is no baseline that this version reads: v.*; take it away`),
  );
  expect(shown.status).toBe(1);
});

test("of days with nothing but incidents nothing is learned, and that is said instead of what to do with it", async () => {
  const { project, call } = await running();
  await call("a");
  await cli(project.folder, ["kill", "--agent", "bob", "--reason", "a drill"], env);
  const { out, status } = await cli(project.folder, ["baseline", "build", "reader"], env);
  expect([status, out.join("\n")]).toEqual([0, expect.stringContaining("It has learned from no session")]);
  expect(out.join("\n")).not.toContain("Measure it");
  const version = out[0]?.split(" ")[1] ?? "";
  const shadow = await cli(project.folder, ["baseline", "shadow", "reader", version], env);
  expect([shadow.status, shadow.out.at(-1)]).toEqual([1, expect.stringMatching(/^This baseline has learned from no session/)]); // prettier-ignore
  expect(shadow.out.join("\n")).not.toContain("1970");
});

test("that a persona has no baseline is said of that one", async () => {
  const { folder } = new ToyProject();
  expect((await cli(folder, ["baseline", "show", "clerk"], env)).out).toEqual(["There is no baseline of clerk. Learn one: gatehouse baseline build clerk"]); // prettier-ignore
  expect((await cli(folder, ["baseline", "show"], env)).out[0]).toMatch(
    /^There is no baseline\. .* build PERSONA$/,
  );
});

test("days that end before they begin are named as that", async () => {
  const { folder } = new ToyProject();
  const days = ["--from", "2026-02-02", "--to", "2026-02-01"];
  const { status, err } = await cli(folder, ["baseline", "build", "reader", ...days], env);
  expect([status, err.join()]).toEqual([2, expect.stringContaining("--to is before --from")]);
});

test("a cap of the role file stops further reads on a node, and a replay agrees", async () => {
  const project = new ToyProject();
  project.grant(["echo"]);
  const grants = [{ tool: "echo", server: "toy", effect: "read", reason: "the test says so" }];
  const accumulation = [{ server: "toy", per: "user", max: 10, then: "stop", reason: "the test says so" }];
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  project.write("personas/reader.role.yaml", { role: "reader", grants, accumulation });
  const node = await project.start();
  const [made] = await json(project, ["keys", "create", "--agent", "bob", "--persona", "reader"]);
  const url = `http://127.0.0.1:${node.port}/t/default/p/reader/mcp`;
  const ends: string[] = [];
  for (let at = 0; at < 20; at++) {
    const { out } = await cli(project.folder, ["call", "reader", "echo", `{"word":"${at}"}`, "--key", String(made?.["key"]), "--url", url, "--json"], env); // prettier-ignore
    ends.push(out.join("").includes("tally.user") ? "tally.user" : "made");
  }
  // It is told after sixteen reads, or ten seconds.
  expect(ends.slice(0, 11)).toEqual(Array(11).fill("made"));
  expect(ends.slice(16)).toEqual(Array(4).fill("tally.user"));
  const shown = await cli(project.folder, ["sessions", "show", "default/reader/bob/-"], env);
  expect(shown.out.join("\n")).toMatch(/reads stopped {2}of server toy, until \d{4}-\d\d-\d\d 00:00:00Z: more was counted for the user/); // prettier-ignore
  const closing = (await json(project, ["audit", "replay", "default/reader/bob/-"])).at(-1);
  expect(closing).toMatchObject({ ok: true, figures: { differences: 0 } });
});
