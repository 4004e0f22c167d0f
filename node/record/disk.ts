/**
 * What the recorder asks of the disk while it runs: a port, so that a test can let any single act fail. Owns no state.
 * Start-up (recovery.ts) and reading (reader.ts, verify.ts) use the file system directly: there a fault simply ends it.
 */
import fs from "node:fs";
import { GatewayError } from "../../protocol/errors.ts";

export interface Disk {
  /** Opens a new file for appending, readable by its owner only. Throws when the file exists. */
  create(path: string): number;
  /** Writes a part of `bytes` at the end; returns how many bytes went, which may be fewer than asked. */
  write(file: number, bytes: Uint8Array, from: number, length: number): number;
  cut(file: number, size: number): void;
  /** Data and size of a file on the platter; `then` gets the fault, if any. */
  sync(file: number, then: (fault: Error | null) => void): void;
  /** Names in a folder on the platter. */
  syncFolder(folder: number, then: (fault: Error | null) => void): void;
  close(file: number): void;
  remove(path: string): void;
}

/** Records name people and tools: nobody but the owner of the process reads them. */
export const fileMode = 0o600;
export const folderMode = 0o700;

export const nodeDisk: Disk = {
  create: (path) => fs.openSync(path, "ax", fileMode),
  write: (file, bytes, from, length) => fs.writeSync(file, bytes, from, length),
  cut: (file, size) => fs.ftruncateSync(file, size),
  sync: (file, then) => fs.fdatasync(file, then),
  syncFolder: (folder, then) => fs.fsync(folder, then),
  close: (file) => fs.closeSync(file),
  remove: (path) => fs.unlinkSync(path),
};

/** A file, written whole and put in place in one step, so that a reader sees the old one or the new one. */
export function replaceFileSync(path: string, text: string): void {
  const draft = `${path}.draft`;
  const file = fs.openSync(draft, "w", fileMode);
  try {
    fs.writeFileSync(file, text);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(draft, path);
}

/** The same without holding up the process. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  const file = await fs.promises.open(draft, "w", fileMode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await fs.promises.rename(draft, path);
}

/** Makes the names in a folder survive power loss. */
export function syncFolderSync(path: string): void {
  const folder = fs.openSync(path, "r");
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

/** Names the system's code and nothing else of it: its message holds paths. */
export function unavailable(what: string, fault: unknown): GatewayError {
  if (fault instanceof GatewayError) return fault;
  return new GatewayError("RECORD_UNAVAILABLE", `${what}: ${systemCode(fault)}`, { cause: fault });
}

export function systemCode(fault: unknown): string {
  return fault instanceof Error && "code" in fault ? String(fault.code) : "no code";
}
