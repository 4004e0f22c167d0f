/**
 * Checks a read document against a schema, and says in words what does not fit, where, and what would.
 *
 * Owns: the translation of the schema library's issues. Does not own: the schemas (protocol/), rules between files
 * (resolve.ts, servers.ts, config.ts).
 *
 * W1. One mistake gives one fault: of a union only the alternative that was meant is reported.
 * W2. No value of the file is repeated (fault.ts F1), only keys and kinds.
 */
import { z } from "zod";
import { limits } from "../../protocol/limits.ts";
import type { Path, ReadDocument } from "./document.ts";
import type { ConfigurationFault } from "./fault.ts";
import { didYouMean, list, nearest, quote, quoteKey } from "./fault.ts";

type Schema = z.core.$ZodTypes;
type Issue = z.core.$ZodIssue;

interface Finding {
  readonly path: Path;
  readonly part: "key" | "value";
  readonly says: string;
  readonly do: string;
  /** Set for a key that is missing, and for an unknown key that was meant to be another: the path of that key. */
  readonly missing?: Path;
  readonly meant?: Path;
}

/**
 * Checks a document.
 *
 * @returns the parsed value with defaults filled in, or every fault found, at most limits.configurationFaultsMax
 */
export function checkDocument<S extends z.ZodType>(
  schema: S,
  document: ReadDocument,
): { readonly value: z.output<S> } | { readonly faults: ConfigurationFault[] } {
  const result = schema.safeParse(document.value);
  if (result.success) return { value: result.data };
  const findings = result.error.issues
    .slice(0, limits.configurationFaultsMax)
    .flatMap((issue) => wordIssue(issue, schema as unknown as Schema, document.value, []));
  // A mistyped key is one mistake, not an unknown key and a missing one (W1).
  const meant = new Set(findings.map((finding) => finding.meant?.join("\0")));
  const faults = findings
    .filter((finding) => finding.missing === undefined || !meant.has(finding.missing.join("\0")))
    .slice(0, limits.configurationFaultsMax)
    .map(({ path, part, says, do: remedy }) => ({
      file: document.file,
      ...document.positions.at(path, part),
      says,
      do: remedy,
    }));
  return { faults };
}

/**
 * @param root  schema of `value`
 * @param value what the issue's path starts from
 * @param base  path of `value` in the document
 */
function wordIssue(issue: Issue, root: Schema, value: unknown, base: Path): Finding[] {
  const relative = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const path = [...base, ...relative];
  const schema = schemaAt(root, value, relative);
  const found = valueAt(value, relative);
  const label = labelOf(path);
  switch (issue.code) {
    case "unrecognized_keys":
      return (
        wordClash(schema, found, path) ??
        issue.keys.map((key) => wordUnknownKey(key, keysOf(meantBy(schema, found)), [...path, key]))
      );
    case "invalid_union":
      return wordUnion(issue, schema, found, path);
    case "invalid_key": {
      const [inner] = issue.issues;
      const rule =
        inner?.code === "invalid_format" ? wordFormat(inner) : (inner?.message ?? "must be shorter");
      return [
        {
          path,
          part: "key",
          says: `the key ${quote(String(path.at(-1)))} is not valid`,
          do: `a key here ${rule}`,
        },
      ];
    }
    case "invalid_type":
    case "invalid_value":
      return [wordMismatch(schema, found, path, label)];
    case "too_small":
    case "too_big":
      return [
        { path, part: "value", says: `${label} ${wordSize(issue)}`, do: remedyFor(schema, "change it") },
      ];
    case "invalid_format":
      return [
        { path, part: "value", says: `${label} ${wordFormat(issue)}`, do: remedyFor(schema, "change it") },
      ];
    case "custom":
      return [{ path, part: "value", says: `${label} ${issue.message}`, do: remedyFor(schema, "change it") }];
    case "not_multiple_of":
    case "invalid_element":
      return [{ path, part: "value", says: `${label} is not valid`, do: remedyFor(schema, "change it") }];
    default:
      return issue satisfies never;
  }
}

function wordUnknownKey(key: string, known: readonly string[], path: Path): Finding {
  const where = path.length > 1 ? ` in ${labelOf(path.slice(0, -1))}` : "";
  const meant = nearest(key, known);
  return {
    path,
    part: "key",
    ...(meant === undefined ? {} : { meant: [...path.slice(0, -1), meant] }),
    says: `${quoteKey(key)} is not known${where}`,
    do: `${didYouMean(key, known)}known here: ${list(known, 32)}`,
  };
}

