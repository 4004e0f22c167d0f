import { afterEach, expect, test } from "vitest";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, tool, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

test("risk orders the accepted tools, learns from records, and takes an administrator's word", async () => {
  const toy = new ToyProject();
  toy.list([tool("echo"), tool("fail"), tool("delete_word", "Deletes a word.")]);
  toy.grant(["echo"]);
  await cli(toy.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const scores = async () => {
    const { values } = await cliJson(toy.folder, ["risk"], env);
    return new Map(values.map(({ tool: name, score, reasons }) => [String(name), { score: Number(score), reasons: JSON.stringify(reasons) }])); // prettier-ignore
  };
  const before = await scores();
  // What neither name nor description tells is unknown: a write.
  expect([...before.keys()]).toEqual(["fail", "delete_word", "echo"]);
  const node = await toy.start();
  toy.list([tool("echo", "does something else"), tool("fail"), tool("delete_word", "Deletes a word.")]);
  await cli(toy.folder, ["catalogue", "check", "toy"], env);
  await node.stop();
  const after = await scores();
  expect(after.get("echo")?.reasons).toContain("its definition has changed without an accept once");
  expect(after.get("echo")?.score).toBeGreaterThan(before.get("echo")?.score ?? 0);
  const one = await cli(toy.folder, ["risk", "toy/delete_word"], env);
  expect(one.out.join("\n")).toMatch(/^toy\/delete_word: \d+ of 100, \w+\n +40 {2}its effect is delete\n +10 {2}what it does cannot be taken back/); // prettier-ignore
  const unknown = await cli(toy.folder, ["risk", "nothing"], env);
  expect([unknown.status, unknown.err.join("")]).toEqual([2, expect.stringContaining("no accepted tool is called `nothing`")]); // prettier-ignore
  for (const near of ["delete_wrd", "toy/delete_wrd"])
    expect((await cli(toy.folder, ["risk", near], env)).err.join("")).toMatch(
      /did you mean `(toy\/)?delete_word`/,
    );
});
