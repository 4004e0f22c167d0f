/**
 * The reference of what people write into configuration files: every key with its type, default and meaning, from the
 * schemas. Owns how a schema reads as a table. Does not own the schemas, nor where the table is kept (schema.ts).
 */
import { z } from "zod";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import { limits } from "../../protocol/limits.ts";
import { roleDefaults, roleFileSchema } from "../../protocol/role.ts";
import { settingsSchema } from "../../protocol/settings.ts";

export interface Row {
  /** `servers.NAME.transport`; `[]` stands for each element of a list. */
  readonly key: string;
  readonly type: string;
  readonly initial: string;
  readonly meaning: string;
}

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: { readonly [name: string]: Node };
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

const { agent, tool, budget, openCalls, toolBreaker, behaviourBreaker } = roleDefaults;
const bucket = ({ capacity, perSecond }: typeof agent | typeof tool): string =>
  `{ capacity: ${capacity}, perSecond: ${perSecond} }`;

/** Defaults that no schema has, because they are filled in where they are used. */
const filledIn: { readonly [key: string]: string | number } = {
  "records.segmentBytes": limits.segmentBytesMax,
  "servers.NAME.callSeconds": limits.upstreamCallMs / 1000,
  "servers.NAME.answerBytes": limits.answerBytesMax,
  "limits.agent": bucket(agent),
  "limits.tool": bucket(tool),
  "limits.budget": `{ calls: ${budget.calls}, hours: ${budget.hours} }`,
  "limits.openCalls": openCalls,
  "breakers.tool.failures": toolBreaker.failures,
  "breakers.tool.openSeconds": toolBreaker.openSeconds,
  "breakers.behaviour.identical": behaviourBreaker.identical,
  "breakers.behaviour.similar": behaviourBreaker.similar,
  "breakers.behaviour.repeats": behaviourBreaker.repeats,
  "breakers.behaviour.openSeconds": behaviourBreaker.openSeconds,
  "records.durability": "written",
  "revisions.oldest": "2024-11-05",
};

/** Rows of one file, in the order of its schema. */
export function rowsOf(schema: z.ZodType): readonly Row[] {
  const rows = new Map<string, Row>();
  walk(z.toJSONSchema(schema, { io: "input" }) as Node, "", rows);
  return [...rows.values()];
}

export function* printReference(): Generator<string> {
  const files = [
    ["gatehouse.yaml", settingsSchema],
    ["catalogue.yaml", catalogueFileSchema],
    ["personas/NAME.role.yaml", roleFileSchema],
  ] as const;
  for (const [file, schema] of files) {
    yield `### ${file}`;
    yield "";
    yield "| key | type | default | meaning |";
    yield "|---|---|---|---|";
    for (const { key, type, initial, meaning } of rowsOf(schema))
      yield `| ${[`\`${key}\``, type, initial, meaning].map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
    yield "";
  }
}

function walk(node: Node, path: string, rows: Map<string, Row>): void {
  const forms = formsOf(node);
  for (const form of forms) {
    for (const [name, member] of Object.entries(form.properties ?? {})) {
      const key = path === "" ? name : `${path}.${name}`;
      const row = { key, type: typeOf(member), initial: initialOf(key, name, member, form, forms), meaning: member.description ?? "" }; // prettier-ignore
      const before = rows.get(key);
      rows.set(key, before === undefined || before.meaning === "" ? row : before);
      walk(member, key, rows);
    }
    if (typeof form.additionalProperties === "object") walk(form.additionalProperties, `${path}.NAME`, rows);
    if (form.items !== undefined) walk(form.items, `${path}[]`, rows);
  }
}

function formsOf(node: Node): readonly Node[] {
  return node.anyOf ?? [node];
}

function initialOf(key: string, name: string, member: Node, form: Node, forms: readonly Node[]): string {
  if (member.default !== undefined) return code(member.default);
  const filled = filledIn[key];
  if (filled !== undefined) return `\`${filled}\``;
  if (form.required?.includes(name) !== true) return "";
  if (forms.every((other) => other.properties?.[name] !== undefined)) return "required";
  // A form without keys ("required") has no mark.
  const keyed = forms.filter((each) => each.properties !== undefined);
  if (keyed.length === 1) return "required";
  const marks = keyed.map((each) => markOf(each, forms));
  return name === markOf(form, forms) ? `one of ${marks.map((mark) => `\`${mark}\``).join(", ")}` : `required with \`${markOf(form, forms)}\``; // prettier-ignore
}

/** The key that tells a form from the others. */
function markOf(form: Node, forms: readonly Node[]): string {
  const others = forms.filter((other) => other !== form);
  return (form.required ?? []).find((name) => !others.some((other) => other.properties?.[name] !== undefined)) ?? ""; // prettier-ignore
}

function code(value: unknown): string {
  if (typeof value === "string") return `\`${value}\``;
  return Array.isArray(value) && value.length > 0
    ? `\`[${value.join(", ")}]\``
    : `\`${JSON.stringify(value)}\``;
}

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(typeOf))].join(" or ");
  switch (node.type) {
    case "array":
      return `list of ${typeOf(node.items ?? {})}${node.maxItems === undefined ? "" : `, at most ${node.maxItems}`}`;
    case "object":
      return node.properties === undefined ? "mapping of names" : "mapping";
    case "integer":
      return `whole number${boundsOf(node)}`;
    case "number":
      return `number${boundsOf(node)}`;
    case "boolean":
      return "`true` or `false`";
    case "null":
      return "`null`";
    case "string":
      return node.format === "uri" ? "URL" : "text";
    default:
      return "any";
  }
}

function boundsOf({ minimum, exclusiveMinimum, maximum }: Node): string {
  const low =
    exclusiveMinimum !== undefined
      ? [`above ${exclusiveMinimum}`]
      : isEdge(minimum)
        ? []
        : [`from ${minimum}`];
  const high = isEdge(maximum) ? [] : [`at most ${maximum}`];
  const words = [...low, ...high];
  return words.length === 0 ? "" : `, ${words.join(", ")}`;
}

/** A bound that is there only because a whole number has to be a safe one. */
function isEdge(bound: number | undefined): boolean {
  return bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER;
}
