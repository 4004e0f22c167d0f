import { afterEach, expect, test } from "vitest";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, tool, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

async function running(): Promise<ToyProject> {
  const project = new ToyProject();
  await cli(project.folder, ["catalogue", "accept", "toy"], env);
  project.grant(["echo"]);
  await project.start();
  return project;
}

const commands = [["role", "check"], ["role", "explain", "reader"], ["status"]];

test("nothing is said while the running node enforces what the files say", async () => {
  const project = await running();
  for (const argv of commands) {
    const { out, status } = await cli(project.folder, argv, env);
    expect([status, out.filter((text) => text.startsWith("Note"))]).toEqual([0, []]);
  }
});

test("role check, role explain and status say that a running node enforces another table, and since when", async () => {
  const project = await running();
  project.grant(["echo", "fail"]);
  for (const argv of commands) {
    const { out } = await cli(project.folder, argv, env);
    expect(out).toContain("Note: reader: the running node still enforces another table than its file");
    expect(out.join(" ")).toMatch(
      /that node runs since \d{4}-.*Z with the files of then; .*role reload has role files in force/,
    );
  }
  expect((await cliJson(project.folder, ["role", "check"], env)).last).toMatchObject({
    figures: { drift: 1 },
  });
  expect((await cliJson(project.folder, ["status"], env)).values[0]).toMatchObject({
    drift: [{ persona: "reader" }],
  });
});

test("a role file that came or went since the start is drift too", async () => {
  const project = await running();
  const grants = [{ tool: "echo", server: "toy", effect: "read", reason: "the test says so" }];
  project.write("personas/second.role.yaml", { role: "second", grants });
  const { out } = await cli(project.folder, ["role", "check"], env);
  expect(out).toContain("Note: second: the running node has no endpoint for it yet");
});

test("accept says which tables came into force with it", async () => {
  const project = await running();
  const same = await cli(project.folder, ["catalogue", "accept", "toy"], env);
  expect(same.out.join(" ")).not.toContain("read all role files anew");
  project.grant(["echo", "fail"]);
  const { out } = await cli(project.folder, ["catalogue", "accept", "toy"], env);
  expect(out.join("\n")).toMatch(/read all role files anew; .* are in force: `reader`/);
  expect((await cli(project.folder, ["role", "check"], env)).out).toEqual(["1 role, 2 grants, no problems"]);
});

test("role check names what the running node has quarantined", async () => {
  const project = await running();
  project.list([tool("fail")]);
  await cli(project.folder, ["catalogue", "check"], env);
  expect((await cli(project.folder, ["role", "check"], env)).out[0]).toMatch(
    /Note: the running node has quarantined `echo` of `toy`; gatehouse catalogue check toy/,
  );
});
