/**
 * Joins what the chaos run knows from three sides: the upstream's own log of calls, the agents' answers, and the records
 * of all nodes. What must be 0 is a violation; the rest is told.
 */
import type { SentCall } from "./chaosagents.ts";
import type { SeenRecord } from "./records.ts";
import { isWitness, refusals } from "./chaoswitness.ts";
import { tools } from "./workload.ts";

export interface ChaosFindings {
  readonly sent: number;
  readonly seen: number;
  readonly intents: number;
  readonly outcomes: number;
  readonly endings: { readonly [ending: string]: number };
  /** Each must be 0. */
  readonly violations: {
    /** Answered calls whose intent or outcome is on no record, and intents that nothing ever closed. */
    readonly recordsLost: number;
    readonly ranTwice: number;
    readonly withoutIntent: number;
    /** A refusal says "not made", and the upstream has seen it. */
    readonly refusedButMade: number;
    readonly labelsLost: number;
    /** Sessions that began anew, with every label: never, when a node was killed while all shards had a copy in sync. */
    readonly pastsLost: number;
    /** What docs/cluster.md promises of a session after a double failure, and was not so. */
    readonly brokenPromises: number;
    /** Sessions whose first call after a kill, one that may run twice, was not answered. */
    readonly undecided: number;
    /** Answers that are another call's, or no answer at all. */
    readonly wrongAnswers: number;
    /**
     * Of one process, of calls that must not run twice. An owner that dies before it has accepted a call has not made it, and
     * the next one decides it anew; that it was made once is asked of the upstream's log.
     */
    readonly twoIntents: number;
    /**
     * Outcomes beside the first, or beside one for each intent of a call that may run twice, unless they say "unknown":
     * what a node leaves is closed by its heirs, and a node that was stopped or cut off may learn of an answer after that.
     */
    readonly strangeOutcomes: number;
  };
  /** Repeatable calls that ran twice: allowed, when an owner dies with them. */
  readonly repeated: number;
  /** Calls that must not run twice whose first owner died before it had accepted them. */
  readonly decidedTwice: number;
  /** Intents whose outcome is unknown: made or not, nobody knows. */
  readonly unknown: number;
  readonly examples: readonly string[];
}

/** What was seen after each kill, a line each. */
export interface Losses {
  readonly labelsLost: readonly string[];
  readonly pastsLost: readonly string[];
  readonly undecided: readonly string[];
  readonly brokenPromises: readonly string[];
  /** A session lost its past as the docs say, so an empty bucket may refuse a call of any. */
  readonly isDoubled: boolean;
}

/** What an agent may be told. Of calls that must not run twice, those of the first row were not made. */
const notMade: ReadonlySet<string> = new Set(["NOT_REPLICATED", "CANCELLED", "RECORD_UNAVAILABLE", "OWNER_UNAVAILABLE", "UPSTREAM_UNREACHABLE", "OVERLOADED", "DRAINING", "KILL_LIST_STALE", "REQUEST_TIMEOUT"]); // prettier-ignore
const maybeMade: ReadonlySet<string> = new Set(["ok", "OUTCOME_UNKNOWN", "door gone"]);
/** docs/session.md, "Buckets": a session whose past is lost begins with nothing in them. */
const emptyBuckets: ReadonlySet<string> = new Set(["bucket.agent", "bucket.tool", "bucket.budget"]);
const examplesMax = 8;

