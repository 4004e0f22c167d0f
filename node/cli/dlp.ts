/** `gatehouse dlp`: which types of sensitive data there are, and what is known of one. */
import { assembleExample } from "../../actors/dlp/example.ts";
import { builtinRows } from "../../actors/dlp/detectors.ts";
import { personFieldTypes } from "../../actors/dlp/personfield.ts";
import { personFieldWords } from "../../actors/dlp/personfields.data.ts";
import { detectorFileSchema, type DetectorRow } from "../../protocol/detector.ts";
import { didYouMean, list, quote } from "../catalogue/fault.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { customTypesOf } from "./project.ts";
import { columns, count } from "./table.ts";

function rows(): readonly DetectorRow[] {
  return detectorFileSchema.parse(builtinRows);
}

/** Types that no pattern finds, in the same shape. */
const fields = personFieldTypes.map((each) => ({ ...each, contextMode: "required" }));

export function typesCommand(argv: readonly string[], io: CliIo): number {
  const given = new Arguments(argv, ["group", "tag"], []);
  if (given.rest.length > 0) throw new Misuse("dlp types takes no more words; --group and --tag choose");
  const [group, tag] = [given.value("group"), given.value("tag")];
  const all = [...rows(), ...fields, ...customTypesOf(io).types];
  const [groups, tags] = [new Set(all.map((row) => row.group)), new Set(all.flatMap((row) => row.tags))];
  if (group !== undefined && !(groups as ReadonlySet<string>).has(group)) throw new Misuse(`there is no group ${quote(group)}. ${didYouMean(group, groups)}Known: ${list([...groups])}`); // prettier-ignore
  if (tag !== undefined && !tags.has(tag)) throw new Misuse(`no type has the tag ${quote(tag)}. ${didYouMean(tag, tags)}Known: ${list([...tags])}`); // prettier-ignore
  const shown = all.filter((row) => (group ?? row.group) === row.group && (tag === undefined || row.tags.includes(tag))); // prettier-ignore
  if (io.json)
    for (const { id, group: of, title, tags, contextMode } of shown)
      io.out(JSON.stringify({ type: id, group: of, title, tags, context: contextMode }));
  else {
    const cells = shown.map(({ id, group: of, title, tags, contextMode }) => [id, of, contextMode === "required" ? "needs a word" : "", tags.join(" "), title]); // prettier-ignore
    for (const each of columns(["type", "group", "context", "tags", "what it is"], cells)) io.out(each);
    io.out(count(shown.length, "type"));
  }
  return finish(io, "dlp types", true, { types: shown.length });
}

export function explainCommand(argv: readonly string[], io: CliIo): number {
  const [type, ...more] = new Arguments(argv, [], []).rest;
  if (type === undefined || more.length > 0) throw new Misuse("which type? gatehouse dlp types lists them");
  const custom = customTypesOf(io);
  const all = [...rows(), ...custom.rows];
  const field = fields.find(({ id }) => id === type);
  if (field !== undefined) {
    const words = personFieldWords[field.id].sure;
    if (io.json) io.out(JSON.stringify({ ...field, labels: words }));
    else for (const each of [`${field.id}: ${field.title} (${field.group})`, `  labels      ${words.join(", ")}`, `  tags        ${field.tags.join(" ")}`]) io.out(each); // prettier-ignore
    return finish(io, "dlp explain", true, {});
  }
  const row = all.find(({ id }) => id === type);
  const listed = row === undefined ? custom.types.find(({ id }) => id === type) : undefined;
  if (listed !== undefined) {
    const words = custom.words.get(type) ?? [];
    if (io.json) io.out(JSON.stringify({ ...listed, words }));
    else for (const each of [`${listed.id}: ${listed.title} (${listed.group})`, `  words       ${words.length}: ${words.slice(0, 12).join(", ")}${words.length > 12 ? ", …" : ""}`, `  tags        ${listed.tags.join(" ")}`]) io.out(each); // prettier-ignore
    return finish(io, "dlp explain", true, {});
  }
  if (row === undefined) {
    throw new Misuse(`there is no type ${quote(type)} in this program. ${hint(type, [...all, ...fields, ...custom.types].map(({ id }) => id))}`); // prettier-ignore
  }
  const { examples, ...facts } = row;
  const found = examples.yes.map((example, at) => assembleExample(example, `${row.id}/yes/${at}`));
  const notFound = examples.no.map((example, at) => assembleExample(example, `${row.id}/no/${at}`));
  if (io.json) io.out(JSON.stringify({ ...facts, examples: { yes: found, no: notFound } }));
  else for (const each of explained(row, found, notFound)) io.out(each);
  return finish(io, "dlp explain", true, {});
}

/** Where a name that no row has may come from, or which was meant. */
function hint(type: string, ids: readonly string[]): string {
  const [family = ""] = type.split(".");
  const from = elsewhere[family] ?? (type.startsWith("own/") ? elsewhere["own"] : undefined);
  if (from !== undefined) return `${from}; docs/dlp.md`;
  const ends = ids.filter((id) => id.split(".").includes(type));
  return ends.length > 0 ? `There are ${list(ends)}` : `${didYouMean(type, ids)}See gatehouse dlp types`;
}

const elsewhere: Readonly<Record<string, string>> = {
  edm: "Such names are those of an index that gatehouse dlp index has made",
  document: "Such names are those of fingerprints that gatehouse dlp fingerprint has made",
  presidio: "Such names come from a recogniser outside this process; try it with gatehouse dlp external",
  webhook: "Such names come from a recogniser outside this process; try it with gatehouse dlp external",
  custom: "Such names are those of files under dlp.types in gatehouse.yaml; name its folder with --config",
  own: "It stands for values that no detector knows, in rules on flows",
};

function* explained(
  row: DetectorRow,
  found: readonly string[],
  notFound: readonly string[],
): Generator<string> {
  // prettier-ignore
  const { prefilter, context, likelihood } = row;
  yield `${row.id}: ${row.title} (${row.group})`;
  yield `  pattern     ${row.pattern}${row.flags === "" ? "" : `  (flags ${row.flags})`}`;
  yield `  looked for  ${prefilter.kind === "literal" ? `where one of these stands: ${prefilter.any.join("  ")}` : `at ${prefilter.kind === "digits" ? "groups of digits" : "runs of letters and digits"}, ${prefilter.min} to ${prefilter.max}`}`;
  if (context.length > 0)
    yield `  context     ${row.contextMode === "required" ? "one must stand near" : "raises the likelihood"}: ${context.join(", ")}`;
  const calls = row.validator === undefined ? [] : [row.validator].flat();
  if (calls.length > 0) yield `  checks      ${calls.map((call) => JSON.stringify(call)).join(" ")}`;
  yield `  likelihood  ${likelihood.shape} by its shape, ${likelihood.validated} checked, ${likelihood.context} with context, ${likelihood.both} with both`;
  if (row.beats !== undefined) yield `  instead of  ${row.beats.join(", ")}`;
  if (row.tags.length > 0) yield `  tags        ${row.tags.join(" ")}`;
  yield `  source      ${row.source}`;
  for (const each of found) yield `  found in    ${JSON.stringify(each)}`;
  for (const each of notFound) yield `  not in      ${JSON.stringify(each)}`;
}
