/**
 * The MCP revisions we speak and what sets each apart on the wire. One row per revision; the code asks the row, never
 * compares dates. Source: the changelogs of the MCP specification.
 */

export const revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const;
export type Revision = (typeof revisions)[number];

export const newestOlder: Revision = "2025-11-25";
export const modern: Revision = "2026-07-28";

export interface RevisionTraits {
  /** `modern` carries its metadata on each request; `older` begins with initialize. */
  readonly era: "modern" | "older";
  /** JSON-RPC batches are part of this revision. */
  readonly batches: boolean;
  /** A GET stream and POST streams carry event ids and begin with a priming event. */
  readonly primesStreams: boolean;
  readonly structuredContent: boolean;
  readonly resourceLinks: boolean;
  readonly audio: boolean;
  readonly elicitation: "none" | "form" | "form+url";
  readonly icons: boolean;
  readonly titles: boolean;
  readonly resourceNotFoundCode: -32002 | -32602;
}

const base: RevisionTraits = {
  era: "older",
  batches: false,
  primesStreams: false,
  structuredContent: false,
  resourceLinks: false,
  audio: false,
  elicitation: "none",
  icons: false,
  titles: false,
  resourceNotFoundCode: -32002,
};
const from2025March = { ...base, batches: true, audio: true };
const from2025June: RevisionTraits = {
  ...base,
  audio: true,
  structuredContent: true,
  resourceLinks: true,
  titles: true,
  elicitation: "form",
};
const from2025November: RevisionTraits = {
  ...from2025June,
  primesStreams: true,
  elicitation: "form+url",
  icons: true,
};

export const traits: { readonly [R in Revision]: RevisionTraits } = {
  "2024-11-05": base,
  "2025-03-26": from2025March,
  "2025-06-18": from2025June,
  "2025-11-25": from2025November,
  "2026-07-28": { ...from2025November, era: "modern", primesStreams: false, resourceNotFoundCode: -32602 },
};

export function isRevision(text: unknown): text is Revision {
  return typeof text === "string" && (revisions as readonly string[]).includes(text);
}

/** True when `revision` is not older than `oldest`. Revisions are dates, so their text orders them. */
export function atLeast(revision: string, oldest: string): boolean {
  return revision >= oldest;
}

/** Request and result metadata keys of 2026-07-28. */
export const meta = {
  version: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscription: "io.modelcontextprotocol/subscriptionId",
} as const;

/** Severity order of RFC 5424 as MCP logging uses it. */
export const logLevels = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;
export type LogLevel = (typeof logLevels)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return typeof value === "string" && (logLevels as readonly string[]).includes(value);
}

/** Whether a message of `level` passes the threshold. Unknown levels do not. */
export function passesLevel(level: unknown, threshold: LogLevel): boolean {
  return isLogLevel(level) && logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}
