import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { canonicalJson } from "../../protocol/canonical.ts";
import type { Json } from "../../protocol/json.ts";
import { isLoaded, loadConfiguration } from "../config.ts";
import type { Wider } from "../roles/approval.ts";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, tool, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

async function project(approval: "off" | "required" = "required"): Promise<ToyProject> {
  const made = new ToyProject();
  made.write("gatehouse.yaml", { listen: { port: 0 }, roles: { approval } });
  made.grant(["echo"]);
  await cli(made.folder, ["catalogue", "accept", "toy", "--yes"], env);
  return made;
}

const approve = (folder: string, reason = "reviewed") => cli(folder, ["role", "approve", "reader", "--reason", reason], env); // prettier-ignore

function faults(folder: string, wider?: Wider): readonly string[] {
  const loaded = loadConfiguration(folder, { env, ...(wider === undefined ? {} : { wider }) });
  return isLoaded(loaded) ? [] : loaded.map(({ says, do: remedy }) => `${says} / ${remedy}`);
}

function grantedBy(folder: string, wider: Wider): readonly string[] {
  const loaded = loadConfiguration(folder, { env, wider });
  if (!isLoaded(loaded)) throw new Error(JSON.stringify(loaded));
  return loaded.tables.get("reader")?.table.grants.map(({ name }) => name) ?? [];
}

test("a role that nobody approved is refused with the difference and the command, until it is approved", async () => {
  const { folder } = await project();
  expect(faults(folder)[0]).toMatch(/no approved version yet.*role approve reader --reason/);
  const diff = await cli(folder, ["role", "diff", "reader"], env);
  expect([diff.status, diff.out[0]]).toEqual([1, expect.stringContaining("+ wider     tool echo: a new grant")]); // prettier-ignore
  expect((await approve(folder)).status).toBe(0);
  expect(faults(folder)).toEqual([]);
  expect((await cli(folder, ["role", "diff", "reader"], env)).status).toBe(0);
});

test("what is wider than its version is refused, and a node that runs keeps the version", async () => {
  const toy = await project();
  await approve(toy.folder);
  toy.grant(["echo", "fail"]);
  expect(faults(toy.folder)[0]).toMatch(/more pass than its approved version 1 .*tool fail: a new grant/);
  expect(grantedBy(toy.folder, "previous")).toEqual(["echo"]);
  await approve(toy.folder, "they need it");
  expect(grantedBy(toy.folder, "refuse")).toEqual(["echo", "fail"]);
  const { values } = await cliJson(toy.folder, ["role", "history", "reader"], env);
  expect(values.map(({ version, act, reason }) => [version, act, reason])).toEqual([[1, "approved", "reviewed"], [2, "approved", "they need it"]]); // prettier-ignore
});

test("approval by digest approves what was looked at, and nothing else", async () => {
  const toy = await project();
  const { values } = await cliJson(toy.folder, ["role", "diff", "reader"], env);
  const digest = String(values.find((value) => "digest" in value)?.["digest"]);
  toy.grant(["echo", "fail"]);
  const late = await cli(toy.folder, ["role", "approve", "reader", "--reason", "r", "--digest", digest], env);
  expect([late.status, faults(toy.folder).length]).toEqual([2, 1]);
  toy.grant(["echo"]);
  const right = await cli(toy.folder, ["role", "approve", "reader", "--reason", "r", "--digest", digest], env); // prettier-ignore
  expect(right.status).toBe(0);
});

