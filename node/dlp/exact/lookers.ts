/** Indices of hash-based detection as one function over a text: what `gatehouse scan --index` uses. Calls have indices.ts. */
import type { ExactResult } from "../../../actors/dlp/exact/matcher.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { openIndex } from "./exactindex.ts";

/** Findings of a text that is at `path` of its document. */
export type Look = (text: string, path?: string) => ExactResult;

/** @throws GatewayError CONFIGURATION for an index that cannot be opened */
export function openLookers(paths: readonly string[], keyring: Keyring): Look {
  const matchers = paths.map((path) => openIndex(path, keyring).matcher);
  return (text, path = "") => {
    const results = matchers.map((matcher) => matcher.find(text, path));
    const exceeded = results.find((each) => each.exceeded !== undefined)?.exceeded;
    const findings = results.flatMap((each) => each.findings);
    return { findings, ...(exceeded === undefined ? {} : { exceeded }) };
  };
}
