/** What a reviewer is told and asked of a compiled mission. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import type { CatalogueTool } from "./tool.ts";

function tool(server: string, name: string, parameters: readonly string[] = []): CatalogueTool {
  return { name, server, description: "", parameters, types: {} };
}

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