describe("what role diff shows", () => {
  /** The toy with a mission, a section and one more grant: each long enough to be cut. */
  function write(toy: ToyProject, lastLine: string, steps: readonly string[]): void {
    const grants = [{ tool: "echo", server: "toy", effect: "read", reason: "the test says so" }];
    const mission = ["The desk answers customers.", ...Array.from({ length: 20 }, (_, at) => `- it may read shelf ${at}`), lastLine].join("\n"); // prettier-ignore
    const rules = steps.map((name) => ({ name, after: { tools: ["echo"] }, then: { effects: ["read"] }, reason: "the test says so" })); // prettier-ignore
    toy.write("personas/reader.role.yaml", { role: "reader", mission, grants, sequence: { steps: rules } });
  }

  test("of a mission is each line that it lost and gained, wherever it stands", async () => {
    const toy = await project();
    write(toy, "- it may read the till", ["first"]);
    await approve(toy.folder);
    write(toy, "- it may empty the till", ["first"]);
    const { out } = await cli(toy.folder, ["role", "diff", "reader"], env);
    expect(out.slice(0, 3)).toEqual(["+ wider     mission: other lines", "              was  - it may read the till", "              is   - it may empty the till"]); // prettier-ignore
    expect(faults(toy.folder)[0]).toMatch(/from `….*read the till.*to `….*empty the till/);
  });

  test("of data rules is each rule that was lost or gained with its place, and whether the others changed theirs", async () => {
    const toy = await project();
    const [iban, card, mail] = ["iban", "pan.visa", "email"].map((type) => ({
      types: [type],
      answers: "mask",
    }));
    const write = (rules: readonly unknown[]): void =>
      toy.write("personas/reader.role.yaml", { role: "reader", grants: [{ tool: "echo", server: "toy", effect: "read", reason: "the test says so" }], data: { rules } }); // prettier-ignore
    write([iban, card]);
    await approve(toy.folder);
    const diff = async (rules: readonly unknown[]): Promise<string> => {
      write(rules);
      return (await cli(toy.folder, ["role", "diff", "reader"], env)).out.join("\n");
    };
    expect(await diff([mail, iban])).toMatch(
      /data rules: other entries\n +was {2}2\. .*"pan\.visa".*\n +is {3}1\. .*"email"/,
    );
    expect(await diff([mail, iban])).not.toContain('"iban"');
    expect(await diff([card, iban])).toContain("data rules: the same entries in another order or number");
    expect(await diff([card, mail, iban])).toContain(
      "other entries, and the rest in another order or number",
    );
  });

  test("of a long section is where it parts, and all of it", async () => {
    const toy = await project();
    const names = Array.from({ length: 6 }, (_, at) => `rule-${at}`);
    write(toy, "- nothing", names);
    await approve(toy.folder);
    write(toy, "- nothing", [...names.slice(0, 3), "other", ...names.slice(4, 5), "last"]);
    const { out } = await cli(toy.folder, ["role", "diff", "reader"], env);
    expect(out[0]).toContain("sequence");
    for (const name of ["rule-3", "other", "rule-5", "last"]) expect(out[0]).toContain(name);
  });
});

test("a reason or a title that is put otherwise is neither wider nor narrower, and many of them are one line", async () => {
  const toy = await project();
  const write = (word: string): void => {
    const grants = ["echo", "fail"].map((name) => ({ tool: name, server: "toy", effect: "read", reason: `the ${word} says so` })); // prettier-ignore
    toy.write("personas/reader.role.yaml", { role: "reader", title: `Reader of the ${word}`, grants });
  };
  write("mission");
  await approve(toy.folder);
  write("letter");
  const { out, status } = await cli(toy.folder, ["role", "diff", "reader"], env);
  expect([status, out]).toEqual([0, [expect.stringMatching(/^= words {5}3 reasons or titles/), expect.stringMatching(/the same pass .*needs no approval/)]]); // prettier-ignore
  const { values } = await cliJson(toy.folder, ["role", "diff", "reader"], env);
  expect(values.filter((value) => "change" in value)).toHaveLength(3);
  expect(faults(toy.folder)).toEqual([]);
});

test("with approvals off a wider role is shown, and asks for no approval", async () => {
  const toy = await project("off");
  const { out, status } = await cli(toy.folder, ["role", "diff", "reader"], env);
  expect(status).toBe(0);
  expect(out.join(" ")).toMatch(/\+ wider .*roles\.approval is off/);
  expect(out.join(" ")).not.toContain("needs an approval");
});

test("with approvals off a role needs none", async () => {
  const { folder } = await project("off");
  expect(faults(folder)).toEqual([]);
});

