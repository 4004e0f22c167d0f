/**
 * Which of overlapping matches stand: one for each place.
 *
 * O1. A match gives way to an overlapping one whose type beats its own (`beats` of the row).
 * O2. Of the others the likelier one stands, then the longer, then that of the type with the earlier id: no order of
 *     discovery, so that the same text gives the same findings however it was cut.
 * O3. Custom types and built-in ones never take each other's place: no file hides a credential under a type of its own, and
 *     nobody hides a value of a custom type in an address or a password.
 */
import type { Detector, Level } from "./detector.ts";

export interface Ranked {
  readonly detector: number;
  readonly start: number;
  readonly end: number;
  readonly level: Level;
}

/** @returns those that stand, by start */
export function standing<M extends Ranked>(
  matches: readonly M[],
  detectors: readonly Detector[],
): readonly M[] {
  if (matches.length < 2) return matches;
  const isCustom = ({ detector }: M): boolean => detectors[detector]?.isCustom === true;
  if (!matches.some(isCustom)) return standingAlike(matches, detectors);
  const builtIn = matches.filter((match) => !isCustom(match));
  const all = [...standingAlike(builtIn, detectors), ...standingAlike(matches.filter(isCustom), detectors)];
  return all.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Whether one may stand in the other's place (O3). */
export function areRivals(
  one: Pick<Ranked, "detector">,
  other: Pick<Ranked, "detector">,
  detectors: readonly Detector[],
): boolean {
  return detectors[one.detector]?.isCustom === detectors[other.detector]?.isCustom;
}

function standingAlike<M extends Ranked>(
  matches: readonly M[],
  detectors: readonly Detector[],
): readonly M[] {
  const sorted = matches.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const out: M[] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    let end = sorted[from]?.end ?? 0;
    while (to < sorted.length && (sorted[to]?.start ?? 0) < end) {
      end = Math.max(end, sorted[to]?.end ?? 0);
      to++;
    }
    if (to === from + 1) out.push(...sorted.slice(from, to));
    else out.push(...settle(sorted.slice(from, to), detectors));
    from = to;
  }
  return out;
}

function settle<M extends Ranked>(group: readonly M[], detectors: readonly Detector[]): M[] {
  const id = (match: M): string => detectors[match.detector]?.id ?? "";
  const unbeaten = group.filter((match) => {
    const own = id(match);
    return !group.some((other) => overlaps(match, other) && detectors[other.detector]?.beats.includes(own) === true); // prettier-ignore
  });
  unbeaten.sort((a, b) => {
    if (a.level !== b.level) return b.level - a.level;
    const length = b.end - b.start - (a.end - a.start);
    if (length !== 0) return length;
    return a.start - b.start || (id(a) < id(b) ? -1 : 1);
  });
  const kept: M[] = [];
  for (const match of unbeaten) if (!kept.some((other) => overlaps(match, other))) kept.push(match);
  return kept.sort((a, b) => a.start - b.start);
}

function overlaps(a: Ranked, b: Ranked): boolean {
  return a.start < b.end && b.start < a.end;
}
