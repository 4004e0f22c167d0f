/** Rules of `dlp.external` in gatehouse.yaml that its schema cannot say. */
import type { RecogniserSettings } from "../../protocol/recognisers.ts";
import { readIcapUrl } from "../dlp/icap/icap.ts";
import type { Report } from "./document.ts";
import { didYouMean, list, quote } from "./fault.ts";
import { checkRanges, checkUrl, isSafeUrl } from "./servers.ts";

/** @param known personas; also those whose files have faults of their own */
export function checkRecogniserPersonas(
  external: Readonly<Record<string, RecogniserSettings>>,
  known: readonly string[],
  report: Report,
): void {
  // prettier-ignore
  for (const [name, { personas }] of Object.entries(external))
    for (const persona of Object.keys(personas))
      if (!known.includes(persona))
        report(["dlp", "external", name, "personas", persona], `there is no role ${quote(persona)}`, `${didYouMean(persona, known)}known: ${list(known)}`, "key"); // prettier-ignore
}

export function checkRecogniser(
  recogniser: RecogniserSettings,
  path: readonly string[],
  report: Report,
): void {
  const { icap, presidio, webhook, credential } = recogniser;
  const kinds = (["icap", "presidio", "webhook"] as const).filter((kind) => recogniser[kind] !== undefined);
  const [kind, other] = kinds;
  if (kind === undefined) report(path, "the recogniser has none of `icap`, `presidio`, `webhook`", "add one", "key");
  else if (other !== undefined) report([...path, other], `the recogniser has \`${kind}\` and \`${other}\``, "keep one; a second recogniser gets a name of its own", "key"); // prettier-ignore
  for (const direction of ["request", "response"] as const) {
    const url = icap?.[direction];
    if (url === undefined) continue;
    try {
      readIcapUrl(url);
    } catch {
      report([...path, "icap", direction], "this is no URL of an ICAP service", "write icap://host/service or icaps://host/service"); // prettier-ignore
    }
  }
  if (icap !== undefined && icap.request === undefined && icap.response === undefined)
    report(
      [...path, "icap"],
      "`icap` has neither `request` nor `response`",
      "add the URL of a service",
      "key",
    );
  if (icap !== undefined && credential !== undefined)
    report(
      [...path, "credential"],
      "ICAP takes no credential",
      "remove it; allow this host at the server",
      "key",
    );
  for (const [at, given] of [
    ["presidio", presidio],
    ["webhook", webhook],
  ] as const) {
    if (given === undefined) continue;
    checkUrl(given.url, [...path, at, "url"], report);
    if (!isSafeUrl(given.url) && recogniser.private.length === 0)
      report([...path, at, "url"], "whole documents would go over plain http", "use https; http is for this machine and the networks under `private`"); // prettier-ignore
  }
  checkRanges(recogniser.private, [...path, "private"], report);
}