describe("in a node that runs", () => {
  test("role reload puts a narrower file in force, and leaves a wider one out", async () => {
    const toy = await project();
    toy.grant(["echo", "fail"]);
    await approve(toy.folder);
    await toy.start();
    toy.grant(["echo"]);
    const narrower = await cli(toy.folder, ["role", "reload"], env);
    expect([narrower.status, narrower.out[0]]).toEqual([0, expect.stringContaining("changed: `reader`.")]);
    toy.grant(["echo", "fail"]);
    const wider = await cli(toy.folder, ["role", "reload"], env);
    expect([wider.status, wider.out[0]]).toEqual([1, expect.stringContaining("stays in force: `reader`")]);
  });

  async function listed(folder: string): Promise<readonly string[]> {
    const { values } = await cliJson(folder, ["audit", "tail", "-n", "100", "--kind", "node"], env);
    return values.flatMap((value) => JSON.stringify(value).match(/"versions":"[^"]*"/g) ?? []);
  }

  test("an approval is on record and in force at once, and a narrower file is kept as a version", async () => {
    const toy = await project();
    await approve(toy.folder);
    const node = await toy.start();
    toy.grant(["echo", "fail"]);
    const done = await approve(toy.folder, "they need it");
    expect(done.out.join("\n")).toContain("changed: `reader`");
    const { values } = await cliJson(toy.folder, ["audit", "tail", "-n", "100", "--kind", "admin"], env);
    expect(JSON.stringify(values)).toMatch(/"what":"roles read anew","persona":"reader","version":"2"/);
    await node.stop();
    toy.grant(["fail"]);
    await toy.start();
    await expect.poll(() => listed(toy.folder)).toContain('"versions":"reader 3, narrowed"');
    const history = await cliJson(toy.folder, ["role", "history", "reader"], env);
    expect(history.values.map(({ act }) => act)).toEqual(["approved", "approved", "narrowed"]);
    // What was given up is not there for the taking.
    toy.grant(["echo", "fail"]);
    expect(faults(toy.folder)[0]).toContain("version 3");
  });

  test("a tool that is defined otherwise than approved is quarantined until the role is approved again", async () => {
    const toy = await project();
    toy.grant(["echo", "fail"]);
    await approve(toy.folder);
    const node = await toy.start();
    const shown = async (): Promise<readonly string[]> => {
      const key = String((await cliJson(toy.folder, ["keys", "create", "--agent", "a", "--persona", "reader"], env)).values[0]?.["key"]); // prettier-ignore
      const url = `http://127.0.0.1:${node.port}/t/default/p/reader/mcp`;
      return Promise.all(["echo", "fail"].map(async (name) => {
        const { out, err } = await cli(toy.folder, ["call", "reader", name, "{}", "--key", key, "--url", url], env); // prettier-ignore
        return /Unknown tool/.test([...out, ...err].join("\n")) ? "quarantined" : "answered";
      })); // prettier-ignore
    };
    toy.list([tool("echo", "does something else"), tool("fail")]);
    await cli(toy.folder, ["catalogue", "accept", "toy", "--yes"], env);
    expect(await shown()).toEqual(["quarantined", "answered"]);
    expect((await cli(toy.folder, ["role", "diff", "reader"], env)).out[0]).toMatch(
      /^! redefined {2}tool echo/,
    );
    await approve(toy.folder, "the new words are fine");
    expect(await shown()).toEqual(["answered", "answered"]);
  });
});

describe("a history", () => {
  test("that was changed anywhere approves nothing", async () => {
    const toy = await project();
    await approve(toy.folder);
    toy.grant(["echo", "fail"]);
    await approve(toy.folder);
    const path = join(toy.folder, "personas", "reader.versions.jsonl");
    const whole = readFileSync(path, "utf8");
    const [first = "", second = ""] = whole.trimEnd().split("\n");
    const signature = /"signature":"[^"]*"/.exec(second)?.[0] ?? "";
    const broken = [
      `${second}\n`,
      `${first}\n${first}\n`,
      `${second}\n${first}\n`,
      whole.replace('"reviewed"', '"reviewer"'),
      whole.replaceAll('"tool":"echo"', '"tool":"fail"'),
      whole.replace(signature, '"signature":"AAAA"'),
      whole.replace(`,${signature}`, ""),
      whole.slice(0, -40),
      `${whole}{}\n`,
    ];
    for (const text of broken) {
      writeFileSync(path, text);
      expect([text.length, faults(toy.folder).length]).toEqual([text.length, 1]);
    }
    writeFileSync(path, whole);
    expect(faults(toy.folder)).toEqual([]);
  });

  test("that was cut back is told by role history, too", async () => {
    const toy = await project();
    await approve(toy.folder);
    const path = join(toy.folder, "personas", "reader.versions.jsonl");
    const first = readFileSync(path, "utf8");
    toy.grant(["echo", "fail"]);
    await approve(toy.folder);
    writeFileSync(path, first);
    const { status, err } = await cli(toy.folder, ["role", "history", "reader"], env);
    expect([status, err.join()]).toEqual([1, expect.stringContaining("does not hold version 2")]);
  });

  test("that was cut back to an older, wider version is refused where the newer one was in force", async () => {
    const toy = await project();
    toy.grant(["echo", "fail"]);
    await approve(toy.folder);
    const [path, role] = ["reader.versions.jsonl", "reader.role.yaml"].map((name) => join(toy.folder, "personas", name)); // prettier-ignore
    const [older, wide] = [readFileSync(path ?? "", "utf8"), readFileSync(role ?? "", "utf8")];
    toy.grant(["echo"]);
    const node = await toy.start();
    await node.stop();
    writeFileSync(path ?? "", older);
    expect(faults(toy.folder)[0]).toContain("does not hold version 2, which was in force here");
    writeFileSync(role ?? "", wide);
    expect(faults(toy.folder)[0]).toContain("does not hold version 2");
    await approve(toy.folder, "it is meant");
    expect(faults(toy.folder)).toEqual([]);
    writeFileSync(join(toy.folder, ".gatehouse", "roleheads.json"), "{");
    expect(faults(toy.folder)[0]).toContain("roleheads.json of the data folder is damaged");
  });

  test("that was signed elsewhere counts where its key is listed", async () => {
    const toy = await project();
    const { out } = await approve(toy.folder);
    const key = / as ([\w-]{43})/.exec(out.join("\n"))?.[1];
    const at = (approvers: readonly (string | undefined)[]) => toy.write("gatehouse.yaml", { listen: { port: 0 }, data: "other", roles: { approval: "required", approvers } }); // prettier-ignore
    at([]);
    expect(faults(toy.folder)[0]).toContain("a key that does not count here");
    at([key]);
    expect(faults(toy.folder)).toEqual([]);
    // A key of the environment is another approver.
    const other = await cli(toy.folder, ["role", "approve", "reader", "--reason", "r"], { ...env, GATEHOUSE_ADMINISTRATOR_KEY: `gwadm_${"a".repeat(43)}` }); // prettier-ignore
    expect(other.out.join("\n")).toContain("nothing to approve");
    toy.grant(["echo", "fail"]);
    await cli(toy.folder, ["role", "approve", "reader", "--reason", "r"], { ...env, GATEHOUSE_ADMINISTRATOR_KEY: `gwadm_${"a".repeat(43)}` }); // prettier-ignore
    expect(faults(toy.folder)[0]).toContain("a key that does not count here");
  });

  test("shows of each line whether a signature that counts proves it, and fails over one that says approved without", async () => {
    const toy = await project();
    toy.grant(["echo", "fail"]);
    await approve(toy.folder);
    const clean = await cliJson(toy.folder, ["role", "history", "reader"], env);
    expect([clean.status, clean.values.map(({ proof }) => proof)]).toEqual([0, ["signed"]]);
    // By a hand that has no key: what it says of who, when and why is nobody's word.
    forge(toy, ({ role }) => ({ act: "approved", by: "the board", role: { ...role, grants: role.grants.slice(1) } })); // prettier-ignore
    forge(toy, ({ role }) => ({ act: "narrowed", by: "gatehouse", role: { ...role, grants: [] } }));
    const { values, status } = await cliJson(toy.folder, ["role", "history", "reader"], env);
    expect([status, values.map(({ proof }) => proof)]).toEqual([1, ["signed", "none", "narrower"]]);
    const { out, err } = await cli(toy.folder, ["role", "history", "reader"], env);
    const rows = out.filter((each) => /^\d/.test(each));
    expect(rows.map((each) => /signed|UNPROVED|unsigned/.exec(each)?.[0])).toEqual(["signed", "UNPROVED", "unsigned"]); // prettier-ignore
    expect(err.join("\n")).toMatch(/version 2 says that it was approved.*no signature that counts/i);
  });

  test("with a grant that stands twice, once wide and once as before, is refused", async () => {
    const toy = await project();
    await approve(toy.folder);
    forge(toy, ({ role }) => ({ act: "narrowed", role: { ...role, grants: [...role.grants.map((each) => ({ ...each, limits: { capacity: 900_000, perSecond: 900_000 } })), ...role.grants] } })); // prettier-ignore
    expect(faults(toy.folder).join()).toContain("grants tool echo twice");
    const { status, out } = await cli(toy.folder, ["role", "history", "reader"], env);
    expect([status, out.join()]).toEqual([1, expect.stringContaining("grants tool echo twice")]);
  });

  test("that was cut back is told by role diff, whether its versions count or not", async () => {
    for (const approval of ["required", "off"] as const) {
      const toy = await project(approval);
      toy.grant(["echo", "fail"]);
      await approve(toy.folder);
      const path = join(toy.folder, "personas", "reader.versions.jsonl");
      const first = readFileSync(path, "utf8");
      toy.grant(["echo"]);
      await approve(toy.folder);
      toy.grant(["echo", "fail"]);
      writeFileSync(path, first);
      const { status, out, err } = await cli(toy.folder, ["role", "diff", "reader"], env);
      expect([status, [...out, ...err].join()]).toEqual([1, expect.stringContaining("does not hold version 2, which was in force here")]); // prettier-ignore
      expect(out.join()).not.toContain("is the same as");
      const { values } = await cliJson(toy.folder, ["role", "diff", "reader"], env);
      expect(values.find((value) => "digest" in value)).toMatchObject({ isWhole: false });
      writeFileSync(path, "");
      const none = await cli(toy.folder, ["role", "diff", "reader"], env);
      expect([none.status, [...none.out, ...none.err].join()]).toEqual([1, expect.stringContaining("does not hold version 2")]); // prettier-ignore
    }
  });

  test("whose end this data folder never saw is said to be one of which nothing is known here", async () => {
    const toy = await project();
    await approve(toy.folder);
    rmSync(join(toy.folder, ".gatehouse", "roleheads.json"));
    const { status, err } = await cli(toy.folder, ["role", "history", "reader"], env);
    expect([status, err.join()]).toEqual([0, expect.stringContaining("whether lines were taken off its end cannot be told")]); // prettier-ignore
  });
});

interface FileGrants {
  readonly grants: readonly object[];
}

/** A line more, as somebody writes it who has the file, this program's source and no key. */
function forge(toy: ToyProject, change: (last: { readonly role: FileGrants }) => object): void {
  const path = join(toy.folder, "personas", "reader.versions.jsonl");
  const whole = readFileSync(path, "utf8");
  const { hash: before, key: _, signature: __, ...last } = JSON.parse(whole.trimEnd().split("\n").at(-1) ?? "") as { readonly hash: string; readonly version: number; readonly key?: string; readonly signature?: string; readonly role: FileGrants }; // prettier-ignore
  const open = { ...last, ...change(last), version: last.version + 1, before };
  const hash = createHash("sha256")
    .update(canonicalJson(open as unknown as Json))
    .digest("base64url");
  writeFileSync(path, `${whole}${JSON.stringify({ ...open, hash })}\n`);
}
