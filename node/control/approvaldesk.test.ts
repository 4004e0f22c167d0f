import { afterEach, describe, expect, test } from "vitest";
import type { RoleTable } from "../../protocol/role.ts";
import { limits } from "../../protocol/limits.ts";
import { digestOf } from "../catalogue/definition.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Placement } from "../cluster/clusterdesk.ts";
import { Administrator, administratorKey } from "./administrator.ts";
import { AdminRecords } from "./adminrecords.ts";
import { ApprovalDesk } from "./approvaldesk.ts";
import type { ApprovalsAnswer, DecidedAnswer } from "./approvaldesk.ts";
import { HostedSessions } from "./sessionviews.ts";
import { cleanUp, key, openDesk, tableOf } from "./desk.fixture.ts";
import type { Desk } from "./desk.fixture.ts";

afterEach(cleanUp);

const ann = key("reader", "ann");
const args = { path: "/srv/a" };

/** A role whose `read` needs a person's word; `calls` tells its versions apart. */
function enforce(desk: Desk, calls: number): void {
  const plain = tableOf("reader");
  const grants = plain.grants.map((grant) => (grant.name === "read" ? { ...grant, approval: {} } : grant));
  const table: RoleTable = { ...plain, grants, limits: { ...plain.limits, budget: { calls, hours: 24 } } };
  const digest = digestOf(table);
  desk.data.saveRole(digest, table);
  desk.roles.put("reader", { digest, table, definitions: [], templates: [] });
}

async function listed(desk: Desk): Promise<readonly unknown[]> {
  const answer = (await desk.operators.handle({ command: "approvals.list", args: {} })) as ApprovalsAnswer;
  return answer.approvals.map(({ status, isOutdated }) => [status, isOutdated]);
}

function decide(desk: Desk, id: string, is: string, by = "eve"): Promise<DecidedAnswer> {
  const administrator = administratorKey(desk.data.path, {});
  return desk.operators.handle({ command: "approvals.decide", args: { id, is, by, administrator } }) as Promise<DecidedAnswer>; // prettier-ignore
}

async function park(desk: Desk): Promise<string> {
  const verdict = await desk.call(ann, "read", args);
  if (verdict.kind !== "park") throw new Error(verdict.kind);
  return verdict.approval;
}

test("a call that was parked under another role cannot be approved: it would not pass", async () => {
  const desk = openDesk();
  enforce(desk, 100);
  const id = await park(desk);
  expect(await listed(desk)).toEqual([["asked", undefined]]);
  enforce(desk, 50);
  expect(await listed(desk)).toEqual([["asked", true]]);
  await expect(decide(desk, id, "approved")).rejects.toThrow(
    /the role of reader has changed since .* parked anew/,
  );
  const about = desk.records().map((record) => record.about);
  expect(about).toContainEqual(expect.objectContaining({ what: "approval refused: the role has changed since it was asked", approval: id })); // prettier-ignore
  expect(about).not.toContainEqual(expect.objectContaining({ what: "call approved" }));
  // Parked anew, it can be; and the one before is over.
  const again = await park(desk);
  expect([again === id, await listed(desk)]).toEqual([false, [["asked", undefined]]]);
  expect((await decide(desk, again, "approved")).approval.status).toBe("approved");
  expect((await desk.call(ann, "read", args)).kind).toBe("allow");
});

test("a no holds under every role, and a yes that the role has overtaken is marked", async () => {
  const desk = openDesk();
  enforce(desk, 100);
  const id = await park(desk);
  await decide(desk, id, "approved");
  expect(await listed(desk)).toEqual([["approved", undefined]]);
  enforce(desk, 50);
  expect(await listed(desk)).toEqual([["approved", true]]);
  const again = await park(desk);
  enforce(desk, 25);
  expect((await decide(desk, again, "denied")).approval.status).toBe("denied");
  expect(await listed(desk)).toEqual([["denied", undefined]]);
  expect(await desk.call(ann, "read", args)).toMatchObject({ kind: "deny", rule: "approval.denied" });
});

test("of a yes and a no at once one holds, and the record says of the other that it does not", async () => {
  const desk = openDesk();
  enforce(desk, 100);
  const id = await park(desk);
  const ends = await Promise.allSettled([decide(desk, id, "approved"), decide(desk, id, "denied")]);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect(await desk.call(ann, "read", args)).toMatchObject({ kind: "deny", rule: "approval.denied" });
  const said = desk.records().flatMap(({ about }) => (about?.["approval"] === id ? [about["what"]] : []));
  expect(said.filter((what) => what !== "call denied")).toEqual(["call approved", "approval not taken: the call was over or decided"]); // prettier-ignore
});

