/** What a role says about sensitive data, in words, for the people who review it; what it leaves out is said too. */
import { dataDefaults } from "../../protocol/datarules.ts";
import type { DataAction, DataRule, TableData, TokenRules } from "../../protocol/datarules.ts";

const scanned = {
  both: "arguments and answers are searched",
  arguments: "arguments are searched; ANSWERS PASS UNSEARCHED",
  answers: "answers are searched; ARGUMENTS PASS UNSEARCHED",
  none: "NOTHING IS SEARCHED: arguments and answers pass as they are",
} as const;

const done: Readonly<Record<DataAction, string>> = {
  allow: "let through",
  detect: "recorded",
  tokenise: "replaced by tokens",
  mask: "masked",
  redact: "removed",
  block: "refused",
};

export function explainData(given: TableData | undefined): string[] {
  const data = given ?? dataDefaults;
  const { unscanned } = data;
  const isStrict = unscanned.arguments === "block" && unscanned.answers === "block";
  return [
    scanned[data.scan],
    ...data.rules.map(ruleWords),
    ...data.profiles.map(({ id, title }) => `profile ${id}: ${title}`),
    `credentials: ${done[data.credentials]} in arguments, removed from answers; all else that is found is recorded`,
    isStrict
      ? "what cannot be searched to its end is refused"
      : `what cannot be searched to its end: arguments ${done[unscanned.arguments]}, answers ${done[unscanned.answers]}`,
    ...(data.media === "refuse" ? ["images, audio and other bytes are refused"] : ["images and audio pass; nobody looks into them"]), // prettier-ignore
  ];
}

function ruleWords({ types, likelihood, atLeast, labels, ...ways }: DataRule): string {
  const what = [
    ...(ways.arguments === undefined ? [] : [`${done[ways.arguments]} in arguments`]),
    ...(ways.answers === undefined ? [] : [`${done[ways.answers]} in answers`]),
  ];
  const when = [
    ...(likelihood === 3 ? [] : [`from likelihood ${likelihood} on`]),
    ...(atLeast === 1 ? [] : [`from ${atLeast} on`]),
    ...(labels === undefined ? [] : [`at servers with ${labels.join(" or ")}`]),
  ];
  return `${types.join(", ")}${when.length === 0 ? "" : ` (${when.join(", ")})`}: ${what.join(", ")}`;
}

export function explainTokens(tokens: TokenRules | undefined): string[] {
  if (tokens === undefined) return [];
  return [
    ...(tokens.open.length === 0 ? [] : [`become their values: ${tokens.open.join(", ")}`]),
    ...(tokens.keep.length === 0 ? [] : [`stay as they are: ${tokens.keep.join(", ")}`]),
    "others: refused",
  ];
}
