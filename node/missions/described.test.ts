import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import type { CatalogueTool } from "./tool.ts";

function server(name: string, tools: Readonly<Record<string, string>>): readonly CatalogueTool[] {
  return Object.entries(tools).map(([tool, description]) => ({ server: name, name: tool, description, parameters: ["id"], types: {} })); // prettier-ignore
}

const library = server("library", {
  library_hours: "List the opening hours of the library.",
  blot_list: "List the penalties of a reader.",
  blot_add: "Add a penalty for a reader.",
  copy_withdraw: "Take a damaged volume off the shelves.",
  loan_get: "Get a loan.",
  loan_renew: "Extend a loan.",
});
const yard = server("yard", { bay_list: "List the penalties, volumes and shelves of everybody." });

function granted(
  mission: string,
  tools: readonly CatalogueTool[] = [...library, ...yard],
): readonly string[] {
  return compileMission(mission, tools).grants.map(({ tool }) => tool).toSorted(); // prettier-ignore
}

describe("a line for which no name has a word", () => {
  test("means the tool whose description has it, of a server that the mission is about", () => {
    expect(granted("Look up loans. List the penalties.")).toContain("blot_list");
    expect(granted("Look up loans.")).not.toContain("blot_list");
  });

  test("opens no server by descriptions alone", () => {
    expect(granted("List the penalties.")).toEqual([]);
    expect(granted("Look up loans. List the volumes.")).not.toContain("bay_list");
  });

  test("means a write only by the verb of its name", () => {
    expect(granted("Look up loans. Add penalties.")).toContain("blot_add");
    expect(granted("Look up loans. List the penalties.")).not.toContain("blot_add");
    expect(granted("Look up loans. Delete penalties.")).not.toContain("blot_add");
  });

  test("means a write behind a person alone: whoever runs the server wrote its description", () => {
    const grantOf = (mission: string, name: string) =>
      compileMission(mission, library).grants.find(({ tool }) => tool === name);
    expect(grantOf("Look up loans. Add penalties.", "blot_add")?.approval).toBe("only its description speaks for it"); // prettier-ignore
    expect(grantOf("Look up and renew loans.", "loan_renew")?.approval).toBe(undefined);
    expect(grantOf("Look up loans. List the penalties.", "blot_list")?.approval).toBe(undefined);
  });

  test("says in the reason that a description speaks", () => {
    const { grants } = compileMission("Look up loans. List the penalties.", [...library, ...yard]);
    expect(grants.find(({ tool }) => tool === "blot_list")?.reasons).toEqual(['"List the penalties" (read, by its description: penalty)']); // prettier-ignore
  });

  test("means none where three fit alike", () => {
    const alike = ["first", "second", "third"].map((name) => ({ ...(library[1] as CatalogueTool), name: `${name}_list` })); // prettier-ignore
    expect(granted("Look up loans. List the penalties.", [...library.slice(4), ...alike])).toEqual(["loan_get"]); // prettier-ignore
  });

  test.each([
    ["Look up loans. Add penalties.", true],
    ["Look up loans. Add penalties. Never list penalties.", true],
    ["Look up loans. Add penalties. Never add penalties for students.", false],
    ["Look up loans. Add penalties. No penalties.", false],
    ["Look up loans. Add penalties. Never besmirch penalties.", false],
  ])("means no write whose description has a word of what is forbidden: %s", (mission, isGranted) => {
    expect(granted(mission).includes("blot_add")).toBe(isGranted);
  });
});

describe("descriptions, whatever they say,", () => {
  const words = fc.constantFrom("List", "the", "penalties", "loans", "Add", "volumes", "of", "a", "reader", "mail", "Delete", "hours"); // prettier-ignore

  test("add nothing to a mission each line of which has a tool by its name, and no write to one that only reads", () => {
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), fc.nat(library.length - 1), (said, at) => {
        const changed = library.map((each, place) => (place === at ? { ...each, description: said.join(" ") } : each)); // prettier-ignore
        const plain = granted("Look up and renew loans.", library.map((each) => ({ ...each, description: "" }))); // prettier-ignore
        expect(granted("Look up and renew loans.", changed).every((name) => plain.includes(name))).toBe(true);
        const { grants } = compileMission("Look up loans. List the penalties, the volumes and the mail.", [...changed, ...yard]); // prettier-ignore
        expect(grants.every(({ effect, server: of }) => effect === "read" && of === "library")).toBe(true);
      }),
    );
  });

  test("let a prohibition more grant nothing more", () => {
    const lines = fc.constantFrom("Never add penalties.", "Never besmirch volumes.", "No loans.", "Never delete readers.", "Never renew anything.", "Never list penalties."); // prettier-ignore
    fc.assert(
      fc.property(lines, (line) => {
        const mission = "Look up loans. List the penalties. Add penalties.";
        const plain = granted(mission);
        expect(granted(`${mission} ${line}`).every((name) => plain.includes(name))).toBe(true);
      }),
    );
  });
});
