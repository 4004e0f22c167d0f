/**
 * Reads one YAML file of a configuration: strictly, bounded, and with the position of every key and value.
 *
 * Owns: the subset of YAML that is accepted, and the positions. Does not own: what the values mean (wording.ts and the
 * schemas in protocol/).
 *
 * D1. What is accepted means one thing: no duplicate keys, aliases, merge keys, directives, custom tags or second
 *     documents. So a reviewer sees what the program sees, and no small file grows into a large value.
 * D2. Work is linear in the text and bounded by limits.configurationFileBytesMax. Nothing here throws for any bytes.
 */
import { readFileSync, statSync } from "node:fs";
import { isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { ErrorCode, YAMLMap } from "yaml";
import { limits } from "../../protocol/limits.ts";
import type { ConfigurationFault } from "./fault.ts";
import { list, quoteKey } from "./fault.ts";

export type PathPart = string | number;
export type Path = readonly PathPart[];

/** Notes one fault at a path of a file. */
export type Report = (path: Path, says: string, remedy: string, part?: "key" | "value") => void;

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where things stand in one file. */
export class Positions {
  readonly #offsets = new Map<string, { key: number | undefined; value: number }>();
  /** Offset of the first character of each line. The parser's own count loses lines behind a syntax error. */
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  set(path: Path, key: number | undefined, value: number): void {
    this.#offsets.set(path.join("\0"), { key, value });
  }

  /** The position of a value, or of the key before it. A path that is not in the file gives its nearest ancestor's. */
  at(path: Path, part: "key" | "value" = "value"): Position {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#offsets.get(path.slice(0, length).join("\0"));
      if (found === undefined) continue;
      const wantsKey = part === "key" && length === path.length;
      return this.atOffset(wantsKey ? (found.key ?? found.value) : found.value);
    }
    return { line: 1, column: 1 };
  }

  atOffset(offset: number): Position {
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }
}

export interface ReadDocument {
  readonly file: string;
  /** Plain objects, arrays, strings, numbers, booleans, null. */
  readonly value: unknown;
  readonly positions: Positions;
}

/** A fault of the file as a whole. */
export function fileFault(file: string, says: string, remedy: string): ConfigurationFault {
  return { file, line: 1, column: 1, says, do: remedy, unread: true };
}

export const usualRemedies = {
  missing: "create it, or name the right folder with --config",
  tooLarge: "split it, or remove what is not needed",
};

/**
 * Reads a text file that must be UTF-8.
 *
 * @param path  where it is
 * @param shown how faults name it
 * @param does  what to do about a file that is not there, or too large
 */
export function readText(
  path: string,
  shown: string,
  bytesMax: number,
  does = usualRemedies,
): string | ConfigurationFault {
  let bytes: Buffer;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return fileFault(shown, "this is not a file", "name a file, not a folder or device");
    if (stat.size > bytesMax) return fileFault(shown, `the file exceeds ${bytesMax} bytes`, does.tooLarge);
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return code === "ENOENT" || code === "ENOTDIR"
      ? fileFault(shown, "the file does not exist", does.missing)
      : fileFault(shown, `the file cannot be read (${code})`, "check its owner and permissions");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fileFault(shown, "the file is not UTF-8 text", "save it as UTF-8");
  }
}

/** A kind of file, and the keys with which one begins. */
export interface ExpectedFile {
  readonly what: string;
  readonly keys: readonly string[];
}

/**
 * @param expected where the file may be another than was meant: of one that has none of these keys no key is repeated
 * @param does     what to do about a file that is not there, or too large
 */
export function readDocument(
  path: string,
  shown: string,
  expected?: ExpectedFile,
  does = usualRemedies,
): ReadDocument | ConfigurationFault[] {
  const text = readText(path, shown, limits.configurationFileBytesMax, does);
  return typeof text === "string" ? parseYaml(text, shown, expected) : [text];
}

