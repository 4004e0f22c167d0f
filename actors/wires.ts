/**
 * What a session remembers of its wire sessions of the older eras, so that any node can serve them: that one was ended,
 * its log level, and the resources that it follows. A wire session is a label (law 7): no guard reads any of this.
 *
 * R1. Bounded: the least recently changed wire session is forgotten first, and a URI that does not fit is not taken.
 * R2. One that was ended stays ended, whatever comes after it.
 */
import { limits } from "../protocol/limits.ts";
import { isLogLevel } from "../protocol/mcp/revision.ts";

export interface WireMemory {
  /** Digest of its id. */
  readonly wire: string;
  readonly isClosed: boolean;
  /** "" when its agent has set none. */
  readonly level: string;
  readonly uris: readonly string[];
}

export type WireChange = "closed" | "level" | "followed" | "unfollowed";

export const noWires: readonly WireMemory[] = Object.freeze<WireMemory[]>([]);

const wireCharsMax = 64;
const uriCharsMax = 1024;

export function findWire(wires: readonly WireMemory[], wire: string): WireMemory | undefined {
  return wires.find((each) => each.wire === wire);
}

/** Whether another URI would be kept. */
export function hasRoom(wires: readonly WireMemory[], wire: string, uri: string): boolean {
  const own = findWire(wires, wire)?.uris ?? [];
  if (own.includes(uri)) return true;
  if (uri === "" || uri.length > uriCharsMax || own.length >= limits.attachmentsPerWireMax) return false;
  let chars = uri.length;
  for (const { uris } of wires) for (const each of uris) chars += each.length;
  return chars <= limits.wireUrisCharsMax;
}

/** What is remembered after a change; the same list when it changes nothing. */
export function changed(
  wires: readonly WireMemory[],
  wire: string,
  what: WireChange,
  value: string,
): readonly WireMemory[] {
  const before = findWire(wires, wire) ?? { wire, isClosed: false, level: "", uris: [] };
  const after = changeOf(wires, before, what, value);
  if (after === undefined) return wires;
  const others = wires.filter((each) => each.wire !== wire);
  return [...others.slice(-(limits.wireSessionsPerPrincipalMax - 1)), after];
}

function changeOf(
  wires: readonly WireMemory[],
  before: WireMemory,
  what: WireChange,
  value: string,
): WireMemory | undefined {
  if (before.isClosed || before.wire.length > wireCharsMax) return undefined;
  switch (what) {
    case "closed":
      return { ...before, isClosed: true, level: "", uris: [] };
    case "level":
      return isLogLevel(value) ? { ...before, level: value } : undefined;
    case "followed":
      if (before.uris.includes(value) || !hasRoom(wires, before.wire, value)) return undefined;
      return { ...before, uris: [...before.uris, value] };
    case "unfollowed":
      if (!before.uris.includes(value)) return undefined;
      return { ...before, uris: before.uris.filter((uri) => uri !== value) };
    default:
      return what satisfies never;
  }
}

export function thawWire(cells: readonly unknown[]): WireMemory | undefined {
  const [wire, closed, level, uris] = cells;
  if (cells.length !== 4 || typeof wire !== "string" || wire.length > wireCharsMax) return undefined;
  if ((closed !== 0 && closed !== 1) || !(level === "" || isLogLevel(level))) return undefined;
  if (!Array.isArray(uris) || uris.length > limits.attachmentsPerWireMax) return undefined;
  const isUri = (uri: unknown): boolean => typeof uri === "string" && uri !== "" && uri.length <= uriCharsMax;
  if (!uris.every(isUri)) return undefined;
  return { wire, isClosed: closed === 1, level, uris: uris as string[] };
}
