/**
 * The private key of a listener, and the certificates beside it: PEM files that gatehouse.yaml names. Owns that a key which
 * others can read is refused. Does not own who listens.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { limits } from "../../protocol/limits.ts";
import { SecretFault } from "./secret.ts";

export interface ListenerFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** @throws SecretFault, which names the setting and the file and never what is in it */
export function readListenerFiles(files: ListenerFiles, setting: string, folder: string): ListenerFiles {
  return {
    cert: readPem(`${setting}.cert`, resolve(folder, files.cert), false),
    key: readPem(`${setting}.key`, resolve(folder, files.key), true),
    ca: readPem(`${setting}.ca`, resolve(folder, files.ca), false),
  };
}

/** Checks and reads through one descriptor, so that the file checked is the file read. @throws SecretFault */
export function readPem(setting: string, path: string, isPrivate: boolean): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new SecretFault(`${setting}: ${path} cannot be opened: create it, readable by the gateway's user`, { cause }); // prettier-ignore
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new SecretFault(`${setting}: ${path} is not a regular file`);
    if (isPrivate && (stat.mode & 0o077) !== 0 && process.platform !== "win32")
      throw new SecretFault(`${setting}: ${path} can be read by others: chmod 600 it`);
    if (stat.size > limits.configurationFileBytesMax)
      throw new SecretFault(`${setting}: ${path} is larger than ${limits.configurationFileBytesMax} bytes`);
    const text = readFileSync(file, "utf8");
    if (!text.includes("-----BEGIN ")) throw new SecretFault(`${setting}: ${path} is no PEM file`);
    return text;
  } finally {
    closeSync(file);
  }
}
