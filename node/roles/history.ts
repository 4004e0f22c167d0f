/**
 * The versions of one role: personas/NAME.versions.jsonl, beside the role file and meant for the same version control. Plain
 * JSON lines, only ever added to.
 *
 * Owns: the form, the chain, what a version must have to count. Does not own which keys count (approval.ts).
 *
 * H1. Each line holds the hash of the line before; a line that was changed, taken out or moved breaks the chain.
 * H2. A version counts when an approver signed its hash, or when it is shown to be narrower than the version before it: then
 *     nobody has to sign, and whoever reads the file checks it again. Who wrote such a line, when and why is nobody's word.
 * H3. A file that does not hold is a fault, and approves nothing.
 */
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { canonicalJson } from "../../protocol/canonical.ts";
import type { Json } from "../../protocol/json.ts";
import { limits } from "../../protocol/limits.ts";
import { roleFileSchema } from "../../protocol/role.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { readText } from "../catalogue/document.ts";
import type { ConfigurationFault } from "../catalogue/fault.ts";
import type { Approver } from "./approver.ts";
import { isSigned } from "./approver.ts";
import { compareRoles, saidTwice } from "./comparison.ts";
import { isFree } from "./order.ts";
import type { FrozenRole } from "./comparison.ts";

const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const versionSchema = z.strictObject({
  v: z.literal(1),
  version: z.int().min(1),
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  act: z.enum(["approved", "narrowed"]),
  by: z.string().min(1).max(256),
  reason: z.string().min(1).max(2000),
  /** What it changed, in words: for who reads the file. */
  changes: z.array(z.string().max(2000)).max(10_000),
  /** Skills whose grants it has, as NAME@VERSION. */
  skills: z.array(z.string().max(256)).max(1000),
  /** As it was written; read by roleFileSchema when it is compared. */
  role: z.record(z.string(), z.unknown()),
  definitions: z.record(z.string(), digest),
  /** Hash of the version before; "" for the first. */
  before: z.union([digest, z.literal("")]),
  hash: digest,
  key: z.string().max(64).optional(),
  signature: z.string().max(128).optional(),
});
export type Version = z.infer<typeof versionSchema>;

export interface History {
  readonly versions: readonly Version[];
  /** The last one, to compare with; undefined when there is none. */
  readonly last: FrozenRole | undefined;
}

export const noHistory: History = { versions: [], last: undefined };

/** personas/NAME.role.yaml has personas/NAME.versions.jsonl. */
export function historyPath(roleFile: string): string {
  return join(dirname(roleFile), `${basename(roleFile).replace(/\.role\.yaml$/, "")}.versions.jsonl`);
}

const badHistory =
  "restore the file from version control; without it every grant has to be approved again (gatehouse role approve NAME)";

/**
 * Reads and checks a history; a file that does not exist is an empty one.
 *
 * @param shown     how faults name the file
 * @param approvers ids of keys that count; undefined checks the chain alone
 */
export function readHistory(
  path: string,
  shown: string,
  approvers?: ReadonlySet<string>,
): History | ConfigurationFault {
  if (!existsSync(path)) return noHistory;
  const text = readText(path, shown, limits.roleHistoryBytesMax);
  if (typeof text !== "string") return text;
  const versions: Version[] = [];
  let last: FrozenRole | undefined;
  for (const [at, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const fault = (says: string): ConfigurationFault => ({ file: shown, line: at + 1, column: 1, says, do: badHistory }); // prettier-ignore
    const version = parsed(line);
    if (version === undefined) return fault("this is no version of a role");
    const before = versions.at(-1);
    const isNext = version.version === (before?.version ?? 0) + 1 && version.before === (before?.hash ?? "");
    if (!isNext) return fault("this does not follow the line before it: something was taken out, added or moved"); // prettier-ignore
    if (hashOf(version) !== version.hash) return fault("this was changed after it was written");
    const role = roleFileSchema.safeParse(version.role);
    if (!role.success) return fault("its role is none that this program knows");
    const twice = saidTwice(role.data);
    if (twice !== undefined) return fault(`its role ${twice}: what it lets pass cannot be told`);
    const frozen = { role: role.data, definitions: version.definitions };
    if (approvers !== undefined && !isApproved(version, approvers) && !isNarrower(last, frozen, dirname(path)))
      return fault(version.signature === undefined ? "this lets more pass than the version before it, and nobody has signed it" : "this was signed with a key that does not count here"); // prettier-ignore
    versions.push(version);
    last = frozen;
  }
  return { versions, last };
}

/**
 * What speaks for a version, of a history that holds. signed: a key that counts. narrower: nothing but the comparison, which it needs no
 * more than that. none: it says of itself that somebody approved it, and no signature that counts says so.
 */
export type Proof = "signed" | "narrower" | "none";

export function proofOf(version: Version, approvers: ReadonlySet<string>): Proof {
  if (isApproved(version, approvers)) return "signed";
  return version.act === "approved" ? "none" : "narrower";
}

function parsed(line: string): Version | undefined {
  try {
    const read = versionSchema.safeParse(JSON.parse(line));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

function isApproved({ key, signature, hash }: Version, approvers: ReadonlySet<string>): boolean {
  return key !== undefined && signature !== undefined && approvers.has(key) && isSigned(hash, key, signature);
}

function isNarrower(before: FrozenRole | undefined, after: FrozenRole, folder: string): boolean {
  if (before === undefined) return false;
  return compareRoles(before, after, folder).every(({ direction }) => isFree(direction));
}

/** SHA-256 (base64url) over the canonical JSON of all but hash and signature. */
function hashOf({ hash: _, signature: __, ...covered }: Version): string {
  return createHash("sha256")
    .update(canonicalJson(covered as Json))
    .digest("base64url");
}

/** What a new version says besides what the chain and the approver give it. */
export interface Entry {
  readonly at: Date;
  readonly act: Version["act"];
  readonly by: string;
  readonly reason: string;
  readonly changes: readonly string[];
  readonly skills: readonly string[];
  readonly frozen: FrozenRole;
}

/** The version that follows; with an approver, signed. */
export function nextVersion({ versions }: History, entry: Entry, approver?: Approver): Version {
  const before = versions.at(-1);
  const { at, frozen, changes, skills, ...said } = entry;
  const open: Version = {
    v: 1,
    version: (before?.version ?? 0) + 1,
    at: at.toISOString(),
    ...said,
    changes: [...changes],
    skills: [...skills],
    role: JSON.parse(JSON.stringify(frozen.role)) as Version["role"],
    definitions: { ...frozen.definitions },
    before: before?.hash ?? "",
    hash: "",
    ...(approver === undefined ? {} : { key: approver.id }),
  };
  const hash = hashOf(open);
  return { ...open, hash, ...(approver === undefined ? {} : { signature: approver.sign(hash) }) };
}

/**
 * Writes the history with one version more: all of it or nothing, also when the machine stops in the middle.
 *
 * @throws GatewayError CONFIGURATION for more than what is read again
 */
export function addVersion(path: string, { versions }: History, version: Version): void {
  const lines = [...versions, version].map((each) => `${JSON.stringify(each)}\n`).join("");
  if (Buffer.byteLength(lines) > limits.roleHistoryBytesMax)
    throw new GatewayError("CONFIGURATION", `${path} would exceed ${limits.roleHistoryBytesMax} bytes`, { remedy: "move it away, which keeps it for reading, and approve the role as it is as a new first version" }); // prettier-ignore
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  const file = openSync(fresh, "wx", 0o644);
  try {
    writeFileSync(file, lines);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
}
