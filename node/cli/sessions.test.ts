import { afterEach, describe, expect, test } from "vitest";
import { flowSchema } from "../../protocol/flow.ts";
import { digestOf } from "../catalogue/definition.ts";
import { cleanUp, key, openDesk, tableOf } from "../control/desk.fixture.ts";
import type { Desk } from "../control/desk.fixture.ts";
import { cli, cliJson } from "./cli.fixture.ts";
import { execute } from "./program.ts";

afterEach(cleanUp);

const ann = key("reader", "ann", "Ann Smith");
const bob = key("reader", "bob");

async function listening(): Promise<Desk> {
  const desk = openDesk();
  await desk.listen();
  return desk;
}

describe("sessions list and show", () => {
  test("list names each session, where it is, and who is stopped by what", async () => {
    const desk = await listening();
    await desk.call(ann, "list");
    await desk.call(bob, "list");
    await cli(desk.folder, ["kill", bob, "--reason", "a drill"]);
    await cli(desk.folder, ["kill", "--persona", "writer", "--reason", "another drill"]);
    const { status, out } = await cli(desk.folder, ["sessions", "list"]);
    const text = out.join("\n");
    expect(status).toBe(0);
    expect(text).toMatch(/persona writer .*another drill/);
    expect(text).toContain(`${ann}  memory`);
    expect(out.find((each) => each.startsWith(bob))).toMatch(/ memory +by operator /);
    expect(text).toContain("2 sessions: 2 in memory, 0 put away");
    const { values, last } = await cliJson(desk.folder, ["sessions", "list", "default/reader/b"]);
    expect(values).toMatchObject([{ rule: { persona: "writer" } }, { session: { key: bob } }]);
    expect(last).toMatchObject({ ok: true, figures: { active: 1, passivated: 0 } });
  });

  test("show prints buckets and open calls by name, and what stands there cannot move the cursor", async () => {
    const desk = await listening();
    await desk.call(ann, "read", { path: "/srv/a" });
    await desk.call(ann, "bad\u001b[2J\u202etool");
    await desk.call(ann, "bad\u001b[2J\u202etool");
    const { status, out } = await cli(desk.folder, ["sessions", "show", ann]);
    const text = out.join("\n");
    expect(status).toBe(0);
    expect(text).toMatch(/read +4 +5 +1/);
    expect(text).toMatch(/persona\.unlisted +badtool +1 /);
    expect(text).not.toMatch(/[\u001b\u202e]/);
  });
});

test("show says what counts as wholly seen, why, and what is refused for it; lift lets it go, with a reason", async () => {
  const desk = await listening();
  const plain = tableOf("reader");
  const flow = flowSchema.parse({ from: { servers: ["files"] }, to: { tools: ["files/list"] }, reason: "it stays" }); // prettier-ignore
  const table = { ...plain, flows: [flow] };
  desk.data.saveRole(digestOf(table), table);
  desk.roles.put("reader", { digest: digestOf(table), table, definitions: [], templates: [] });
  const shown = async (): Promise<string> => (await cli(desk.folder, ["sessions", "show", bob])).out.join("\n"); // prettier-ignore
  await desk.call(bob, "read", { path: "/srv/a" });
  const text = await shown();
  expect(text).toContain("  wholly seen    servers files: an answer was too large to be looked into, or came in progress messages"); // prettier-ignore
  expect(text).toContain("refused for it, whatever a call carries: list");
  expect(text).toContain(`gatehouse sessions lift ${bob} flow --reason R`);
  const lift = ["sessions", "lift", bob, "flow"];
  expect(await cli(desk.folder, lift)).toMatchObject({ status: 2, err: [expect.stringContaining("--reason is missing")] }); // prettier-ignore
  const forged = await cli(desk.folder, [...lift, "--reason", "r"], { GATEHOUSE_ADMINISTRATOR_KEY: `gwadm_${"A".repeat(43)}` }); // prettier-ignore
  expect([forged.status, forged.err.join()]).toEqual([1, expect.stringContaining("not the administrator's key")]); // prettier-ignore
  expect(await shown()).toBe(text);
  const lifted = await cli(desk.folder, [...lift, "--reason", "its export was looked at"]);
  expect(lifted).toMatchObject({ status: 0, out: [expect.stringContaining("Lifted: servers files may go anywhere from now on")] }); // prettier-ignore
  expect(await shown()).not.toContain("wholly seen");
  expect((await cliJson(desk.folder, [...lift, "--reason", "again"])).last).toMatchObject({ ok: true, figures: { lifted: 0 } }); // prettier-ignore
  const tail = (await cli(desk.folder, ["audit", "tail", "-n", "20"])).out.join("\n");
  expect(tail).toContain("its export was looked at");
});

