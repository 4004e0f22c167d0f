import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tool } from "./catalogue.fixture.ts";
import { compileMission } from "./compile.ts";

const desk = [
  tool("desk", "search_tickets"),
  tool("desk", "update_ticket", ["id"]),
  tool("desk", "delete_ticket", ["id"]),
];
const chat = [tool("chat", "list_channels"), tool("chat", "get_channel_history", ["channel"])];
const drive = [tool("drive", "list_files"), tool("drive", "create_file", ["name"])];
const catalogue = [...desk, ...chat, ...drive];
const work = "Search tickets. Update tickets. List files. Create files.";

function servers(mission: string): readonly string[] {
  return [...new Set(compileMission(mission, catalogue).grants.map(({ server }) => server))].toSorted();
}

describe("a server of which one line alone speaks, and that would be read alone,", () => {
  test("is not meant where the line says to do something", () => {
    expect(servers(`${work} Schedule the posts on the channels.`)).toEqual(["desk", "drive"]);
    const { questions, refused, idle } = compileMission(
      `${work} Schedule the posts on the channels.`,
      catalogue,
    );
    expect(questions.join(" ")).toContain("all that may speak of chat");
    expect(refused.find((each) => each.tool === "list_channels")?.why).toContain(
      "does not speak of what chat is for",
    );
    expect(idle).toContain("Schedule the posts on the channels");
  });

  test.each([
    `${work} Read the channels.`,
    `${work} Schedule the posts on the channels. Read the channels.`,
    // Of few words each may be for a server of its own.
    "Schedule the posts on the channels.",
  ])("is meant otherwise: %s", (mission) => {
    expect(servers(mission)).toContain("chat");
  });

  test("comes in by no prohibition: with one more nothing more is granted", () => {
    const lines = fc.subarray(["Search tickets.", "Update tickets.", "List files and channels.", "Create files.", "Schedule the posts on the channels.", "Read the files of a channel."]); // prettier-ignore
    const prohibition = fc.constantFrom("Never create files.", "Never update tickets.", "No channels.", "Never read tickets.", "Never besmirch files.", "Never send anything."); // prettier-ignore
    fc.assert(
      fc.property(lines, prohibition, (said, forbidden) => {
        const mission = said.join(" ");
        const plain = compileMission(mission, catalogue).grants.map(({ tool: name }) => name);
        const fewer = compileMission(`${mission} ${forbidden}`, catalogue).grants;
        expect(fewer.every(({ tool: name }) => plain.includes(name))).toBe(true);
      }),
    );
  });
});
