/** A line for operators that somebody else has written: a server may log the arguments that it got, values of tokens among them. Pure. */
import { likely } from "../../actors/dlp/likelihood.ts";
import type { Finding, ScanResult } from "../../actors/dlp/scanner.ts";
import { withhold } from "../../actors/dlp/withholding.ts";

const unsearched = "[a line that could not be searched to its end]";

/**
 * The line without what is found in it; of one that was not searched to its end nothing.
 *
 * @param compared what indices and fingerprints have found in it
 */
export function withoutFound(
  line: string,
  { findings, exceeded }: Pick<ScanResult, "findings" | "exceeded">,
  compared: readonly Finding[] = [],
): string {
  if (exceeded !== undefined) return unsearched;
  const found = [...findings, ...compared].filter(({ likelihood }) => likelihood >= likely);
  const marked = found.map((finding) => ({ ...finding, action: "redact" as const }));
  return withhold(line, marked, { tokenise: () => undefined }) as string;
}
