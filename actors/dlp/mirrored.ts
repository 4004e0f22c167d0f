/**
 * Answers that say the same twice: a tool's `structuredContent`, and its JSON once more as a text for clients that do not read it. Owns
 * that a value at both places is one finding, as likely as at its likelier place. Does not own counting (rows.ts), nor the search.
 *
 * N1. Both places stay findings: what is withheld is withheld at both.
 * N2. A value that stands twice in one of them counts twice: each place has at most one on the other side.
 */
import type { Finding } from "./scanner.ts";

/** @returns the same findings, in their order; the very list where nothing stands twice */
export function countedOnce(value: unknown, findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2 || !isMirrored(value)) return findings;
  const leaves = new Map<string, string>();
  /** By type and value: places in texts that have no partner yet. */
  const inTexts = new Map<string, number[]>();
  for (const [at, finding] of findings.entries()) {
    if (!finding.path.startsWith("/content/") || finding.isPart === true) continue;
    const key = keyOf(value, finding, leaves);
    const places = inTexts.get(key);
    if (places === undefined) inTexts.set(key, [at]);
    else places.push(at);
  }
  if (inTexts.size === 0) return findings;
  let paired: Finding[] | undefined;
  for (const [at, finding] of findings.entries()) {
    if (!finding.path.startsWith("/structuredContent") || finding.isPart === true) continue;
    const other = inTexts.get(keyOf(value, finding, leaves))?.pop();
    const text = other === undefined ? undefined : findings[other];
    if (other === undefined || text === undefined) continue;
    paired ??= [...findings];
    const likelihood = text.likelihood > finding.likelihood ? text.likelihood : finding.likelihood;
    paired[other] = { ...text, likelihood };
    paired[at] = { ...finding, likelihood, isPart: true };
  }
  return paired ?? findings;
}

function isMirrored(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  return "structuredContent" in value && "content" in value && Array.isArray(value.content);
}

function keyOf(
  value: unknown,
  { type, path, start, end, inKey }: Finding,
  leaves: Map<string, string>,
): string {
  const place = inKey === true ? `key ${path}` : path;
  let text = leaves.get(place);
  if (text === undefined) leaves.set(place, (text = inKey === true ? lastName(path) : leafAt(value, path)));
  return `${type} ${text.slice(start, end)}`;
}

function leafAt(value: unknown, path: string): string {
  let own = value;
  for (const segment of path.split("/").slice(1))
    own = typeof own === "object" && own !== null ? (own as { readonly [name: string]: unknown })[unescaped(segment)] : undefined; // prettier-ignore
  return typeof own === "string" || typeof own === "number" || typeof own === "bigint" ? String(own) : "";
}

/** Of the member at a path. */
export function lastName(path: string): string {
  return unescaped(path.slice(path.lastIndexOf("/") + 1));
}

function unescaped(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}
