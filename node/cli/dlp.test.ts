import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startHttpStub } from "../dlp/external/httpstub.fixture.ts";
import { cli, cliJson } from "./cli.fixture.ts";

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

test("a recogniser that cannot be opened is told by its name and what to do, and the others are tried", async () => {
  const stub = await startHttpStub();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-external-"));
  const names = { presidio: { url: stub.url }, private: ["127.0.0.0/8"] };
  const cases = { webhook: { url: stub.url, secret: "env:NOT_THERE" }, private: ["127.0.0.0/8"] };
  const external = { away: { presidio: { url: "https://10.0.0.7/analyze" } }, cases, names };
  writeFileSync(join(folder, "gatehouse.yaml"), JSON.stringify({ dlp: { external } }));
  try {
    const { status, out } = await cli(folder, ["dlp", "external"]);
    expect(status).toBe(1);
    expect(out).toEqual([
      expect.stringMatching(/^away: no verdict: dlp\.external\.away: its address 10\.0\.0\.7 is not public.*dlp\.external\.away\.private in gatehouse\.yaml$/),
      expect.stringMatching(/^cases: no verdict: .*NOT_THERE/),
      expect.stringMatching(/^names: /),
      ...out.slice(3),
    ]); // prettier-ignore
    const { values, last } = await cliJson(folder, ["dlp", "external"]);
    expect(values.map((value) => [value["recogniser"], "fault" in value])).toEqual([["away", true], ["cases", true], ["names", false]]); // prettier-ignore
    expect(last).toMatchObject({ ok: false, figures: { recognisers: 3, faults: 2 } });
  } finally {
    await stub[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
});
