import { expect, test } from "vitest";
import { liveBytes } from "./livebytes.ts";

const mebibyte = 1024 * 1024;

test("what was thrown away before weighs nothing, buffers among it", () => {
  let thrownAway: unknown[] = Array.from({ length: 20_000 }, () => new Int32Array(100));
  expect(thrownAway).toHaveLength(20_000);
  thrownAway = [];
  const before = liveBytes();
  const held = Array.from({ length: 256 }, () => new Uint8Array(8 * 1024));
  const weight = liveBytes() - before;
  expect(held).toHaveLength(256);
  expect(weight).toBeGreaterThan(1.8 * mebibyte);
  expect(weight).toBeLessThan(3 * mebibyte);
});
