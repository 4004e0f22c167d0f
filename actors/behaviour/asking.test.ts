/** The form in which arguments of a call are given: asking.ts. What they prove is tested with the judgement (judge.test.ts). */
import { expect, test } from "vitest";
import { calls } from "./behaviour.fixture.ts";

const known = { mission: "write to anna.berg@shop.example about m-7", knows: (value: string) => (value === "ops" ? "role" : undefined) } as const; // prettier-ignore
const args = [
  { to: ["anna.berg@shop.example", "anna.berg@other.example", "ops", "x@y.example"], n: 7 },
  { url: "https://files.example/a/b?c=1", webhook: "files.example/a", iban: "GB29NWBK60161331926819" },
  {
    id: "m-7",
    path: "/srv/a b/c.txt",
    body: "See https://files.example/a, please, all of you who read this",
  },
  {},
];

test("values and traces have all of their members in one order, and those that say nothing are not in their JSON", () => {
  const traces = args.map((each) => calls.read(each, known));
  const values = traces.flatMap((trace) => trace.values);
  expect(new Set(traces.map((trace) => Object.keys(trace).join()))).toEqual(new Set(["key,values,cut,fetches,more"])); // prettier-ignore
  expect(new Set(values.map((value) => Object.keys(value).join()))).toEqual(
    new Set(["at,is,form,whole,words,pairs,known,origin,akin,place,rival,thing"]),
  );
  const written = values.map((value) => Object.keys(JSON.parse(JSON.stringify(value)) as object).join());
  const bare = "at,is,whole,words,pairs";
  const address = "at,is,form,whole,words,pairs";
  expect(new Set(written)).toEqual(new Set([bare, `${bare},known`, `${bare},origin`, address, `${address},known`, `${address},origin`, `${address},akin`])); // prettier-ignore
});