describe("kill and lift", () => {
  test("by key: the next call is refused until the lift, with words for both", async () => {
    const desk = await listening();
    await desk.call(ann, "list");
    const killed = await cliJson(desk.folder, ["kill", ann, "--reason", "a drill"]);
    expect(killed).toMatchObject({
      status: 0,
      values: [{ killed: 1, recorded: true }],
      last: { command: "kill", ok: true, figures: { killed: 1 } },
    });
    expect(await desk.call(ann, "list")).toMatchObject({ rule: "session.killed" });
    const lifted = await cliJson(desk.folder, ["sessions", "lift", ann, "--reason", "it was a drill"]);
    expect(lifted).toMatchObject({ status: 0, last: { command: "sessions lift", figures: { lifted: 1 } } });
    expect((await desk.call(ann, "list")).kind).toBe("allow");
    expect((await cli(desk.folder, ["sessions", "lift", ann])).out).toEqual([
      "This session was not stopped.",
    ]);
  });

  test.each([["--agent", "bob"], ["--persona", "reader"], ["--all"]])(
    "by rule %s: everyone it names, until it is lifted in the same words",
    async (...target) => {
      const desk = await listening();
      await desk.call(bob, "list");
      const killed = await cli(desk.folder, ["kill", ...target, "--reason", "a drill"]);
      expect(killed.status).toBe(0);
      expect(killed.out.join("\n")).toContain(`gatehouse sessions lift ${target.join(" ")} `);
      expect(await desk.call(bob, "list")).toMatchObject({ rule: "session.killed" });
      expect((await cli(desk.folder, ["sessions", "lift", bob])).status).toBe(1);
      expect((await cli(desk.folder, ["sessions", "lift", ...target])).status).toBe(0);
      expect((await desk.call(bob, "list")).kind).toBe("allow");
    },
  );

  test.each([
    [["kill", "--reason", "r"], "one of KEY"],
    [["kill", bob, "--all", "--reason", "r"], "one of KEY"],
    [["kill", bob, ann, "--reason", "r"], "one session key"],
    [["kill", "--all", "--reason", ""], "--reason is missing"],
    [["sessions", "lift", bob, "kill", "tools"], "one session key"],
    [["sessions", "lift", "tools"], "one of KEY"],
  ])("%j is misuse and changes nothing", async (argv, says) => {
    const desk = await listening();
    await desk.call(bob, "list");
    const { status, err } = await cli(desk.folder, argv);
    expect(status).toBe(2);
    expect(err.join("\n")).toContain(says);
    expect((await desk.call(bob, "list")).kind).toBe("allow");
  });

  test("the behaviour breaker is lifted by its word", async () => {
    const desk = await listening();
    for (let at = 0; at < 5; at++) await desk.call(bob, "list", { n: 1 }, "tool-error");
    expect((await cli(desk.folder, ["sessions", "list"])).out.join("\n")).toContain(
      "behaviour breaker until",
    );
    expect((await cli(desk.folder, ["sessions", "show", bob])).out.join("\n")).toContain(
      "same arguments again and again",
    );
    expect((await cli(desk.folder, ["sessions", "lift", bob, "behaviour"])).status).toBe(0);
    expect((await desk.call(bob, "list", { n: 2 })).kind).toBe("allow");
  });
});