function wordMismatch(schema: Schema | undefined, found: unknown, path: Path, label: string): Finding {
  const wanted = schema === undefined ? "another kind of value" : describe(schema);
  if (found === undefined && path.length > 0) {
    const parent = path.length > 1 ? ` in ${labelOf(path.slice(0, -1))}` : "";
    return {
      path: path.slice(0, -1),
      part: "value",
      missing: path,
      says: `${label} is missing${parent}`,
      do: remedyFor(schema, "add it", `add it: ${wanted}`),
    };
  }
  const options = schema === undefined ? [] : enumOf(schema);
  const meant = typeof found === "string" ? nearest(found, options) : undefined;
  return {
    path,
    part: "value",
    says:
      found === null
        ? `${label} is empty`
        : `${label} must be ${wanted}${options.length > 0 ? "" : `, and is ${kindOf(found)}`}`,
    do: meant === undefined ? written(wanted, found) : `did you mean ${quote(meant)}?`,
  };
}

/** YAML reads 1.1 as a number and yes as a boolean: who writes a version or a name does not see what is wrong. */
function written(wanted: string, found: unknown): string {
  const isScalar = typeof found === "number" || typeof found === "boolean";
  return wanted === "a text" && isScalar ? "put it in quotes" : `write ${wanted}`;
}

function wordUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  schema: Schema | undefined,
  found: unknown,
  path: Path,
): Finding[] {
  const label = labelOf(path);
  if (schema === undefined || found === undefined || found === null)
    return [wordMismatch(schema, found, path, label)];
  const union = unwrap(schema);
  const options = union._zod.def.type === "union" ? optionsOf(union) : [];
  const chosen = chooseOption(options, found);
  if (chosen !== undefined) {
    const at = options.indexOf(chosen);
    return (issue.errors[at] ?? []).flatMap((inner) => wordIssue(inner, chosen, found, path));
  }
  const tags = options.map(tagOf).filter((tag) => tag !== undefined);
  if (tags.length === 0 || !isMapping(found)) return [wordMismatch(schema, found, path, label)];
  const clash = wordClash(union, found, path);
  if (clash !== undefined) return clash;
  const keys = Object.keys(found);
  const typo = keys.find((key) => nearest(key, tags) !== undefined);
  return [
    typo === undefined
      ? { path, part: "value", says: `${label} has none of ${list(tags)}`, do: "add one of them" }
      : wordUnknownKey(typo, [...new Set(options.flatMap(keysOf))], [...path, typo]),
  ];
}

/** A mapping with the tags of two alternatives; undefined when it has not. */
function wordClash(schema: Schema | undefined, found: unknown, path: Path): Finding[] | undefined {
  if (schema === undefined || !isMapping(found)) return undefined;
  const tags = optionsOf(unwrap(schema)).map(tagOf);
  const [first, second] = tags.filter((tag) => tag !== undefined && Object.hasOwn(found, tag));
  if (first === undefined || second === undefined) return undefined;
  const says = `${labelOf(path)} has ${quote(first)} and ${quote(second)}`;
  return [{ path: [...path, second], part: "key", says, do: "keep one of them" }];
}

/** The alternative that was meant: by its tag for mappings, by its kind otherwise. Undefined when that is not clear. */
function chooseOption(options: readonly Schema[], value: unknown): Schema | undefined {
  const fitting = options.filter((option) => {
    const { type } = unwrap(option)._zod.def;
    if (Array.isArray(value)) return type === "array";
    if (!isMapping(value)) return type === typeof value;
    const tag = tagOf(option);
    return tag !== undefined && Object.hasOwn(value, tag);
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** A union's alternative that was meant, and any other schema itself. */
function meantBy(schema: Schema | undefined, value: unknown): Schema | undefined {
  if (schema === undefined) return undefined;
  const options = optionsOf(unwrap(schema));
  return options.length === 0 ? schema : chooseOption(options, value);
}

/** The first key of an alternative's mapping names it: tool, resource, prompt; stdio, http, sse. */
function tagOf(option: Schema): string | undefined {
  return keysOf(option)[0];
}

function keysOf(schema: Schema | undefined): string[] {
  if (schema === undefined) return [];
  const { def } = unwrap(schema)._zod;
  return def.type === "object" ? Object.keys(def.shape) : [];
}

function optionsOf(schema: Schema): Schema[] {
  const { def } = schema._zod;
  return def.type === "union" ? (def.options as readonly Schema[]).slice() : [];
}

function unwrap(schema: Schema): Schema {
  let inner = schema;
  for (;;) {
    const { def } = inner._zod;
    const wraps =
      def.type === "optional" || def.type === "default" || def.type === "prefault" || def.type === "nullable";
    if (!wraps) return inner;
    inner = def.innerType as Schema;
  }
}

/** The schema that judges what stands at a path below `root`. */
function schemaAt(root: Schema, value: unknown, path: Path): Schema | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return root;
  const schema = unwrap(root);
  const { def } = schema._zod;
  const below = valueAt(value, [part]);
  if (def.type === "array") return schemaAt(def.element as Schema, below, rest);
  if (def.type === "record") return schemaAt(def.valueType as Schema, below, rest);
  if (def.type === "object") {
    const inner = Object.hasOwn(def.shape, part) ? def.shape[String(part)] : undefined;
    return inner && schemaAt(inner as Schema, below, rest);
  }
  const chosen = def.type === "union" ? chooseOption(optionsOf(schema), value) : undefined;
  return chosen && schemaAt(chosen, value, path);
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as { readonly [key: PropertyKey]: unknown })[part];
  }
  return at;
}

