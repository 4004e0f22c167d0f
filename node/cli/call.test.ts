import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunningNode } from "../main.ts";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

let project: ToyProject;
let node: RunningNode;
let key: string;

beforeEach(async () => {
  project = new ToyProject();
  await cli(project.folder, ["catalogue", "accept", "toy"], env);
  project.grant(["echo", "fail"]);
  node = await project.start();
  ({ key } = node.keys.create({ agent: "ci", personas: ["reader"] }));
});
afterEach(cleanUpToys);

function call(...argv: readonly string[]): ReturnType<typeof cli> {
  return cli(project.folder, ["call", ...argv], { ...env, GATEHOUSE_KEY: key });
}

describe("call", () => {
  test("prints what the tool says, without what a terminal would obey", async () => {
    expect(await call("reader", "echo", '{"word":"lamp"}')).toMatchObject({
      status: 0,
      out: ['echo says {"word":"lamp"}'],
      err: [],
    });
  });

  test("a tool's own error, a refused argument and an unknown tool are findings; the last two name the rule or the tool", async () => {
    expect(await call("reader", "fail")).toMatchObject({ status: 1, out: ["it failed"] });
    const refused = await call("reader", "echo", '{"stranger":1}');
    expect(refused.status).toBe(1);
    expect(refused.out[0]).toMatch(/does not have\. It is: stranger\.$/);
    const odd = await call("reader", "echo", '{"a b":1}');
    expect(odd.out[0]).toMatch(/does not have\.$/);
    expect(refused.out.join("\n")).toMatch(/\[persona\.unknown-argument, operation [\w-]{22}\]/);
    const unknown = await call("reader", "remove");
    expect(unknown).toMatchObject({
      status: 1,
      out: [],
      err: [expect.stringContaining("Unknown tool: remove")],
    });
  });

  test("--json gives the whole response and closes with isError and the time", async () => {
    const { values, last } = await cliJson(project.folder, ["call", "reader", "echo", "--key", key], env);
    expect(values).toMatchObject([{ response: { result: { content: [{ type: "text" }] } } }]);
    expect(last).toMatchObject({
      command: "call",
      ok: true,
      figures: { isError: false, tookMs: expect.any(Number) },
    });
  });

  test.each([
    [["reader", "echo", "{word:1}"], "not JSON: "],
    [["reader", "echo", "[1]"], "one JSON object"],
    [["reader"], "call takes a persona"],
    [["readr", "echo"], "did you mean `reader`"],
    [["reader", "echo", "--url", "ftp://x"], "no address of an endpoint"],
  ])("%j is misuse", async (argv, says) => {
    const { status, err } = await call(...argv);
    expect(status).toBe(2);
    expect(err.join("\n")).toContain(says);
    expect(err.join("\n").match(/at character/g)?.length ?? 0).toBeLessThan(2);
  });

  test("no key, a wrong key, and no node each say what to do", async () => {
    const none = await cli(project.folder, ["call", "reader", "echo"], env);
    expect(none.status).toBe(2);
    expect(none.err.join("\n")).toContain("GATEHOUSE_KEY");
    const wrong = await cli(
      project.folder,
      ["call", "reader", "echo", "--key", `${key.slice(0, -4)}AAAA`],
      env,
    );
    expect(wrong.status).toBe(1);
    expect(wrong.err.join("\n")).toContain("set GATEHOUSE_KEY");
    const gone = await call("reader", "echo", "--url", "http://127.0.0.1:9/t/default/p/reader/mcp");
    expect(gone.status).toBe(1);
    expect(gone.err.join("\n")).toContain("gatehouse start");
  });
});

describe("an operator's kill on a real node", () => {
  test("ends the agent's socket and refuses its next call within a second, until it is lifted", async () => {
    const program = new URL("program.ts", import.meta.url).href;
    const script = `const { run } = await import(${JSON.stringify(program)}); process.exit(await run(process.argv.slice(1), process.env));`;
    const child = spawn(
      process.execPath,
      ["--input-type=module", "-e", script, "--", "connect", "reader", "--config", project.folder],
      { env: { ...env, GATEHOUSE_KEY: key } },
    );
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const initialize = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    };
    child.stdin.write(`${JSON.stringify(initialize)}\n`);
    expect(JSON.parse(String((await lines.next()).value))).toMatchObject({
      id: 1,
      result: { protocolVersion: "2025-11-25" },
    });
    const from = performance.now();
    expect((await cli(project.folder, ["kill", "--agent", "ci", "--reason", "a drill"], env)).status).toBe(0);
    expect(await ended).toBe(1);
    expect(performance.now() - from).toBeLessThan(1_000);
    expect((await call("reader", "echo")).err.join("\n")).toContain("an operator stopped this agent");
    expect((await cli(project.folder, ["sessions", "lift", "--agent", "ci"], env)).status).toBe(0);
    expect((await call("reader", "echo")).status).toBe(0);
  });

  test("the replay of all that comes out as recorded, and the chain holds", async () => {
    await call("reader", "echo", '{"word":"one"}');
    await call("reader", "nothing");
    await cli(project.folder, ["kill", "default/reader/ci/-", "--reason", "a drill"], env);
    await call("reader", "echo");
    expect(
      (await cliJson(project.folder, ["audit", "replay", "default/reader/ci/-"], env)).last,
    ).toMatchObject({ ok: true, figures: { decisions: 2, differences: 0 } });
    expect((await cli(project.folder, ["audit", "verify"], env)).status).toBe(0);
    await node.stop();
    expect((await cliJson(project.folder, ["audit", "verify"], env)).last).toMatchObject({
      ok: true,
      figures: { findings: 0 },
    });
  });
});
