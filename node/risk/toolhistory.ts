/**
 * What the records of a data folder tell of each tool: calls, failures, changes of its definition, types of sensitive data found.
 * Reads beside a running node. Facts only: no record holds a value.
 */
import { existsSync } from "node:fs";
import { limits } from "../../protocol/limits.ts";
import type { AnswerFacts, CallFacts } from "../../protocol/facts.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { tailRecords } from "../record/reader.ts";
import type { ToolHistory } from "./riskscore.ts";

interface Counts {
  calls: number;
  failures: number;
  drifts: number;
  readonly types: Set<string>;
}

/**
 * @param names the server's own name of a tool by `SERVER/EXPOSED`, where a role gives it another
 * @returns by `SERVER/TOOL`; empty without records
 */
export function toolHistories(
  folder: string,
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, ToolHistory> {
  const counts = new Map<string, Counts>();
  const of = (key: string): Counts => {
    let found = counts.get(key);
    if (found === undefined)
      counts.set(key, (found = { calls: 0, failures: 0, drifts: 0, types: new Set() }));
    return found;
  };
  const records = existsSync(folder) ? tailRecords(folder, {}, limits.riskRecordsMax) : [];
  for (const record of records) {
    const { kind, server, name = "" } = record;
    if (server === undefined) continue;
    const key = names.get(`${server}/${name}`) ?? `${server}/${record.target ?? name}`;
    if (kind === "outcome") addOutcome(of(key), record);
    if (kind === "intent" || kind === "refusal") addFindings(of(key), record);
    if (kind === "node") for (const tool of driftedOf(record)) of(`${server}/${tool}`).drifts++;
  }
  return new Map(
    [...counts].map(([key, { types, ...rest }]) => [key, { ...rest, types: [...types].sort() }]),
  );
}

function addOutcome(counts: Counts, record: RecordLine): void {
  const facts = factsOf(record) as Partial<AnswerFacts> | undefined;
  counts.calls++;
  if (facts?.outcome !== "ok" && facts?.outcome !== "cancelled") counts.failures++;
  addFindings(counts, record);
}

function addFindings({ types }: Counts, record: RecordLine): void {
  const facts = factsOf(record) as Partial<CallFacts> | undefined;
  for (const { type } of facts?.scan?.found ?? []) types.add(type);
}

function factsOf({ event }: RecordLine): unknown {
  return event !== undefined && "facts" in event ? event.facts : undefined;
}

/** "echo (description); find (inputSchema)", as the catalogue writes it when definitions differ. */
function driftedOf({ about }: RecordLine): readonly string[] {
  if (about?.["what"] !== "definitions differ from their pins") return [];
  return String(about["changed"]).split("; ").map((each) => each.replace(/ \([^()]*\)$/, "")); // prettier-ignore
}
