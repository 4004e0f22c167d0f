/**
 * catalogue.lock: the definitions an operator accepted, by digest. Reads, writes, pins and compares.
 *
 * K1. A lock that is read holds what its digests say: a definition edited by hand is a fault, not a new approval.
 * K2. The file is deterministic: equal pins give equal bytes, so a diff shows exactly what an accept changed.
 * K3. A write is all or nothing, also when the machine stops in the middle.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { CatalogueLock, PinnedDefinition } from "../../protocol/catalogue.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import {
  changedFields,
  definitionBytes,
  definitionDigest,
  definitionName,
  pinnedPart,
} from "./definition.ts";
import type { DefinitionKind } from "./definition.ts";
import { parseYaml, readText } from "./document.ts";
import type { ConfigurationFault } from "./fault.ts";
import { cleanseText } from "../exchange/cleanse.ts";
import { quote } from "./fault.ts";
import { checkDocument } from "./wording.ts";

export type LockedServer = CatalogueLock["servers"][string];

/** What a server lists now. */
export interface LiveDefinitions {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
}

/** What a server says of itself when it is accepted. */
export interface LiveServer extends LiveDefinitions {
  readonly info: { readonly name: string; readonly version: string };
  readonly instructions?: string;
  readonly capabilities: JsonObject;
}

export interface NamedDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
}

export interface ChangedDefinition {
  readonly fields: readonly string[];
  /** Both texts of each field, JSON, cut: for the eyes of who accepts it. */
  readonly shown?: readonly { readonly field: string; readonly before: string; readonly now: string }[];
}

export interface Comparison {
  readonly same: readonly NamedDefinition[];
  /** `fields` holds the covered fields that differ, or "listed twice". */
  readonly changed: readonly (NamedDefinition & ChangedDefinition)[];
  /** Pinned, and not listed now. */
  readonly missing: readonly NamedDefinition[];
  /** Listed now, and not pinned. */
  readonly added: readonly NamedDefinition[];
}

export const emptyLock: CatalogueLock = { v: 1, servers: {} };

const definition = z.record(z.string(), z.unknown());
const pinned = z.strictObject({ digest: z.string().regex(/^[A-Za-z0-9_-]{43}$/), definition });
const pins = z.record(z.string().min(1).max(1024), pinned);
const serverName = z.string().refine(isName, { message: `must be ${nameRule}` });

/** Schema of catalogue.lock; the shape is protocol/catalogue.ts. */
export const lockSchema = z.strictObject({
  v: z.literal(1),
  servers: z.record(
    serverName,
    z.strictObject({
      accepted: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/)
        .describe("Date (YYYY-MM-DD) of the accept."),
      info: z
        .strictObject({ name: z.string().max(1024), version: z.string().max(1024) })
        .describe("Display only."),
      instructions: z.string().max(limits.toolDefinitionBytesMax).optional(),
      capabilities: definition,
      tools: pins,
      prompts: pins,
      templates: pins.describe("Resource templates by URI template."),
    }),
  ),
});

const tables = { tool: "tools", prompt: "prompts", template: "templates" } as const;
const kinds = ["tool", "prompt", "template"] as const;
const badLock = "restore the file from version control, or accept the servers again";

/** A lock has no people's text in it but schemas: far more keys than a message, and no deeper. */
const lockBounds = {
  textUnitsMax: limits.lockFileBytesMax,
  depthMax: limits.jsonDepthMax + 8,
  keysMax: 4_000_000,
  itemsMax: 4_000_000,
  stringUnitsMax: limits.toolDefinitionBytesMax,
};

/**
 * Reads catalogue.lock.
 *
 * @param path  where it is; a file that does not exist is an empty lock: nothing is accepted yet
 * @param shown how faults name it
 */
export function readLock(path: string, shown: string): CatalogueLock | ConfigurationFault[] {
  if (!existsSync(path)) return emptyLock;
  const text = readText(path, shown, limits.lockFileBytesMax);
  return typeof text === "string" ? parseLock(text, shown) : [text];
}

