/**
 * The data folder: what one node keeps between starts. Mode 0700; one node at a time.
 *
 *   control.sock   operators                     keys.json      API keys, hashed
 *   node.json      who runs here                 keys/          sealing, facts and shard keys (0600)
 *   records/       record segments               roles/         role tables that were in force, by digest
 *   sessions.db    passivated sessions           baselines/     what is usual for personas, and what is in force
 */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { BaselineStore } from "./baseline/store.ts";
import { GatewayError } from "../protocol/errors.ts";
import type { RoleTable } from "../protocol/role.ts";

export class DataFolder {
  readonly path: string;
  readonly baselines: BaselineStore;
  #derive: ((name: string) => Buffer) | undefined;

  /** Makes the folder when it is missing. @throws GatewayError CONFIGURATION when others can read it, or a node runs */
  constructor(path: string) {
    this.path = path;
    this.baselines = new BaselineStore(join(path, "baselines"));
    for (const folder of [path, join(path, "keys"), join(path, "roles")]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if ((statSync(folder).mode & 0o077) !== 0)
        throw new GatewayError("CONFIGURATION", `${folder} is open to other users`, { remedy: `run chmod 700 on it` }); // prettier-ignore
    }
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** In a cluster keys come from what its nodes share, and not from this folder. */
  share(derive: (name: string) => Buffer): void {
    this.#derive = derive;
  }

  /** 32 random bytes, made once. */
  key(name: string): Buffer {
    if (this.#derive !== undefined) return this.#derive(name);
    const path = join(this.path, "keys", name);
    if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: "wx" });
    if ((statSync(path).mode & 0o077) !== 0)
      throw new GatewayError("CONFIGURATION", `${path} is open to other users`, { remedy: `run chmod 600 on it` }); // prettier-ignore
    const key = readFileSync(path);
    if (key.length !== 32)
      throw new GatewayError("CONFIGURATION", `${path} is damaged: it must hold 32 bytes`);
    return key;
  }

  /** Keeps a table that comes into force: replays and passivated sessions name it. */
  saveRole(digest: string, table: RoleTable): void {
    const path = this.#rolePath(digest);
    if (path === undefined || existsSync(path)) return;
    writeFileSync(`${path}.new`, JSON.stringify(table), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  loadRole(digest: string): RoleTable | undefined {
    const path = this.#rolePath(digest);
    return path !== undefined && existsSync(path)
      ? (JSON.parse(readFileSync(path, "utf8")) as RoleTable)
      : undefined;
  }

  #rolePath(digest: string): string | undefined {
    return /^[A-Za-z0-9_-]{43}$/.test(digest) ? join(this.path, "roles", `${digest}.json`) : undefined;
  }

  /**
   * Takes the folder for this process.
   *
   * @throws GatewayError CONFIGURATION when another living process holds it
   */
  take(incarnation: string): void {
    const path = this.file("node.json");
    if (existsSync(path)) {
      const other = readHolder(path);
      if (other !== undefined && other.pid !== process.pid && isGatehouse(other))
        throw new GatewayError("CONFIGURATION", `process ${other.pid} already runs a node in ${this.path}`, { remedy: "stop it, or set another `data` folder in gatehouse.yaml" }); // prettier-ignore
    }
    const started = processStart(process.pid);
    writeFileSync(path, JSON.stringify({ pid: process.pid, started, incarnation }), { mode: 0o600 });
  }

  release(): void {
    const path = this.file("node.json");
    if (existsSync(path) && readHolder(path)?.pid === process.pid) unlinkSync(path);
  }
}

interface Holder {
  readonly pid: number;
  readonly started: string;
}

function readHolder(path: string): Holder | undefined {
  try {
    const read = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return typeof read.pid === "number" && typeof read.started === "string" ? (read as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** A process id alone is reused; with its start time it is not. */
function isGatehouse(holder: Holder): boolean {
  const started = processStart(holder.pid);
  return started !== "" && started === holder.started;
}

/** Field 22 of /proc/PID/stat (proc(5)); elsewhere whether the process exists. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    try {
      process.kill(pid, 0);
      return "alive";
    } catch {
      return "";
    }
  }
}
