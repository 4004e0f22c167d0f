import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { cli } from "./cli.fixture.ts";

test.each([
  ["visa", "There are `pan.visa`"],
  ["emial", "did you mean `email`?"],
  ["edm.customers", "gatehouse dlp index"],
  ["document.plans", "gatehouse dlp fingerprint"],
  ["presidio.person", "gatehouse dlp external"],
  ["own/id", "in rules on flows"],
])("of %s, which is no type of this program, explain says what it may be", async (type, says) => {
  const { status, err } = await cli(tmpdir(), ["dlp", "explain", type]);
  expect([status, err[0]]).toEqual([2, expect.stringContaining(says)]);
});

test.each([
  [["--group", "finance"], "there is no group `finance`"],
  [["--tag", "gdpr"], "no type has the tag `gdpr`. did you mean `GDPR`?"],
])("types of %j, which there is not, are misuse with what there is", async (words, says) => {
  const { status, err } = await cli(tmpdir(), ["dlp", "types", ...words]);
  expect([status, err[0]]).toEqual([2, expect.stringContaining(says)]);
});