export function check(
  calls: readonly SentCall[],
  log: readonly string[],
  records: readonly SeenRecord[],
  { labelsLost, pastsLost, undecided, brokenPromises, isDoubled }: Losses,
): ChaosFindings {
  const examples: string[] = [...brokenPromises, ...labelsLost, ...undecided, ...pastsLost].slice(
    0,
    examplesMax,
  );
  const blame = (what: string): number => {
    if (examples.length < examplesMax) examples.push(what);
    return 1;
  };
  const { intentsOf, outcomesOf, byCall, onlyOnce } = group(records);
  const times = new Map<string, number>();
  for (const line of log) times.set(line, (times.get(line) ?? 0) + 1);
  const found = { recordsLost: 0, ranTwice: 0, withoutIntent: 0, refusedButMade: 0, labelsLost: labelsLost.length, pastsLost: pastsLost.length, brokenPromises: brokenPromises.length, undecided: undecided.length, wrongAnswers: 0, twoIntents: 0, strangeOutcomes: 0 }; // prettier-ignore
  let [repeated, unknown, decidedTwice] = [0, 0, 0];
  for (const [line, count] of times) {
    if (!byCall.has(line)) found.withoutIntent += blame(`${line} was made, and no intent is on record`);
    if (count === 1) continue;
    if (line.startsWith(`${tools.write} `)) found.ranTwice += blame(`${line} was made ${count} times`);
    else repeated++;
  }
  const endings: Record<string, number> = {};
  for (const { tool, n, session, ending = "open", operation } of calls) {
    endings[ending] = (endings[ending] ?? 0) + 1;
    const line = `${tool} ${n}`;
    const isRefused = notMade.has(ending) || (isWitness(session) && refusals.has(ending)) || (isDoubled && emptyBuckets.has(ending)); // prettier-ignore
    if (!isRefused && !maybeMade.has(ending)) found.wrongAnswers += blame(`${line} ended as: ${ending}`);
    if (isRefused && tool === tools.write && times.has(line))
      found.refusedButMade += blame(`${line} was refused with ${ending}, and the upstream has seen it`);
    if (ending !== "ok") continue;
    // Whether each intent has its outcome is asked below.
    if (operation === undefined || !intentsOf.has(operation))
      found.recordsLost += blame(`${line}, operation ${operation}, was answered, and no intent is on record`);
  }
  for (const [operation, writers] of intentsOf) {
    const isOnce = onlyOnce.has(operation);
    if (isOnce && new Set(writers).size < writers.length)
      found.twoIntents += blame(`${operation} has ${writers.length} intents, of ${writers.join(" and ")}`);
    if (isOnce && writers.length > 1) decidedTwice++;
    const outcomes = outcomesOf.get(operation) ?? [];
    if (outcomes.length === 0) found.recordsLost += blame(`${operation} has no outcome`);
    const known = outcomes.filter((outcome) => outcome !== "unknown");
    if (known.length === 0) unknown++;
    else if (known.length > (isOnce ? 1 : writers.length))
      found.strangeOutcomes += blame(`${operation} ended as ${outcomes.join(" and ")}`);
  }
  const outcomes = [...outcomesOf.values()].reduce((sum, all) => sum + all.length, 0);
  return { sent: calls.length, seen: log.length, intents: intentsOf.size, outcomes, endings, violations: found, repeated, decidedTwice, unknown, examples }; // prettier-ignore
}

function group(records: readonly SeenRecord[]): {
  /** Who wrote its intents. */
  readonly intentsOf: ReadonlyMap<string, readonly (string | undefined)[]>;
  readonly outcomesOf: ReadonlyMap<string, readonly string[]>;
  readonly byCall: ReadonlySet<string>;
  readonly onlyOnce: ReadonlySet<string>;
} {
  const intentsOf = new Map<string, (string | undefined)[]>();
  const outcomesOf = new Map<string, string[]>();
  const byCall = new Set<string>();
  const onlyOnce = new Set<string>();
  for (const { kind, op, name, n, outcome, writer } of records) {
    if (op === undefined) continue;
    if (kind === "intent") {
      const all = intentsOf.get(op) ?? [];
      intentsOf.set(op, all);
      all.push(writer);
      byCall.add(`${name} ${n}`);
      if (name === tools.write) onlyOnce.add(op);
    } else if (kind === "outcome") {
      const all = outcomesOf.get(op) ?? [];
      outcomesOf.set(op, all);
      all.push(outcome ?? "none");
    }
  }
  return { intentsOf, outcomesOf, byCall, onlyOnce };
}

export function hasViolation({ violations }: ChaosFindings): boolean {
  return Object.values(violations).some((count) => count > 0);
}
