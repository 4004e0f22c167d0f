import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { builtinRows } from "../../actors/dlp/detectors.ts";
import { assembleExample } from "../../actors/dlp/example.ts";
import type { DetectorRow } from "../../protocol/detector.ts";
import { limits } from "../../protocol/limits.ts";
import { cli, cliJson } from "./cli.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-scan-"));
afterEach(() => rmSync(join(folder, "in"), { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

function given(text: string): string {
  writeFileSync(join(folder, "in"), text);
  return join(folder, "in");
}

test("each line of the input is one line of the output, in the form that is promised", async () => {
  const lines = [
    { id: "a", text: "my card is 4111 1111 1111 1111" },
    { id: 7, text: "\ud83d\ude00 none" },
  ];
  const { status, out } = await cli(folder, ["scan", "--json", given(lines.map((line) => JSON.stringify(line)).join("\n"))]); // prettier-ignore
  expect(status).toBe(0);
  expect(out.slice(0, 2)).toEqual([
    '{"id":"a","findings":[{"type":"pan.visa","start":11,"end":30,"likelihood":3,"path":""}]}',
    '{"id":7,"findings":[]}',
  ]);
  expect(out).toHaveLength(3);
});

test("a line that is no text is told, the others are scanned, and the status is 1", async () => {
  const { status, values, last } = await cliJson(folder, ["scan", given('no\n{"id":1}\n{"id":2,"text":3}\n{"id":3,"text":"x"}\n')]); // prettier-ignore
  expect([status, values.filter((value) => "fault" in value).length, values.at(-1)]).toEqual([1, 3, { id: 3, findings: [] }]); // prettier-ignore
  expect(last["figures"]).toEqual({ texts: 1, findings: 0, unfinished: 0, unread: 3 });
});

test("people read line and column, and never the value", async () => {
  const { status, out } = await cli(folder, ["scan", given("first\n  card 4111 1111 1111 1111\n")]);
  expect(status).toBe(0);
  expect(out.join("\n")).toMatch(/\n {2}2 {5}8 {7}19 {6}pan\.visa {2}3\n1 finding in 1 text$/);
  expect(out.join("\n")).not.toContain("1111");
});

test("a file that is JSON is searched as a value too: a credential that is cut over two texts counts once", async () => {
  const row = (builtinRows as readonly DetectorRow[]).find(({ id }) => id === "github.pat_classic");
  const token = /ghp_\w{36}/.exec(assembleExample(row?.examples.yes[0] ?? "", "a file"))?.[0] ?? "";
  const { out } = await cli(folder, ["scan", given(`{"list": [\n  "${token.slice(0, 20)}",\n  "${token.slice(20)}"]}`)]); // prettier-ignore
  expect(out.join("\n")).toMatch(
    /\n {2}2 {5}4 {7}20 {6}github\.pat_classic {2}\d {11}\/list\/0\n {2}3 {5}4 {7}20 {6}github\.pat_classic {2}\d {11}\/list\/1\n1 finding in 1 text$/,
  );
  expect(out.join("\n")).not.toContain(token.slice(0, 20));
});

test("what is less likely than asked for is left out", async () => {
  const file = given("number 4111 1111 1111 1111");
  expect((await cli(folder, ["scan", file])).out.at(-1)).toBe("1 finding in 1 text");
  expect((await cli(folder, ["scan", "--min", "5", file])).out.at(-1)).toBe("0 findings in 1 text");
});

test("a text that is too long for one piece is scanned in parts, to its end", async () => {
  const text = `card 4111 1111 1111 1111\n${"~".repeat(limits.dlpTextCharsMax)}\ncard 4111 1111 1111 1111`;
  const { status, out } = await cli(folder, ["scan", given(text)]);
  expect([status, out.at(-1)]).toEqual([0, "2 findings in 1 text"]);
}, 20_000);

test("a file that is not there is misuse", async () => {
  const { status, out } = await cli(folder, ["scan", "--json", join(folder, "missing")]);
  expect([status, out[0]]).toEqual([2, expect.stringContaining("missing")]);
});

test("a folder, and what is not there, is told by name and as what it is", async () => {
  expect((await cli(folder, ["scan", folder])).err[0]).toMatch(
    `\`${folder}\` is a folder: name the files in it`,
  );
  const missing = join(folder, "missing");
  expect((await cli(folder, ["scan", missing])).err[0]).toMatch(`there is no file \`${missing}\``);
});

test("a text that is not scanned to its end says of what it has too much", async () => {
  const { status, out } = await cli(folder, ["scan", given("4111 1111 1111 1111 ".repeat(limits.dlpFindingsMax + 1))]); // prettier-ignore
  expect([status, out.at(-2)]).toEqual([1, expect.stringMatching(/not scanned to its end: it has more findings than 10000$/)]); // prettier-ignore
}, 30_000);

test("a line ends at a line feed and nowhere else, a byte order mark before the first one is none of it", async () => {
  const source = given(
    `\ufeff{"id":1,"text":"a\u2028card 4111 1111 1111 1111\u0085"}\r\n{"id":2,"text":"x\u2029y"}`,
  );
  const { status, values } = await cliJson(folder, ["scan", source]);
  expect(status).toBe(0);
  expect(values).toEqual([{ id: 1, findings: [{ type: "pan.visa", start: 7, end: 26, likelihood: 3, path: "" }] }, { id: 2, findings: [] }]); // prettier-ignore
});
