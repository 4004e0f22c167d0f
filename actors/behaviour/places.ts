/**
 * Values that compete for one place: what a task text names already, so that a value out of running text that takes such a place in a
 * call is another one than the task's. Evidence alone, for guard four. Pure.
 *
 * P1. By form: the task has an address, a URL or an account number, and the call another one.
 * P2. By shape: the task has a name of a thing such as K70-5014, and the call another one that is made like it. Names of one system
 *     are. A bare number and a date have no shape: there are too many of them in any text.
 */
import type { TraceForm, TraceRival } from "../../protocol/trace.ts";

/** What a task text names, by what may stand in the same place. */
export interface TaskPlaces {
  readonly forms: ReadonlySet<TraceForm>;
  readonly shapes: ReadonlySet<number>;
}

const formsOfText: readonly (readonly [TraceForm, RegExp])[] = [
  ["mail", /[\p{L}\p{N}_]@[\p{L}\p{N}_-]+\.[\p{L}\p{N}]/u],
  ["url", /(?:https?:\/\/|\bwww\.)[\p{L}\p{N}]/u],
  ["iban", /\b[a-z]{2}\d{2}[a-z0-9]{8,30}\b/],
];
const nameLike = /[\p{L}\p{N}][\p{L}\p{N}._/@:#-]*[\p{L}\p{N}]/gu;
/** A shorter one is a word or a number. */
const shapedCharsMin = 4;
/** A longer one is a path or a hash: no two are made alike. */
const shapedCharsMost = 64;
const charsMost = 20_000;

/** @param text folded */
export function placesOf(text: string): TaskPlaces {
  const looked = text.slice(0, charsMost);
  const forms = formsOfText.filter(([, pattern]) => pattern.test(looked)).map(([form]) => form);
  const shapes = (looked.match(nameLike) ?? []).map(shapeOf).filter((shape) => shape !== 0);
  return { forms: new Set(forms), shapes: new Set(shapes) };
}

/**
 * A number for how a name is made, of letters and digits: from runs of letters, runs of digits and the signs between. Two shapes that
 * meet in one number would be one more sign against a call, and no more. 0 for anything else.
 */
export function shapeOf(name: string): number {
  const { length } = name;
  if (length < shapedCharsMin || length > shapedCharsMost) return 0;
  let shape = 0x811c9dc5;
  let before = 0;
  let hasDigit = false;
  let hasLetter = false;
  for (let at = 0; at < length; at++) {
    const code = name.charCodeAt(at);
    const isDigit = code >= 48 && code <= 57;
    const isLetter = (code >= 97 && code <= 122) || code > 127;
    if (code <= 32) return 0;
    hasDigit ||= isDigit;
    hasLetter ||= isLetter;
    const is = isDigit ? 48 : isLetter ? 97 : code;
    if (is !== before) shape = Math.imul(shape ^ is, 0x01000193);
    before = is;
  }
  return hasDigit && hasLetter ? shape : 0;
}

/** Whether the task names another value that would stand where this one does. */
export function rivalOf(
  value: string,
  form: TraceForm | undefined,
  { forms, shapes }: TaskPlaces,
): TraceRival | undefined {
  if (form !== undefined) return forms.has(form) ? "form" : undefined;
  const shape = shapes.size === 0 ? 0 : shapeOf(value);
  return shape !== 0 && shapes.has(shape) ? "shape" : undefined;
}
