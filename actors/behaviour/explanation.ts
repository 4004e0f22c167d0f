/**
 * Why a call was stopped, in words: filled templates and nothing else. Two forms: `safe` for the agent, enough to correct itself
 * and nothing to learn evasion from; `full` for records and for who decides. Neither holds a value of a call.
 */
import type { RuleMode } from "../../protocol/baseline.ts";
import type { SequenceRule, StepRule } from "../../protocol/sequence.ts";
import type { SequenceJudgement, Term } from "./judge.ts";
import { rowsOf } from "./measures.ts";
import type { Trail } from "./trail.ts";

const safe: Readonly<Record<SequenceRule, string>> = {
  injected: "What the call would do was asked for by data that was read, not by the task. The session is stopped until an operator lifts it.", // prettier-ignore
  intent: "What the call would do does not follow from the task.",
  destination: "The call goes to a place that is new for this agent.",
  invented:
    "Calls fail on names that nothing has given to this session. Use what was listed or searched for.",
  breadth: "This session has asked for more different things than the task should need.",
  departure: "After so many different things nothing may be sent out of this session any more.",
  bulk: "After a very large answer a person must approve what is sent out.",
  repeats: "The same call comes again and again.",
  volume: "This session does more in a day than sessions of this agent do.",
  steps: "A rule of the role says that this call may not follow what came before.",
};

export function safeWords(rule: SequenceRule): string {
  return safe[rule];
}

/** What a role says for a call and against it: the mission's words beside the grant, and the reasons of the role's own rules. */
export interface RoleWords {
  readonly granted?: string | undefined;
  readonly steps?: readonly Pick<StepRule, "name" | "reason">[];
}

/**
 * @param name of the call, as the agent wrote it
 * @param measured what a shadow run of the persona's baseline has found of rules
 */
export function fullWords(
  { rules, score, terms }: SequenceJudgement,
  name: string,
  trail: Trail | undefined,
  measured: ReadonlyMap<string, RuleMode> = nothingMeasured,
  { granted, steps = [] }: RoleWords = {},
): string {
  const fired = rules.map(({ rule, action }) => `${rule} (${action})`).join(", ");
  const number = (trail?.calls ?? 0) + 1;
  const before = trail === undefined ? "nothing" : `${many(trail.calls - trail.writes, "read")}, ${many(trail.writes, "call")} with an effect, ${many(trail.asked.count, "different thing")}`; // prettier-ignore
  const reasons = terms.map((term) => `${termWords(term, trail)}${stepReason(term, steps)}`).join(" ");
  const forIt = granted === undefined ? "" : ` The role grants this tool because: ${shortened(granted)}.`;
  const names = terms.flatMap((term) => (term.term === "step" ? [term.name ?? ""] : []));
  const rows = rules.flatMap((rule) => rowsOf(rule, names, measured));
  return `Call ${number} ${name}: rules ${fired}; evidence ${(score / 10).toFixed(1)}. ${reasons} Until then: ${before}.${forIt}${shadowWords(rows, measured)}`;
}

function many(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

function stepReason({ term, name }: Term, steps: readonly Pick<StepRule, "name" | "reason">[]): string {
  const reason = term === "step" ? steps.find((each) => each.name === name)?.reason : undefined;
  return reason === undefined ? "" : ` Its reason: ${shortened(reason)}.`;
}

/** Of a reason that a reviewer wrote, which may be 2,000 characters long: without its last full stop. */
const reasonCharsMax = 200;

function shortened(reason: string): string {
  return reason.length > reasonCharsMax ? `${reason.slice(0, reasonCharsMax)}…` : reason.replace(/\.$/, "");
}

/** What was found of one call, in sentences; "" for nothing. Does not know where anything was first seen. */
export function reasonWords(terms: readonly Term[]): string {
  return terms.map((term) => termWords(term, undefined)).join(" ");
}

const nothingMeasured: ReadonlyMap<string, RuleMode> = new Map<string, RuleMode>();

/** What each rule would have done in sessions of this persona that nobody complained of. Nothing where no shadow run was made. */
export function shadowWords(rules: readonly string[], measured: ReadonlyMap<string, RuleMode>): string {
  if (measured.size === 0 || rules.length === 0) return "";
  const says = rules.map((rule) => {
    const found = measured.get(rule);
    if (found === undefined || found.of === 0) return `${rule} was not measured`;
    const lowered = found.mode === "alert" ? `, above its budget: it ${rule.endsWith(".interrupt") ? "interrupts nobody" : "tells only"}` : ""; // prettier-ignore
    return `${rule} would have fired in ${found.fired} of ${found.of} (${percent(found.fired / found.of)}, at most ${percent(found.bound)}${lowered})`;
  });
  return ` In the baseline's shadow sessions ${says.join("; ")}.`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function termWords(term: Term, trail: Trail | undefined): string {
  const { argument = "", count = 0, weight } = term;
  const points = weight === 0 ? "" : ` (+${(weight / 10).toFixed(1)})`;
  switch (term.term) {
    case "outside":
      return `No words of the task speak for this tool${points}.`;
    case "unnamed":
      return `The task does not name what this tool is about${points}.`;
    case "apart":
      return `No argument of the call has a value that the task names${points}.`;
    case "untasked":
      return `No task is known that could speak for an order${points}.`;
    case "new-destination":
      return `Argument ${argument}: a destination that neither mission, role nor baseline names${points}${seenWords(term, trail)}.`;
    case "orders":
      return `Argument ${argument}: its value stood in running text${seenWords(term, trail)}, next to ${count} different words of an order${points}.`;
    case "seen-before":
      return `Argument ${argument}: its value stood in a field${seenWords(term, trail)}${points}.`;
    case "look-alike":
      return `The task names the same name at another domain than argument ${argument}${points}.`;
    case "composed":
      return `Argument ${argument}: this URL stood nowhere, its host did; what was added may carry something out${points}.`;
    case "unseen":
      return `Argument ${argument}: nothing that this session has read has this address${points}.`;
    case "addressed":
      return `That text speaks to whoever was given a task${points}.`;
    case "competing":
      return `Argument ${argument}: its value stood in running text${seenWords(term, trail)}, and ${term.name === "call" ? "an earlier call had a value of the task in such an argument" : "the task names another one of its kind"}${points}.`;
    case "hinted":
      return `That text speaks of an agent or of its user${points}.`;
    case "gapped":
      return `Not all that was read is remembered, so argument ${argument} may come from it${points}.`;
    case "unread":
      return "Of its arguments that say where it goes not all could be looked at, and an order was read before.";
    case "invented":
      return `Calls failed on names from nowhere: sum ${count}.`;
    case "distinct":
      return `${count} different things were asked for.`;
    case "bulk":
      return `One answer had ${count} bytes.`;
    case "repeats":
      return "The same call came again and again.";
    case "volume":
      return `On this day ${count} ${term.name ?? ""}; of a hundred days of sessions of this persona ninety-nine have at most ${term.usual ?? 0}.`;
    case "step":
      return `The role's own rule ${term.name ?? ""} says that this call may not follow what came before.`;
    default:
      return term.term satisfies never;
  }
}

function seenWords({ call }: Term, trail: Trail | undefined): string {
  if (call === undefined || call < 0 || trail === undefined) return "";
  const tool = call < 255 ? trail.names[trail.callTools[call] ?? 255] : undefined;
  return `, first seen in the answer of ${tool === undefined ? "an earlier call" : `${tool} (call ${call + 1})`}`;
}
