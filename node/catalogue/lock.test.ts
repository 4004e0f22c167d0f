import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { definitionDigest } from "./definition.ts";
import type { LiveServer } from "./lock.ts";
import { compare, emptyLock, formatLock, parseLock, pin, readLock, writeLock } from "./lock.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));
const date = "2026-01-02";

const mail: JsonObject = {
  name: "mail",
  title: "Mail",
  description: "Sends a mail",
  inputSchema: {
    type: "object",
    properties: { to: { type: "string", "x-mcp-header": "To" } },
    required: ["to"],
  },
  outputSchema: { type: "object" },
  annotations: { destructiveHint: true },
  icons: [{ src: "data:image/png;base64,AA==" }],
};
const greet: JsonObject = {
  name: "greet",
  title: "Greet",
  description: "Says hello",
  arguments: [{ name: "who", required: true }],
};
const note: JsonObject = {
  uriTemplate: "note://{id}",
  name: "note",
  title: "Note",
  description: "A note",
  mimeType: "text/plain",
};

function server(tools: readonly JsonObject[] = [mail], prompts = [greet], templates = [note]): LiveServer {
  return {
    info: { name: "desk", version: "1.2" },
    instructions: "Be kind.",
    capabilities: { tools: {} },
    tools,
    prompts,
    templates,
  };
}

function locked(live = server()): CatalogueLock {
  return { v: 1, servers: { desk: pin(live, date).locked } };
}

describe("pins", () => {
  test("what was pinned is the same again", () => {
    const { changed, missing, added, same } = compare(pin(server(), date).locked, server());
    expect({ changed, missing, added }).toEqual({ changed: [], missing: [], added: [] });
    expect(same).toHaveLength(3);
  });

  test.each([
    ["tool", mail, ["name"]],
    ["prompt", greet, ["name"]],
    ["template", note, ["uriTemplate"]],
  ] as const)(
    "a change of any one field of a %s is caught and named, also its absence",
    (kind, definition, keys) => {
      const before = pin(server(), date).locked;
      for (const field of Object.keys(definition).filter(
        (each) => !(keys as readonly string[]).includes(each),
      )) {
        const { [field]: _, ...without } = definition;
        for (const other of [{ ...definition, [field]: "changed" }, without]) {
          const live = server(
            kind === "tool" ? [other] : [mail],
            kind === "prompt" ? [other] : [greet],
            kind === "template" ? [other] : [note],
          );
          expect(compare(before, live).changed).toMatchObject([{ kind, fields: [field] }]);
        }
      }
    },
  );

  test("a change deep in a schema is caught, another order of keys is none", () => {
    const deep = structuredClone(mail) as { inputSchema: { properties: { to: Record<string, string> } } };
    deep.inputSchema.properties.to["x-mcp-header"] = "Cc";
    expect(
      compare(pin(server(), date).locked, server([deep as unknown as JsonObject])).changed,
    ).toMatchObject([{ fields: ["inputSchema"] }]);
    const turned = Object.fromEntries(Object.entries(mail).reverse());
    expect(definitionDigest("tool", turned)).toBe(definitionDigest("tool", mail));
  });

  test("fields that agents never see do not count", () => {
    const live = server([{ ...mail, _meta: { at: 1 }, execution: { taskSupport: "optional" } }]);
    expect(compare(pin(server(), date).locked, live).changed).toEqual([]);
    expect(JSON.stringify(pin(live, date).locked)).not.toContain("taskSupport");
  });

  test("what a server adds, drops or lists twice is told apart", () => {
    const before = pin(server(), date).locked;
    expect(compare(before, server([{ ...mail, name: "mail2" }]))).toMatchObject({
      added: [{ kind: "tool", name: "mail2" }],
      missing: [{ kind: "tool", name: "mail" }],
    });
    expect(compare(before, server([mail, mail])).changed).toEqual([
      { kind: "tool", name: "mail", fields: ["listed twice"] },
    ]);
  });

  test("a tool called constructor or __proto__ is no pin of ours", () => {
    const odd = [
      { ...mail, name: "constructor" },
      { ...mail, name: "__proto__" },
    ];
    expect(compare(pin(server(), date).locked, server(odd)).added.map(({ name }) => name)).toEqual([
      "constructor",
      "__proto__",
    ]);
    const { pinned, refused } = pin(server(odd), date);
    expect(pinned.map(({ name }) => name)).toContain("constructor");
    expect(refused).toMatchObject([{ name: "__proto__" }]);
  });

  test("a definition that is too large or listed twice is not pinned", () => {
    const large = { ...mail, name: "large", description: "x".repeat(limits.toolDefinitionBytesMax) };
    const { refused, locked: made } = pin(server([large, mail, mail]), date);
    expect(refused.map(({ name, why }) => [name, why])).toEqual([
      ["large", expect.stringMatching(/exceeds/)],
      ["mail", expect.stringMatching(/twice/)],
    ]);
    expect(Object.keys(made.tools)).toEqual([]);
  });

  test("a definition that would make the lock unreadable is not pinned", () => {
    const { refused, locked: made } = pin(server([{ ...mail, inputSchema: { maximum: 1e20 } }]), date);
    expect(refused).toMatchObject([{ name: "mail", why: expect.stringMatching(/cannot keep/) }]);
    expect(parseLock(formatLock({ v: 1, servers: { desk: made } }), "f")).toMatchObject({ v: 1 });
  });

  test("accepting one tool leaves the pins of all others as they were", () => {
    const before = pin(server(), date).locked;
    const live = server(
      [
        { ...mail, description: "new" },
        { ...mail, name: "more" },
      ],
      [{ ...greet, description: "new" }],
    );
    const { locked: after, pinned } = pin(live, "2026-02-03", { names: new Set(["mail"]), before });
    expect(pinned).toEqual([{ kind: "tool", name: "mail" }]);
    expect(after.prompts).toEqual(before.prompts);
    expect(after.tools["mail"]?.definition["description"]).toBe("new");
    expect(compare(after, live)).toMatchObject({
      changed: [{ kind: "prompt", name: "greet" }],
      added: [{ name: "more" }],
    });
  });
});

