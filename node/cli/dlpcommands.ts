/** The commands about sensitive data: a part of the one table in commands.ts. */
import type { Command } from "./commands.ts";

const dlp = () => import("./dlp.ts");

export const dlpCommands: readonly Command[] = [
  {
    name: "dlp types",
    usage: "[--group G] [--tag T]",
    help: "the types of sensitive data that are looked for",
    run: async (argv, io) => (await dlp()).typesCommand(argv, io),
  },
  {
    name: "dlp explain",
    usage: "TYPE",
    help: "one type: pattern, context words, checks, likelihood, examples",
    run: async (argv, io) => (await dlp()).explainCommand(argv, io),
  },
  {
    name: "dlp try",
    usage: "PERSONA TOOL FILE|-",
    help: "what would be found in a document and done about it, as arguments and as an answer",
    run: async (argv, io) => (await import("./dlptry.ts")).tryCommand(argv, io),
  },
  {
    name: "dlp external",
    usage: "[NAME] [--file FILE|-]",
    help: "tries the recognisers of dlp.external; with a file, what each says of it",
    run: async (argv, io) => (await import("./dlpexternal.ts")).externalCommand(argv, io),
  },
  {
    name: "dlp index",
    usage: "FILE.csv --name NAME --keys COLUMN,… [--columns COLUMN,…] --out FILE",
    help: "builds an index for exact data match: keyed hashes, sealed",
    more: [
      "  --keys       columns whose values may open a match: account numbers, mail addresses",
      "  --columns    columns that confirm it near by: names, birthdays",
      "  --at-least   how many columns of a row must stand together (2, or 1 without --columns)",
      "  --within     within how many characters of the key's value (300)",
      "  --delimiter  , ; | or tab",
      "  More: docs/dlp.md, exact data match.",
    ],
    run: async (argv, io) => (await import("./dlpindex.ts")).indexCommand(argv, io),
  },
  {
    name: "dlp fingerprint",
    usage: "FILE… --name NAME --out FILE",
    help: "fingerprints of documents whose passages must not leave: keyed hashes, sealed",
    more: [
      "  --passage  letters and digits of a passage that is always found (64)",
      "  --without  a text of which nothing is to be found, such as a template; may stand several times",
      "  --shared   what so many of the documents have is left out (2 to 8; nothing is, without it)",
      "  More: docs/dlp.md, document fingerprints.",
    ],
    run: async (argv, io) => (await import("./dlpfingerprint.ts")).fingerprintCommand(argv, io),
  },
  {
    name: "dlp revoke",
    usage: "INDEX [--from FILE]",
    help: "rows with these key values, or documents of these names, one on each line of standard input or of a file, are found no more",
    run: async (argv, io) => (await import("./dlpindex.ts")).revokeCommand(argv, io),
  },
];
