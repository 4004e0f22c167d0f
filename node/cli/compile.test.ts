import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { handled, startHttpStub } from "../dlp/external/httpstub.fixture.ts";
import { cli } from "./cli.fixture.ts";
import { cleanUpToys, env, tool, ToyProject } from "./toyproject.fixture.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-missions-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await cleanUpToys();
});

const tools = {
  desk: [
    { name: "get_ticket", description: "Gets a ticket.", parameters: { type: "object", properties: { id: { type: "str" } } } },
    { name: "send_reply", description: "Sends a reply.", parameters: { to: { type: "str" } }, source_module: "mailer" },
  ],
  empty: [],
}; // prettier-ignore

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("role compile with a file of tools", () => {
  test("prints the contract alone: one object, its closing line on standard error", async () => {
    const [file, mission] = [write("tools.json", JSON.stringify(tools)), write("m.md", "Read tickets.")];
    const { status, out, err } = await cli(folder, ["role", "compile", "--mission", mission, "--tools", file, "--catalogue", "desk", "--json"]); // prettier-ignore
    expect([status, out.length]).toEqual([0, 1]);
    expect(JSON.parse(out[0] ?? "")).toMatchObject({
      grants: [{ tool: "get_ticket", server: "desk", effect: "read", reasons: [expect.any(String)], constraints: {} }], // prettier-ignore
      refused: [{ tool: "send_reply", why: expect.any(String) }],
      unmatched: [],
    });
    expect(JSON.parse(err.at(-1) ?? "")).toMatchObject({ command: "role compile", ok: true });
  });

  test("and a role takes no mission that it could hold only the beginning of", async () => {
    const mission = write("long.md", `Reads files. ${"It reads files. ".repeat(80_000)}`);
    const { status, out, err } = await cli(folder, ["role", "compile", "--mission", mission, "--as", "desk"]);
    expect([status, [...out, ...err].join(" ").slice(0, 500)]).toEqual([2, expect.stringMatching(/the mission has \d+ characters; 20000 is the most/)]); // prettier-ignore
    expect([...out, ...err].join("").length).toBeLessThan(2_000);
  });

  test("prints one object a line with its id for a file of missions", async () => {
    const file = write("tools.json", JSON.stringify(tools));
    const missions = write("m.jsonl", `${JSON.stringify({ id: "a", tools: "desk", mission: "Read tickets." })}\n${JSON.stringify({ id: 7, tools: "empty", mission: "" })}\n`); // prettier-ignore
    const { status, out } = await cli(folder, ["role", "compile", "--missions", missions, "--tools", file, "--json"]); // prettier-ignore
    expect(status).toBe(0);
    const values = out.map((line) => JSON.parse(line) as { id: unknown; grants: unknown[] });
    expect(values.map(({ id, grants }) => [id, grants.length])).toEqual([["a", 1], [7, 0]]); // prettier-ignore
  });

  test.each([
    [["--catalogue", "nowhere"], "no catalogue"],
    [[], "--catalogue KEY"],
  ])("%j is misuse that names what there is", async (more, says) => {
    const [file, mission] = [write("tools.json", JSON.stringify(tools)), write("m.md", "Read tickets.")];
    const { status, out } = await cli(folder, ["role", "compile", "--mission", mission, "--tools", file, ...more, "--json"]); // prettier-ignore
    expect(status).toBe(2);
    expect(out.join("\n")).toContain(says);
  });

  test("a file that is no catalogue is misuse", async () => {
    const [file, mission] = [write("tools.json", '{"desk":[{"nam":1}]}'), write("m.md", "Read tickets.")];
    const { status, out } = await cli(folder, ["role", "compile", "--mission", mission, "--tools", file, "--catalogue", "desk", "--json"]); // prettier-ignore
    expect(status).toBe(2);
    expect(out.join("\n")).toContain("no file of tools");
  });
});

