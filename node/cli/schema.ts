/**
 * Prints what people read from what the code knows: docs/schema/*.json and the reference in docs/configuration.md from
 * the schemas, docs/limits.md and docs/errors.md from their tables, docs/dlp-types.md from the rows of the detectors.
 *
 *     node bin/ready.mjs tool node/cli/schema.ts            compares; exit status 1 names the files that differ
 *     node bin/ready.mjs tool node/cli/schema.ts --write    writes them
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import { customFileSchema } from "../../protocol/customdata.ts";
import { detectorSchema } from "../../protocol/detector.ts";
import { errors } from "../../protocol/errors.ts";
import { limitTable } from "../../protocol/limits.ts";
import { roleFileSchema } from "../../protocol/role.ts";
import { settingsSchema } from "../../protocol/settings.ts";
import { webhookAnswerSchema, webhookQuestionSchema } from "../../protocol/webhook.ts";
import { lockSchema } from "../catalogue/lock.ts";
import { printDlpTypes } from "./dlptypes.ts";
import { printReference } from "./reference.ts";

/** The repository's folder. */
export const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Paths from the repository's folder, and what belongs there. */
export function printDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/schema/gatehouse.schema.json", printSchema(settingsSchema, "gatehouse.yaml: one node")],
    [
      "docs/schema/catalogue.schema.json",
      printSchema(catalogueFileSchema, "catalogue.yaml: approved servers"),
    ],
    ["docs/schema/role.schema.json", printSchema(roleFileSchema, "personas/NAME.role.yaml: one role")],
    [
      "docs/schema/detector.schema.json",
      printSchema(detectorSchema, "one row of detectors/*.json: a type of sensitive data"),
    ],
    [
      "docs/schema/custom-types.schema.json",
      printSchema(customFileSchema, "a file of dlp.types: custom types, dictionaries, profiles"),
    ],
    [
      "docs/schema/webhook-question.schema.json",
      printSchema(webhookQuestionSchema, "what a webhook of dlp.external is asked"),
    ],
    [
      "docs/schema/webhook-answer.schema.json",
      printSchema(webhookAnswerSchema, "what a webhook of dlp.external answers"),
    ],
    ["docs/schema/lock.schema.json", printSchema(lockSchema, "catalogue.lock: accepted definitions")],
    ["docs/limits.md", printLimits()],
    ["docs/errors.md", printErrors()],
    ["docs/configuration.md", printConfiguration()],
    ["docs/dlp-types.md", printTypes()],
  ]);
}

/** Files that are not as printDocuments has them. */
export function staleDocuments(folder: string): string[] {
  return [...printDocuments()]
    .filter(([path, text]) => readIfThere(join(folder, path)) !== text)
    .map(([path]) => path);
}

/** JSON Schema (2020-12) of what people write: keys with a default may be left out. */
function printSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return `${printJson({ $schema, title, ...rest }, "", 0)}\n`;
}

const lineCharsMax = 110;

/**
 * JSON as the formatter of this repository leaves it: short lists of plain values on one line, all else spread out.
 *
 * @param before characters that stand before the value in its line
 */
function printJson(value: unknown, indent: string, before: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => printJson(item, inner, inner.length));
    const line = `[${items.join(", ")}]`;
    const isPlain = items.every((item) => !item.startsWith("{") && !item.includes("\n"));
    if (items.length === 0 || (isPlain && before + line.length < lineCharsMax)) return line;
    return `[\n${items.map((item) => inner + item).join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value).map(([key, each]) => {
    const start = `${inner}${JSON.stringify(key)}: `;
    return start + printJson(each, inner, start.length);
  });
  return entries.length === 0 ? "{}" : `{\n${entries.join(",\n")}\n${indent}}`;
}

function printLimits(): string {
  const rows = Object.entries(limitTable).map(
    ([name, [value, unit, why]]) => `| \`${name}\` | ${sizeOf(value, unit)} | ${cell(why)} |`,
  );
  return page(
    "Limits",
    "protocol/limits.ts",
    "Every bound of the gateway. A bound that an operator may change starts from the value here.",
    ["| bound | value | why |", "|---|---|---|", ...rows],
  );
}

function printErrors(): string {
  const rows = Object.entries(errors).map(
    ([code, { http, rpc, retry, says, do: remedy }]) =>
      `| \`${code}\` | ${http} | ${rpc} | ${retry ? "yes" : "no"} | ${cell(says)} | ${cell(remedy)} |`,
  );
  const about =
    "Failures of the world, by code. A denial is no error but a verdict: see [wire.md](wire.md). HTTP is the status before a stream has opened, RPC the JSON-RPC code; retry says whether the same request may succeed later without a change.";
  return page("Errors", "protocol/errors.ts", about, [
    "| code | HTTP | RPC | retry | what it says | what to do |",
    "|---|---|---|---|---|---|",
    ...rows,
  ]);
}

function printTypes(): string {
  const [about = "", ...lines] = printDlpTypes();
  return page("Types of sensitive data", "actors/dlp/detectors/*.json", about, lines);
}

const referenceHead = "## Reference\n";

/** People write the guide, and the code the reference at its end. */
function printConfiguration(): string {
  const text = readFileSync(join(repository, "docs/configuration.md"), "utf8");
  const at = text.indexOf(referenceHead);
  const guide = at < 0 ? `${text.trimEnd()}\n\n` : text.slice(0, at);
  const about = [
    "Printed from the schemas by `node bin/ready.mjs tool node/cli/schema.ts --write`; do not edit below this line. `NAME` stands for a name of",
    "yours, `[]` for each element of a list. A key that is required is so where the mapping around it is given; a key without",
    "a default may be left out.",
  ];
  return `${guide}${referenceHead}\n${about.join("\n")}\n\n${[...printReference()].join("\n").trimEnd()}\n`;
}

function page(title: string, source: string, about: string, lines: readonly string[]): string {
  return `# ${title}\n\nPrinted from \`${source}\` by \`node bin/ready.mjs tool node/cli/schema.ts --write\`; do not edit.\n\n${about}\n\n${lines.join("\n")}\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

const units = [
  ["bytes", 1024 * 1024, "MiB"],
  ["bytes", 1024, "KiB"],
  ["ms", 24 * 3_600_000, "d"],
  ["ms", 3_600_000, "h"],
  ["ms", 60_000, "min"],
  ["ms", 1_000, "s"],
] as const;

/** 4194304 bytes reads as 4 MiB, where it comes out whole. */
function sizeOf(value: number, unit: string): string {
  const larger = units.find(([of, size]) => of === unit && value >= size && value % size === 0);
  return larger === undefined
    ? `${value.toLocaleString("en-GB")} ${unit}`
    : `${value / larger[1]} ${larger[2]}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function main(argv: readonly string[]): number {
  const stale = staleDocuments(repository);
  if (argv.includes("--write")) {
    const documents = printDocuments();
    for (const path of stale) {
      mkdirSync(dirname(join(repository, path)), { recursive: true });
      writeFileSync(join(repository, path), documents.get(path) ?? "");
      console.log(`wrote ${path}`);
    }
    return 0;
  }
  for (const path of stale)
    console.log(
      `${path} is not as the code has it. To mend it: node bin/ready.mjs tool node/cli/schema.ts --write`,
    );
  return stale.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