export function parseYaml(
  text: string,
  file: string,
  expected?: ExpectedFile,
): ReadDocument | ConfigurationFault[] {
  const positions = new Positions(text);
  const fault = (offset: number, says: string, remedy: string): ConfigurationFault => ({
    file,
    ...positions.atOffset(offset),
    says,
    do: remedy,
  });
  const tooDeep = deepAt(text);
  if (tooDeep !== undefined)
    return [fault(tooDeep, "the values are nested too deeply", "use a flatter file")];
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, {
      strict: true,
      // The parser compares each key with each, which is quadratic; the walk below does it with a Set (D2).
      uniqueKeys: false,
      stringKeys: true,
      prettyErrors: false,
      // "silent" would also drop the error for a second document; parseDocument itself never prints.
      logLevel: "error",
      version: "1.2",
      schema: "core",
      merge: false,
      resolveKnownTags: false,
    });
  } catch (error) {
    // The composer recurses; a deep enough nest ends its stack. Anything else would be a bug.
    if (!(error instanceof RangeError)) throw error;
    return [fault(0, "the values are nested too deeply", "use a flatter file")];
  }
  const syntax: ConfigurationFault[] = [];
  const codes = new Set<ErrorCode>();
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    // Later faults of one kind are mostly consequences of the first.
    if (codes.has(code)) continue;
    codes.add(code);
    syntax.push(fault(pos[0], ...(syntaxWords[code] ?? notYaml)));
  }
  if (document.directives?.yaml.explicit === true)
    syntax.push(fault(0, "the file has a %YAML directive", "remove it: files are YAML 1.2"));
  if (syntax.length > 0) return syntax;
  if (expected !== undefined && !isExpected(document.contents, expected))
    return [fault(startOf(document.contents) ?? 0, `this is no ${expected.what}: it has none of ${list(expected.keys)}`, "name the right file, or add what is missing to this one")]; // prettier-ignore

  const walk = new Walk(positions, fault);
  const value = walk.read(document.contents, [], undefined);
  return walk.faults.length > 0 ? walk.faults : { file, value, positions };
}

/** Far more than the walk accepts, so that brackets inside texts do no harm. */
const openBracketsMax = 1_000;

/**
 * Where a text opens more brackets, or dashes in one line, than any file needs: before the parser, which spends 1 KB on
 * each (4 MB of them cost it 4 GB).
 */
function deepAt(text: string): number | undefined {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x5b || unit === 0x7b) open++;
    else if (open > 0 && (unit === 0x5d || unit === 0x7d)) open--;
    if (open > openBracketsMax) return at;
  }
  const dashes = /(?:[-?][ \t]+){1000}/.exec(text);
  return dashes?.index;
}

type MakeFault = (offset: number, says: string, remedy: string) => ConfigurationFault;

function isExpected(contents: unknown, { keys }: ExpectedFile): boolean {
  const isOne = ({ key }: { readonly key: unknown }): boolean => isScalar(key) && keys.includes(String(key.value)); // prettier-ignore
  return isMap(contents) && contents.items.some(isOne);
}

/** Turns nodes into values and remembers where they stood. */
class Walk {
  readonly faults: ConfigurationFault[] = [];
  readonly #positions: Positions;
  readonly #fault: MakeFault;

  constructor(positions: Positions, fault: MakeFault) {
    this.#positions = positions;
    this.#fault = fault;
  }

  /** @param key offset of the key that leads here */
  read(node: unknown, path: Path, key: number | undefined): unknown {
    // A value that is not written stands at its key, where an editor shows it.
    const isWritten = startOf(node) !== undefined && !(isScalar(node) && node.source === "");
    const offset = (isWritten ? startOf(node) : key) ?? startOf(node) ?? 0;
    this.#positions.set(path, key, offset);
    if (node === null || node === undefined) return null;
    if (path.length > limits.jsonDepthMax)
      return this.#refuse(offset, "the values are nested too deeply", "use a flatter file");
    if (isAlias(node)) return this.#refuse(offset, "an alias (*name) is not accepted", "write the value out");
    if (isSeq(node)) return node.items.map((item, at) => this.read(item, [...path, at], undefined));
    if (isMap(node)) return this.#readMap(node, path);
    return isScalar(node) ? this.#readScalar(node.value, offset) : this.#refuse(offset, ...notYaml);
  }

