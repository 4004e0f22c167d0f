import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startHttpStub } from "../dlp/external/httpstub.fixture.ts";
import { cli, cliJson } from "./cli.fixture.ts";
import { execute } from "./program.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

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

test("role explain says in words what a flow follows that no type knows", async () => {
  const project = new ToyProject();
  const grants = [{ tool: "echo", server: "toy", effect: "read", reason: "the test says so" }];
  const flows = [{ from: { types: ["iban", "own/id"] }, to: { servers: ["toy"] }, reason: "they stay" }];
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  project.write("personas/reader.role.yaml", { role: "reader", grants, flows });
  const { out } = await cli(project.folder, ["role", "explain", "reader"], env);
  expect(out.join("\n")).toContain("no iban, own/id (numbers and identifiers that no type knows) from anywhere may go to server toy"); // prettier-ignore
});

test.each([
  [["--group", "finance"], "there is no group `finance`"],
  [["--tag", "gdpr"], "no type has the tag `gdpr`. did you mean `GDPR`?"],
])("types of %j, which there is not, are misuse with what there is", async (words, says) => {
  const { status, err } = await cli(tmpdir(), ["dlp", "types", ...words]);
  expect([status, err[0]]).toEqual([2, expect.stringContaining(says)]);
});

test("a secret of a recogniser that is not in the vault is told with the command that puts it, as it is typed here", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-external-"));
  const credential = { header: "Authorization", from: "vault:names" };
  const external = { names: { presidio: { url: "https://names.example/analyze" }, credential } };
  writeFileSync(join(folder, "gatehouse.yaml"), JSON.stringify({ dlp: { external } }));
  const out: string[] = [];
  const lines = { out: (text: string) => void out.push(text), err: () => undefined, closed: new AbortController().signal }; // prettier-ignore
  try {
    await execute(["--config", folder, "dlp", "external"], {}, lines, () => (text) => text.replaceAll("gatehouse vault", "npm run vault")); // prettier-ignore
    expect(out[0]).toMatch(
      /^names: no verdict: .*vault:names is not there: put it with npm run vault put names$/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a recogniser that cannot be opened is told by its name and what to do, and the others are tried", async () => {
  const stub = await startHttpStub();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-external-"));
  const names = { presidio: { url: stub.url }, private: ["127.0.0.0/8"] };
  const cases = {
    webhook: { url: stub.url, secret: "env:NOT_THERE" },
    failing: "open",
    personas: { clerk: "closed" },
  };
  const external = { away: { presidio: { url: "https://10.0.0.7/analyze" } }, cases, names };
  writeFileSync(join(folder, "gatehouse.yaml"), JSON.stringify({ dlp: { external } }));
  try {
    const { status, out } = await cli(folder, ["dlp", "external"]);
    expect(status).toBe(1);
    expect(out).toEqual([
      expect.stringMatching(/^away: no verdict: dlp\.external\.away: its address 10\.0\.0\.7 is not public.*dlp\.external\.away\.private in gatehouse\.yaml$/),
      "  away is asked at 10.0.0.7. While it gives no verdict, documents are refused (failing: closed).",
      expect.stringMatching(/^cases: no verdict: .*NOT_THERE/),
      expect.stringMatching(/^ {2}cases is asked at .*pass on our own scan \(failing: open\); of clerk they are refused/),
      expect.stringMatching(/^names: /),
      ...out.slice(5),
    ]); // prettier-ignore
    const { values, last } = await cliJson(folder, ["dlp", "external"]);
    expect(values.map((value) => [value["recogniser"], "fault" in value])).toEqual([["away", true], ["cases", true], ["names", false]]); // prettier-ignore
    expect(last).toMatchObject({ ok: false, figures: { recognisers: 3, faults: 2 } });
  } finally {
    await stub[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
});
