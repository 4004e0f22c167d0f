import fc from "fast-check";
import { expect, test } from "vitest";
import { CsvFault, CsvReader } from "./csv.ts";

function read(
  text: string | Buffer,
  cuts: readonly number[] = [],
  delimiter: "," | ";" = ",",
): string[][] | string {
  const rows: string[][] = [];
  const reader = new CsvReader(delimiter, (fields) => rows.push([...fields]));
  const bytes = Buffer.from(text as string);
  const places = [0, ...cuts.map((each) => each % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  try {
    for (const [at, end] of places.slice(1).entries()) reader.feed(bytes.subarray(places[at], end));
    reader.end();
  } catch (error) {
    if (error instanceof CsvFault) return error.message;
    throw error;
  }
  return rows;
}

const written = (rows: readonly (readonly string[])[]): string => rows.map((row) => row.map((field) => (/[",\r\n]/.test(field) || field === "" ? `"${field.replaceAll('"', '""')}"` : field)).join(",")).join("\r\n"); // prettier-ignore

test("any table that is written by the rules is read back, however its bytes are cut", () => {
  const field = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", '"', ",", "\r\n", "é😀", 'a"b'));
  const table = fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(field.map((each) => each.toWellFormed()), { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 })); // prettier-ignore
  fc.assert(
    fc.property(table, fc.array(fc.nat(), { maxLength: 8 }), (rows, cuts) => {
      const [first = [], ...rest] = rows;
      const head = [first[0]?.replace(/^\ufeff+/, "") ?? "", ...first.slice(1)];
      expect(read(written([head, ...rest]), cuts)).toEqual([head, ...rest]);
    }),
    { numRuns: 300 },
  );
});

test("line ends may be either, the last one may be missing, empty lines and a byte order mark are no matter", () => {
  expect(read("\ufeffa,b\n1,2\r\n\n3,")).toEqual([["a", "b"], ["1", "2"], ["3", ""]]); // prettier-ignore
  expect(read("a;b\n1,5;2\n", [], ";")).toEqual([["a", "b"], ["1,5", "2"]]); // prettier-ignore
});

test.each<readonly [string, string | Buffer, RegExp]>([
  ["a row with a field too many", "a,b\n1,2\n1,2,3\n", /line 3: the row has 3 fields, and the first row 2/],
  ["a row that is cut", "a,b\n1\n", /line 2: the row has 1 fields/],
  [
    "a quote that is never closed",
    'a,b\n1,"2\n3,4\n',
    /line 4, column 2: a quote is never closed; it was opened in line 2/,
  ],
  ["a quote within a field", 'a,b\n1,x"y\n', /line 2, column 2: a quote stands in a field/],
  ["text after a closing quote", 'a,b\n"1"x,2\n', /line 2, column 1: text follows/],
  ["a lone carriage return", "a,b\r1,2\n", /carriage return stands alone/],
  ["bytes that are no UTF-8", Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xff, 0x2c, 0x31]), /no UTF-8/],
  ["a field without an end", `a,b\n"${"x".repeat(70_000)}`, /longer than/],
])("%s is a fault with its place", (_, text, says) => {
  expect(read(text)).toMatch(says);
});
