/** What a reviewer is told and asked of a compiled mission. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";

const files: readonly CatalogueTool[] = [
  tool("files", "read_file", ["path"]),
  tool("files", "write_file", ["path", "content"]),
  tool("files", "move_file", ["source", "destination"]),
  tool("files", "create_directory", ["path"]),
];

const graph: readonly CatalogueTool[] = [
  tool("memory", "create_entities"),
  tool("memory", "delete_entities"),
  tool("memory", "read_graph"),
  tool("memory", "find_entities"),
];

function asked(mission: string, tools = files): readonly string[] {
  return compileMission(mission, tools).questions;
}

function granted(mission: string, tools = files): readonly string[] {
  return compileMission(mission, tools).grants.map(({ tool: name }) => name);
}

describe("where a prohibition takes all that a line allows", () => {
  test.each([
    ["It reads files. It may write files. It must never write files.", "It may write files", "It must never write files"],
    ["It reads files.\n\nIt may:\n- write files\n\nIt must never:\n- write files", "write files", "write files"],
    ["Il lit des fichiers.\n\nIl peut :\n- déplacer des fichiers, créer des dossiers\n\nIl ne doit jamais modifier un fichier.", "déplacer des fichiers", "Il ne doit jamais modifier un fichier"],
    ["Er liest Dateien. Er darf Dateien verschieben. Er darf niemals Dateien ändern.", "Er darf Dateien verschieben", "Er darf niemals Dateien ändern"],
    ["It reads files and is read-only. It may move files.", "It may move files", "It reads files and is read-only"],
  ])("somebody is asked which of the two lines is meant, and nothing but reading is granted: %s", (mission, may, mustNot) => {
    expect(granted(mission)).toEqual(["read_file"]);
    expect(asked(mission).filter((each) => each.includes(`"${may}" allows`) && each.includes(`"${mustNot}"`))).toHaveLength(1); // prettier-ignore
  }); // prettier-ignore

  test("of reading alone as well", () => {
    expect(asked("It may read files. It must never look into files.")).toEqual([
      expect.stringContaining('"It may read files" allows'),
    ]);
  });

  test.each([
    "It manages files. It must never move files.",
    "It reads files. It must never write files.",
    "It may write files. It must never send mail.",
  ])("and not where something of the line is left: %s", (mission) => {
    expect(asked(mission).filter((each) => each.includes("allows, and"))).toEqual([]);
  });
});

test("a write that is forbidden brings none of the reads that it would need", () => {
  expect(granted("It may delete entities.", graph)).toEqual([
    "delete_entities",
    "read_graph",
    "find_entities",
  ]);
  expect(granted("It may delete entities. It must never delete entities.", graph)).toEqual([]);
});

describe("what a mission allows and no tool is for", () => {
  const mission = "It may:\n- read files\n- read files and update them\n- send mail to customers at @example.com\n- pay refunds up to 50 EUR"; // prettier-ignore

  test("is listed line by line, and words that bound an argument are none that matched nothing", () => {
    const { idle, unmatched } = compileMission(mission, files.filter(({ name }) => name === "read_file")); // prettier-ignore
    expect(idle).toEqual(["and update them", "send mail to customers at @example.com", "pay refunds up to 50 EUR"]); // prettier-ignore
    expect(unmatched).toEqual(idle);
  });

  test.each([
    "It reads and moves files.",
    "When the team is away it moves files.",
    "Assistant of a team. It reads files and moves files.",
  ])("is none where a tool was found: %s", (text) => {
    expect(compileMission(text, files).idle).toEqual([]);
  });

  test("does not name a tool by its verb", () => {
    const tools = [...files, tool("all", "toggle-subscriber-updates")];
    expect(granted("It may read tickets and update them.", tools)).toEqual([]);
    expect(granted("It may toggle subscriber updates.", tools)).toEqual(["toggle-subscriber-updates"]);
  });
});

describe("a reason", () => {
  const tools = [...graph, tool("memory", "trigger-sampling-request"), tool("memory", "get_annotated_resource")]; // prettier-ignore
  const { grants, refused } = compileMission("It keeps a graph.\n\nIl peut créer des entités.", tools);
  const said = [...grants.flatMap(({ reasons }) => reasons), ...refused.map(({ why }) => why)];

  test("has words of the mission, and of the tool's name what it is about: no names of ours", () => {
    expect(said.join(" ")).not.toMatch(/\blab\b|annotat(?!ed)|resourc(?!e)|=/);
    expect(refused.find(({ tool: name }) => name === "trigger-sampling-request")?.why).toBe("no words of the mission speak of sampling, request"); // prettier-ignore
    expect(refused.find(({ tool: name }) => name === "get_annotated_resource")?.why).toBe("no words of the mission speak of annotated, resource"); // prettier-ignore
  });

  test("of a refusal quotes the line that speaks of the tool's thing", () => {
    expect(refused.find(({ tool: name }) => name === "delete_entities")?.why).toMatch(/^"Il peut créer des entités" speaks of it, and no words of the mission license delete/); // prettier-ignore
  });

  test("of a grant says its effect, and not which group a verb is of", () => {
    const { grants: moved } = compileMission("Il range les fichiers.", files);
    expect(moved.flatMap(({ reasons }) => reasons).join(" ")).not.toContain("upload");
  });
});
