/**
 * Values that MCP 2026-07-28 mirrors from the body into HTTP headers: `Mcp-Name` and `Mcp-Param-*`. Owns their
 * encoding, their comparison with the body, and the rules of `x-mcp-header` in a tool's input schema. Does not own:
 * which headers a method needs (mcp/), repeated or malformed header lines (the doors).
 *
 * H1. Decoding is unambiguous: a text decodes to one value or is refused. Base64 that is not canonical, or is not
 *     UTF-8, is refused, so that two readers cannot take it for two names.
 * H2. A header agrees with the body only when both are there, or both are not.
 *
 * @see MCP 2026-07-28, Streamable HTTP, "Request Metadata"; SEP-2243
 */
import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";

/** Field names of `Mcp-Param-*`, in the lower case that Node.js gives received ones. */
export const paramHeaderPrefix = "mcp-param-";

/** One mirrored value: half of what a request's head may hold. */
export const headerValueUnitsMax = 8_192;
/** `x-mcp-header` annotations of one tool: half of the headers that a request may have. */
export const paramHeadersMax = 32;
/** The name in one annotation. */
export const paramHeaderNameUnitsMax = 128;
/** Schemas nested in schemas; the text they came from is bounded alike. */
const schemaDepthMax = 64;

const prefix = "=?base64?";
const suffix = "?=";
/** Visible ASCII, with blanks inside (RFC 9110 section 5.5). */
const plain = /^[!-~](?:[\t -~]*[!-~])?$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** An integer as a header may spell it: the specification has `42.0` equal 42. */
const integer = /^-?(?:0|[1-9][0-9]{0,15})(?:\.0{1,16})?$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The value that a received header stands for.
 *
 * @param text the field value without surrounding blanks
 * @returns undefined when it is none: not visible ASCII, too long, or a sentinel around anything but canonical
 *   base64 of UTF-8
 */
export function decodeHeaderValue(text: string): string | undefined {
  if (text === "") return "";
  if (text.length > headerValueUnitsMax || !plain.test(text)) return undefined;
  if (!isSentinel(text)) return text;
  const encoded = text.slice(prefix.length, -suffix.length);
  // `=?base64?=` has both markers but overlapping: readers differ on it.
  if (text.length < prefix.length + suffix.length || !base64.test(encoded)) return undefined;
  const value = decoder.decode(Uint8Array.from(atob(encoded), (unit) => unit.charCodeAt(0)));
  // Holds only for canonical base64 of well-formed UTF-8, because a replacement character encodes as itself.
  return toBase64(value) === encoded ? value : undefined;
}

/**
 * The field value for a name, URI or string argument. An empty value is encoded, because empty headers get lost.
 *
 * @param text well-formed Unicode, as parseStrict gives it
 */
export function encodeHeaderValue(text: string): string {
  return plain.test(text) && !isSentinel(text) ? text : `${prefix}${toBase64(text)}${suffix}`;
}

/**
 * The field value for an argument whose property bears `x-mcp-header`.
 *
 * @returns undefined when no header is to be sent: null, absent, or no value that a header may mirror
 */
export function encodeParam(value: Json | undefined): string | undefined {
  if (typeof value === "string") return encodeHeaderValue(value);
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : undefined;
}

/**
 * Whether a received `Mcp-Param-*` header says what the body says: strings exactly, booleans as `true` and `false`,
 * integers as numbers. No header goes with null or no value, and only with these.
 *
 * @param headerText undefined when the header is absent
 * @param bodyValue  what stands at the annotated property's path; undefined when nothing does
 */
export function sameParam(headerText: string | undefined, bodyValue: Json | undefined): boolean {
  if (headerText === undefined || bodyValue === undefined || bodyValue === null)
    return headerText === undefined && (bodyValue ?? null) === null;
  const text = decodeHeaderValue(headerText);
  if (text === undefined) return false;
  if (typeof bodyValue === "number")
    return Number.isSafeInteger(bodyValue) && integer.test(text) && Number(text) === bodyValue;
  return typeof bodyValue === "boolean" ? text === String(bodyValue) : text === bodyValue;
}