describe("a mistyped name", () => {
  test("of a persona stops nobody, and says which there are", async () => {
    const desk = await listening();
    await desk.call(ann, "list");
    const { status, err } = await cli(desk.folder, ["kill", "--persona", "raeder", "--reason", "a drill"]);
    expect(status).toBe(1);
    expect(err.join("\n")).toMatch(
      /no endpoint has the persona `raeder`; nobody was stopped\. did you mean `reader`\? Known: `reader`, `writer`/,
    );
    expect((await cli(desk.folder, ["kill", ann.replace("reader", "nobody"), "--reason", "r"])).err.join("\n")).toContain("Known: `reader`, `writer`"); // prettier-ignore
    expect((await desk.call(ann, "list")).kind).toBe("allow");
    expect((await cliJson(desk.folder, ["sessions", "list"])).values).toMatchObject([
      { session: { key: ann } },
    ]);
  });

  test("of a session or an agent is stopped as asked, with a note of who was probably meant", async () => {
    const desk = await listening();
    await desk.call(bob, "list");
    const wrong = bob.replace("bob", "bbo");
    const killed = await cli(desk.folder, ["kill", wrong, "--reason", "a drill"]);
    expect([killed.status, killed.err.join("\n")]).toEqual([
      0,
      expect.stringContaining(`did you mean \`${bob}\`?`),
    ]);
    const agent = await cliJson(desk.folder, ["kill", "--agent", "bobb", "--reason", "a drill"]);
    expect(agent.values).toMatchObject([{ hint: expect.stringMatching(/did you mean `bob`\?/) }]);
    expect((await cli(desk.folder, ["kill", bob, "--reason", "r"])).err).toEqual([]);
    const told: string[] = [];
    const lines = { out: (text: string) => void told.push(text), err: (text: string) => void told.push(text), closed: new AbortController().signal }; // prettier-ignore
    await execute(["kill", "--agent", "bobby", "--reason", "r", "--config", desk.folder], {}, lines);
    expect(told[0]).toMatch(/^Note: no session of the agent `bobby`/);
  });

  test.each([
    [["sessions", "show", key("reader", "bub")], 1, /did you mean `default\/reader\/bob\/-`\?/],
    [
      ["sessions", "show", key("reader", "somebody-else")],
      1,
      /Sessions of `default\/reader`: `default\/reader\/bob\/-`/,
    ],
    [["sessions", "list", "default/raeder/bob/-"], 0, /did you mean `default\/reader\/bob\/-`\?/],
    [["sessions", "lift", key("reader", "bub")], 1, /did you mean `default\/reader\/bob\/-`\?/],
    [["sessions", "lift", "--persona", "writer"], 1, /no such kill rule\. In force: none/],
  ])("%j is told what there is", async (argv, expected, says) => {
    const desk = await listening();
    await desk.call(bob, "list");
    const { status, err } = await cli(desk.folder, argv);
    expect(err.join("\n")).toMatch(says);
    expect(status).toBe(expected);
  });
});

describe("status", () => {
  test("prints what the node says, tables for lists, and the kill rules first", async () => {
    const desk = await listening();
    await cli(desk.folder, ["kill", "--agent", "bob", "--reason", "a drill"]);
    const { status, out } = await cli(desk.folder, ["status"]);
    expect(status).toBe(0);
    expect(out[0]).toBe("Kill rules in force: 1");
    expect(out).toContain("node  node-1");
    expect(out.join("\n")).toMatch(/persona +reader +http:/);
    const { values, last } = await cliJson(desk.folder, ["status"]);
    expect(values).toMatchObject([
      {
        node: "node-1",
        endpoints: [{ persona: "reader" }, { persona: "writer" }],
        kills: [{ agent: "bob" }],
      },
    ]);
    expect(last).toMatchObject({ command: "status", ok: true });
  });
});
