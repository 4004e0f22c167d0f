import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../cluster/store.ts";
import { GovernedConfiguration, read, sayDifference, type Governed } from "./governed.ts";

const same: Governed = { personas: { reader: "a", writer: "b" }, lock: { files: "c" }, scopes: "d", baselines: { reader: "e" }, search: { "dlp.types": "f", "dlp.allow": "g" } }; // prettier-ignore

interface Node {
  governed: Governed;
  readonly said: string[];
  readonly part: GovernedConfiguration;
}

/** Nodes over one store; `settle` lets each look twice, and all that follows from it happen. */
function stand(names: readonly string[]) {
  const waiting: (() => void)[] = [];
  const drain = (): void => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
  };
  const store = new MemoryStore({ later: (run) => void waiting.push(run), now: () => 0 });
  const live = [...names];
  const nodes = new Map<string, Node>();
  for (const name of names) {
    const said: string[] = [];
    const node: Node = {
      governed: same,
      said,
      part: new GovernedConfiguration({ self: name, own: () => node.governed, live: () => live, say: (text) => void said.push(text) }), // prettier-ignore
    };
    nodes.set(name, node);
    node.part.join(store);
  }
  drain();
  const settle = (): void => {
    for (let round = 0; round < 2; round++) {
      for (const { part } of nodes.values()) part.look();
      drain();
    }
    for (const { part } of nodes.values()) part.look();
  };
  settle();
  return { store, live, settle, drain, node: (name: string): Node => nodes.get(name) as Node };
}

describe("nodes that are configured alike", () => {
  test("say nothing, also where their files were read in another order", () => {
    const { node, settle } = stand(["n1", "n2"]);
    node("n2").governed = {
      personas: { writer: "b", reader: "a" },
      lock: { files: "c" },
      scopes: "d",
      baselines: { reader: "e" },
      search: { "dlp.allow": "g", "dlp.types": "f" },
    };
    settle();
    for (const name of ["n1", "n2"]) expect([node(name).part.differences, node(name).said]).toEqual([[], []]);
  });
});

describe("a node that differs", () => {
  test.each<[what: string, change: Partial<Governed>, says: string]>([
    ["in scopes", { scopes: "x" }, "n2 in `scopes` of gatehouse.yaml"],
    ["in a persona", { personas: { reader: "a", writer: "x" } }, "n2 in personas writer"],
    ["by a persona that it lacks", { personas: { reader: "a" } }, "n2 in personas writer"],
    ["by one that others lack", { personas: { ...same.personas, more: "x" } }, "n2 in personas more"],
    [
      "by another baseline",
      { baselines: { reader: "x" } },
      "n2 in the baseline in force of reader (the newer one is fetched within half a minute; if it stays so, promote it once more)",
    ],
    [
      "by none",
      { baselines: {} },
      "n2 in the baseline in force of reader (the newer one is fetched within half a minute; if it stays so, promote it once more)",
    ],
    [
      "in its own types",
      { search: { ...same.search, "dlp.types": "x" } },
      "n2 in what `dlp.types` of gatehouse.yaml search for (what one node knows, calls at the other may carry unseen)",
    ],
    [
      "in types and values that are no finding",
      { search: {} },
      "n2 in what `dlp.allow` `dlp.types` of gatehouse.yaml search for (what one node knows, calls at the other may carry unseen)",
    ],
    ["in pins", { lock: { files: "x" } }, "n2 in catalogue.lock of files"],
    [
      "in all",
      { scopes: "x", personas: {}, lock: {} },
      "n2 in `scopes` of gatehouse.yaml, personas reader writer, catalogue.lock of files",
    ],
  ])("%s is named by every other, with what, once; and when it is over", (_, change, says) => {
    const { node, settle } = stand(["n1", "n2", "n3"]);
    node("n2").governed = { ...same, ...change };
    settle();
    settle();
    for (const name of ["n1", "n3"]) {
      expect(node(name).part.differences.map(sayDifference)).toEqual([says]);
      expect(node(name).said).toEqual([
        expect.stringContaining(`configured otherwise than ${name}: ${says}`),
      ]);
    }
    expect(node("n2").part.differences.map(({ node: other }) => other)).toEqual(["n1", "n3"]);
    node("n2").governed = same;
    settle();
    for (const name of ["n1", "n2", "n3"]) {
      expect(node(name).part.differences).toEqual([]);
      expect(node(name).said.at(-1)).toBe("all nodes are configured alike again");
    }
  });

  test("of an older version, which says nothing of baselines and of what it searches for, differs by none", () => {
    const { node, settle, store, drain } = stand(["n1", "n2"]);
    const row = { v: 1, scopes: same.scopes, personas: same.personas, lock: same.lock };
    store.watch(
      ({ key, revision }) => {
        if (key === "config.n2" && revision < 3) store.swap(key, Buffer.from(JSON.stringify(row)), revision, () => undefined); // prettier-ignore
      },
      () => undefined,
    );
    drain();
    node("n1").part.look();
    settle();
    expect(read(JSON.stringify(row))).toMatchObject({ baselines: undefined, search: undefined });
    expect(node("n1").part.differences).toEqual([]);
  });

  test("and has left is named no more; its row counts again when it is back", () => {
    const { node, settle, live } = stand(["n1", "n2"]);
    node("n2").governed = { ...same, scopes: "x" };
    settle();
    live.splice(live.indexOf("n2"), 1);
    settle();
    expect(node("n1").part.differences).toEqual([]);
    live.push("n2");
    settle();
    expect(node("n1").part.differences).toHaveLength(1);
  });
});

describe("the row", () => {
  test("that was written over by somebody is written again", () => {
    const { store, node, settle, drain } = stand(["n1", "n2"]);
    const revisions: number[] = [];
    store.watch(({ key, revision }) => void (key === "config.n2" && revisions.push(revision)), () => undefined); // prettier-ignore
    drain();
    store.swap("config.n2", Buffer.from("{}"), revisions.at(-1) ?? 0, () => undefined);
    drain();
    settle();
    expect(revisions).toHaveLength(3);
    node("n2").governed = { ...same, scopes: "x" };
    settle();
    expect(node("n1").part.differences).toHaveLength(1);
  });

  test("of a thousand personas with long names still fits, and a difference is told", () => {
    const { node, settle } = stand(["n1", "n2"]);
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`${"p".repeat(60)}${at}`, "d".repeat(43)])); // prettier-ignore
    for (const name of ["n1", "n2"]) node(name).governed = { ...same, personas: many };
    settle();
    expect(node("n1").part.differences).toEqual([]);
    node("n2").governed = { ...same, personas: { ...many, one: "x" } };
    settle();
    expect(node("n1").part.differences).toEqual([
      { node: "n2", scopes: false, personas: ["all"], lock: [], baselines: [], search: [] },
    ]);
  });

  test("of any other shape counts for nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(read(text)).toBeUndefined();
      }),
    );
    const text = JSON.stringify({ v: 1, ...same });
    expect(read(text)).toEqual({
      baselines: same.baselines,
      personas: same.personas,
      lock: same.lock,
      scopes: same.scopes,
      search: same.search,
    });
    for (const wrong of [{ v: 2 }, { scopes: 1 }, { personas: { reader: 1 } }, { lock: [] }])
      expect(read(JSON.stringify({ v: 1, ...same, ...wrong }))).toBeUndefined();
  });
});
