import { afterEach, expect, test } from "vitest";
import type { RoleTable } from "../../protocol/role.ts";
import { digestOf } from "../catalogue/definition.ts";
import { administratorKey } from "./administrator.ts";
import type { ApprovalsAnswer, DecidedAnswer } from "./approvaldesk.ts";
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

function decide(desk: Desk, id: string, is: string): Promise<DecidedAnswer> {
  const administrator = administratorKey(desk.data.path, {});
  return desk.operators.handle({ command: "approvals.decide", args: { id, is, by: "eve", administrator } }) as Promise<DecidedAnswer>; // prettier-ignore
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
