/**
 * An index for exact data match: built from a CSV file, written, read, and its rows revoked. Does not own the comparison
 * (actors/dlp/exact/).
 *
 * I1. The file holds keyed, salted hashes, sealed; no value. Both keys follow from the vault's master key for this index alone.
 * I2. Revoked rows lie in a file beside it, sealed too. Without it no row counts as revoked: what is missing there finds too
 *     much, never too little; one that was changed is a fault.
 */
import { createHmac, hash as sha256, randomBytes } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { ExactMatcher } from "../../../actors/dlp/exact/matcher.ts";
import { ExactTable, sizesOf } from "../../../actors/dlp/exact/table.ts";
import type { HashOf, TableShape } from "../../../actors/dlp/exact/table.ts";
import { canonical } from "../../../actors/dlp/exact/words.ts";
import { limits } from "../../../protocol/limits.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { SecretFault } from "../../vault/secret.ts";
import { CsvFault, CsvReader } from "./csv.ts";
import { derivedKey, readSealed, revokedPath, writeSealed } from "./sealedfile.ts";
import type { SealedHead } from "./sealedfile.ts";

export interface IndexPlan {
  readonly name: string;
  /** Names of columns: those that may open a match, then those that confirm it. */
  readonly keys: readonly string[];
  readonly others: readonly string[];
  readonly atLeast: number;
  readonly within: number;
  readonly delimiter: "," | ";" | "\t" | "|";
}

export interface IndexHead extends SealedHead {
  readonly columns: readonly string[];
  readonly keys: number;
  readonly rows: number;
  readonly atLeast: number;
  readonly within: number;
}

export interface Built {
  readonly head: IndexHead;
  readonly table: ExactTable;
  /** Key cells that are empty, too long, or in too many rows. */
  readonly unkeyed: number;
  /** Key cells that any text may hold by chance. */
  readonly short: number;
}

const kind = "exact";
const lengthsBytes = 512;
const seedBytes = 8;

const blockBytes = 64;
const digestBytes = 32;
/** Every value that is in a table fits; a longer text is hashed in the usual way. */
const textBytesMax = 3 * limits.exactValueCharsMax;

/**
 * HMAC-SHA256 under the index's own key, its first 64 bits. Made of two one-shot hashes (RFC 2104): a fifth of what a
 * createHmac for each value costs, and there is one for each cell.
 */
export class KeyedHash implements HashOf {
  readonly #key: Buffer;
  readonly #inner = Buffer.alloc(blockBytes + textBytesMax, 0x36);
  readonly #outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
  high = 0;
  low = 0;

  constructor(head: SealedHead, keyring: Keyring) {
    this.#key = derivedKey(head, "hash", keyring);
    for (const [at, byte] of this.#key.entries()) {
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
  }

  hash(text: string): void {
    const digest = this.digest(text);
    this.high = digest.readUInt32LE(0);
    this.low = digest.readUInt32LE(4);
  }

  digest(text: string): Buffer {
    if (text.length > limits.exactValueCharsMax)
      return createHmac("sha256", this.#key).update(text, "utf8").digest();
    const bytes = this.#inner.write(text, blockBytes, "utf8");
    sha256("sha256", this.#inner.subarray(0, blockBytes + bytes), "buffer").copy(this.#outer, blockBytes);
    return sha256("sha256", this.#outer, "buffer");
  }
}

/** Rows there can be at most: line ends of the file, so that tables have their size from the start. */
async function countLines(path: string): Promise<number> {
  let lines = 1;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>)
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  return lines;
}

/** @throws CsvFault, with line and column; GatewayError CONFIGURATION */
export async function buildIndex(path: string, plan: IndexPlan, keyring: Keyring): Promise<Built> {
  const most = await countLines(path);
  if (most > limits.exactRowsMax) throw new CsvFault(`the file has more than ${limits.exactRowsMax} lines: split it into several indices`); // prettier-ignore
  const columns = [...plan.keys, ...plan.others];
  const about: SealedHead = { kind, name: plan.name, key: keyring.current.id, salt: randomBytes(16).toString("base64url") }; // prettier-ignore
  const builder = new Builder(plan, columns, most, new KeyedHash(about, keyring));
  const reader = new CsvReader(plan.delimiter, (fields, line) => builder.row(fields, line));
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>)
    reader.feed(chunk);
  reader.end();
  const { rows, unkeyed, short } = builder;
  if (rows === 0) throw new CsvFault("the file has no row below the names of its columns");
  const { atLeast, within } = plan;
  return { head: { ...about, columns, keys: plan.keys.length, rows, atLeast, within }, table: builder.table, unkeyed, short }; // prettier-ignore
}

function emptyTable(shape: TableShape): ExactTable {
  const { slots, filterBits } = sizesOf(shape);
  const seed = new Uint32Array(2);
  seed.set(new Uint32Array(Uint8Array.from(randomBytes(seedBytes)).buffer));
  return new ExactTable(shape, {
    slots: new Uint32Array(slots * 3),
    cells: new Uint32Array(shape.rows * shape.columns),
    filter: new Uint32Array(filterBits / 32),
    lengths: new Uint8Array(lengthsBytes),
    seed,
  });
}

class Builder {
  readonly table: ExactTable;
  readonly #columns: readonly string[];
  readonly #hash: KeyedHash;
  readonly #keys: number;
  #places: readonly number[] | undefined;
  rows = 0;
  unkeyed = 0;
  short = 0;

  constructor({ keys }: IndexPlan, columns: readonly string[], most: number, hash: KeyedHash) {
    this.#columns = columns;
    this.#keys = keys.length;
    this.#hash = hash;
    this.table = emptyTable({ rows: most, columns: columns.length, keys: keys.length });
  }

  row(fields: readonly string[], line: number): void {
    if (this.#places === undefined) this.#places = this.#placesIn(fields, line);
    else this.#add(fields, this.#places);
  }

  #placesIn(names: readonly string[], line: number): readonly number[] {
    return this.#columns.map((name) => {
      const at = names.indexOf(name);
      if (at < 0)
        throw new CsvFault(
          `line ${line}: there is no column ${JSON.stringify(name)}; ${this.#shownNames(names)}`,
        );
      if (names.indexOf(name, at + 1) >= 0) throw new CsvFault(`line ${line}: the column ${JSON.stringify(name)} stands twice`); // prettier-ignore
      return at;
    });
  }