function isMapping(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a schema wants, in words. */
function describe(schema: Schema): string {
  const inner = unwrap(schema);
  const { def } = inner._zod;
  if (def.type === "string") return "a text";
  if (def.type === "number")
    return "format" in def && def.format === "safeint" ? "a whole number" : "a number";
  if (def.type === "boolean") return "true or false";
  if (def.type === "null") return "null";
  if (def.type === "literal") return oneOf(def.values);
  if (def.type === "enum") return `one of ${list(enumOf(inner), 32)}`;
  if (def.type === "array") return "a list";
  if (def.type === "object" || def.type === "record") return "a mapping";
  if (def.type !== "union") return "another kind of value";
  const tags = optionsOf(inner)
    .map(tagOf)
    .filter((tag) => tag !== undefined);
  if (tags.length > 0) return `a mapping with one of ${list(tags)}`;
  return [...new Set(optionsOf(inner).map(describe))].join(" or ");
}

/** "1, 3 or 5": values that the schema names itself, none of the file's. */
function oneOf(values: readonly unknown[]): string {
  const last = String(values.at(-1));
  return values.length === 1 ? last : `${values.slice(0, -1).map(String).join(", ")} or ${last}`;
}

function enumOf(schema: Schema): string[] {
  const { def } = unwrap(schema)._zod;
  return def.type === "enum" ? Object.values(def.entries).map(String) : [];
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false";
  if (typeof value !== "number") return "a mapping";
  if (!Number.isFinite(value)) return "infinite or no number";
  return Number.isInteger(value) ? "a whole number" : "a number with a fraction";
}

/** "`reason`", or "entry 3 of `grants`" for what has no name of its own. */
function labelOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the file";
  if (typeof last === "string") return quote(last);
  const names = path.filter((part) => typeof part === "string");
  return `entry ${last + 1} of ${quote(names.at(-1) ?? "the file")}`;
}

/** What to do, with the schema's own description of the value where it has one. */
function remedyFor(schema: Schema | undefined, act: string, otherwise = act): string {
  const text = schema === undefined ? undefined : (describedBy(schema) ?? describedBy(unwrap(schema)));
  return text === undefined ? otherwise : `${act} (${text.replace(/\.$/, "")})`;
}

function describedBy(schema: Schema): string | undefined {
  return z.globalRegistry.get(schema as unknown as z.ZodType)?.description;
}

function wordSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const isSmall = issue.code === "too_small";
  const bound = String(isSmall ? issue.minimum : issue.maximum);
  const unit = issue.origin === "string" ? " characters" : issue.origin === "array" ? " entries" : "";
  if (isSmall && unit !== "" && bound === "1") return "must not be empty";
  if (issue.inclusive === false) return isSmall ? `must be above ${bound}` : `must be below ${bound}`;
  if (unit !== "") return isSmall ? `needs at least ${bound}${unit}` : `has more than ${bound}${unit}`;
  return isSmall ? `must be at least ${bound}` : `must be at most ${bound}`;
}

function wordFormat(issue: z.core.$ZodIssueInvalidStringFormat): string {
  if (issue.format === "url") return "must be a URL with its scheme, as in https://host/path";
  if (!issue.message.startsWith("Invalid")) return issue.message;
  return issue.pattern === undefined ? "is not in the right form" : `must match ${issue.pattern}`;
}
