/**
 * A collection of documents that must not leave, as fingerprints: built from files, written, read, and its documents revoked.
 * Does not own which prints a text has, nor the comparison (actors/dlp/fingerprint/).
 *
 * F1. The file holds keyed hashes and the documents' names, sealed; no text. The key follows from the vault's master key for
 *     this collection alone.
 * F2. A document in which no passage could be found (no text, too short, of too few different letters) is a fault: nobody
 *     shall believe that it is guarded.
 * F3. Revoked documents lie in a file beside it, sealed too. Without it none counts as revoked.
 */
import { randomBytes } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { basename } from "node:path";
import type { Collection } from "../../../actors/dlp/fingerprint/passages.ts";
import { Prints } from "../../../actors/dlp/fingerprint/prints.ts";
import { keyWords, Winnower, type PrintShape } from "../../../actors/dlp/fingerprint/winnower.ts";
import { limits } from "../../../protocol/limits.ts";
import { whyUnread } from "../../catalogue/fault.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { SecretFault } from "../../vault/secret.ts";
import { derivedKey, readSealed, revokedPath, writeSealed, type SealedHead } from "../exact/sealedfile.ts";

/** What is wrong with a document, or with all of them. */
export class DocumentFault extends Error {}

export interface CollectionPlan {
  readonly name: string;
  /** Letters and digits of a passage that is always found. */
  readonly passage: number;
  /** Texts of which nothing is to be found. */
  readonly without: readonly string[];
  /** What so many documents have is left out. */
  readonly sharedBy: number | undefined;
}

interface CollectionHead extends SealedHead {
  readonly gram: number;
  readonly window: number;
  readonly namesBytes: number;
}

export interface BuiltCollection {
  readonly head: Omit<CollectionHead, "namesBytes">;
  readonly names: readonly string[];
  readonly prints: Prints;
  /** Prints that were left out, as `without` and `sharedBy` say. */
  readonly leftOut: number;
}

export const collectionKind = "documents";
const revokedKind = "documents-revoked";

/** Half of a passage is what a print has: one that is found by chance is a long turn of phrase. */
export function shapeOf(passage: number): PrintShape {
  const gram = Math.ceil(passage / 2);
  return { gram, window: passage - gram + 1 };
}

function keyOf(head: SealedHead, keyring: Keyring): Uint32Array {
  const bytes = Uint8Array.from(derivedKey(head, "prints", keyring).subarray(0, 4 * keyWords));
  return new Uint32Array(bytes.buffer);
}

/** @throws DocumentFault that names the file */
export async function buildCollection(
  paths: readonly string[],
  { name, passage, without, sharedBy }: CollectionPlan,
  keyring: Keyring,
): Promise<BuiltCollection> {
  // prettier-ignore
  if (paths.length > limits.fingerprintDocumentsMax) throw new DocumentFault(`there are more than ${limits.fingerprintDocumentsMax} documents: make several collections`); // prettier-ignore
  const head = { kind: collectionKind, name, key: keyring.current.id, salt: randomBytes(16).toString("base64url"), ...shapeOf(passage) }; // prettier-ignore
  const key = keyOf(head, keyring);
  const unwanted = new Reading({ gram: head.gram, window: 1 }, key, new Prints());
  for (const path of without) await unwanted.read(path, 0);
  const reading = new Reading(head, key, unwanted.prints);
  const names: string[] = [];
  for (const [at, path] of paths.entries()) {
    const own = basename(path);
    if (names.includes(own)) throw new DocumentFault(`${path}: there are two documents called ${own}; a document is revoked by its name, so give one another`); // prettier-ignore
    names.push(own);
    const { symbols, prints } = await reading.read(path, at);
    if (symbols < passage) throw new DocumentFault(`${path} has ${symbols} letters and digits, and the shortest passage that is found ${passage}: leave it out, or make --passage less`); // prettier-ignore
    if (prints === 0) throw new DocumentFault(`${path} has no passage by which it could be told apart: too few different letters, or all of it is in --without`); // prettier-ignore
  }
  const kept = sharedBy === undefined ? reading.prints : reading.prints.ofFewerThan(sharedBy);
  if (kept.count === 0) throw new DocumentFault("nothing is left: all passages are in several documents");
  return { head, names, prints: kept, leftOut: reading.leftOut + reading.prints.count - kept.count };
}

/** Prints of files, one after the other. */
class Reading {
  readonly prints = new Prints();
  leftOut = 0;
  readonly #winnower: Winnower;
  readonly #unwanted: Prints;
  #document = 0;
  #chosen = 0;
  #isFull = false;