export function parseLock(text: string, file: string): CatalogueLock | ConfigurationFault[] {
  const value = parseStrict(text, lockBounds);
  if (value instanceof JsonFault) {
    const before = text.slice(0, value.at);
    const line = before.split("\n").length;
    const column = value.at - before.lastIndexOf("\n");
    return [
      { file, line, column, says: `this is not the strict JSON of a lock: ${value.says}`, do: badLock },
    ];
  }
  const result = lockSchema.safeParse(value);
  if (!result.success) return wordFaults(text, file);
  const lock = result.data as CatalogueLock;
  const faults = Object.entries(lock.servers).flatMap(([server, locked]) =>
    edited(locked).map(({ kind, name }) => ({
      file,
      ...lineOf(text, name),
      says: `the pinned ${kind} ${quote(name)} of ${quote(server)} does not have the digest beside it`,
      do: "restore the file from version control; a new definition is approved with `gatehouse catalogue accept`",
    })),
  );
  return faults.length > 0 ? faults.slice(0, limits.configurationFaultsMax) : lock;
}

/** Positions cost a second parse (JSON is YAML), so they are looked for only when there is a fault. */
function wordFaults(text: string, file: string): ConfigurationFault[] {
  const document = parseYaml(text, file);
  if (Array.isArray(document)) return document;
  const checked = checkDocument(lockSchema, document);
  return "faults" in checked ? checked.faults.map((fault) => ({ ...fault, do: badLock })) : [];
}

function lineOf(text: string, name: string): { line: number; column: number } {
  const at = text.indexOf(`${JSON.stringify(name)}:`);
  return { line: at < 0 ? 1 : text.slice(0, at).split("\n").length, column: 1 };
}

function edited(locked: LockedServer): NamedDefinition[] {
  return kinds.flatMap((kind) =>
    Object.entries(locked[tables[kind]])
      .filter(
        ([name, pin]) =>
          pin.digest !== definitionDigest(kind, pin.definition) ||
          definitionName(kind, pin.definition) !== name,
      )
      .map(([name]) => ({ kind, name })),
  );
}

