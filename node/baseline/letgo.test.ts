import { expect, test } from "vitest";
import { LetGo } from "./letgo.ts";

test("who was let go is known as such, whoever else was; a new one is taken for one a few times in a hundred thousand at most", () => {
  const letGo = new LetGo();
  expect(letGo.has("default/support/u0/-")).toBe(false);
  for (let at = 0; at < 100_000; at++) letGo.add(`default/support/u${at}/-`);
  let missed = 0;
  let mistaken = 0;
  for (let at = 0; at < 100_000; at++) {
    if (!letGo.has(`default/support/u${at}/-`)) missed++;
    if (letGo.has(`default/support/v${at}/-`)) mistaken++;
  }
  expect([letGo.count, missed]).toEqual([100_000, 0]);
  expect(mistaken).toBeLessThan(5);
});
