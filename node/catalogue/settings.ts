/** Rules of gatehouse.yaml that its schema cannot say: URLs that mean what they should, values that can match at all. */
import type { Settings } from "../../protocol/settings.ts";
import type { Report } from "./document.ts";
import { checkRecogniser } from "./recognisers.ts";
import { checkRanges, checkUrl, isSafeUrl } from "./servers.ts";

export function checkSettings({ listen, oauth, telemetry, dlp }: Settings, report: Report): void {
  if (listen.publicUrl !== undefined) {
    checkUrl(listen.publicUrl, ["listen", "publicUrl"], report);
    if (new URL(listen.publicUrl).search !== "")
      report(["listen", "publicUrl"], "the public URL has a query", "remove it");
  }
  for (const [at, host] of listen.allowedHosts.entries())
    if (
      !URL.canParse(`http://${host}/`) ||
      new URL(`http://${host}/`).host !== host.toLowerCase().replace(/:80$/, "")
    )
      report(["listen", "allowedHosts", at], "this is no value of a Host header", "write name or name:port");
  for (const [at, origin] of listen.allowedOrigins.entries())
    if (!URL.canParse(origin) || new URL(origin).origin !== origin.toLowerCase())
      report(
        ["listen", "allowedOrigins", at],
        "this is no value of an Origin header",
        "write scheme://name or scheme://name:port, without a slash at the end",
      );
  if (telemetry.otlp !== undefined) checkUrl(telemetry.otlp, ["telemetry", "otlp"], report);
  for (const [name, recogniser] of Object.entries(dlp.external)) checkRecogniser(recogniser, ["dlp", "external", name], report); // prettier-ignore
  for (const kind of ["types", "allow", "exact", "documents"] as const)
    for (const [at, path] of dlp[kind].entries())
      if (dlp[kind].indexOf(path) < at) report(["dlp", kind, at], `this ${kind === "types" ? "file" : "index"} is listed twice`, "keep one entry"); // prettier-ignore
  const seen = new Set<string>();
  for (const [at, each] of oauth.issuers.entries()) {
    const path = ["oauth", "issuers", at];
    for (const key of ["issuer", "jwks"] as const) {
      checkUrl(each[key], [...path, key], report);
      // Who can change a key set on its way can make any token.
      if (!isSafeUrl(each[key]))
        report([...path, key], `\`${key}\` is not https`, "use https; http is for this machine only");
    }
    if (seen.has(each.issuer)) report([...path, "issuer"], "this issuer is listed twice", "keep one entry");
    seen.add(each.issuer);
    checkRanges(each.private, [...path, "private"], report);
  }
}
