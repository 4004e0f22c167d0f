import fc from "fast-check";
import { expect, test } from "vitest";
import { builtinRows } from "../../actors/dlp/detectors.ts";
import { assembleExample } from "../../actors/dlp/example.ts";
import type { DetectorRow } from "../../protocol/detector.ts";
import { builtinScanner } from "../dlp/scanning.ts";
import { withValues } from "./jsonfile.ts";

const scanner = builtinScanner();
const row = (builtinRows as readonly DetectorRow[]).find(
  ({ id }) => id === "github.pat_classic",
) as DetectorRow;
/** Generated: a prefix, and letters and digits with their checksum. */
const token = /ghp_\w{36}/.exec(assembleExample(row.examples.yes[0] ?? "", "a file"))?.[0] ?? "";
const found = (file: string) => withValues(file, scanner.scanText(file), scanner).findings;
const likely = (file: string): readonly string[] => found(file).filter(({ likelihood }) => likelihood >= 3).map(({ start, end, path }) => `${path}: ${file.slice(start, end)}`); // prettier-ignore

test("a credential that is cut over two texts of a list is found, each part where it stands in the file", () => {
  const file = `{\n  "parts": ["head \\u00e9 ${token.slice(0, 20)}",\n    "${token.slice(20)} tail"]\n}`;
  expect(scanner.scanText(file).findings.filter(({ likelihood }) => likelihood >= 3)).toEqual([]);
  expect(likely(file)).toEqual([`/parts/0: ${token.slice(0, 20)}`, `/parts/1: ${token.slice(20)}`]);
});

test("a value that its key speaks for from afar is found", () => {
  const words = Array.from({ length: 20 }, () => "this and that").join(" ");
  const file = JSON.stringify({ ssn: { note: words, number: "536-22-8726" } });
  expect(likely(file)).toContain("/ssn/number: 536-22-8726");
});

test("of JSON lines each line is read by itself, with places of the whole file; other lines are text", () => {
  const line = JSON.stringify({ list: [token.slice(0, 20), token.slice(20)] });
  const file = `{"ok": true}\r\nno JSON 4111 1111 1111 1111\n\n  ${line}\n{"cut": [`;
  expect(likely(file)).toEqual([": 4111 1111 1111 1111", `/list/0: ${token.slice(0, 20)}`, `/list/1: ${token.slice(20)}`]); // prettier-ignore
});

test("a name of a member is found where it stands, and a number that is written otherwise as a whole", () => {
  const file = `{ "a\\/b": {"${token}" : 1}, "card": 4111111111111111.0 }`;
  expect(likely(file)).toEqual([`/a~1b/${token}: ${token}`, "/card: 4111111111111111.0"]);
});

test("what is found in the file as a text is found still, once", () => {
  const file = JSON.stringify({ note: `card 4111 1111 1111 1111`, pair: { a: "ssn 536-22-", b: "8726" } });
  expect(likely(file)).toEqual(["/note: 4111 1111 1111 1111"]);
  const text = `no JSON at all: ${token}`;
  expect(found(text)).toEqual(scanner.scanText(text).findings);
});

test("deep, empty and strange JSON is read to its end, and the bound of depth is told", () => {
  const deep = `${"[".repeat(80)}"${token}]"${"]".repeat(80)}`;
  const file = `{"deep": ${deep}, "": {}, "list": [ ], "x": [true,null,-1.5e3,"\\\\\\"]", {"y":"${token}"}]}`;
  const result = withValues(file, scanner.scanText(file), scanner);
  expect(result.exceeded).toEqual({ budget: "depth", max: 64 });
  const flat = file.replace(deep, "1");
  expect(likely(flat)).toEqual([`/x/4/y: ${token}`]);
});

test("whatever JSON a value stands in, however it is written, its place in the file is the value's", () => {
  const text = fc.string({ unit: fc.constantFrom("é", "\\", '"', "\n", "\ud83d\ude00", "/", "a", " ", "\u0001"), maxLength: 12 }); // prettier-ignore
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: "small" }, text, fc.double(), fc.constantFrom(null, true), fc.array(tie("any"), { maxLength: 3 }), fc.dictionary(text, tie("any"), { maxKeys: 3 })), // prettier-ignore
  })).any;
  fc.assert(
    fc.property(value, text, value, fc.constantFrom(undefined, 1, "\t"), (before, head, after, indent) => {
      const file = JSON.stringify({ before, own: [`${head} ${token} `], after }, undefined, indent);
      const spelled = file.replaceAll("é", "\\u00e9");
      for (const each of [file, spelled]) {
        const own = found(each).filter(({ path }) => path === "/own/0");
        expect(own.map(({ start, end }) => each.slice(start, end))).toEqual([token]);
      }
    }),
    { numRuns: 60 },
  );
});

test("thousands of findings in one text, and lines that only begin as JSON, are placed in time linear in the file", () => {
  const mails = Array.from({ length: 2_000 }, (_, at) => `ada${at}@mail.example.org and some more words \\u00e9 beside it`).join(" "); // prettier-ignore
  const file = `{"text": "${mails}"}`;
  const findings = found(file).filter(({ type }) => type === "email");
  expect(findings.map(({ start, end }) => file.slice(start, end))).toEqual(Array.from({ length: 2_000 }, (_, at) => `ada${at}@mail.example.org`)); // prettier-ignore
  const open = "[\n".repeat(100_000);
  const [asText, before] = [scanner.scanText(open), process.cpuUsage()];
  expect(withValues(open, asText, scanner).findings).toEqual([]);
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
});
