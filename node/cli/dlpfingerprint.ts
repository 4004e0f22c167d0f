/**
 * `gatehouse dlp fingerprint`: fingerprints of documents that must not leave. Documents are read and never printed.
 */
import { performance } from "node:perf_hooks";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { buildCollection, DocumentFault, shapeOf, writeCollection } from "../dlp/fingerprint/collection.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { checkOut, tellRevoked } from "./namedfile.ts";
import { openProject, openVaultOf } from "./project.ts";
import { count, line } from "./table.ts";

const passageUsual = 64;
const MB = 1_000_000;

export async function fingerprintCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["name", "out", "passage", "without", "shared"], []);
  const [name, out] = [given.value("name") ?? "", given.value("out")];
  if (given.rest.length === 0) throw new Misuse("dlp fingerprint takes one text file or several");
  if (out === undefined) throw new Misuse("where to? --out FILE");
  if (!isName(name)) throw new Misuse(`--name is what findings are called, document.NAME: ${nameRule}`);
  checkOut(out);
  const passage = given.number("passage", limits.fingerprintPassageMin, limits.fingerprintPassageMax) ?? passageUsual; // prettier-ignore
  const sharedBy = given.number("shared", 2, limits.fingerprintSameMax);
  const { keyring } = openVaultOf(openProject(io), io);
  const start = performance.now();
  try {
    const plan = { name, passage, without: given.values("without"), sharedBy };
    const built = await buildCollection(given.rest, plan, keyring);
    const bytes = writeCollection(out, built, keyring);
    const figures = { documents: built.names.length, prints: built.prints.count, leftOut: built.leftOut, passage, bytes, tookMs: Math.round(performance.now() - start) }; // prettier-ignore
    if (!io.json) {
      io.out(line(`${out}: ${count(figures.documents, "document")}, ${figures.prints} prints, ${(bytes / MB).toFixed(1)} MB on disk and in memory, under ${keyring.current.id}`)); // prettier-ignore
      io.out(
        `A copied passage of ${passage} letters and digits is found, and nothing below ${shapeOf(passage).gram}.`,
      );
      if (built.leftOut > 0) io.out(`${built.leftOut} prints are left out, as --without and --shared say: passages that need them are not found.`); // prettier-ignore
    }
    tellRevoked(out, io);
    return finish(io, "dlp fingerprint", true, figures);
  } catch (error) {
    if (error instanceof DocumentFault) throw new Misuse(error.message, { cause: error });
    throw error;
  }
}