  /** Without a name that is asked for, the first line may be a row: its values are nobody's to read in a log. */
  #shownNames(names: readonly string[]): string {
    return this.#columns.some((name) => names.includes(name))
      ? `there are ${names
          .slice(0, 20)
          .map((each) => JSON.stringify(each))
          .join(", ")}`
      : `none of the ${names.length} fields of this line is a column that was asked for: the first line has to hold their names, and --delimiter says what stands between them`;
  }

  #add(fields: readonly string[], places: readonly number[]): void {
    const { cells } = this.table;
    for (const [column, place] of places.entries()) {
      const { text, words } = canonical(fields[place] ?? "");
      const isUsable =
        text !== "" && text.length <= limits.exactValueCharsMax && words <= limits.exactWordsMax;
      if (isUsable) {
        this.#hash.hash(text);
        const { high, low } = this.#hash;
        cells[this.rows * places.length + column] = low === 0 ? 1 : low;
        if (column >= this.#keys) continue;
        if (this.table.add(text, high, low, this.rows)) {
          if (text.length < limits.exactKeyCharsMin) this.short++;
          continue;
        }
      }
      if (column < this.#keys) this.unkeyed++;
    }
    this.rows++;
  }
}

export function writeIndex(path: string, { head, table }: Built, keyring: Keyring): number {
  const { seed, lengths, filter, cells, slots } = table;
  const used = cells.subarray(0, head.rows * head.columns.length);
  const sections = [lengths, seed, filter, used, slots].map(bytesOf);
  const whole = { ...head, filterWords: filter.length, slots: slots.length / 3 };
  writeSealed(path, whole, sections, keyring);
  return sections.reduce((sum, { length }) => sum + length, 0);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export interface OpenIndex {
  readonly head: IndexHead;
  readonly table: ExactTable;
  readonly revoked: ReadonlySet<number>;
  readonly matcher: ExactMatcher;
}

/** @throws GatewayError CONFIGURATION that says what to do */
export function openIndex(path: string, keyring: Keyring): OpenIndex {
  const { head: given, body } = readSealed(path, kind, keyring);
  // The seal holds: the header is as this program wrote it.
  const head = given as IndexHead & { readonly filterWords: number; readonly slots: number };
  const words = (from: number, count: number): Uint32Array => new Uint32Array(body.buffer, from, count);
  const cells = head.rows * head.columns.length;
  const start = lengthsBytes + seedBytes;
  if (body.length !== start + 4 * (head.filterWords + cells + 3 * head.slots)) throw new SecretFault(`${path} is of another version of this program: make it anew`); // prettier-ignore
  const table = new ExactTable({ rows: head.rows, columns: head.columns.length, keys: head.keys }, {
    lengths: body.subarray(0, lengthsBytes),
    seed: words(lengthsBytes, 2),
    filter: words(start, head.filterWords),
    cells: words(start + 4 * head.filterWords, cells),
    slots: words(start + 4 * (head.filterWords + cells), 3 * head.slots),
  }); // prettier-ignore
  const revoked = readRevoked(path, head, keyring);
  const rule = { type: `edm.${head.name}`, atLeast: head.atLeast, within: head.within };
  const matcher = new ExactMatcher(table, rule, new KeyedHash(head, keyring), (row) => revoked.has(row));
  return { head, table, revoked, matcher };
}

function readRevoked(path: string, head: IndexHead, keyring: Keyring): Set<number> {
  if (!existsSync(revokedPath(path))) return new Set();
  const { head: own, body } = readSealed(revokedPath(path), "exact-revoked", keyring);
  if (own.salt !== head.salt) return new Set(); // of an index that was here before
  return new Set(new Uint32Array(body.buffer));
}

/** Revokes the rows that have one of these key values. @returns how many rows were revoked now, and values of no row */
export function revokeRows(
  path: string,
  values: readonly string[],
  keyring: Keyring,
): { readonly rows: number; readonly unknown: number } {
  // prettier-ignore
  const { head, table, revoked } = openIndex(path, keyring);
  const hash = new KeyedHash(head, keyring);
  const all = new Set(revoked);
  let unknown = 0;
  for (const value of values) {
    hash.hash(canonical(value).text);
    const rows = table.rows(hash.high, hash.low);
    if (rows.length === 0) unknown++;
    for (const row of rows) all.add(row);
  }
  const about: SealedHead = {
    kind: "exact-revoked",
    name: head.name,
    key: keyring.current.id,
    salt: head.salt,
  };
  writeSealed(revokedPath(path), about, [bytesOf(Uint32Array.from(all))], keyring);
  return { rows: all.size - revoked.size, unknown };
}
