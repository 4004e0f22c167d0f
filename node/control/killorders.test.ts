/** Kill rules as several nodes know them (kills.ts, K3). */
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import "../../test/seed.ts";
import { cleanUp, key, makeProject, startAt } from "./desk.fixture.ts";
import { KillList } from "./kills.ts";

afterEach(cleanUp);

function open(path = join(makeProject(), "kills.json")): { list: KillList; path: string; told: string[] } {
  const list = KillList.open(path, { isShared: true, onFault: (fault) => void faults.push(fault) });
  const told: string[] = [];
  const changed = (id: string): void => void told.push(id);
  list.changed = changed;
  return { list, path, told };
}
const faults: unknown[] = [];
const saved = (): Promise<void> => new Promise((done) => setImmediate(done));

test("however the orders of two nodes come to a third, it ends as both: what one has lifted is lifted, all else stands", async () => {
  const step = fc.record({
    at: fc.nat(1),
    agent: fc.constantFrom("ann", "bob", "carl"),
    isLift: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 30 }), (steps, order) => {
      const nodes = [open(), open()] as const;
      const said: [id: string, text: string][] = [];
      const lifted = new Set<string>();
      for (const { at, agent, isLift } of steps) {
        const { list, told } = nodes[at] ?? nodes[0];
        const rule = list.find({ agent });
        if (!isLift) list.add({ agent }, "op", "r", startAt);
        else if (rule !== undefined) {
          list.remove(rule, startAt);
          lifted.add(rule.id);
        }
        for (const id of told.splice(0)) said.push([id, list.read(id) ?? ""]);
      }
      const third = open().list;
      // In any order, any of them twice; each at least once.
      const times = [...order.map((at) => at % Math.max(said.length, 1)), ...said.keys()];
      for (const at of times) {
        const [id, text] = said[at] ?? ["", ""];
        third.merge(id, text);
      }
      const rules = said.map(([id]) => id).filter((id) => !lifted.has(id));
      expect(new Set(third.rules.map(({ id }) => id))).toEqual(new Set(rules));
    }),
    { numRuns: 40 },
  );
  await saved();
});

test("a rule of another node is in force at once, on disk soon, and a lifted one stays lifted over a restart", async () => {
  const [one, other] = [open(), open()];
  const rule = one.list.add({ session: key("reader", "ann") }, "op", "r", startAt);
  const text = one.list.read(rule.id) ?? "";
  expect(other.list.merge(rule.id, text)).toBe("taken");
  expect(other.list.isKilled(key("reader", "ann"))).toEqual(rule);
  expect(other.list.isKilled(key("reader", "ann", "u"))).toBeUndefined();
  await saved();
  expect(open(other.path).list.rules).toEqual([rule]);
  one.list.remove(rule, startAt + 5);
  other.list.merge(rule.id, one.list.read(rule.id) ?? "");
  await saved();
  const again = open(other.path).list;
  expect(again.merge(rule.id, text)).toBe("taken");
  expect(again.isKilled(key("reader", "ann"))).toBeUndefined();
  expect(faults).toEqual([]);
});

test("of two nodes' rules for one target both go when one is lifted", () => {
  const [one, other] = [open(), open()];
  const [mine, theirs] = [one, other].map(({ list }) => list.add({ persona: "reader" }, "op", "r", startAt));
  one.list.merge(theirs?.id ?? "", other.list.read(theirs?.id ?? "") ?? "");
  expect(one.list.rules).toHaveLength(2);
  one.told.length = 0;
  one.list.remove(mine as NonNullable<typeof mine>, startAt);
  expect(one.list.rules).toEqual([]);
  expect(one.told).toEqual([mine?.id, theirs?.id]);
});

test.each([
  ["no JSON", "{", "strange"],
  ["a rule for nobody", '{"v":1,"rule":{"id":"AAAAAAAA","by":"x","reason":"y","at":1}}', "strange"],
  [
    "a rule under another's id",
    '{"v":1,"rule":{"id":"BBBBBBBB","all":true,"by":"x","reason":"y","at":1}}',
    "strange",
  ],
  ["a reason with a line end", '{"v":1,"rule":{"id":"AAAAAAAA","all":true,"by":"x","reason":"y\\nz","at":1}}', "strange"], // prettier-ignore
  ["a key that no session has", '{"v":1,"rule":{"id":"AAAAAAAA","session":"x","by":"x","reason":"y","at":1}}', "strange"], // prettier-ignore
  ["of a newer version", '{"v":2,"rule":{"id":"AAAAAAAA","tool":"t"}}', "unheld"],
])("an order that is %s changes nothing", (_, text, merged) => {
  const { list } = open();
  expect(list.merge("AAAAAAAA", text)).toBe(merged);
  expect([list.rules, [...list.ids()]]).toEqual([[], []]);
});

test("the same id with another meaning is no order, and the rule that was there holds", () => {
  const { list } = open();
  const rule = list.add({ agent: "ann" }, "op", "r", startAt);
  const other = JSON.stringify({ v: 1, rule: { ...rule, agent: "bob" } });
  expect(list.merge(rule.id, other)).toBe("strange");
  expect(list.rules).toEqual([rule]);
});
