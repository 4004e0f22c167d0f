/**
 * Canonical JSON: one text for one value, to be hashed (argument digests, pinned definitions, roles).
 *
 * C1. Equal values give equal texts, whatever the order of their keys and however they were written.
 * C2. The text is JSON; parsed again it gives the value (`-0` becomes `0`, as RFC 8785 demands).
 *
 * @see RFC 8785 (JCS)
 */
import { isJsonArray, isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";

/**
 * The text of a value by RFC 8785: keys in the order of their UTF-16 units, no white space, numbers and strings as
 * ECMAScript writes them. When all keys stand in that order already, one JSON.stringify does it.
 *
 * @param value what parseStrict made, or our own data; a member that is undefined is left out
 * @throws RangeError for a number that is not finite or a string with half a surrogate pair: neither comes from
 *   parseStrict, and neither has a canonical form
 */
export function canonicalJson(value: Json): string {
  return isInOrder(value) ? JSON.stringify(value) : write(value);
}

/** Whether JSON.stringify writes the canonical text; also false for what has none, so that `write` meets it. */
function isInOrder(value: Json | undefined): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (isJsonArray(value)) return value.every(isInOrder);
  if (!isJsonObject(value)) return true;
  let before = "";
  for (const key of Object.keys(value)) {
    if (key < before || !key.isWellFormed() || !isInOrder(value[key])) return false;
    before = key;
  }
  return true;
}

function write(value: Json): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RangeError("canonicalJson: a number that is not finite has no canonical form");
  if (isJsonArray(value)) return `[${value.map(write).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  let text = "";
  // sort() compares UTF-16 units, which is the order that RFC 8785 section 3.2.3 asks for.
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue; // JSON.stringify leaves it out too
    text += `${text === "" ? "" : ","}${quote(key)}:${write(member)}`;
  }
  return `{${text}}`;
}

/** Nothing in it needs an escape: most keys and many strings. */
const plain = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new RangeError("canonicalJson: a lone surrogate has no canonical form");
  return JSON.stringify(text);
}
