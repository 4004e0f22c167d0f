/**
 * The `sequence` section of a compiled role: guard four in force from the first call, with budgets for a persona of whom nothing
 * is learned yet, drawn from the effect classes it was granted and the sources that its mission names. Pure.
 *
 * G1. Shipped bounds stand unless a reason beside them says why not; every line of the section has such a reason.
 * G2. Only a mission that names a source of orders under such a heading makes its role believe data more, and a question says so.
 */
import type { FileSequence } from "../../protocol/sequence.ts";
import { sequenceDefaults } from "../../protocol/sequence.ts";
import type { CompiledGrant } from "./compile.ts";
import type { Clause } from "./mission.ts";
import { readMission } from "./mission.ts";
import type { EffectClass } from "./verb.ts";

export interface ProposedSequence {
  readonly section: FileSequence;
  /** Each with the words of the mission, or the effect class, that it comes from. */
  readonly reasons: readonly string[];
  readonly questions: readonly string[];
}

interface Budget {
  readonly effect: EffectClass;
  readonly calls: number;
  readonly within: number;
  readonly action: "throttle" | "step-up";
  readonly why: string;
}

const hour = 3_600;
const day = 24 * hour;
/** Judgement, not measurement: what a person would want to be asked about before it goes on. */
const budgets: readonly Budget[] = [
  { effect: "pay", calls: 10, within: day, action: "step-up", why: "money does not come back" },
  { effect: "permission", calls: 5, within: day, action: "step-up", why: "each opens a way for somebody" },
  { effect: "execute", calls: 30, within: hour, action: "step-up", why: "a command may do anything" },
  { effect: "delete", calls: 10, within: hour, action: "step-up", why: "what is gone may not come back" },
  { effect: "send", calls: 30, within: hour, action: "step-up", why: "what was sent is out of hand" },
]; // prettier-ignore
/** A persona that only reads takes nothing out by itself: it may look further before it is slowed down. */
const readingFactor = 2;
const shownWordsMax = 120;

export function sequenceOf(mission: string, grants: readonly CompiledGrant[]): ProposedSequence | undefined {
  if (grants.length === 0) return undefined;
  const { distinct, distinctStop } = sequenceDefaults;
  const effects = new Set(grants.map(({ effect }) => effect));
  const isReading = [...effects].every((effect) => effect === "read");
  const sources = readMission(mission).clauses.filter(namesSource);
  const steps = budgets.filter(({ effect }) => effects.has(effect));
  const pace = isReading ? { distinct: distinct * readingFactor, distinctStop: distinctStop * readingFactor } : undefined; // prettier-ignore
  return {
    section: {
      mode: "enforce",
      ...(pace === undefined ? {} : { thresholds: pace }),
      ...(sources.length === 0 ? {} : { delegates: true }),
      ...(steps.length === 0 ? {} : { steps: steps.map(stepOf) }),
    },
    reasons: [
      "mode enforce: every rule stops calls from the first one on, at the shipped bounds; mode: alert tells operators alone",
      pace === undefined
        ? `breadth: slower after ${distinct} different things, stopped after ${distinctStop}, and nothing is sent after ${distinct}; raise it where the work is wider`
        : `breadth: slower after ${pace.distinct} different things, stopped after ${pace.distinctStop}: twice the shipped bounds, because no grant has an effect`,
      ...steps.map((budget) => `${nameOf(budget)}: ${reasonOf(budget)} (${toolsOf(budget.effect, grants)})`),
      ...sources.map(({ text }) => `delegates: the mission names a source of orders: "${text}"`),
    ],
    questions: sources.slice(0, 1).map(({ text }) => `"${text}" names a source whose orders count. Orders in what is read then interrupt only where they speak to the agent. Who can write there?`), // prettier-ignore
  };
}

/** Only under a heading for it: a sentence somewhere that speaks of following is asked about, and believes nothing. */
function namesSource(clause: Clause): boolean {
  return clause.section === "sources" && !clause.isNegative && clause.concepts.size > 0;
}

function stepOf({
  effect,
  calls,
  within,
  action,
  ...budget
}: Budget): NonNullable<FileSequence["steps"]>[number] {
  const call = { effects: [effect] };
  return { name: nameOf({ effect }), after: { ...call, calls }, within, then: call, action, reason: reasonOf({ effect, calls, within, action, ...budget }) }; // prettier-ignore
}

function nameOf({ effect }: { readonly effect: EffectClass }): string {
  return `many-${effect}`;
}

function reasonOf({ effect, calls, within, action, why }: Budget): string {
  const after = within === day ? "a day" : "an hour";
  return `after ${calls} calls that ${verbs[effect]} in ${after} ${action === "step-up" ? "the next waits for a person" : "the next are slowed down"}, because ${why}`;
}

const verbs: { readonly [effect in EffectClass]: string } = {
  read: "read",
  create: "create",
  update: "change",
  delete: "delete",
  send: "send",
  pay: "pay",
  permission: "give rights",
  execute: "execute",
  unknown: "do something unknown",
};

function toolsOf(effect: EffectClass, grants: readonly CompiledGrant[]): string {
  const names = grants.filter((grant) => grant.effect === effect).map(({ tool }) => tool);
  const text = names.join(", ");
  return text.length > shownWordsMax ? `${text.slice(0, shownWordsMax)}…` : text;
}