test("role compile against pinned definitions prints a role file that the gateway accepts", async () => {
  const project = new ToyProject();
  project.grant(["echo"]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const mission = write("m.md", 'Look up words with echo: "some # thing", and show them.\n\n## Must not\n\n- delete anything\n'); // prettier-ignore
  const { status, out } = await cli(project.folder, ["role", "compile", "--mission", mission, "--as", "compiled"], env); // prettier-ignore
  expect(status).toBe(0);
  expect(out.join("\n")).not.toContain("u{a}");
  expect(out.join("\n")).toMatch(/# mission: "Look up words with echo/);
  writeFileSync(join(project.folder, "personas", "compiled.role.yaml"), `${out.join("\n")}\n`);
  const checked = await cli(project.folder, ["role", "check"], env);
  expect(checked.out.join("\n")).toContain("no problems");
  const table = await cli(project.folder, ["role", "explain", "compiled", "--json"], env);
  expect(table.out.join("\n")).toContain('"echo"');
  expect(table.out.join("\n")).not.toContain('"fail"');
});

test("role compile --propose writes what a model proposes as comments, grants none of it, and never prints the key", async () => {
  await using stub = await startHttpStub();
  const project = new ToyProject();
  project.grant(["echo"]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const mission = write("m.md", "It looks up words.");
  const key = randomBytes(16).toString("hex");
  const given = ["role", "compile", "--mission", mission, "--as", "reader", "--propose", stub.url, "--propose-model", "m", "--propose-key", "env:MODEL_KEY", "--propose-private", "127.0.0.0/8"]; // prettier-ignore
  const around = { ...env, MODEL_KEY: key };
  const plain = await cli(project.folder, given.slice(0, 6), around);
  let offered: { readonly tool: string; readonly server: string } | undefined;
  stub.answer = ({ body, headers }) => {
    expect(headers["authorization"]).toBe(`Bearer ${key}`);
    const { messages } = JSON.parse(body) as { readonly messages: readonly { readonly content: string }[] };
    offered = (JSON.parse(messages[1]?.content ?? "") as { readonly tools: readonly { readonly tool: string; readonly server: string }[] }).tools[0]; // prettier-ignore
    return { choices: [{ message: { content: JSON.stringify({ grants: [{ ...offered, reason: "looks useful" }, { tool: "root", server: "shell" }] }) } }] }; // prettier-ignore
  };
  const { out, err } = await cli(project.folder, given, around);
  expect([...out, ...err].join("\n")).not.toContain(key);
  expect(err.join("\n")).not.toContain("gave no proposal");
  expect(out.join("\n")).toContain("# REVIEW: proposed by the model");
  expect(out.join("\n")).toContain(`#   - tool: "${offered?.tool}"`);
  const granted = (lines: readonly string[]): readonly string[] => lines.filter((each) => /^ {2}- tool:/.test(each)); // prettier-ignore
  expect(granted(out)).toEqual(granted(plain.out));
  stub.answer = (_, response) => (response.writeHead(401).end(key), handled);
  const failed = await cli(project.folder, given, around);
  expect([failed.status, failed.err.join("\n")]).toEqual([1, expect.stringContaining("The model gave no proposal: it answered with HTTP 401")]); // prettier-ignore
  expect([...failed.out, ...failed.err].join("\n")).not.toContain(key);
  expect(granted(failed.out)).toEqual(granted(plain.out));
});

test("role compile ends with 1 when nothing of the mission allowed anything", async () => {
  const project = new ToyProject();
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const mission = write("m.md", "\uFEFFGrant everything.");
  const { status, out, err } = await cli(project.folder, ["role", "compile", "--mission", mission], env);
  expect(status).toBe(1);
  expect(out.join("\n")).toContain("asks for everything");
  expect(out.join("\n")).toContain("grants: []");
  expect(out.join("\n")).toMatch(/^mission: Grant everything\.$/m);
  expect(err).toEqual(["Nothing is granted: 1 question, 0 lines without a tool; all of it stands at the head of the role."]); // prettier-ignore
});

test("a mission with a line that no tool was found for is told what the tools' names speak of; one that was understood is not", async () => {
  const project = new ToyProject();
  project.list([tool("get_ticket"), tool("close_ticket"), tool("list_refunds")]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const compile = async (text: string): Promise<string> =>
    (await cli(project.folder, ["role", "compile", "--mission", write("m.md", text)], env)).out.join("\n");
  expect(await compile("Read tickets. Feed the llamas.")).toContain("\n#   toy: ticket, refunds\n");
  expect(await compile("Read tickets.")).not.toContain("# Names of the tools here");
});
