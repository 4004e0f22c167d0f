import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { cli, cliJson } from "./cli.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-scanlines-"));
afterAll(() => rmSync(folder, { recursive: true }));

function given(content: string | Uint8Array): string {
  const path = join(folder, "in");
  writeFileSync(path, content);
  return path;
}

describe("scan --json gives an id back as it was written:", () => {
  const numbers = ["9007199254740993", "12345678901234567890123", "-9007199254740995", "1.0", "1e400", "-0", "0.1000000000000000055511151231257827", "7"]; // prettier-ignore

  test.each(numbers)("%s", async (id) => {
    const { out } = await cli(folder, ["scan", "--json", given(`{"id":${id},"text":"x"}\n{"id":${id}}\n{"id":[${id},{"a":${id}}],"text":"x"}\n`)]); // prettier-ignore
    expect(out[0]).toBe(`{"id":${id},"findings":[]}`);
    expect(out[1]).toContain(`"line":2,"id":${id}}`);
    expect(out[2]).toBe(`{"id":[${id},{"a":${id}}],"findings":[]}`);
  });

  test("whole numbers of any length, and texts", async () => {
    const id = fc.oneof(fc.bigInt().map(String), fc.string({ maxLength: 20 }).map((text) => JSON.stringify(text))); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.array(id, { minLength: 1, maxLength: 20 }), async (ids) => {
        const { out } = await cli(folder, ["scan", "--json", given(ids.map((each) => `{"text":"x","id":${each}}`).join("\n"))]); // prettier-ignore
        expect(out.slice(0, -1)).toEqual(ids.map((each) => `{"id":${each},"findings":[]}`));
      }),
      { numRuns: 15 },
    );
  });
});

describe("scan --json of lines that are packed", () => {
  const lines = '{"id":1,"text":"card 4111 1111 1111 1111"}\n{"id":2,"text":"none"}\n';
  const found = [{ id: 1, findings: [{ type: "pan.visa", start: 5, end: 24, likelihood: 3, path: "" }] }, { id: 2, findings: [] }]; // prettier-ignore

  test.each<[string, Uint8Array]>([
    ["gzip", gzipSync(lines)],
    ["zlib", deflateSync(lines)],
    ["gzip twice", gzipSync(gzipSync(lines))],
    ["gzip in members, as logs that were put together", Buffer.concat([gzipSync(lines.slice(0, 50)), gzipSync(lines.slice(50))])], // prettier-ignore
  ])("unpacks them: %s", async (_, bytes) => {
    const { status, values } = await cliJson(folder, ["scan", given(bytes)]);
    expect([status, values]).toEqual([0, found]);
  });

  test("from standard input, too", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../bin/gatehouse.mjs"), "scan", "--json"], { cwd: folder }); // prettier-ignore
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stdin.end(gzipSync(lines));
    await new Promise((resolve) => child.once("close", resolve));
    expect(out.split("\n").slice(0, 2).map((line) => JSON.parse(line) as unknown)).toEqual(found); // prettier-ignore
  }, 20_000);

  test.each<[string, Uint8Array, RegExp]>([
    ["gzip that is cut short", gzipSync(lines.repeat(1_000)).subarray(0, 100), /packed with gzip, and damaged or cut short/],
    ["a zip archive", Buffer.from("PK\u0003\u0004 and so on"), /a zip archive.*unpack it/],
    ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]), /packed with xz unpack it first/],
    ["UTF-16", Buffer.from(`\ufeff${lines}`, "utf16le"), /UTF-16, or no text turn it into UTF-8/],
    ["UTF-16 without a mark", Buffer.from(lines, "utf16le"), /UTF-16, or no text turn it into UTF-8/],
    ["gzip four times over", gzipSync(gzipSync(gzipSync(gzipSync(lines)))), /packed more than 3 times over/],
  ])("says once of %s what it is and what to do, and ends with 1", async (_, bytes, says) => {
    const { status, values, last } = await cliJson(folder, ["scan", given(bytes)]);
    const faults = values.flatMap(({ fault }) => (fault === undefined ? [] : [fault as { says: string; do: string }])); // prettier-ignore
    expect(status).toBe(1);
    expect(faults).toHaveLength(1);
    expect(`${faults[0]?.says} ${faults[0]?.do}`).toMatch(says);
    expect(last["figures"]).toMatchObject({ unread: 1 });
  }); // prettier-ignore

  test("a line without end, in a file that is small while packed, is told in bounded memory; those behind it are scanned", async () => {
    const before = process.memoryUsage().rss;
    const endless = gzipSync(Buffer.alloc(128 * 1024 * 1024, 0x20));
    const { status, values } = await cliJson(folder, ["scan", given(Buffer.concat([endless, gzipSync(`\n${lines}`)]))]); // prettier-ignore
    expect([status, values.slice(1)]).toEqual([1, found]);
    expect(JSON.stringify(values[0])).toContain("the line is too long");
    expect(process.memoryUsage().rss - before).toBeLessThan(800 * 1024 * 1024);
  }, 30_000);
});
