import fc from "fast-check";
import { expect, test } from "vitest";
import { fixtureScanner } from "./engine.fixture.ts";

const scanner = fixtureScanner();
const found = (text: string): string[] => scanner.scanText(text).findings.map(({ type, start, end }) => `${type} ${text.slice(start, end)}`); // prettier-ignore

test("the name of a column is context for every cell below it, however far", () => {
  const rows = Array.from({ length: 40 }, (_, at) => `ann,${100_000_000 + at},blue`);
  expect(found(["name,ssn,colour", ...rows].join("\n"))).toHaveLength(40);
  expect(found(["name;ssn;colour", ...rows.map((row) => row.replaceAll(",", ";"))].join("\r\n"))).toHaveLength(40); // prettier-ignore
});

test("names of other columns and other cells are none", () => {
  expect(found("ssn,order,note\nnone,123456789,his ssn\nnone,123456780,x")).toEqual([]);
  expect(found("order,ssn,note\n123456789,none,x\n")).toEqual([]);
});

test("a word in the cell itself is", () => {
  expect(found("order,note,state\n1,his ssn 123456789,open\n2,nothing,open")).toEqual(["person 123456789"]);
});

test("what stands in quotes is one cell", () => {
  expect(found('ssn,order,note\n"a, b",123456789,x\n')).toEqual([]);
  expect(found('order,ssn,note\n"a,\nb",123456789,x\n')).toEqual(["person 123456789"]);
});

test("below the table its names say nothing any more", () => {
  expect(
    found(
      "id,ssn,note\n1,none,x\n\nall is well and more than all is well, as one can see from here\n\nsee 123456789 there",
    ),
  ).toEqual([]);
});

test("a table whose names say nothing hides none above it or below it", () => {
  const plain = ["order,colour,note", ...Array.from({ length: 400 }, (_, at) => `${at},blue,nothing to say`)].join("\n"); // prettier-ignore
  const armed = "order,ssn,note\n5,123456789,x\n6,123456780,y";
  for (const text of [`${plain}\n\nand then\n\n${armed}`, `${armed}\n\nand then\n\n${plain}\n\n${armed}`])
    expect(found(text)).toHaveLength(text.startsWith("order,ssn") ? 4 : 2); // prettier-ignore
});

test("a table in a text of JSON is one too", () => {
  const table = "order,ssn,note\n5,123456789,x\n987654321,none,his ssn\n912345678,none,y";
  expect(found(JSON.stringify({ text: table, rows: 3 }))).toEqual(["person 123456789"]);
});

test("a table is found the same in chunks", () => {
  const cell = fc.oneof(
    fc.constantFrom("ssn", "card", "ann", "", '"a,b"', "x y"),
    fc.stringMatching(/^[1-9]\d{8}$/),
  );
  const row = fc.array(cell, { minLength: 3, maxLength: 3 }).map((cells) => cells.join(","));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 90 }), (rows, size) => {
      const text = ["id,ssn,note", ...rows].join("\n");
      const stream = scanner.stream("");
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) => stream.push(text.slice(at * size, (at + 1) * size))).flat();
      const inChunks = [...chunks, ...stream.end().findings].toSorted((a, b) => a.start - b.start);
      expect(inChunks).toEqual(scanner.scanText(text).findings);
    }),
  ); // prettier-ignore
});
