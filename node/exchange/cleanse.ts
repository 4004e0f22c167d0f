/**
 * Removes from upstream text what a person cannot see and a terminal or a model would obey: control characters,
 * ANSI escapes, bidirectional controls, zero-width and tag characters, runs of variation selectors (checklist T3).
 * Works on parsed values (no lone surrogates), copies only what changes, in time linear in the value.
 */
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";

// The quick test: one class of UTF-16 units. What it lets through has nothing to remove; the removals below are exact.
const suspect =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud82f\ud834\udb40-\udb43]/;

const ansiEscape =
  /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** All of Unicode's Default_Ignorable_Code_Point and Bidi_Control, and annotation marks, but for the joiners below. */
const invisible =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|\ud82f[\udca0-\udca3]|\ud834[\udd73-\udd7a]|\udb40[\udc00-\udcff\uddf0-\udfff]|[\udb41-\udb43][\udc00-\udfff]/g;
/** Joiners and variation selectors have honest uses one at a time (emoji, Persian, Mongolian); runs have none. */
const runs = /(?:[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f]|\udb40[\udd00-\uddef])+/g;

/** The text without what must not be seen. The same string when nothing was found. */
export function cleanseText(text: string): string {
  if (!suspect.test(text)) return text;
  return text.replace(ansiEscape, "").replace(controls, "").replace(invisible, "").replace(runs, keepEmoji);
}

/** One alone stays, but for the supplementary selectors; U+FE0F U+200D in an emoji sequence is two and stays. */
function keepEmoji(run: string): string {
  return run === "\ufe0f\u200d" || run.length === 1 ? run : "";
}

/** The same on one line, for a console: nothing in it ends the line, returns to its start or moves on by tabs. */
export function oneLine(text: string): string {
  return cleanseText(text).replace(/[\t\n\r\u0085\u2028\u2029]/g, " ");
}

/** The value with all its strings (keys too) cleansed. Base64 has nothing to remove, so no member is left out. */
export function cleanse<T extends JsonObject>(value: T): T {
  return cleanseObject(value) as T;
}

function cleanseValue(value: unknown): unknown {
  if (typeof value === "string") return cleanseText(value);
  if (Array.isArray(value)) return cleanseArray(value);
  return isObject(value) ? cleanseObject(value) : value;
}

function cleanseArray(items: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    const clean = cleanseValue(item);
    if (clean === item) continue;
    copy ??= items.slice();
    copy[at] = clean;
  }
  return copy ?? items;
}

/** Each member is looked at once, whatever the depth: a second look per level would double the work at each. */
function cleanseObject(object: JsonObject): JsonObject {
  let copy: [key: string, value: unknown][] | undefined;
  let same = 0;
  for (const key in object) {
    const value = object[key];
    const cleanKey = cleanseText(key);
    const clean = cleanseValue(value);
    if (copy === undefined && cleanKey === key && clean === value) {
      same++;
      continue;
    }
    copy ??= Object.entries(object).slice(0, same);
    if (cleanKey === key || mayBecome(cleanKey, object)) copy.push([cleanKey, clean]);
  }
  return copy === undefined ? object : Object.fromEntries(copy);
}

/** Whether a key that hid something may stand as `key`: it replaces none that hid nothing, and J2 of json.ts holds. */
function mayBecome(key: string, object: JsonObject): boolean {
  return key !== "__proto__" && !Object.hasOwn(object, key);
}
