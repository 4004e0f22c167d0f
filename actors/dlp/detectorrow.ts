/**
 * Rows of detectors, read. Does not own: the rows (detectors/*.json), what the engine does with a detector (detector.ts).
 *
 * D1. A detector is read strictly: an unknown key, an unknown validator or a pattern outside the bounded subset is refused.
 * D2. Everything here is a function of the row and the ports: no clock, no random, nothing read.
 */
import { detectorFileSchema, type DetectorRow } from "../../protocol/detector.ts";
import { isCustomType, type Detector, type DetectorFault } from "./detector.ts";
import { patternFault } from "./pattern.ts";
import type { DlpPorts } from "./validator.ts";
import { bindValidators } from "./validators.ts";

/** Rows as they come out of JSON, made ready; or what is wrong with them. */
export function readDetectors(
  value: unknown,
  ports: DlpPorts,
): { readonly detectors: readonly Detector[]; readonly faults: readonly DetectorFault[] } {
  const parsed = detectorFileSchema.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({ id: path.join("."), says: message }));
    return { detectors: [], faults };
  }
  const detectors: Detector[] = [];
  const faults: DetectorFault[] = [];
  const seen = new Set<string>();
  for (const row of parsed.data) {
    const made = seen.has(row.id) ? "the id is used twice" : readRow(row, ports);
    seen.add(row.id);
    if (typeof made === "string") faults.push({ id: row.id, says: made });
    else detectors.push(made);
  }
  return { detectors, faults };
}

/** The detector of a row, or what is wrong with the row. */
export function readRow(row: DetectorRow, ports: DlpPorts): Detector | string {
  const { id, group, title, flags, prefilter, context, contextMode, likelihood, tags, source } = row;
  const shape = patternFault(row.pattern);
  if (typeof shape === "string") return shape;
  const before = row.unless === undefined ? undefined : patternFault(row.unless);
  if (typeof before === "string") return `unless: ${before}`;
  if (prefilter.kind !== "literal" && prefilter.min > prefilter.max) return "prefilter: min is above max";
  if (contextMode !== "none" && context.length === 0) return `contextMode ${contextMode} needs context words`;
  const { shape: bare, validated, context: near, both } = likelihood;
  if (bare > validated || bare > near || validated > both || near > both)
    return "likelihood: shape <= validated <= both and shape <= context <= both must hold";
  const calls = row.validator === undefined ? [] : [row.validator].flat();
  const check = bindValidators(calls, ports);
  if (typeof check === "string") return check;
  return {
    id,
    group,
    title,
    isCustom: isCustomType(id),
    pattern: row.pattern,
    flags,
    engine: "js",
    tail: row.tail,
    hasGroup: shape.groups > 0,
    unless: row.unless,
    isToken: group === "secret" && shape.groups === 0,
    lengthMax: shape.lengthMax,
    prefilter,
    heedsNegative: prefilter.kind !== "literal",
    context,
    contextMode,
    validators: calls,
    check,
    likelihood,
    beats: row.beats ?? [],
    tags,
    source,
  };
}
