/** Prints docs/dlp-types.md: every built-in type of sensitive data, from its row. Does not own: the rows. */
import { detectorFileSchema, detectorGroups, type DetectorRow } from "../../protocol/detector.ts";
import { builtinRows } from "../../actors/dlp/detectors.ts";
import { personFieldTypes } from "../../actors/dlp/personfield.ts";
import { personFieldWords } from "../../actors/dlp/personfields.data.ts";
import { builtinProfiles, fits } from "../../actors/dlp/profile.ts";

const titles: Readonly<Record<DetectorRow["group"], string>> = {
  secret: "Secrets of services",
  keys: "Keys",
  credential: "Credentials",
  financial: "Money",
  government: "Numbers of states",
  health: "Health",
  person: "Persons",
  network: "Networks",
  device: "Devices",
  vehicle: "Vehicles",
  crypto: "Crypto-currencies",
};

/** The lines of the page below its head. */
export function* printDlpTypes(): Generator<string> {
  const rows = detectorFileSchema.parse(builtinRows);
  const unconfirmed = rows.filter(({ source }) => source.includes("unconfirmed"));
  yield `${rows.length} types; ${rows.filter(({ validator }) => validator !== undefined).length} with a validator, ${rows.filter(({ contextMode }) => contextMode === "required").length} only with a word of their context. \`levels\` are those of shape alone, with a valid check, with context, with both. \`profiles\` do something with it. Facts of ${unconfirmed.length} types could not be confirmed: their source says so, and their levels are lower.`;
  for (const group of detectorGroups) {
    const among = rows.filter((row) => row.group === group);
    yield "";
    yield `## ${titles[group]} (\`${group}\`, ${among.length})`;
    yield "";
    yield "| type | what | check | context | levels | profiles | facts from |";
    yield "|---|---|---|---|---|---|---|";
    for (const row of among) yield line(row);
  }
  yield "";
  yield `## Persons by the labels of fields (\`person\`, ${personFieldTypes.length} more)`;
  yield "";
  yield "Found under a JSON key or below a CSV header that says so, at level 4 (names in small letters 3), and nowhere else. The labels: `gatehouse dlp explain TYPE`.";
  yield "";
  yield "| type | what | labels | profiles |";
  yield "|---|---|---|---|";
  for (const { id, title, group, tags } of personFieldTypes) {
    const profiles = builtinProfiles.filter(({ rules }) =>
      rules.some((rule) => fits(rule, { id, group, tags })),
    );
    yield `| \`${id}\` | ${title} | ${personFieldWords[id].sure.length} | ${profiles.map((each) => each.id).join(", ")} |`;
  }
}

function line(row: DetectorRow): string {
  const { id, title, contextMode, likelihood, source } = row;
  const checks = row.validator === undefined ? [] : [row.validator].flat().map(({ name }) => name);
  const levels = [likelihood.shape, likelihood.validated, likelihood.context, likelihood.both].join(" ");
  const profiles = builtinProfiles
    .filter(({ rules }) => rules.some((rule) => fits(rule, row)))
    .map((each) => each.id);
  const cells = [
    `\`${id}\``,
    title,
    checks.join(", "),
    contextMode === "none" ? "" : contextMode,
    levels,
    profiles.join(", "),
    source,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
