/**
 * A trail put away: its key, names of tools, and everything else as one row of bits. Owns the layout and the check that what comes
 * back could have been written. Does not own what a trail means (trail.ts).
 *
 *     [key, names, row]; row: counts 16 | tools | 0 | tools of the calls | things asked for | table of what was seen
 *     [key, names, row, [steps]], where rules of the role's own have counted; steps: counts | rules that were told
 *
 * Z1. What is thawed is what was frozen, to the bit; anything else is no trail.
 * Z2. Trails of older versions are still read: before 11 as lists of texts; then with counts of rules by their place in the role,
 *     in the row where the 0 is, and of things [key, names, row, things]. One without counts is read by every version since 11.
 */
import { limits } from "../../protocol/limits.ts";
import type { Cell } from "../actor.ts";
import { BitReader, BitWriter, bitsFor } from "./bitrow.ts";
import { DistinctCounter } from "./distinct.ts";
import { SlotTable } from "./slots.ts";
import { StepCount } from "./stepcount.ts";
import type { ToolRow, Trail } from "./trail.ts";

const callsMost = 255;
/** Number of a tool that has none: there were too many. */
const noTool = 255;
/** Numbers of a rule as older versions kept them: calls, bytes, when its window began. */
const placeWidth = 3;

export function freezeTrail(trail: Trail): Cell {
  const { key, slots, asked, names, callTools, tools } = trail;
  const row = new BitWriter();
  for (const each of countsOf(trail)) row.number(each);
  row.number(tools.length);
  for (const each of tools)
    for (const cell of [each.key, each.calls, each.failed, each.bytes, each.objects]) row.number(cell);
  row.number(0);
  const width = bitsFor(names.length + 1);
  for (let call = 0; call < Math.min(callsMost, trail.calls); call++)
    row.bits(Math.min(callTools[call] ?? noTool, names.length), width);
  asked.freeze(row);
  slots.freeze(row);
  const steps = freezeSteps(trail);
  return steps === undefined ? [key, names, row.text()] : [key, names, row.text(), [steps]];
}

function freezeSteps({ steps, toldSteps }: Trail): string | undefined {
  if (steps.length === 0 && toldSteps.length === 0) return undefined;
  const row = new BitWriter();
  row.number(steps.length);
  for (const each of steps) each.freeze(row);
  row.number(toldSteps.length);
  for (const each of toldSteps) row.number(each);
  return row.text();
}

type Steps = Pick<Trail, "steps" | "toldSteps">;

function thawSteps(value: readonly unknown[]): Steps | undefined {
  const [text] = value;
  if (value.length !== 1 || typeof text !== "string") return undefined;
  const row = new BitReader(text);
  const steps: StepCount[] = [];
  for (let left = lengthOf(row, limits.sequenceStepsMax); left > 0; left--) {
    const own = StepCount.thaw(row);
    if (own === undefined || steps.some(({ key }) => key === own.key)) return undefined;
    steps.push(own);
  }
  const toldSteps = numbersOf(row, lengthOf(row, limits.sequenceStepsMax));
  const counting = steps.filter((own) => own.countsThings).length;
  const isSome = steps.length + toldSteps.length > 0;
  return isSome && row.isOver && counting <= limits.sequenceDistinctMax ? { steps, toldSteps } : undefined;
}

/** Counts by the places of rules. @param things as text; undefined where no rule counted any */
function stepsByPlace(numbers: readonly number[], things: unknown): Steps | undefined {
  const byPlace = things === undefined ? [] : thingsByPlace(things);
  if (byPlace === undefined) return undefined;
  const steps: StepCount[] = [];
  for (let at = 0; at * placeWidth < numbers.length; at++) {
    const [calls = 0, bytes = 0, since = 0] = numbers.slice(at * placeWidth, (at + 1) * placeWidth);
    if (calls > 0 || bytes > 0) steps.push(StepCount.ofWindow(at, since, calls, bytes, byPlace[at]));
  }
  return { steps, toldSteps: [] };
}

function thingsByPlace(text: unknown): readonly (number | undefined)[] | undefined {
  if (typeof text !== "string") return undefined;
  const row = new BitReader(text);
  const things: (number | undefined)[] = [];
  const count = lengthOf(row, limits.sequenceDistinctMax);
  for (let left = count; left > 0; left--) {
    const [place = 0, before = 0] = numbersOf(row, 2);
    const seen = DistinctCounter.thaw(row);
    if (seen === undefined || place < things.length || place >= limits.sequenceStepsMax) return undefined;
    while (things.length < place) things.push(undefined);
    things.push(before + seen.count);
  }
  return count > 0 && row.isOver ? things : undefined;
}

