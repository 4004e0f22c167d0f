/**
 * What an agent declared that it can be asked, in our own words: the capabilities that MCP has and a question needs.
 *
 * All else that it wrote there (experimental, extensions, any text) stays here. It would be a way for an agent's words
 * to reach an upstream unjudged (checklist A4), and since capabilities are part of an upstream session's key, a way to
 * open sessions, or start processes, without number.
 */
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";

/** By capability: its members that are objects, and those that are flags. */
const asked = [
  ["roots", [], ["listChanged"]],
  ["sampling", ["context", "tools"], []],
  ["elicitation", ["form", "url"], []],
] as const;

const none: JsonObject = Object.freeze({});

/** One of a few values, whatever was declared. */
export function readCapabilities(declared: unknown): JsonObject {
  if (!isObject(declared)) return none;
  let found: Record<string, JsonObject> | undefined;
  for (const [name, parts, flags] of asked) {
    const own = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (!isObject(own)) continue;
    const read: Record<string, unknown> = {};
    for (const part of parts) if (isObject(own[part])) read[part] = none;
    for (const flag of flags) if (own[flag] === true) read[flag] = true;
    (found ??= {})[name] = read;
  }
  return found ?? none;
}
