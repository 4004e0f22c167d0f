/**
 * A trail put away: its key, names of tools, and everything else as one row of bits. Owns the layout and the check that what comes
 * back could have been written. Does not own what a trail means (trail.ts).
 *
 *     [key, names, row]; row: counts 16 | tools | steps | tools of the calls | things asked for | table of what was seen
 *     [key, names, row, things], where a rule has counted things; things: how many rules | of each place, before, counter
 *
 * Z1. What is thawed is what was frozen, to the bit; anything else is no trail.
 * Z2. Trails of versions before 11, as lists of texts, are still read; and so is one without things, by every version since.
 */
import { limits } from "../../protocol/limits.ts";
import type { Cell } from "../actor.ts";
import { BitReader, BitWriter, bitsFor } from "./bitrow.ts";
import { DistinctCounter } from "./distinct.ts";
import { SlotTable } from "./slots.ts";
import { stepWidth, type StepThings } from "./steps.ts";
import type { ToolRow, Trail } from "./trail.ts";

const callsMost = 255;
/** Number of a tool that has none: there were too many. */
const noTool = 255;

export function freezeTrail(trail: Trail): Cell {
  const { key, slots, asked, names, callTools, tools, steps, things } = trail;
  const row = new BitWriter();
  for (const each of countsOf(trail)) row.number(each);
  row.number(tools.length);
  for (const each of tools)
    for (const cell of [each.key, each.calls, each.failed, each.bytes, each.objects]) row.number(cell);
  row.number(steps.length);
  for (const each of steps) row.number(each);
  const width = bitsFor(names.length + 1);
  for (let call = 0; call < Math.min(callsMost, trail.calls); call++)
    row.bits(Math.min(callTools[call] ?? noTool, names.length), width);
  asked.freeze(row);
  slots.freeze(row);
  const counted = things.some((own) => own !== undefined);
  return counted ? [key, names, row.text(), freezeThings(things)] : [key, names, row.text()];
}

function freezeThings(things: Trail["things"]): string {
  const row = new BitWriter();
  row.number(things.filter((own) => own !== undefined).length);
  for (const [place, own] of things.entries()) {
    if (own === undefined) continue;
    row.number(place);
    row.number(own.before);
    own.seen.freeze(row);
  }
  return row.text();
}

function thawThings(text: unknown): Trail["things"] | undefined {
  if (typeof text !== "string") return undefined;
  const row = new BitReader(text);
  const things: (StepThings | undefined)[] = [];
  const count = lengthOf(row, limits.sequenceDistinctMax);
  for (let left = count; left > 0; left--) {
    const [place = 0, before = 0] = numbersOf(row, 2);
    const seen = DistinctCounter.thaw(row);
    if (seen === undefined || place < things.length || place >= limits.sequenceStepsMax) return undefined;
    while (things.length < place) things.push(undefined);
    things.push({ before, seen });
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
  const steps = numbersOf(row, lengthOf(row, limits.sequenceStepsMax * stepWidth));
  const width = bitsFor(names.length + 1);
  const callTools = new Uint8Array(callsMost + 1);
  for (let call = 0; call < Math.min(callsMost, counts[0] ?? 0); call++) {
    const tool = row.bits(width);
    if (tool > names.length) return undefined;
    callTools[call] = tool === names.length ? noTool : tool;
  }
  const asked = DistinctCounter.thaw(row);
  const slots = asked === undefined ? undefined : SlotTable.thaw(row);
  const things = value.length === 3 ? [] : thawThings(counted);
  if (asked === undefined || slots === undefined || things === undefined || !row.isOver) return undefined;
  return { key, slots, asked, names, callTools, tools: rows.map(toolOf), steps, things, ...named(counts) };
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
  if (!isNumbers(numbers, callsMost) || !isNumbers(steps, limits.sequenceStepsMax * stepWidth))
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
  return { key, slots, asked, names, callTools, tools, steps, things: [], ...named(counts) };
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
