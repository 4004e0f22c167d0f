/**
 * What a pinned definition says of a call's arguments: which names it knows, and what stands at a pointer.
 *
 * Reads JSON Schema as far as a load-time check needs it, and never further: what it cannot follow is "open", which
 * means that nothing is known, not that anything is allowed.
 *
 * A1. External references are never followed (checklist T6); local ones at most refHopsMax deep.
 */
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { isObject } from "../../protocol/mcp/shape.ts";

const refHopsMax = 16;
/** Schemas inside schemas that are looked at for one tool. */
const subschemasMax = 10_000;

/** Keywords whose schemas apply to the same value. */
const applicators = ["allOf", "anyOf", "oneOf", "if", "then", "else", "not", "dependentSchemas"] as const;
/** Keywords by which a schema gives names to arguments, or leaves that to another schema. */
const naming = ["properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "$ref", "$dynamicRef", "$recursiveRef"] as const; // prettier-ignore

/**
 * Top-level argument names of a tool.
 *
 * @param schema the pinned inputSchema
 * @returns undefined when the definition allows other names, or names arguments where this does not look: then unknown
 *   names cannot be refused
 */
export function knownArguments(schema: unknown): readonly string[] | undefined {
  if (!isObject(schema)) return schema === undefined ? [] : undefined;
  const names = isObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
  if (schema["patternProperties"] !== undefined) return undefined;
  // additionalProperties looks only at its siblings, so false closes the object whatever else stands there.
  if (schema["additionalProperties"] === false) return names;
  if (schema["additionalProperties"] !== undefined) return undefined;
  const unevaluated = schema["unevaluatedProperties"];
  if (unevaluated !== undefined && unevaluated !== false) return undefined;
  if (["$ref", "$dynamicRef", "$recursiveRef"].some((key) => schema[key] !== undefined)) return undefined;
  return applicators.some((key) => namesElsewhere(schema[key])) ? undefined : names;
}

/** Names of a prompt's arguments, all of which are strings. */
export function knownPromptArguments(declared: unknown): readonly string[] {
  if (!Array.isArray(declared)) return [];
  return declared.flatMap((each: unknown) =>
    isObject(each) && typeof each["name"] === "string" ? [each["name"]] : [],
  );
}

function namesElsewhere(value: unknown): boolean {
  const open = [value];
  for (let looked = 0; open.length > 0; looked++) {
    // Too large to tell is like naming elsewhere: nothing is refused for its name alone.
    if (looked > subschemasMax) return true;
    const each = open.pop();
    if (Array.isArray(each)) for (const item of each as unknown[]) open.push(item);
    if (!isObject(each)) continue;
    if (naming.some((key) => each[key] !== undefined)) return true;
    // Names in dependentSchemas are arguments; everything else below an applicator is a keyword.
    for (const key of applicators) if (each[key] !== undefined) open.push(each[key]);
    for (const inner of Object.values(each))
      if (isObject(inner) && naming.some((key) => inner[key] !== undefined)) open.push(inner);
  }
  return false;
}

/** A constraint's place as segments: a plain name, or a JSON pointer. The reason when it is neither. */
export function readPointer(key: string): readonly string[] | string {
  if (!key.startsWith("/")) return [key];
  const raw = key.slice(1).split("/");
  if (raw.some((segment) => /~(?![01])/.test(segment))) return "~ must be written ~0, and / inside a name ~1";
  return raw.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** RFC 6901, section 4. */
export function writePointer(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export type Spot =
  /** A schema that says something about the value. */
  | { readonly kind: "schema"; readonly schema: JsonObject }
  /** Nothing is known about the value. */
  | { readonly kind: "open" }
  /** The definition rules out that there is a value. `at` counts segments that exist; `names` are those that do here. */
  | {
      readonly kind: "absent";
      readonly at: number;
      readonly names: readonly string[];
      readonly isArray: boolean;
    };

const nothingKnown: Spot = { kind: "open" };

/** What the definition says of the value at a pointer; `-` stands for each element of an array. */
export function findSpot(root: unknown, segments: readonly string[]): Spot {
  let spot = follow(root, root);
  for (const [at, segment] of segments.entries()) {
    if (spot.kind !== "schema") return spot;
    const below = descend(spot.schema, segment, at === 0);
    if (below === "absent") {
      const properties = spot.schema["properties"];
      const names = isObject(properties) ? Object.keys(properties) : [];
      return { kind: "absent", at, names, isArray: typesOf(spot.schema)?.has("array") === true };
    }
    spot = follow(below, root);
  }
  return spot;
}

/** The schema of one member or element; undefined when nothing is known of it. */
function descend(schema: JsonObject, segment: string, isTop: boolean): unknown {
  const types = typesOf(schema);
  const properties = isObject(schema["properties"]) ? schema["properties"] : undefined;
  if (properties !== undefined && Object.hasOwn(properties, segment)) return properties[segment];
  const isIndex = segment === "-" || /^(0|[1-9]\d*)$/.test(segment);
  if (isIndex && types?.has("array") === true) return elementOf(schema, segment);
  if (types !== undefined && !types.has("object")) return "absent";
  if (isTop) return knownArguments(schema) === undefined ? undefined : "absent";
  if (isObject(schema["additionalProperties"])) return schema["additionalProperties"];
  if (schema["additionalProperties"] === false && schema["patternProperties"] === undefined) return "absent";
  const isListed = properties !== undefined && knownArguments(schema) !== undefined;
  return isListed ? "absent" : undefined;
}

function elementOf(schema: JsonObject, segment: string): unknown {
  const first: unknown = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : schema["items"];
  if (!Array.isArray(first)) return schema["items"];
  // A list of schemas by place: "-" would need all of them to agree.
  return segment === "-" ? undefined : (first as unknown[])[Number(segment)];
}

function follow(schema: unknown, root: unknown): Spot {
  let at = schema;
  for (let hops = 0; hops < refHopsMax; hops++) {
    if (!isObject(at)) return nothingKnown;
    const ref = at["$ref"];
    if (ref === undefined) return { kind: "schema", schema: at };
    if (typeof ref !== "string" || (ref !== "#" && !ref.startsWith("#/"))) return nothingKnown;
    const segments = ref === "#" ? [] : readPointer(ref.slice(1));
    if (typeof segments === "string") return nothingKnown;
    at = lookUp(root, segments);
  }
  return nothingKnown;
}

function lookUp(root: unknown, segments: readonly string[]): unknown {
  let at = root;
  for (const segment of segments) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = (at as { readonly [key: string]: unknown })[segment];
  }
  return at;
}

const jsonTypes = new Set(["string", "number", "integer", "boolean", "null", "array", "object"]);

/** JSON types that a schema allows; undefined when it does not say. */
export function typesOf(schema: JsonObject): ReadonlySet<string> | undefined {
  const { type } = schema;
  const named = typeof type === "string" ? [type] : Array.isArray(type) ? (type as unknown[]) : undefined;
  if (named !== undefined)
    return new Set(named.filter((each) => typeof each === "string" && jsonTypes.has(each)) as string[]);
  const values = valuesOf(schema);
  return values === undefined ? undefined : new Set(values.map(typeOfValue));
}

/** The values a schema lists, if it does. */
export function valuesOf(schema: JsonObject): readonly unknown[] | undefined {
  if (Object.hasOwn(schema, "const")) return [schema["const"]];
  return Array.isArray(schema["enum"]) ? (schema["enum"] as unknown[]) : undefined;
}

export function typeOfValue(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