test.each(["approved", "denied"] as const)(
  "of two people who said %s at once one has, and the other is told whose word it was",
  async (is) => {
    const desk = openDesk();
    enforce(desk, 100);
    const id = await park(desk);
    const ends = await Promise.allSettled([decide(desk, id, is, "ann"), decide(desk, id, is, "bob")]);
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(String((ends[1] as PromiseRejectedResult).reason)).toContain(`was ${is} before, by ann`);
    const said = desk.records().flatMap(({ about, auth }) => (about?.["approval"] === id ? [[about["what"], auth?.id]] : [])); // prettier-ignore
    const lost = is === "approved" ? [["call approved", "bob"], ["approval not taken: the call was over or decided", "bob"]] : []; // prettier-ignore
    expect(said).toEqual([[`call ${is}`, "ann"], ...lost]);
  },
);

test("a call can be decided on however many wait, and what waits is listed before what is decided", async () => {
  const desk = openDesk();
  enforce(desk, 100_000);
  const flood = async (from: number, to: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let user = from; user < to; user++)
      for (let call = 0; call < limits.approvalsPerSessionMax; call++) {
        const verdict = await desk.call(key("reader", `user-${user}`), "read", { path: `/srv/${call}` });
        if (verdict.kind === "park") ids.push(verdict.approval);
      }
    return ids;
  };
  for (const id of await flood(0, 1)) await decide(desk, id, "denied");
  const id = await park(desk);
  const { approvals } = (await desk.operators.handle({ command: "approvals.list", args: { limit: 3 } })) as ApprovalsAnswer; // prettier-ignore
  expect(approvals.map(({ status }) => status)).toEqual(["asked", "denied", "denied"]);
  await flood(1, Math.ceil(limits.approvalsListedMax / limits.approvalsPerSessionMax) + 1);
  expect(await listed(desk)).toHaveLength(limits.approvalsListedMax);
  const last = (await flood(1_000, 1_001)).at(-1) ?? "";
  for (const each of [id, last]) expect((await decide(desk, each, "approved")).approval.status).toBe("approved"); // prettier-ignore
});

describe("in a cluster", () => {
  /** The desk of the node that owns all sessions of another one. */
  function clustered(
    desk: Desk,
    copied: () => Promise<boolean>,
  ): (command: string, args: JsonObject) => Promise<unknown> {
    const { data, governor, host, recorder, roles } = desk;
    const placement = (): Placement => ({ shard: 1, isHere: true, owner: "n1", inSync: true });
    const everywhere = async () => ({ said: [], heard: [], missing: [] });
    const made = new ApprovalDesk({
      host: new HostedSessions(host),
      governor,
      records: new AdminRecords(recorder, () => desk.at),
      administrator: Administrator.open(data.path),
      roles,
      // An hour ahead.
      now: () => desk.at + 3_600_000,
      cluster: { desk: { placement, everywhere, atOwner: () => undefined, copied, get eventTime() { return desk.at; } } }, // prettier-ignore
    });
    const commands = new Map(made.commands);
    const administrator = administratorKey(data.path, {});
    return async (command, args) => commands.get(`approvals.${command}`)?.({ ...args, ...(command === "decide" ? { administrator } : {}) }); // prettier-ignore
  }

  const word = { is: "approved", by: "eve", reason: "seen" };

  test("what waits is told by the time of the session's turns, whatever this machine's clock says", async () => {
    const desk = openDesk();
    enforce(desk, 100);
    const ask = clustered(desk, async () => true);
    const id = await park(desk);
    expect(await ask("list", {})).toMatchObject({ approvals: [{ id, status: "asked" }] });
    expect(await ask("decide", { id, ...word })).toMatchObject({ approval: { status: "approved" } });
    desk.at += limits.approvalMs + limits.approvalUseMs;
    expect(await ask("list", {})).toMatchObject({ approvals: [] });
  });

  test("a decision is told once another node has it, and where none has it in time, with that", async () => {
    const desk = openDesk();
    enforce(desk, 100);
    let answer: (is: boolean) => void = () => undefined;
    const ask = clustered(desk, () => new Promise((resolve) => (answer = resolve)));
    const id = await park(desk);
    const told: unknown[] = [];
    const decided = ask("decide", { id, ...word }).then((said) => told.push(said));
    await expect
      .poll(async () => desk.records().map(({ about }) => about?.["what"]))
      .toContain("call approved");
    await new Promise((done) => setTimeout(done, 20));
    expect(told).toEqual([]);
    answer(false);
    await decided;
    expect(told).toMatchObject([{ approval: { status: "approved" }, isUncopied: true }]);
  });

  test("the same word once more, because its owner was lost before it could say so, is the same decision", async () => {
    const desk = openDesk();
    enforce(desk, 100);
    const ask = clustered(desk, async () => true);
    const id = await park(desk);
    const [first, again] = [await ask("decide", { id, ...word }), await ask("decide", { id, ...word })];
    expect(again).toEqual(first);
    await expect(ask("decide", { id, ...word, by: "ann" })).rejects.toThrow(/was approved before, by eve/);
    expect(desk.records().filter(({ about }) => about?.["what"] === "call approved")).toHaveLength(1);
  });
});