/** What stands at a path of property names, own properties alone; undefined when nothing does. */
export function valueAtPath(root: Json | undefined, path: readonly string[]): Json | undefined {
  let value = root;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Field name (lower case, with prefix) to the path of the property it mirrors. */
export type HeaderSchema = ReadonlyMap<string, readonly string[]>;

/** Why a tool's annotations are not valid; over HTTP the tool is then left out of the list. */
export class HeaderSchemaFault {
  /** One sentence for the operator. Its place is property names, which the schema's author chose. */
  readonly says: string;

  constructor(says: string) {
    this.says = says;
  }
}

/**
 * Reads the `x-mcp-header` annotations of a tool.
 *
 * Each must be an HTTP token, unique ignoring case, on a property whose `type` is exactly string, integer or boolean
 * and which is reached from the root through `properties` alone. One anywhere else, in any keyword that may hold a
 * schema, makes the whole definition invalid.
 *
 * @param inputSchema parsed JSON, from an upstream
 * @returns an empty map for a tool without annotations
 */
export function readHeaderSchema(inputSchema: unknown): HeaderSchema | HeaderSchemaFault {
  const walk = new Annotations();
  walk.schema(inputSchema, [], 0);
  return walk.fault ?? walk.found;
}

interface Schema {
  readonly [keyword: string]: unknown;
}

/** Keywords whose members are schemas under names that are no keywords. */
const namedSchemas = new Set([
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
  "dependencies",
]);
/** Keywords that hold data, where the same letters mean nothing. */
const dataKeywords = new Set(["const", "enum", "default", "examples", "required", "dependentRequired"]);
const mirroredTypes = new Set<unknown>(["string", "integer", "boolean"]);

class Annotations {
  readonly found = new Map<string, readonly string[]>();
  fault: HeaderSchemaFault | undefined;

  /** @param path undefined when the schema is not reached through `properties` alone */
  schema(schema: unknown, path: readonly string[] | undefined, depth: number): void {
    if (this.fault !== undefined) return;
    if (Array.isArray(schema)) {
      for (const member of schema) this.schema(member, undefined, depth + 1);
    }
    if (!isSchema(schema)) return;
    if (depth > schemaDepthMax) return this.refuse("the input schema is nested too deeply", path);
    if (Object.hasOwn(schema, "x-mcp-header")) this.annotation(schema, path);
    for (const [keyword, member] of Object.entries(schema)) {
      if (keyword === "properties") this.named(member, path, depth);
      else if (namedSchemas.has(keyword)) this.named(member, undefined, depth);
      else if (!dataKeywords.has(keyword)) this.schema(member, undefined, depth + 1);
    }
  }

  private named(schemas: unknown, path: readonly string[] | undefined, depth: number): void {
    if (!isSchema(schemas)) return;
    for (const [name, schema] of Object.entries(schemas)) {
      this.schema(schema, path === undefined ? undefined : [...path, name], depth + 1);
    }
  }

  private annotation(schema: Schema, path: readonly string[] | undefined): void {
    const name = schema["x-mcp-header"];
    if (path === undefined || path.length === 0)
      return this.refuse("x-mcp-header must be on a property reached through properties alone", path);
    if (typeof name !== "string" || name.length > paramHeaderNameUnitsMax || !token.test(name))
      return this.refuse("x-mcp-header must be an HTTP token", path);
    if (!mirroredTypes.has(schema["type"]))
      return this.refuse("x-mcp-header needs type string, integer or boolean", path);
    const field = paramHeaderPrefix + name.toLowerCase();
    if (this.found.has(field)) return this.refuse("x-mcp-header must be unique, ignoring case", path);
    if (this.found.size === paramHeadersMax)
      return this.refuse(`x-mcp-header may stand on ${paramHeadersMax} properties at most`, path);
    this.found.set(field, path);
  }

  private refuse(says: string, path: readonly string[] | undefined): void {
    const at = path === undefined || path.length === 0 ? "" : ` (at ${path.join(".")})`;
    this.fault ??= new HeaderSchemaFault(`${says}${at}`);
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSentinel(text: string): boolean {
  return text.startsWith(prefix) && text.endsWith(suffix);
}

function toBase64(text: string): string {
  let bytes = "";
  for (const byte of encoder.encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}