/** The pin of one definition, by own name only: a tool may be called `constructor`. */
export function findPin(
  locked: LockedServer,
  kind: DefinitionKind,
  name: string,
): PinnedDefinition | undefined {
  const table = locked[tables[kind]];
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/**
 * Pins what a server lists now.
 *
 * @param accepted date of the accept, YYYY-MM-DD
 * @param keep     with `names`: only definitions with these names are pinned anew, all others stay as in `before`
 * @returns the server's entry, what was pinned, and what cannot be pinned, with the reason
 */
export function pin(
  live: LiveServer,
  accepted: string,
  keep?: { readonly names: ReadonlySet<string>; readonly before: LockedServer | undefined },
): {
  readonly locked: LockedServer;
  readonly pinned: readonly NamedDefinition[];
  readonly refused: readonly (NamedDefinition & { readonly why: string })[];
} {
  const newly: NamedDefinition[] = [];
  const refused: (NamedDefinition & { why: string })[] = [];
  const pinAll = (kind: DefinitionKind): { [name: string]: PinnedDefinition } => {
    const table = new Map<string, PinnedDefinition>(Object.entries(keep?.before?.[tables[kind]] ?? {}));
    for (const [name, found] of byName(kind, live)) {
      if (keep !== undefined && !keep.names.has(name)) continue;
      const why = reasonNotToPin(kind, name, found);
      const [only] = found;
      if (why !== undefined || only === undefined)
        refused.push({ kind, name, why: why ?? "it is not listed" });
      else {
        table.set(name, { digest: definitionDigest(kind, only), definition: pinnedPart(kind, only) });
        newly.push({ kind, name });
      }
    }
    return Object.fromEntries(table);
  };
  const locked = {
    accepted,
    info: { name: live.info.name, version: live.info.version },
    ...(live.instructions === undefined ? {} : { instructions: live.instructions }),
    capabilities: live.capabilities,
    tools: pinAll("tool"),
    prompts: pinAll("prompt"),
    templates: pinAll("template"),
  };
  return { locked, pinned: newly, refused };
}

function reasonNotToPin(
  kind: DefinitionKind,
  name: string,
  found: readonly JsonObject[],
): string | undefined {
  const [first] = found;
  if (found.length > 1) return "the server lists it twice";
  if (name === "__proto__" || name.length > 1024) return "its name cannot be kept";
  if (first !== undefined && definitionBytes(kind, first) > limits.toolDefinitionBytesMax)
    return `its definition exceeds ${limits.toolDefinitionBytesMax} bytes`;
  // A lock that cannot be read again would take every role out of force: 1e20 comes back as digits no double holds.
  const text = JSON.stringify(pinnedPart(kind, first ?? {}));
  if (parseStrict(text, lockBounds) instanceof JsonFault)
    return "its definition has a value that JSON cannot keep";
  return undefined;
}

/** Live definitions by name; one without a name cannot be called and is left out. */
function byName(kind: DefinitionKind, live: LiveDefinitions): Map<string, JsonObject[]> {
  const found = new Map<string, JsonObject[]>();
  for (const each of live[tables[kind]].slice(0, limits.listItemsMax)) {
    const name = definitionName(kind, each);
    if (name === undefined) continue;
    const before = found.get(name);
    if (before === undefined) found.set(name, [each]);
    else before.push(each);
  }
  return found;
}

/** Compares what a server lists now with its pins. A definition listed twice is changed: which one holds is unknown. */
export function compare(locked: LockedServer, live: LiveDefinitions): Comparison {
  const same: NamedDefinition[] = [];
  const changed: (NamedDefinition & ChangedDefinition)[] = [];
  const missing: NamedDefinition[] = [];
  const added: NamedDefinition[] = [];
  for (const kind of kinds) {
    const now = byName(kind, live);
    for (const [name, found] of now) {
      const before = findPin(locked, kind, name);
      const [only] = found;
      if (before === undefined) added.push({ kind, name });
      else if (found.length > 1 || only === undefined) changed.push({ kind, name, fields: ["listed twice"] });
      else if (definitionDigest(kind, only) === before.digest) same.push({ kind, name });
      else {
        const fields = changedFields(kind, before.definition, only);
        changed.push({
          kind,
          name,
          fields,
          shown: fields.map((field) => bothTexts(field, before.definition, only)),
        });
      }
    }
    for (const name of Object.keys(locked[tables[kind]])) if (!now.has(name)) missing.push({ kind, name });
  }
  return { same, changed, missing, added };
}

const shownUnitsMax = 600;

function bothTexts(
  field: string,
  before: JsonObject,
  now: JsonObject,
): { field: string; before: string; now: string } {
  const text = (value: unknown): string =>
    cleanseText(value === undefined ? "(none)" : JSON.stringify(value)).slice(0, shownUnitsMax);
  return { field, before: text(before[field]), now: text(now[field]) };
}

/** The bytes of a lock: keys sorted at every level, two spaces, a line end. */
export function formatLock(lock: CatalogueLock): string {
  return `${JSON.stringify(sorted(lock), undefined, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}

/**
 * Writes catalogue.lock: a new file beside it, on the disk, then renamed over it.
 *
 * @throws what the file system throws; the old file is whole then
 */
export function writeLock(path: string, lock: CatalogueLock): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    const file = openSync(fresh, "w", 0o644);
    try {
      writeFileSync(file, formatLock(lock));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  // The new name is durable once its folder is; some systems refuse to open a folder, and then the rename has to do.
  try {
    const folder = openSync(dirname(path), "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    return;
  }
}
