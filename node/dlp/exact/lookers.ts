/** Indices of hash-based detection as one function over a text: what `gatehouse scan --index` uses. Calls have indices.ts. */
import type { ExactResult } from "../../../actors/dlp/exact/matcher.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { collectionKind, openCollection } from "../fingerprint/collection.ts";
import { findPassages } from "../fingerprint/collections.ts";
import { openIndex } from "./exactindex.ts";
import { headIn } from "./sealedfile.ts";

/** Findings of a text. */
export type Look = (text: string) => ExactResult;

/** @throws GatewayError CONFIGURATION for an index that cannot be opened */
export function openLookers(paths: readonly string[], keyring: Keyring): Look {
  const lookers = paths.map((path): Look => {
    if (headIn(path)?.kind === collectionKind) {
      const { collection } = openCollection(path, keyring);
      return (text) => findPassages(text, [collection]);
    }
    const { matcher } = openIndex(path, keyring);
    return (text) => matcher.find(text);
  });
  return (text) => {
    const results = lookers.map((look) => look(text));
    const exceeded = results.find((each) => each.exceeded !== undefined)?.exceeded;
    const findings = results.flatMap((each) => each.findings);
    return { findings, ...(exceeded === undefined ? {} : { exceeded }) };
  };
}
