import { expect, test } from "vitest";
import type { ScanResult } from "../../actors/dlp/scanner.ts";
import { builtinScanner } from "./scanning.ts";
import { warmUp } from "./warmup.ts";

const texts = ["my card is 4111 1111 1111 1111", "name;mail\nAda;ada@mail.example.org\n", '{"password": "q7Rk2mWp9xZt"}', "nothing"]; // prettier-ignore
const results = (scan: (text: string) => ScanResult): readonly ScanResult[] => texts.map(scan);

test("a scanner finds what it found before, between any two pieces of its warming up and after it", () => {
  const scanner = builtinScanner();
  const expected = results((text) => scanner.scanText(text));
  for (const _ of warmUp(scanner)) expect(results((text) => scanner.scanText(text))).toEqual(expected);
  expect(results((text) => scanner.scanText(text))).toEqual(expected);
});

test("warming up is bounded: some hundred pieces, none longer than what is scanned at once", () => {
  const scanned: number[] = [];
  const scanner = { scanText: (text: string) => (scanned.push(text.length), { findings: [], steps: 0 }) };
  expect([...warmUp(scanner)]).toHaveLength(scanned.length);
  expect(scanned.length).toBeLessThan(500);
  expect(Math.max(...scanned)).toBeLessThanOrEqual(1_024);
});
