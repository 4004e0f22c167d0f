/** `gatehouse approvals list | approve | deny`: calls that wait for a person, through the running node. */
import { limits } from "../../protocol/limits.ts";
import { administratorKey } from "../control/administrator.ts";
import type { ApprovalRow, ApprovalsAnswer, DecidedAnswer } from "../control/approvaldesk.ts";
import type { Spell } from "./invocation.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { sayMissing } from "./place.ts";
import { ask, openProject, operatorName } from "./project.ts";
import { columns, count, instant, line, span } from "./table.ts";

export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["n"], []);
  if (args.rest.length > 0) throw new Misuse("approvals list takes no words");
  const limit = args.number("n", 1, limits.approvalsListedMax) ?? limits.approvalsListedMax;
  const { approvals, isCut, missing } = (await ask(openProject(io), "approvals.list", { limit })) as ApprovalsAnswer; // prettier-ignore
  const waiting = approvals.filter(({ status }) => status === "asked").length;
  const isApprovable = approvals.some(({ status, isOutdated }) => status === "asked" && isOutdated !== true);
  if (io.json) for (const approval of approvals) io.out(JSON.stringify({ approval }));
  else for (const each of sayList(approvals, Date.now(), io.spell)) io.out(each);
  if (!io.json)
    io.out(`${count(waiting, "call")} waiting for a person, ${approvals.length - waiting} decided${isCut ? ". There are more; -n N" : ""}`); // prettier-ignore
  if (!io.json && isApprovable) io.out(io.spell("gatehouse approvals approve ID lets one pass, once; deny ID refuses it.")); // prettier-ignore
  sayMissing(io, missing);
  return finish(io, "approvals list", true, { waiting, decided: approvals.length - waiting, isCut });
}

export function approveCommand(argv: readonly string[], io: CliIo): Promise<number> {
  return decide(argv, io, "approved");
}

export function denyCommand(argv: readonly string[], io: CliIo): Promise<number> {
  return decide(argv, io, "denied");
}

async function decide(argv: readonly string[], io: CliIo, is: "approved" | "denied"): Promise<number> {
  const command = is === "approved" ? "approve" : "deny";
  const args = new Arguments(argv, ["reason"], []);
  const [id, ...more] = args.rest;
  if (id === undefined || more.length > 0) throw new Misuse(`approvals ${command} takes one id, as gatehouse approvals list prints it`); // prettier-ignore
  const reason = args.value("reason");
  const project = openProject(io);
  const administrator = administratorKey(project.dataFolder, io.env);
  const asked = { id, is, by: operatorName(), administrator, ...(reason === undefined || reason === "" ? {} : { reason }) }; // prettier-ignore
  const { approval, recorded, isUncopied } = (await ask(project, "approvals.decide", asked)) as DecidedAnswer;
  if (io.json) io.out(JSON.stringify({ approval, recorded, ...(isUncopied === true ? { isUncopied } : {}) })); // prettier-ignore
  else if (is === "approved")
    io.out(line(`Approved: ${approval.kind} ${approval.name} of ${approval.key}. It passes once, until ${instant(approval.until)}, when the agent makes the same call again under the same role.`)); // prettier-ignore
  else
    io.out(line(`Refused: ${approval.kind} ${approval.name} of ${approval.key}. The agent cannot ask for the same call again until ${instant(approval.until)}.`)); // prettier-ignore
  if (isUncopied === true) io.err(io.spell("No other node has it yet: should its owner be lost now, the call waits again. gatehouse approvals list shows it.")); // prettier-ignore
  if (!recorded) io.err("It could not be recorded: check disk space and the data folder.");
  return finish(io, `approvals ${command}`, true, { decided: 1 });
}

function* sayList(approvals: readonly ApprovalRow[], now: number, spell: Spell): Generator<string> {
  if (approvals.length === 0) return;
  const isShared = approvals.some(({ owner }) => owner !== undefined);
  const head = ["id", "session", ...(isShared ? ["owner"] : []), "call", "server", "asked", "until", "state"];
  const rows = approvals.map((each) => [each.id, each.key, ...(isShared ? [each.owner ?? ""] : []), `${each.kind} ${each.name}`, each.server, `${span(now - each.askedAt)} ago`, instant(each.until), stateOf(each)]); // prettier-ignore
  yield* columns(head, rows);
  for (const { id, why, shows, rules, status, isOutdated } of approvals) {
    if (status !== "asked") continue;
    yield "";
    yield line(`${id}: ${rules.join(", ")}: ${why}`);
    if (shows !== "") yield line(`  ${shows}`);
    if (isOutdated === true) yield "  The role has changed since: this one cannot be approved. When the agent makes the call again it is parked anew."; // prettier-ignore
    if (why.endsWith("…")) yield spell(`  All of it: gatehouse audit show ${id}`);
  }
}

function stateOf({ status, by, isOutdated }: ApprovalRow): string {
  const state = status === "asked" ? "waits" : `${status} by ${by}`;
  return isOutdated === true ? `${state}, role changed` : state;
}
