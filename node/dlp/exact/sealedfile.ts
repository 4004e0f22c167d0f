/**
 * A file whose content only the vault's key opens: a header that may be read, and sections sealed with AES-256-GCM. For
 * indices of hash-based detection.
 *
 * Z1. Nothing of the sections can be read or changed without the key; the header is covered by the seal.
 * Z2. A file appears whole or not at all.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import type { Keyring } from "../../vault/keyring.ts";
import { SecretFault } from "../../vault/secret.ts";

const magic = Buffer.from("GHDLP1\n\0");
const tagBytes = 16;
const nonceBytes = 12;
const headBytesMax = 64 * 1024;
/** Sealed at once: bounds what is held twice. */
const pieceBytes = 16 * 1024 * 1024;

export interface SealedHead {
  readonly kind: string;
  readonly name: string;
  /** Of the master key that it stands under. */
  readonly key: string;
  readonly salt: string;
}

/** What is revoked of an index lies beside it. */
export function revokedPath(path: string): string {
  return `${path}.revoked`;
}

/** What two nodes have to have alike: a file has a salt of its own, and is not changed but by what is revoked of it. */
export function identityOf({ kind, salt }: SealedHead, revoked: ReadonlySet<number>): string {
  const rows = Uint32Array.from(revoked).sort();
  return createHash("sha256").update(`${kind} ${salt} `).update(rows).digest("base64url");
}

/** Until there are tenants. */
const tenant = "default";

/** @param sections are written one after the other */
export function writeSealed(
  path: string,
  head: SealedHead,
  sections: readonly Uint8Array[],
  keyring: Keyring,
): void {
  // prettier-ignore
  const text = Buffer.from(JSON.stringify(head));
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(head, keyring), nonce).setAAD(text);
  const file = openSync(`${path}.new`, "w", 0o600);
  try {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    for (const part of [magic, length, text, nonce]) writeSync(file, part);
    for (const section of sections)
      for (let at = 0; at < section.length; at += pieceBytes) writeAll(file, cipher.update(section.subarray(at, at + pieceBytes))); // prettier-ignore
    writeAll(file, cipher.final());
    writeSync(file, cipher.getAuthTag());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** @returns the header as JSON, unchecked, and the sections as one array @throws SecretFault that says what to do */
export function readSealed(
  path: string,
  kind: string,
  keyring: Keyring,
): { readonly head: SealedHead; readonly body: Uint8Array } {
  // prettier-ignore
  const refuse = (says: string, cause?: unknown): never => {
    throw new SecretFault(`${path} ${says}`, { cause });
  };
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    return refuse("cannot be opened: make it with gatehouse dlp index or gatehouse dlp fingerprint", cause);
  }
  try {
    // Of the file that is open: another one may be put in its place meanwhile.
    const { size, isFile } = aboutFile(file);
    if (!isFile) return refuse("is no file");
    const start = read(file, 0, magic.length + 4);
    const headBytes = start.length === magic.length + 4 ? start.readUInt32LE(magic.length) : 0;
    if (!start.subarray(0, magic.length).equals(magic) || headBytes > headBytesMax)
      refuse(
        "is no index of this program: name one that gatehouse dlp index or gatehouse dlp fingerprint made",
      );
    const from = magic.length + 4 + headBytes + nonceBytes;
    const text = read(file, magic.length + 4, headBytes);
    const bodyBytes = size - from - tagBytes;
    const head = headOf(text);
    if (head?.kind !== kind || bodyBytes < 0) return refuse(`is no index of the kind ${kind}`);
    const decipher = createDecipheriv("aes-256-gcm", keyOf(head, keyring, path), read(file, from - nonceBytes, nonceBytes)); // prettier-ignore
    decipher.setAAD(text).setAuthTag(read(file, size - tagBytes, tagBytes));
    const body = roomFor(bodyBytes) ?? refuse(`is larger than memory allows (${bodyBytes} bytes)`);
    for (let at = 0; at < bodyBytes; at += pieceBytes)
      body.set(decipher.update(read(file, from + at, Math.min(pieceBytes, bodyBytes - at))), at);
    try {
      decipher.final();
    } catch (cause) {
      return refuse("was changed or cut since it was made: make it anew", cause);
    }
    return { head, body };
  } finally {
    closeSync(file);
  }
}

/** What a file says that it is; undefined when it is no sealed file. Nothing proves it before it is read. */
export function headIn(path: string): Pick<SealedHead, "kind" | "name"> | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    if (!aboutFile(file).isFile) return undefined;
    const start = read(file, 0, magic.length + 4);
    if (start.length < magic.length + 4 || !start.subarray(0, magic.length).equals(magic)) return undefined;
    return headOf(read(file, magic.length + 4, Math.min(headBytesMax, start.readUInt32LE(magic.length)))); // prettier-ignore
  } finally {
    closeSync(file);
  }
}

function aboutFile(file: number): { readonly size: number; readonly isFile: boolean } {
  const stat = fstatSync(file);
  return { size: stat.size, isFile: stat.isFile() };
}

function roomFor(bytes: number): Uint8Array | undefined {
  try {
    return new Uint8Array(bytes);
  } catch {
    return undefined;
  }
}

function headOf(text: Buffer): SealedHead | undefined {
  try {
    return JSON.parse(text.toString("utf8")) as SealedHead;
  } catch {
    return undefined;
  }
}

function read(file: number, from: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let at = 0;
  while (at < bytes) {
    const got = readSync(file, buffer, at, bytes - at, from + at);
    if (got === 0) break;
    at += got;
  }
  return buffer.subarray(0, at);
}

/** A key of this file alone, for a purpose. @throws SecretFault when the master key is not here */
export function derivedKey(
  { key, kind, name, salt }: SealedHead,
  purpose: string,
  keyring: Keyring,
  path = "",
): Buffer {
  // prettier-ignore
  const master = keyring.find(key);
  if (master === undefined) throw new SecretFault(`${path} stands under the master key ${key}, which is not here: name it in vault.retired, or make the index anew`); // prettier-ignore
  return master.derive(tenant, `${purpose} ${kind} ${name} ${salt}`, 32);
}

function keyOf(head: SealedHead, keyring: Keyring, path = ""): Buffer {
  return derivedKey(head, "seal", keyring, path);
}
