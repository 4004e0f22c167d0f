import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { WebhookQuestion } from "../../protocol/webhook.ts";
import { startHttpStub, type HttpStub } from "../dlp/external/httpstub.fixture.ts";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

let stub: HttpStub | undefined;
afterEach(async () => {
  await stub?.[Symbol.asyncDispose]();
  await cleanUpToys();
});

const passage = "The falcon merger closes on the ninth of May at a price of 41 for each share, as nobody was told so far. "; // prettier-ignore

/** A project with an index, fingerprints, and a recogniser that finds CASE-77 and blocks STOP in what agents send. */
async function project(
  more: { readonly failing?: string; readonly personas?: object } = {},
): Promise<ToyProject> {
  const toy = new ToyProject();
  stub = await startHttpStub();
  stub.answer = ({ body }) => {
    const { id, direction, text } = JSON.parse(body) as WebhookQuestion;
    if (direction === "request" && text.includes("STOP")) return { version: 1, id, verdict: "block", says: "policy nine" }; // prettier-ignore
    const findings = [...text.matchAll(/CASE-77/g)].map(({ index }) => ({ type: "case", start: index, end: index + 7, likelihood: 4 })); // prettier-ignore
    return { version: 1, id, verdict: findings.length === 0 ? "clean" : "findings", findings };
  };
  toy.grant(["echo"]);
  await cli(toy.folder, ["catalogue", "accept", "toy", "--yes"], env);
  writeFileSync(join(toy.folder, "people.csv"), "account,name\nAB-1234-99,Ada Lovelace\n");
  writeFileSync(join(toy.folder, "merger.txt"), `Draft. ${passage}`);
  await cli(toy.folder, ["dlp", "index", join(toy.folder, "people.csv"), "--name", "people", "--keys", "account", "--columns", "name", "--out", join(toy.folder, "people.edm")], env); // prettier-ignore
  await cli(toy.folder, ["dlp", "fingerprint", join(toy.folder, "merger.txt"), "--name", "plans", "--out", join(toy.folder, "plans.docs")], env); // prettier-ignore
  const webhook = { url: stub.url, secret: "env:HOOK" };
  const corp = { webhook, private: ["127.0.0.0/8"], seconds: 2, ...more };
  toy.write("gatehouse.yaml", {
    listen: { port: 0 },
    dlp: { exact: ["people.edm"], documents: ["plans.docs"], external: { corp } },
  });
  return toy;
}

const around = { ...env, HOOK: "as long as a secret should be" };

function attempt(toy: ToyProject, text: string) {
  writeFileSync(join(toy.folder, "tried.txt"), text);
  return cliJson(toy.folder, ["dlp", "try", "reader", "echo", join(toy.folder, "tried.txt")], around);
}

test("what indices, fingerprints and a recogniser find is told beside what our own scan finds, in both directions", async () => {
  const toy = await project();
  const { status, values } = await attempt(toy, `${passage} Ada Lovelace AB-1234-99 about CASE-77, card 4111 1111 1111 1111`); // prettier-ignore
  expect(status).toBe(0);
  for (const { found } of values)
    expect((found as { type: string }[]).map(({ type }) => type)).toEqual(expect.arrayContaining(["pan.visa", "edm.people", "document.plans", "webhook.case"])); // prettier-ignore
  expect(values.map(({ way }) => way)).toEqual(["arguments", "answers"]);
});

test("what a recogniser blocks is told as refused, with its words, in the direction that it is shown", async () => {
  const toy = await project();
  const { values } = await attempt(toy, "please STOP");
  const [args, answer] = values;
  expect(args).toMatchObject({ outside: { refused: { recogniser: "corp", why: "blocked", says: "policy nine" } } }); // prettier-ignore
  expect(String(args?.["refusal"])).not.toBe("undefined");
  expect(answer?.["refusal"]).toBeUndefined();
});