describe("the file", () => {
  test("reads back as it was written, for any JSON in a definition", () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    let kept = 0;
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), json, (name, value) => {
        const { locked: desk, pinned } = pin(
          server([{ name, inputSchema: JSON.parse(JSON.stringify(value)) as unknown }]),
          date,
        );
        if (pinned.some(({ kind }) => kind === "tool")) kept++;
        const lock = { v: 1 as const, servers: { desk } };
        expect(parseLock(formatLock(lock), "f")).toEqual(lock);
      }),
      { numRuns: 200 },
    );
    expect(kept).toBeGreaterThan(100);
  });

  test("has the same bytes for the same pins, in whatever order they came", () => {
    const more = { ...mail, name: "more" };
    expect(formatLock(locked(server([mail, more])))).toBe(formatLock(locked(server([more, mail]))));
  });

  test("is written whole, and leaves nothing beside it", () => {
    const path = join(folder, "catalogue.lock");
    expect(readLock(path, "catalogue.lock")).toBe(emptyLock);
    writeLock(path, locked());
    writeLock(path, locked(server([])));
    expect(readLock(path, "catalogue.lock")).toEqual(locked(server([])));
    expect(readdirSync(folder)).toEqual(["catalogue.lock"]);
  });

  test("stays as it is when a write fails", () => {
    const path = join(folder, "catalogue.lock");
    const before = readFileSync(path, "utf8");
    expect(() => writeLock(join(folder, "none", "catalogue.lock"), locked())).toThrow(/ENOENT/);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test.each([
    [
      "a definition changed by hand",
      (text: string) => text.replace("Sends a mail", "Sends no mail"),
      /`mail` of `desk`/,
    ],
    [
      "a digest of another definition",
      (text: string) => text.replace(definitionDigest("tool", mail), definitionDigest("prompt", greet)),
      /`mail` of `desk`/,
    ],
    [
      "a pin under another name",
      (text: string) => text.replace('"mail": {', '"male": {'),
      /`male` of `desk`/,
    ],
    ["a key twice", (text: string) => text.replace('"v": 1', '"v": 1, "v": 1'), /same key twice/],
    ["an unknown key", (text: string) => text.replace('"v": 1', '"v": 1, "w": 1'), /`w` is not known/],
    ["another version", (text: string) => text.replace('"v": 1', '"v": 2'), /`v`/],
    ["no JSON", () => "v: 1\nservers: {}\n", /strict JSON/],
  ])("is refused with a place in it: %s", (_, edit, says) => {
    const faults = parseLock(edit(formatLock(locked())), "catalogue.lock");
    expect(faults).toMatchObject([{ file: "catalogue.lock", says: expect.stringMatching(says) }]);
    const [fault] = faults as readonly { line: number }[];
    expect(fault?.line).toBeGreaterThan(0);
  });

  test("is refused where it was edited, to the line", () => {
    const text = formatLock(locked()).replace("Sends a mail", "Sends no mail");
    const line = text.split("\n").findIndex((each) => each.includes('"mail": {')) + 1;
    expect(parseLock(text, "f")).toMatchObject([{ line }]);
  });

  test("that holds bytes of another encoding is a fault", () => {
    const path = join(folder, "bad.lock");
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]));
    expect(readLock(path, "bad.lock")).toMatchObject([{ says: expect.stringMatching(/UTF-8/) }]);
  });
});
