/**
 * What a baseline command is about: the persona, one of its baselines, and the days of its records. Owns how they are named on a command
 * line, and the way to them in a data folder.
 */
import { join } from "node:path";
import { isTeller } from "../../actors/behaviour/measures.ts";
import { dayMs } from "../../actors/behaviour/summary.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import { toldRule } from "../../actors/behaviour/volume.ts";
import type { Baseline, RuleMode } from "../../protocol/baseline.ts";
import { readHistory, type History, type HistoryRange } from "../baseline/history.ts";
import { BaselineStore } from "../baseline/store.ts";
import { DataFolder } from "../datafolder.ts";
import { readRecords } from "../record/reader.ts";
import { Misuse, type Arguments } from "./io.ts";

export const tenant = "default";
const lastDay = 10_000_000;

export function historyOf(dataFolder: string, range: HistoryRange): History {
  const data = new DataFolder(dataFolder);
  return readHistory(
    readRecords(join(dataFolder, "records"), { since: range.from * dayMs }),
    range,
    (digest) => data.loadRole(digest),
  );
}

export function storeOf(dataFolder: string): BaselineStore {
  return new BaselineStore(join(dataFolder, "baselines"));
}

export function readPersona(given: Arguments, command: string): string {
  const [persona = "", ...more] = given.rest;
  if (more.length > 0 || persona === "") throw new Misuse(`${command} takes one persona`);
  if (!isName(persona)) throw new Misuse(`a persona's name is ${nameRule}`);
  return persona;
}

export function readVersion(
  given: Arguments,
  store: BaselineStore,
  command: string,
): { readonly persona: string; readonly version: string; readonly baseline: Baseline } {
  const [persona = "", start = "", ...more] = given.rest;
  if (more.length > 0 || start === "" || !isName(persona))
    throw new Misuse(`${command} takes a persona and a version, as gatehouse baseline show lists them`);
  const version = store.find(start);
  const found = version === undefined ? undefined : store.load(version);
  if (version === undefined || found?.baseline.persona !== persona)
    throw new Misuse(`there is no baseline of ${persona} whose version begins with ${start}, or more than one`); // prettier-ignore
  return { persona, version, baseline: found.baseline };
}

/** @param first where --from is not given */
export function readDays(given: Arguments, first: number): { readonly from: number; readonly to: number } {
  const [from, to] = [readDay(given, "from") ?? first, readDay(given, "to") ?? lastDay];
  if (given.value("to") !== undefined && from > to) throw new Misuse(`--to is before ${given.value("from") === undefined ? dayText(first) : "--from"}: no day lies between them`); // prettier-ignore
  return { from, to };
}

function readDay(given: Arguments, option: string): number | undefined {
  const text = given.value(option);
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) throw new Misuse(`--${option} is a day: 2026-01-31`);
  return Math.floor(at / dayMs);
}

/** What a rule that is above its budget does in force. @param modes of all rules: an interrupt is lowered with its rule, or alone */
export function becomes(row: string, modes: readonly RuleMode[]): string {
  if (row === toldRule) return "it tells no more";
  if (isTeller(row)) return "it tells more often than a rule should that only tells";
  const own = row.replace(/\.interrupt$/, "");
  const isAlone = own !== row && !modes.some(({ rule, mode }) => rule === own && mode === "alert");
  return isAlone ? "it interrupts nobody, and still slows down" : "it tells operators, and stops nobody";
}

export function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