function countsOf(trail: Trail): readonly number[] {
  return [trail.calls, trail.writes, trail.failed, trail.invented, trail.repeats, trail.lastCall, trail.bytesRead, trail.bytesMost, trail.directive, trail.isGapped ? 1 : 0, trail.paceUntil, trail.told, trail.day, trail.dayCalls, trail.dayObjects, trail.dayBytes]; // prettier-ignore
}

/** @returns undefined for what `freezeTrail` of this version, or one before, does not give */
export function thawTrail(value: unknown): Trail | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length === 8) return thawLists(value);
  const [key, names, text, counted] = value as unknown[];
  if (
    (value.length !== 3 && value.length !== 4) ||
    typeof text !== "string" ||
    !isKey(key) ||
    !isNames(names)
  )
    return undefined;
  const row = new BitReader(text);
  const counts = numbersOf(row, 16);
  const rows = Array.from({ length: lengthOf(row, limits.trailToolsMax) }, () => numbersOf(row, 5));
  const byPlace = numbersOf(row, lengthOf(row, limits.sequenceStepsMax * placeWidth));
  const width = bitsFor(names.length + 1);
  const callTools = new Uint8Array(callsMost + 1);
  for (let call = 0; call < Math.min(callsMost, counts[0] ?? 0); call++) {
    const tool = row.bits(width);
    if (tool > names.length) return undefined;
    callTools[call] = tool === names.length ? noTool : tool;
  }
  const asked = DistinctCounter.thaw(row);
  const slots = asked === undefined ? undefined : SlotTable.thaw(row);
  const steps = Array.isArray(counted) ? thawSteps(counted) : stepsByPlace(byPlace, counted);
  if (asked === undefined || slots === undefined || steps === undefined || !row.isOver) return undefined;
  return { key, slots, asked, names, callTools, tools: rows.map(toolOf), ...steps, ...named(counts) };
}

function numbersOf(row: BitReader, count: number): number[] {
  return Array.from({ length: count }, () => row.number());
}

function lengthOf(row: BitReader, most: number): number {
  const length = row.number();
  if (length > most) row.isBroken = true;
  return row.isBroken ? 0 : length;
}

function toolOf([key = 0, calls = 0, failed = 0, bytes = 0, objects = 0]: readonly number[]): ToolRow {
  return { key, calls, failed, bytes, objects };
}

function named([
  calls = 0,
  writes = 0,
  failed = 0,
  invented = 0,
  repeats = 0,
  lastCall = 0,
  bytesRead = 0,
  bytesMost = 0,
  directive = 0,
  gapped = 0,
  paceUntil = 0,
  told = 0,
  day = 0,
  dayCalls = 0,
  dayObjects = 0,
  dayBytes = 0,
]: readonly number[]) {
  return { calls, writes, failed, invented, repeats, lastCall, bytesRead, bytesMost, directive, isGapped: gapped === 1, paceUntil, told, day, dayCalls, dayObjects, dayBytes }; // prettier-ignore
}

function thawLists(value: readonly unknown[]): Trail | undefined {
  const [key, places, bits, names, numbers, rows, steps, counts] = value;
  const slots = SlotTable.thawList(places);
  const asked = DistinctCounter.thawText(bits);
  if (!isKey(key) || slots === undefined || asked === undefined || !isNames(names)) return undefined;
  if (!isNumbers(numbers, callsMost) || !isNumbers(steps, limits.sequenceStepsMax * placeWidth))
    return undefined;
  if (!isNumbers(counts, 12) || counts.length !== 12) return undefined;
  if (!Array.isArray(rows) || rows.length > limits.trailToolsMax) return undefined;
  const tools: ToolRow[] = [];
  for (const row of rows as unknown[]) {
    if (!isNumbers(row, 4) || row.length !== 4) return undefined;
    tools.push(toolOf(row));
  }
  const callTools = new Uint8Array(callsMost + 1);
  callTools.set(numbers);
  const byPlace = stepsByPlace(steps, undefined);
  return byPlace && { key, slots, asked, names, callTools, tools, ...byPlace, ...named(counts) };
}

function isKey(value: unknown): value is string {
  return typeof value === "string" && value.length <= limits.sessionTextCharsMax;
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= limits.trailToolsMax && value.every(isKey);
}

function isNumbers(value: unknown, countMax: number): value is number[] {
  return Array.isArray(value) && value.length <= countMax && value.every((each) => Number.isFinite(each) && each >= 0); // prettier-ignore
}
