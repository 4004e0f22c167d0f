/**
 * Removes from upstream text what a person cannot see and a terminal or a model would obey: control characters,
 * ANSI escapes, bidirectional overrides, zero-width and tag characters, runs of variation selectors (checklist T3).
 * Works on parsed values, copies only what changes.
 */
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";

// One class for the quick test; the ordered removals come below. Each alternative is a single character or a bounded run.
const suspect =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f]|\udb40[\udc00-\uddef]/;

const ansiEscape =
  /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const invisible = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\udb40[\udc00-\udc7f]/g;
/** Joiners and variation selectors have honest uses one at a time (emoji, Persian, Indic); runs have none. */
const runs = /[\u200c\u200d\ufe00-\ufe0f]{2,}|(?:\udb40[\udd00-\uddef]){1,}/g;

/** The text without what must not be seen. The same string when nothing was found. */
export function cleanseText(text: string): string {
  if (!suspect.test(text)) return text;
  return text.replace(ansiEscape, "").replace(controls, "").replace(invisible, "").replace(runs, keepEmoji);
}

/** U+FE0F U+200D in an emoji sequence is a run of two different joiners and stays. */
function keepEmoji(run: string): string {
  return run === "\ufe0f\u200d" ? run : "";
}

/** Base64 payloads are not text; they keep their bytes. */
const opaque: ReadonlySet<string> = new Set(["data", "blob"]);

/** The value with all its strings (keys too) cleansed. */
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

function cleanseObject(object: JsonObject): JsonObject {
  let changed = false;
  for (const key in object) {
    const value = object[key];
    if (cleanseText(key) !== key || (!opaque.has(key) && cleanseValue(value) !== value)) {
      changed = true;
      break;
    }
  }
  if (!changed) return object;
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      cleanseText(key),
      opaque.has(key) ? value : cleanseValue(value),
    ]),
  );
}