test("a document that begins as JSON and is none is tried as a text, and that is said", async () => {
  const toy = new ToyProject();
  toy.grant(["echo"]);
  await cli(toy.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const said = async (text: string): Promise<string> => {
    writeFileSync(join(toy.folder, "tried.txt"), text);
    return (
      await cli(toy.folder, ["dlp", "try", "reader", "echo", join(toy.folder, "tried.txt")], env)
    ).out.join("\n");
  };
  expect(await said('{"word":"a",\n"b":')).toMatch(/^It is no JSON value, and is tried as one text: .+/);
  expect(await said('{"word":"a"}')).not.toContain("tried as");
  expect(await said("Dear all,")).not.toContain("tried as");
});

test("a document comes from standard input as well", async () => {
  const toy = await project({ failing: "open" });
  const program = fileURLToPath(new URL("../../bin/gatehouse.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, "dlp", "try", "reader", "echo", "-", "--json", "--config", toy.folder], { env: around, stdio: ["pipe", "pipe", "inherit"] }); // prettier-ignore
  child.stdin.end('{"text":"about CASE-77"}');
  const [first = ""] = (await text(child.stdout)).split("\n");
  expect(JSON.parse(first)).toMatchObject({
    way: "arguments",
    found: [{ type: "webhook.case", path: "/text" }],
  });
}, 30_000);

test("a recogniser that cannot be reached is named with the reason, and the status is 1; one that is not asked is no matter", async () => {
  const toy = await project({ failing: "open" });
  await stub?.[Symbol.asyncDispose]();
  writeFileSync(join(toy.folder, "tried.txt"), "hello");
  const ran = await cli(toy.folder, ["dlp", "try", "reader", "echo", join(toy.folder, "tried.txt")], around);
  expect([ran.status, ran.out.filter((line) => /corp gave no verdict: .+/.test(line)).length]).toEqual([1, 2]); // prettier-ignore
  expect(ran.out.filter((line) => line.includes("passes as"))).toHaveLength(2);
  const shy = await project({ personas: { reader: "local" } });
  await stub?.[Symbol.asyncDispose]();
  expect(await attempt(shy, "hello")).toMatchObject({ status: 0, last: { figures: { unexamined: 0 } } });
});

test("an index that cannot be opened ends the attempt, and says what to do", async () => {
  const toy = await project();
  toy.write("gatehouse.yaml", { listen: { port: 0 }, dlp: { documents: ["nothing.docs"] } });
  writeFileSync(join(toy.folder, "tried.txt"), "hello");
  const { status, err } = await cli(toy.folder, ["dlp", "try", "reader", "echo", join(toy.folder, "tried.txt")], around); // prettier-ignore
  expect([status === 0, err.join(" ")]).toEqual([false, expect.stringMatching(/nothing\.docs cannot be opened: make it with gatehouse dlp/)]); // prettier-ignore
});

test("without a gatehouse.yaml, with a broken catalogue or role, it says what is missing or wrong, where, and what to do", async () => {
  const toy = new ToyProject();
  toy.grant(["echo"]);
  writeFileSync(join(toy.folder, "tried.txt"), "x");
  const said = async (): Promise<string> => {
    const { status, err } = await cli(toy.folder, ["dlp", "try", "reader", "echo", join(toy.folder, "tried.txt")], env); // prettier-ignore
    expect(status).toBe(2);
    return err.join("\n");
  };
  expect(await said()).toMatch(/reader\.role\.yaml:1:\d+: the definitions of server `toy` are not accepted yet\. To mend it: run .*catalogue accept toy/); // prettier-ignore
  rmSync(join(toy.folder, "catalogue.yaml"));
  expect(await said()).toMatch(/catalogue\.yaml:1:1: .*To mend it: /);
  rmSync(join(toy.folder, "gatehouse.yaml"));
  expect(await said()).toMatch(/gatehouse\.yaml:1:1: the file does not exist\. To mend it: create it, or name the right folder with --config/); // prettier-ignore
});