  constructor(shape: PrintShape, key: Uint32Array, unwanted: Prints) {
    this.#unwanted = unwanted;
    this.#winnower = new Winnower(shape, key, this);
  }

  print(high: number, low: number): void {
    if (this.#unwanted.count > 0 && this.#unwanted.has(high, low)) {
      this.leftOut++;
      return;
    }
    this.#chosen++;
    if (!this.prints.add(high, low, this.#document)) this.#isFull = true;
  }

  async read(path: string, document: number): Promise<{ readonly symbols: number; readonly prints: number }> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    this.#document = document;
    this.#chosen = 0;
    this.#winnower.start();
    try {
      for await (const chunk of createReadStream(path, {
        highWaterMark: 256 * 1024,
      }) as AsyncIterable<Buffer>)
        this.#feed(decoder.decode(chunk, { stream: true }), path);
      this.#feed(decoder.decode(), path);
    } catch (error) {
      if (error instanceof TypeError) throw notText(path, error);
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new DocumentFault(`${path} ${whyUnread(error)}`, { cause: error });
    }
    return { symbols: this.#winnower.count, prints: this.#chosen };
  }

  #feed(text: string, path: string): void {
    if (text.includes("\0")) throw notText(path);
    this.#winnower.feed(text, 0, text.length, 0);
    if (this.#isFull) throw new DocumentFault(`${path} is too much: a collection has at most ${limits.fingerprintsMax} prints; make several, or --passage more`); // prettier-ignore
  }
}

function notText(path: string, cause?: unknown): DocumentFault {
  return new DocumentFault(`${path} is no text in UTF-8: write its text into a file first`, { cause });
}

/** @returns its size in memory */
export function writeCollection(path: string, built: BuiltCollection, keyring: Keyring): number {
  const text = new TextEncoder().encode(JSON.stringify(built.names));
  // What follows is read as words of four bytes.
  const names = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(32);
  names.set(text);
  const { slots } = built.prints;
  const head: CollectionHead = { ...built.head, namesBytes: names.length };
  writeSealed(path, head, [names, bytesOf(slots)], keyring);
  return slots.byteLength + names.byteLength;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export interface OpenCollection {
  readonly collection: Collection;
  readonly head: SealedHead;
  readonly names: readonly string[];
  readonly revoked: ReadonlySet<number>;
}

/** @throws GatewayError CONFIGURATION that says what to do */
export function openCollection(path: string, keyring: Keyring): OpenCollection {
  const { head: given, body } = readSealed(path, collectionKind, keyring);
  // The seal holds: the header is as this program wrote it.
  const head = given as CollectionHead;
  const slotsBytes = body.length - head.namesBytes;
  if (!(slotsBytes > 0) || slotsBytes % 12 !== 0) throw new SecretFault(`${path} is of another version of this program: make it anew`); // prettier-ignore
  const names = JSON.parse(new TextDecoder().decode(body.subarray(0, head.namesBytes))) as string[];
  const prints = new Prints(new Uint32Array(body.buffer, head.namesBytes, slotsBytes / 4));
  const revoked = readRevoked(path, head, keyring);
  const { gram, window, name } = head;
  const isRevoked = (document: number): boolean => revoked.has(document);
  const collection = { type: `document.${name}`, shape: { gram, window }, key: keyOf(head, keyring), prints, isRevoked }; // prettier-ignore
  return { collection, head, names, revoked };
}

function readRevoked(path: string, { salt }: SealedHead, keyring: Keyring): Set<number> {
  if (!existsSync(revokedPath(path))) return new Set();
  const { head, body } = readSealed(revokedPath(path), revokedKind, keyring);
  if (head.salt !== salt) return new Set(); // of a collection that was here before
  return new Set(new Uint32Array(body.buffer));
}

/** Passages of these documents are found no more, but for what others have too. @returns how many were revoked now, and names of none */
export function revokeDocuments(
  path: string,
  names: readonly string[],
  keyring: Keyring,
): { readonly documents: number; readonly unknown: readonly string[] } {
  // prettier-ignore
  const { head, names: known, revoked } = openCollection(path, keyring);
  const places = names.map((name) => known.indexOf(name));
  const all = new Set([...revoked, ...places.filter((place) => place >= 0)]);
  const about: SealedHead = { kind: revokedKind, name: head.name, key: keyring.current.id, salt: head.salt };
  writeSealed(revokedPath(path), about, [bytesOf(Uint32Array.from(all))], keyring);
  return { documents: all.size - revoked.size, unknown: names.filter((_, at) => (places[at] ?? -1) < 0) };
}
