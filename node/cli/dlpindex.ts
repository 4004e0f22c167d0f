/**
 * `gatehouse dlp index | revoke`: indices for exact data match, and what is revoked of them or of documents. Values are read and never printed; values to revoke come from
 * standard input or a file, as a command line is seen by others.
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { text as readAll } from "node:stream/consumers";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { quote, whyUnread } from "../catalogue/fault.ts";
import { CsvFault } from "../dlp/exact/csv.ts";
import { buildIndex, revokeRows, writeIndex } from "../dlp/exact/exactindex.ts";
import type { IndexPlan } from "../dlp/exact/exactindex.ts";
import { headIn } from "../dlp/exact/sealedfile.ts";
import { collectionKind, revokeDocuments } from "../dlp/fingerprint/collection.ts";
import type { Keyring } from "../vault/keyring.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { checkOut, tellRevoked } from "./namedfile.ts";
import { openProject, openVaultOf } from "./project.ts";
import { count, line } from "./table.ts";

const withinUsual = 300;
const MB = 1_000_000;

export async function indexCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(
    argv,
    ["name", "keys", "columns", "out", "at-least", "within", "delimiter"],
    [],
  );
  const [source, ...more] = given.rest;
  const out = given.value("out");
  if (source === undefined || more.length > 0) throw new Misuse("dlp index takes one CSV file");
  if (out === undefined) throw new Misuse("where to? --out FILE");
  checkOut(out);
  const plan = readPlan(given);
  const { keyring } = openVaultOf(openProject(io), io);
  const start = performance.now();
  const built = await readRows(source, plan, keyring);
  const bytes = writeIndex(out, built, keyring);
  const figures = { rows: built.head.rows, unkeyed: built.unkeyed, short: built.short, bytes, tookMs: Math.round(performance.now() - start) }; // prettier-ignore
  if (!io.json) {
    io.out(line(`${out}: ${count(figures.rows, "row")}, ${(bytes / MB).toFixed(1)} MB on disk and in memory, under ${keyring.current.id}`)); // prettier-ignore
    if (built.unkeyed > 0) io.out(`Key cells that are empty, too long, or in more than ${limits.exactSameKeyMax} rows: ${built.unkeyed}. They open no match.`); // prettier-ignore
    if (built.short > 0) io.out(`Key cells with less than ${limits.exactKeyCharsMin} letters and digits: ${built.short}. Any text has such numbers and words, and beside a name or a city of the row that is a match. Take other keys, or --at-least 3.`); // prettier-ignore
  }
  tellRevoked(out, io);
  return finish(io, "dlp index", true, figures);
}

async function readRows(source: string, plan: IndexPlan, keyring: Keyring): ReturnType<typeof buildIndex> {
  try {
    return await buildIndex(source, plan, keyring);
  } catch (error) {
    if (error instanceof CsvFault) throw new Misuse(`${source}, ${error.message}`, { cause: error });
    if ("code" in (error as object)) throw new Misuse(`${source} ${whyUnread(error)}`, { cause: error });
    throw error;
  }
}

function readPlan(given: Arguments): IndexPlan {
  const name = given.value("name") ?? "";
  if (!isName(name)) throw new Misuse(`--name is what findings are called, edm.NAME: ${nameRule}`);
  const listed = (option: string): readonly string[] => (given.value(option) ?? "").split(",").filter((each) => each !== ""); // prettier-ignore
  const [keys, others] = [listed("keys"), listed("columns")];
  const all = [...keys, ...others];
  if (keys.length === 0) throw new Misuse("which columns may open a match? --keys COLUMN,…");
  if (new Set(all).size !== all.length) throw new Misuse("a column stands twice in --keys and --columns");
  if (all.length > limits.exactColumnsMax)
    throw new Misuse(`an index has at most ${limits.exactColumnsMax} columns`);
  const atLeast = given.number("at-least", 1, limits.exactColumnsMax) ?? Math.min(2, all.length);
  if (atLeast > all.length) throw new Misuse("--at-least is more than there are columns");
  const delimiter = given.value("delimiter") ?? ",";
  const within = given.number("within", 0, 10_000) ?? withinUsual;
  switch (delimiter) {
    case ",":
    case ";":
    case "|":
      return { name, keys, others, atLeast, within, delimiter };
    case "tab":
      return { name, keys, others, atLeast, within, delimiter: "\t" };
    default:
      throw new Misuse("--delimiter is one of , ; | tab");
  }
}

export async function revokeCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["from"], []);
  const [index, ...more] = given.rest;
  if (index === undefined || more.length > 0) throw new Misuse("dlp revoke takes one index");
  const from = given.value("from");
  const values = (from === undefined ? await readAll(process.stdin) : readValues(from)).split(/\r?\n/).filter((each) => each.trim() !== ""); // prettier-ignore
  const { keyring } = openVaultOf(openProject(io), io);
  if (headIn(index)?.kind === collectionKind) return revokeNamed(index, values, keyring, io);
  const { rows, unknown } = revokeRows(index, values, keyring);
  if (!io.json) io.out(line(`${index}: ${rows} ${rows === 1 ? "row is" : "rows are"} revoked now${unknown === 0 ? "" : `; ${unknown} ${unknown === 1 ? "value is" : "values are"} of no row`}`)); // prettier-ignore
  return finish(io, "dlp revoke", unknown === 0, { rows, unknown });
}

function readValues(from: string): string {
  try {
    return readFileSync(from, "utf8");
  } catch (error) {
    throw new Misuse(`${quote(from)} ${whyUnread(error)}`, { cause: error });
  }
}

function revokeNamed(index: string, names: readonly string[], keyring: Keyring, io: CliIo): number {
  const { documents, unknown } = revokeDocuments(index, names, keyring);
  if (!io.json) {
    io.out(line(`${index}: ${count(documents, "document")} revoked now`));
    for (const name of unknown) io.out(line(`${quote(name)} is no document of it: a document is called as its file was`)); // prettier-ignore
  }
  return finish(io, "dlp revoke", unknown.length === 0, { documents, unknown: unknown.length });
}