  #readScalar(value: unknown, offset: number): unknown {
    if (value === null || typeof value === "number" || typeof value === "boolean") return value;
    if (typeof value !== "string")
      return this.#refuse(offset, "this kind of value is not accepted", "write a text");
    if (!value.isWellFormed())
      return this.#refuse(offset, "the text holds half of a surrogate pair", "write the character itself");
    return value;
  }

  #readMap(map: YAMLMap<unknown, unknown>, path: Path): unknown {
    const value: { [key: string]: unknown } = {};
    const seen = new Set<string>();
    for (const pair of map.items) {
      const offset = startOf(pair.key) ?? startOf(map) ?? 0;
      const name = isScalar(pair.key) ? pair.key.value : undefined;
      if (typeof name !== "string" || !name.isWellFormed()) {
        this.#refuse(offset, "a key is not a text", "write the key as one plain or quoted text");
      } else if (name === "__proto__") {
        this.#refuse(offset, "the key `__proto__` is not accepted", "use another name");
      } else if (seen.has(name)) {
        this.#refuse(offset, `${quoteKey(name)} stands twice in this mapping`, "keep one of them");
      } else {
        seen.add(name);
        value[name] = this.read(pair.value, [...path, name], offset);
      }
    }
    return value;
  }

  #refuse(offset: number, says: string, remedy: string): undefined {
    if (this.faults.length < limits.configurationFaultsMax)
      this.faults.push(this.#fault(offset, says, remedy));
    return undefined;
  }
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range))
    return undefined;
  const start: unknown = node.range[0];
  return typeof start === "number" ? start : undefined;
}

type SaysAndDo = readonly [says: string, remedy: string];

const notYaml: SaysAndDo = [
  "the YAML is not well formed here",
  "check indentation, colons, quotes and brackets",
];

/** The parser's own words quote the file, so only its codes are used (F1, F2). */
const syntaxWords: { readonly [Code in ErrorCode]?: SaysAndDo } = {
  BAD_ALIAS: ["an alias (*name) is not accepted", "write the value out; quote a text that starts with *"],
  BAD_DIRECTIVE: ["a line starts with %", "remove the directive, or quote the text"],
  BAD_DQ_ESCAPE: [
    "an escape in double quotes is not known",
    "write \\\\ for a backslash, or use single quotes",
  ],
  BAD_INDENT: ["the indentation does not fit the lines above", "align keys of one mapping, with spaces"],
  BAD_SCALAR_START: ["a text starts with a reserved character (@ or `)", "put the text in quotes"],
  BLOCK_AS_IMPLICIT_KEY: [
    "a mapping or list stands where one value should",
    "put a text with `: ` in quotes",
  ],
  MISSING_CHAR: [
    "a quote, bracket, comma or colon is missing",
    "close what was opened, and put `: ` after each key",
  ],
  MULTILINE_IMPLICIT_KEY: [
    "a key runs over more than one line",
    "put `: ` after the key, and quote long texts",
  ],
  MULTIPLE_DOCS: ["the file holds more than one YAML document", "keep one, and remove the --- lines between"],
  NON_STRING_KEY: ["a key is not a text", "write the key as one plain or quoted text"],
  RESOURCE_EXHAUSTION: ["the values are nested too deeply", "use a flatter file"],
  TAB_AS_INDENT: ["a tab is used as indentation", "indent with spaces"],
  TAG_RESOLVE_FAILED: ["a tag (!name) is not accepted", "remove it; quote a text that starts with !"],
  UNEXPECTED_TOKEN: [
    "something stands here that does not belong",
    "check indentation, colons, quotes and brackets",
  ],
};
