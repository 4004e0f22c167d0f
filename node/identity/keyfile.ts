/**
 * The key file and the pepper beside it, on disk. Owns: their form, their permissions, and that a write is whole or
 * not at all. Does not own: what a key opens (keys.ts).
 *
 * D1. A file that its group or others may touch is refused: who can write it can make keys, who can read the pepper and
 *     the rows could confirm a stolen key offline.
 * D2. A write is on the disk (file and folder synced) before it is announced; a crash leaves the old file or the new.
 * D3. Every field is checked on reading, also the bounds that `create` keeps: a row edited by hand is no way around them.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs"; // prettier-ignore
import { dirname } from "node:path";
import { z } from "zod";
import { GatewayError } from "../../protocol/errors.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { isKeyId } from "./key.ts";
import { identityRule, isIdentity } from "./principal.ts";

/** How keys name an endpoint: NAME for a persona, s/NAME for a server. */
export function isEndpointEntry(text: string): boolean {
  return isName(text.startsWith("s/") ? text.slice(2) : text);
}

const identity = z.string().refine(isIdentity, { message: `must be ${identityRule}` });
const instant = z.int().min(0);

const rowSchema = z
  .strictObject({
    id: z.string().refine(isKeyId, { message: "must be 12 base62 characters" }),
    hash: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/)
      .describe("SHA-256 of pepper and secret, base64url."),
    pepper: z
      .string()
      .regex(/^[A-Za-z0-9_-]{11}$/)
      .optional()
      .describe("In a cluster: which pepper, by a digest of it."),
    agent: identity.refine((text) => !text.includes(" "), { message: "must hold no space" }),
    user: identity.optional(),
    tenant: z.string().refine(isName, { message: `must be ${nameRule}` }),
    personas: z
      .array(
        z.string().refine(isEndpointEntry, { message: "must be a persona NAME, or s/NAME for a server" }),
      )
      .min(1)
      .max(limits.keyEndpointsMax),
    created: instant,
    expires: instant,
    revoked: instant.optional(),
    replaces: z.string().refine(isKeyId).optional().describe("Id of the key that this one was rotated from."),
  })
  .refine((row) => row.expires - row.created <= limits.keyLifeMsMax, {
    message: `expires more than ${limits.keyLifeMsMax / 86_400_000} days after created`,
    path: ["expires"],
  });
export type KeyRow = Readonly<z.infer<typeof rowSchema>>;

/** A row for other nodes, always the same text for the same row. */
export function writeRow(row: KeyRow): string {
  const { id, hash, pepper, agent, user, tenant, personas, created, expires, revoked, replaces } = row;
  const key = { id, hash, pepper, agent, user, tenant, personas, created, expires, revoked, replaces };
  return JSON.stringify({ v: 1, key });
}

const orderSchema = z.strictObject({ v: z.literal(1), key: rowSchema });
const versionSchema = z.object({ v: z.int().min(2) });

/** @returns "newer" for what a later version of the program has written; undefined for what no node has */
export function readRow(order: string): KeyRow | "newer" | undefined {
  let value: unknown;
  try {
    value = JSON.parse(order);
  } catch {
    return undefined;
  }
  const read = orderSchema.safeParse(value);
  if (read.success) return read.data.key;
  return versionSchema.safeParse(value).success ? "newer" : undefined;
}

const fileSchema = z.strictObject({ v: z.literal(1), keys: z.array(rowSchema).max(limits.keysMax) });

/** Tells one state of the file from another; renaming makes a new inode. Undefined when there is no file. */
export function fileStamp(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeMs} ${stat.size} ${stat.mode}`;
}

/**
 * All rows of the key file; none when it does not exist.
 *
 * @throws GatewayError CONFIGURATION when it is not private, not a key file, or too large
 */
export function readRows(path: string): readonly KeyRow[] {
  const text = readPrivate(path, limits.keyFileBytesMax);
  if (text === undefined) return [];
  const parsed = fileSchema.safeParse(readJson(path, text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    refuse(
      path,
      `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}; restore it from a copy, or remove the row`,
    );
  }
  const seen = new Set<string>();
  for (const { id } of parsed.data.keys) {
    if (seen.has(id)) refuse(path, `the key ${id} is in it twice; remove one`);
    seen.add(id);
  }
  return parsed.data.keys;
}

export function writeRows(path: string, rows: readonly KeyRow[]): void {
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`);
  const text = `{ "v": 1, "keys": [\n${lines.join(",\n")}\n] }\n`;
  // A file that could be written but not read again would lock everybody out at the next start.
  if (Buffer.byteLength(text) > limits.keyFileBytesMax)
    throw new GatewayError(
      "OVERLOADED",
      `${path} would exceed ${limits.keyFileBytesMax} bytes; remove dead keys from it`,
    );
  writePrivate(path, text);
}

/**
 * The pepper of this installation: 32 random bytes that are in no row, so rows alone confirm nothing.
 *
 * @throws GatewayError CONFIGURATION when it is not private, or not what `makePepper` writes: a pepper that somebody
 *   typed or copied from a page is a default secret
 */
export function readPepper(path: string): Buffer | undefined {
  const text = readPrivate(path, 1024)?.trim();
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, "base64url");
  // 32 random bytes have fewer than 16 different values once in about 10^11 installations.
  if (!/^[A-Za-z0-9_-]{43}$/.test(text) || new Set(bytes).size < 16)
    refuse(path, "it is no random pepper; remove it with the key file, and create new keys");
  return bytes;
}

export function makePepper(path: string): Buffer {
  const bytes = randomBytes(32);
  writePrivate(path, `${bytes.toString("base64url")}\n`);
  return bytes;
}

/** Reads through one descriptor, so that the file checked is the file read. */
function readPrivate(path: string, bytesMax: number): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return refuse(path, "it cannot be opened; make it a regular file that the gateway's user owns", cause);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) refuse(path, "it is not a regular file");
    if ((stat.mode & 0o077) !== 0) refuse(path, "others than its owner may read or write it; chmod 600 it");
    if (stat.size > bytesMax) refuse(path, `it is larger than ${bytesMax} bytes`);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function readJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and the text is a list of hashes.
    return refuse(path, "it is not JSON; restore it from a copy");
  }
}

function writePrivate(path: string, text: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.draft`;
  rmSync(draft, { force: true });
  const file = openSync(
    draft,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  const entry = openSync(folder, "r");
  try {
    fsyncSync(entry);
  } finally {
    closeSync(entry);
  }
}

function refuse(path: string, what: string, cause?: unknown): never {
  throw new GatewayError("CONFIGURATION", `${path}: ${what}`, { cause });
}
