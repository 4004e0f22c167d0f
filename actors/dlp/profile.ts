/**
 * The built-in profiles, and which action a profile has for a finding. Does not own: their schema (protocol/profile.ts),
 * doing the action.
 *
 * F1. The first rule that fits a type decides; of what it says, the strongest that holds at the level and count is taken.
 * F2. A type that no rule fits gets no action.
 */
import {
  type DlpAction,
  dlpActions,
  type Profile,
  profileFileSchema,
  type ProfileRule,
} from "../../protocol/profile.ts";
import type { Detector } from "./detector.ts";
import builtin from "./profiles.json" with { type: "json" };

export const builtinProfiles: readonly Profile[] = profileFileSchema.parse(builtin);

/** What a rule looks at. */
export type ProfiledType = Pick<Detector, "id" | "group" | "tags">;

/** @param count findings of the type in this document */
export function actionOf(
  profile: Profile,
  type: ProfiledType,
  level: number,
  count: number,
): DlpAction | undefined {
  const rule = profile.rules.find((each) => fits(each, type));
  const held = rule?.at.filter((step) => level >= step.level && count >= step.count) ?? [];
  return dlpActions.findLast((action) => held.some((step) => step.action === action));
}

export function fits(rule: ProfileRule, { id, group, tags }: ProfiledType): boolean {
  if (rule.except?.some((pattern) => isNamed(pattern, id)) === true) return false;
  if (rule.types?.some((pattern) => isNamed(pattern, id)) === true) return true;
  if (rule.groups?.includes(group) === true) return true;
  return rule.tags?.some((tag) => tags.includes(tag)) ?? false;
}

function isNamed(pattern: string, id: string): boolean {
  return pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern;
}
