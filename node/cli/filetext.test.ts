import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { cli, cliJson } from "./cli.fixture.ts";
import { textOf } from "./filetext.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-filetext-"));
afterAll(() => rmSync(folder, { recursive: true }));

const card = "4111 1111 1111 1111";
const bytes = (latin: string): Buffer => Buffer.from(latin, "latin1");

function given(content: Uint8Array): string {
  const path = join(folder, "in");
  writeFileSync(path, content);
  return path;
}

describe("a file that is packed or written otherwise is searched:", () => {
  const text = `first\n  card ${card}, größer\n`;
  test.each<[string, Uint8Array, boolean]>([
    ["gzip", gzipSync(text), true],
    ["gzip within gzip", gzipSync(gzipSync(text)), true],
    ["zlib", deflateSync(text), true],
    ["UTF-16 with its mark", Buffer.from(`\ufeff${text}`, "utf16le"), false],
    ["UTF-16 without it, the other order", Buffer.from(text, "utf16le").swap16(), false],
    ["one byte a letter", bytes(text), false],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${text}`), false],
    ["gzip of UTF-16", gzipSync(Buffer.from(`\ufeff${text}`, "utf16le")), true],
  ])("%s", async (_, content, isPacked) => {
    const path = given(content);
    const { status, out, err } = await cli(folder, ["scan", path]);
    expect([status, err, out[0]]).toEqual([0, [], `${path}${isPacked ? ", unpacked" : ""}:`]);
    expect(out.join("\n")).toMatch(/\n {2}2 {5}8 {7}19 {6}pan\.visa {2}3\n1 finding in 1 text$/);
  });
});

describe("a file that cannot be searched is said to be one, never to hold nothing:", () => {
  const noise = Uint8Array.from({ length: 4_096 }, (_, at) => (at * 151 + (at >> 3) * 89) & 255);
  test.each<[string, Uint8Array, RegExp]>([
    ["a zip archive", Buffer.concat([bytes("PK\u0003\u0004"), noise]), /a zip archive, as documents of office programs/],
    ["a PDF, although it may be ASCII", bytes(`%PDF-1.7\n1 0 obj << >>\n`), /it is a PDF/],
    ["a picture", Buffer.concat([bytes("\u0089PNG\r\n\u001a\n"), noise]), /it is a picture/],
    ["bytes by chance", noise, /its bytes are no text/],
    ["mostly noughts", bytes(`\u007fELF\u0002\u0001${"\u0000".repeat(400)}\u00e9\u00ff`), /its bytes are no text/],
    ["gzip that was cut", gzipSync("a text of some length").subarray(0, 20), /packed with gzip, and damaged or cut short/],
    ["gzip of a picture", gzipSync(Buffer.concat([bytes("GIF89a"), noise])), /it is a picture/],
    ["gzip four times over", gzipSync(gzipSync(gzipSync(gzipSync(gzipSync("text"))))), /more than 3 times over/],
  ])("%s", async (_, content, says) => {
    const path = given(content);
    const { status, out, err } = await cli(folder, ["scan", path]);
    expect([status, out.at(-1)]).toEqual([1, "0 findings in 0 texts; 1 file could not be searched"]);
    expect(err).toEqual([expect.stringMatching(says)]);
    expect(err[0]).toContain(`${path}: cannot be searched: `);
  }); // prettier-ignore

  test("what can be read of it is searched all the same", async () => {
    const { status, out, err } = await cli(folder, ["scan", given(bytes(`\u0000\u00ff\u00fe\u0001 card ${card} \u0002\u00ff`))]); // prettier-ignore
    expect([status, out.at(-1), err.length]).toEqual([1, "1 finding in 0 texts; 1 file could not be searched", 1]); // prettier-ignore
  });

  test("what unpacks to more than there is room for is bounded", () => {
    const bomb = gzipSync(Buffer.alloc(10_001));
    expect(textOf(bomb, 10_001).unread).toBeUndefined();
    expect(textOf(bomb, 10_000)).toEqual({ text: "", isPacked: false, unread: expect.stringMatching(/^unpacked it has more than 10000 bytes/) }); // prettier-ignore
  });

  test("beside one that can be, each counts for itself", async () => {
    const text = join(folder, "text");
    writeFileSync(text, `card ${card}`);
    const { status, out } = await cli(folder, ["scan", text, given(noise)]);
    expect([status, out.at(-1)]).toEqual([1, "1 finding in 1 text; 1 file could not be searched"]);
  });
});

test("a text that only begins as UTF-16 does is read as what the rest of it is", () => {
  const text = `a\0b\0c\0d\0e\0f\0g\0h\0 card ${card}`;
  expect(textOf(Buffer.from(text))).toEqual({ text, isPacked: false });
  expect(textOf(Buffer.from("a\0b\0c\0d\0e\0f\0")).text).toBe("abcdef");
});

test("a text in UTF-8 is read as it is, whatever stands in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (any) => {
      const { text, unread } = textOf(Buffer.from(any));
      // A text that begins as a packed file does, or with noughts between its letters, is told by that.
      fc.pre(!/^(?:PK|%PDF|GIF8|RIFF|BZh|\u0000|.\u0000)/s.test(any));
      expect([text, unread]).toEqual([new TextDecoder().decode(Buffer.from(any)), undefined]);
    }),
  );
});

test("a line that is no text is told with its number, and with its id where it has one; the others are as ever", async () => {
  const path = given(Buffer.from('no\n\n{"id":"b"}\n{"id":3,"text":4}\n{"id":5,"text":"x"}\n'));
  const { status, values } = await cliJson(folder, ["scan", path]);
  const of = (line: number, says: string, more: object = {}): object => ({ fault: { says: `${path}, line ${line}: ${says}`, do: 'write one {"id","text"} on each line; without --json a file is one text', line, ...more } }); // prettier-ignore
  expect([status, values]).toEqual([1, [of(1, "not JSON"), of(3, "no text", { id: "b" }), of(4, "the text is no string", { id: 3 }), { id: 5, findings: [] }]]); // prettier-ignore
});
