/**
 * What a change of each field of a role file means: the one table that says which way is wider. A test holds it against the
 * schema of protocol/role.ts; a field that is not here may not change without an approver (order.ts, O1).
 */
import { dataActions } from "../../protocol/datarules.ts";
import { limits } from "../../protocol/limits.ts";
import type { Constraint } from "../../protocol/role.ts";
import { loosened } from "./constraintorder.ts";
import { allowing, atLeast, atMost, changedFieldsOf, fixed, forbidding, free, isFree, isSame, ranked, words } from "./order.ts"; // prettier-ignore
import type { Direction, Fields, Order } from "./order.ts";

const bucket: Fields = { capacity: atMost, perSecond: atMost };

export const tokenFields: Fields = { open: allowing, keep: allowing };

interface Approval {
  readonly unless?: { readonly [argument: string]: Constraint };
}

/** A person's approval: with fewer exceptions it is asked for more often. */
const approval: Order = (before, after) => {
  if (isSame(before, after)) return "same";
  if (after === undefined) return "wider";
  if (before === undefined || after === "required") return "narrower";
  const [from, to] = [(before as Approval).unless, (after as Approval).unless];
  if (from === undefined || to === undefined) return "wider";
  const isKept = Object.entries(from).every(([argument, constraint]) => {
    const later = Object.hasOwn(to, argument) ? to[argument] : undefined;
    return later !== undefined && loosened(constraint, later).length === 0;
  });
  return isKept ? "narrower" : "wider";
};

/** A grant of either kind; constraints are compared by comparison.ts, argument by argument. */
export const grantFields: Fields = {
  tool: fixed,
  resource: fixed,
  prompt: fixed,
  as: fixed,
  server: fixed,
  effect: fixed,
  reason: words,
  limits: bucket,
  arguments: fixed,
  tokens: tokenFields,
  approval,
};

const action: Order = (before, after) => ranked(dataActions)(before, after);

export const dataRuleFields: Fields = {
  types: fixed,
  labels: fixed,
  likelihood: fixed,
  atLeast: fixed,
  arguments: action,
  answers: action,
};

export const flowFields: Fields = {
  from: fixed,
  to: fixed,
  when: fixed,
  tokens: ranked(["allowed", "refused"]),
  reason: words,
};

const scans: { readonly [scan: string]: readonly string[] } = {
  both: ["arguments", "answers"],
  arguments: ["arguments"],
  answers: ["answers"],
  none: [],
};

/** What is not searched passes as it is. */
const scan: Order = (before, after) =>
  isSame(before, after) ? "same" : forbidding(scans[String(before)], scans[String(after)]);

function isNarrowed(fields: Fields, before: unknown, after: unknown): boolean {
  return changedFieldsOf(fields, before, after).every(({ direction }) => isFree(direction));
}

/**
 * The first rule that is met decides, so every earlier rule must still be there, in its place and as strict; a rule that can
 * only block may stand anywhere between.
 */
const dataRules: Order = (before, after): Direction => {
  if (isSame(before, after)) return "same";
  if (!Array.isArray(before) || !Array.isArray(after)) return "wider";
  let at = 0;
  for (const rule of after as readonly unknown[]) {
    if (at < before.length && isNarrowed(dataRuleFields, before[at], rule)) at++;
    else if (!onlyBlocks(rule)) return "wider";
  }
  return at === before.length ? "narrower" : "wider";
};

function onlyBlocks(rule: unknown): boolean {
  const { arguments: sent, answers } = rule as { readonly arguments?: unknown; readonly answers?: unknown };
  return [sent, answers].every((each) => each === undefined || each === "block");
}

/** Every earlier rule must still be there, as strict; each further one only holds something up. */
function holdingUp(fields: Fields): Order {
  return (before = [], after = []): Direction => {
    if (isSame(before, after)) return "same";
    if (!Array.isArray(before) || !Array.isArray(after)) return "wider";
    const kept = (before as readonly unknown[]).every((rule) =>
      (after as readonly unknown[]).some((each) => isNarrowed(fields, rule, each)),
    );
    return kept ? "narrower" : "wider";
  };
}

export const accumulationFields: Fields = {
  data: fixed,
  label: fixed,
  server: fixed,
  per: fixed,
  days: fixed,
  max: atMost,
  then: ranked(["alert", "stop"]),
  reason: words,
};

/** Ids and prefixes by type: each that is allowed now was allowed before. A type that is gone allows nothing. */
const objects: Order = (before = {}, after = {}): Direction => {
  if (isSame(before, after)) return "same";
  const [from, to] = [before as Objects, after as Objects];
  const isCovered = Object.entries(to).every(([type, { allow }]) => {
    const earlier = Object.hasOwn(from, type) ? from[type]?.allow : undefined;
    return earlier === undefined || allow.every((entry) => earlier.some((each) => coversId(each, entry)));
  });
  return isCovered ? "narrower" : "wider";
};

interface Objects {
  readonly [type: string]: { readonly allow: readonly string[] };
}

function coversId(allowed: string, entry: string): boolean {
  const [by, id] = [allowed.normalize("NFC"), entry.normalize("NFC")];
  return by === id || (by.endsWith("*") && id.startsWith(by.slice(0, -1)));
}

/** A bound from above that is this much where the file says nothing. */
function atMostOr(usual: number): Order {
  return (before = usual, after = usual) => atMost(before, after);
}

/** Guard four: a section where there was none makes stricter; any other change of it is for a person. */
const sequence: Order = (before, after) => {
  if (isSame(before, after)) return "same";
  return before === undefined ? "narrower" : "wider";
};

/** Dates as texts. */
const later: Order = (before, after) =>
  isSame(before, after) ? "same" : String(after) > String(before) ? "narrower" : "wider";

/** A role file, with the defaults of what it does not say, and with the grants of its skills. */
export const roleFields: Fields = {
  role: fixed,
  title: words,
  // Their grants are compared: comparison.ts gets a role with them.
  skills: free,
  // Its addresses and sources are what later guards take for known.
  mission: fixed,
  // By comparison.ts, grant by grant.
  grants: fixed,
  objects,
  flows: holdingUp(flowFields),
  accumulation: holdingUp(accumulationFields),
  limits: {
    agent: bucket,
    // In force through grants, each of which is compared with its own.
    tool: free,
    budget: { calls: atMost, hours: atLeast },
    openCalls: atMost,
    persona: bucket,
  },
  breakers: {
    tool: { failures: atMost, openSeconds: atLeast },
    behaviour: { identical: atMost, similar: atMost, repeats: atMost, openSeconds: atLeast },
  },
  records: { durability: ranked(["written", "synced"]) },
  data: {
    scan,
    rules: dataRules,
    profiles: forbidding,
    credentials: ranked(["mask", "redact", "block"]),
    unscanned: { arguments: ranked(["detect", "block"]), answers: ranked(["detect", "block"]) },
    media: ranked(["allow", "refuse"]),
  },
  sequence,
  revisions: { oldest: later },
  approvals: { minutes: atMostOr(limits.approvalMs / 60_000), holdSeconds: free },
};
