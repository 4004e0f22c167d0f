/**
 * How sure a finding is, in five levels: from the shape, the checksum, and what stands around it.
 *
 * L1. No context word ever lowers a level, no negative one ever raises it.
 * L2. What a validator calls invalid is no finding; what needs a context word and has none is no finding.
 */
import type { Likelihood } from "../../protocol/detector.ts";
import type { Level } from "./detector.ts";
import type { Validity } from "./validator.ts";

/** What counts as found, of 1 to 5. */
export const likely = 3;

/** What stands around a match. */
export interface Surroundings {
  /** A context word of the type: before the match, on its path, or above its column. */
  readonly hasContext: boolean;
  /** A word that speaks against it (words.data.ts); false for a detector that does not heed them. */
  readonly hasNegative: boolean;
  /** The match is all of a text that is no part of anything: nothing around it could say what it is. */
  readonly isAlone?: boolean;
}

/** A check that lets so few through that a value it holds for needs no word: the row then says so of `validated`. */
const strong = 3;

/** The level of a match; undefined when it is none. */
export function levelOf(
  likelihood: Likelihood,
  contextMode: "none" | "boost" | "required",
  validity: Validity,
  { hasContext, hasNegative, isAlone = false }: Surroundings,
): Level | undefined {
  if (validity === "invalid") return undefined;
  const isValid = validity === "valid";
  const { shape, validated, context, both, alone } = likelihood;
  if (contextMode === "required" && !hasContext) {
    if (!isAlone) return undefined;
    if (alone === undefined) return isValid && validated >= strong ? (validated as Level) : undefined;
  }
  const level = hasContext ? (isValid ? both : context) : isValid ? validated : shape;
  // A negative word weighs nothing against a context word: an "order" line may well hold a card.
  const lowered = hasNegative && !hasContext ? level - 2 : level;
  const raised = isAlone && alone !== undefined ? Math.max(lowered, alone) : lowered;
  return Math.max(1, Math.min(5, raised)) as Level;
}
