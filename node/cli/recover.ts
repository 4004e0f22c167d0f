/**
 * `gatehouse audit recover NODE --out FOLDER`: gets a lost machine's records back from the store, at the folder of any node of
 * the cluster, whether that one runs or not. Owns what the operator is told of what is missing. Does not own the reading
 * (cluster/recovering.ts) nor the files (record/recovered.ts).
 */
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { GatewayError } from "../../protocol/errors.ts";
import { quote } from "../catalogue/fault.ts";
import { recoverNode, withArchive } from "../cluster/recovering.ts";
import type { Recovered } from "../cluster/recovering.ts";
import { listIncarnations } from "../record/folder.ts";
import { readRecords } from "../record/reader.ts";
import { RecoveredFolder, type Stretch } from "../record/recovered.ts";
import { verifyFolder } from "../record/verify.ts";
import { sayVerification } from "./audit.ts";
import { quoted } from "./invocation.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { openProject } from "./project.ts";
import { count, instant, line } from "./table.ts";

export async function recoverCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["out"], []);
  const [node, ...more] = args.rest;
  const out = args.value("out");
  if (node === undefined || more.length > 0 || out === undefined)
    throw new Misuse("audit recover takes the name of one node, and --out with a folder to write to");
  if (!/^[a-z0-9-]{1,64}$/.test(node)) throw new Misuse(`${quote(node)} is no name of a node; gatehouse cluster status shows them`); // prettier-ignore
  const target = resolve(out);
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new Misuse(`${quote(out)} is not empty: name a folder that is new, so that nothing is mixed`);
  const { settings, folder } = openProject(io);
  if (settings.cluster === undefined || settings.node === undefined)
    throw new GatewayError("PARAMS_INVALID", "this node is in no cluster: gatehouse.yaml has no `cluster`. Run the command at the folder of a node of the cluster that the lost machine was in; it need not run"); // prettier-ignore
  const at = { settings: settings.cluster, node: settings.node, folder, env: io.env };
  const found = await withArchive(at, (archive) => recoverNode(archive, node, new RecoveredFolder(target)));
  const whole = found.filter(({ segments }) => segments.length > 0);
  if (whole.length === 0)
    throw new GatewayError("PARAMS_INVALID", `the store has no records of ${quote(node)}. Look whether the name is right (gatehouse cluster status); copies are kept for a day, and no longer than their room lasts`); // prettier-ignore
  const first = firstWhole(target);
  const verified = verifyFolder(target, first === undefined ? {} : { firstSegment: first });
  const gaps = whole.flatMap((each) => [...sayMissing(each)]);
  if (io.json) for (const each of whole) io.out(JSON.stringify({ recovered: each }));
  else {
    for (const each of whole) io.out(line(`${each.incarnation}: ${count(each.segments.length, "segment")}, ${batches(each.batches)}`)); // prettier-ignore
    for (const each of gaps) io.out(line(`  missing: ${each}`));
    for (const each of sayEnds(target)) io.out(line(each));
    for (const each of sayVerification(verified)) io.out(each);
    io.out(io.spell(`Proved again any time by: gatehouse audit verify ${quoted(out)}${first === undefined ? "" : ` --first ${first}`}`)); // prettier-ignore
  }
  const { segments, records, seals, bytes, findings, findingsLeftOut } = verified;
  const figures = { segments, records, seals, bytes, missing: gaps.length, findings: findings.length + findingsLeftOut, refused: found.reduce((sum, { refused }) => sum + refused, 0) }; // prettier-ignore
  return finish(io, "audit recover", verified.ok && gaps.length === 0, figures);
}

const batches = (number: number): string => `${number} ${number === 1 ? "batch" : "batches"}`;

/** What an operator must know that is not there. */
function* sayMissing({
  incarnation,
  segments,
  missing,
  firstBatch,
  batchesMissing,
  refused,
}: Recovered): Generator<string> {
  const stretch = ({ from, to }: Stretch): string => `bytes ${from} to ${to - 1}`;
  const [first] = segments;
  if (first !== undefined && first.segment > 1)
    yield `${incarnation}: segments 1 to ${first.segment - 1}: older than what the store keeps`;
  for (const number of missing) yield `${incarnation}: segment ${number}, whole`;
  for (const { segment, missing: gone } of segments)
    for (const each of gone) yield `${incarnation}: segment ${segment}, ${stretch(each)}`;
  if (firstBatch > 1) yield `${incarnation}: batches 1 to ${firstBatch - 1}: older than what the store keeps, or dropped before it took them`; // prettier-ignore
  if (batchesMissing > 0) yield `${incarnation}: ${batches(batchesMissing)} in between, which the store never took`; // prettier-ignore
  if (refused > 0) yield `${incarnation}: ${count(refused, "piece")} not taken: not what a node writes, or against what is there`; // prettier-ignore
}

/** Where the records begin, when that is not the beginning of all. */
function firstWhole(target: string): string | undefined {
  const [incarnation] = listIncarnations(target);
  return incarnation?.segments[0]?.name;
}

function* sayEnds(target: string): Generator<string> {
  let [first, last]: [number | undefined, number | undefined] = [undefined, undefined];
  for (const { at } of readRecords(target, {})) {
    first ??= at;
    last = at;
  }
  if (first === undefined || last === undefined) return;
  yield `The first record is of ${instant(first)}, the last of ${instant(last)}. What the machine wrote after that did not leave it.`; // prettier-ignore
}
