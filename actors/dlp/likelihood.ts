/**
 * How sure a finding is, in five levels: from the shape, the checksum, and what stands around it.
 *
 * L1. No context word ever lowers a level, no negative one ever raises it.
 * L2. What a validator calls invalid is no finding; what needs a context word and has none is no finding.
 */
import type { Likelihood } from "../../protocol/detector.ts";
import type { Level } from "./detector.ts";
import type { Validity } from "./validator.ts";

/** What stands around a match. */
export interface Surroundings {
  /** A context word of the type: before the match, on its path, or above its column. */
  readonly hasContext: boolean;
  /** A word that speaks against it (words.data.ts); false for a detector that does not heed them. */
  readonly hasNegative: boolean;
}

/** The level of a match; undefined when it is none. */
export function levelOf(
  likelihood: Likelihood,
  contextMode: "none" | "boost" | "required",
  validity: Validity,
  { hasContext, hasNegative }: Surroundings,
): Level | undefined {
  if (validity === "invalid") return undefined;
  if (contextMode === "required" && !hasContext) return undefined;
  const isValid = validity === "valid";
  const { shape, validated, context, both } = likelihood;
  const level = hasContext ? (isValid ? both : context) : isValid ? validated : shape;
  // A negative word weighs nothing against a context word: an "order" line may well hold a card.
  const lowered = hasNegative && !hasContext ? level - 2 : level;
  return Math.max(1, Math.min(5, lowered)) as Level;
}
