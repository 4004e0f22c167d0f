/**
 * Rules of catalogue.yaml that its schema cannot say, and its paths made absolute. Does not own: what a
 * stdio entry may run and reaching a server (node/upstream), reading a credential (node/vault).
 *
 * V1. An entry that the upstream side would refuse or cut down is a fault here: what a reviewer reads is what runs.
 * V2. No secret stands in the file: a URL with a password is refused.
 */
import { resolve } from "node:path";
import { compileHosts } from "../../actors/guards/hostname.ts";
import type { CatalogueFile, CatalogueLock, CatalogueServer } from "../../protocol/catalogue.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { readRanges } from "../upstream/address.ts";
import { isStripped, readCommand } from "../upstream/command.ts";
import type { Path, Report } from "./document.ts";
import { didYouMean, list, quote } from "./fault.ts";

type Stdio = Extract<CatalogueServer["transport"], { stdio: unknown }>["stdio"];

/** Checks every server and the names that `repeatable` lists. Faults are reported at paths of catalogue.yaml. */
export function checkServers(catalogue: CatalogueFile, lock: CatalogueLock, report: Report): void {
  for (const [name, server] of Object.entries(catalogue.servers)) {
    const path = ["servers", name];
    const { transport } = server;
    if ("stdio" in transport) checkStdio(transport.stdio, server, path, report);
    else
      checkUrl(
        "http" in transport ? transport.http.url : transport.sse.url,
        [...path, "transport", "http" in transport ? "http" : "sse", "url"],
        report,
      );
    checkCredential(server, path, report);
    checkRanges(server.network?.private ?? [], [...path, "network", "private"], report);
    for (const [at, host] of server.links.entries())
      if (typeof compileHosts([host]) === "string")
        report([...path, "links", at], "this is no host name", "write a host name or *.name.tld");
    checkRepeatable(name, server, lock, report);
    checkRisk(name, server, lock, report);
  }
}

/** URL of something the gateway calls or shows: http(s), without user and fragment. */
export function checkUrl(text: string, path: Path, report: Report): void {
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    report(path, "the URL is neither http nor https", "use https://…");
  else if (url.username !== "" || url.password !== "")
    report(
      path,
      "the URL holds a user or password",
      "remove it; a server's secret goes into its `credential` entry",
    );
  else if (url.hash !== "") report(path, "the URL has a fragment (#…)", "remove it");
}

/** Whether nobody on the way can change or read what goes there: TLS, or this machine. */
export function isSafeUrl(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return (
    protocol !== "http:" ||
    hostname === "localhost" ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/** Reports every entry that is no range of addresses. */
export function checkRanges(ranges: readonly string[], path: Path, report: Report): void {
  for (const [at, range] of ranges.entries()) {
    try {
      readRanges([range]);
    } catch {
      report([...path, at], "this is no range of addresses", "write it as 10.0.0.0/8 or fd00::/8");
    }
  }
}

function checkStdio(stdio: Stdio, server: CatalogueServer, path: Path, report: Report): void {
  const at = [...path, "transport", "stdio"];
  for (const name of Object.keys(stdio.env ?? {}))
    if (isStripped(name))
      report(
        [...at, "env", name],
        `the variable ${quote(name)} can make the server run other code`,
        "remove it",
        "key",
      );
  try {
    readCommand(stdio, "/");
  } catch (error) {
    // Its words hold the remedy; they are about an entry, and so is the place.
    if (!(error instanceof GatewayError)) throw error;
    const says = error.detail?.replace("a stdio server of the catalogue: ", "") ?? "the command is refused";
    report([...at, "command"], says, "name a program or script that can be reviewed");
  }
  if (server.network !== undefined)
    report([...path, "network"], "`network` means nothing for a stdio server", "remove it", "key");
}

/** Headers that frame the request or that the protocol owns. */
const reservedHeader =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept.*|proxy-.*|mcp-.*|last-event-id)$/i;

function checkCredential({ credential, transport }: CatalogueServer, path: Path, report: Report): void {
  if (credential === undefined) return;
  const at = [...path, "credential"];
  if ("header" in credential) {
    if ("stdio" in transport)
      report(
        [...at, "header"],
        "a stdio server has no headers",
        "use `env: NAME` for a variable of the child",
        "key",
      );
    else if (reservedHeader.test(credential.header))
      report(
        [...at, "header"],
        "this header belongs to the protocol",
        "name the one that the server reads its credential from",
      );
    return;
  }
  if (!("stdio" in transport))
    report([...at, "env"], "only a stdio server has an environment", "use `header: NAME`", "key");
  else if (isStripped(credential.env) || Object.hasOwn(transport.stdio.env ?? {}, credential.env))
    report(
      [...at, "env"],
      `the variable ${quote(credential.env)} cannot hold the credential`,
      "choose one that is not set otherwise",
    );
}

function checkRepeatable(name: string, server: CatalogueServer, lock: CatalogueLock, report: Report): void {
  const locked = Object.hasOwn(lock.servers, name) ? lock.servers[name] : undefined;
  if (locked === undefined) return;
  const known = [...Object.keys(locked.tools), ...Object.keys(locked.prompts)];
  for (const [at, each] of server.repeatable.entries()) {
    // A URI pattern of a resource grant; it is compared with grants as text.
    if (known.includes(each) || /^[a-z][a-z0-9+.-]*:/i.test(each)) continue;
    report(
      ["servers", name, "repeatable", at],
      `server ${quote(name)} has no accepted tool ${quote(each)}`,
      `${didYouMean(each, known)}accepted there: ${list(known)}`,
    );
  }
}

/** A score for a tool that is not there would change nothing, unseen. */
function checkRisk(name: string, { risk = {} }: CatalogueServer, lock: CatalogueLock, report: Report): void {
  const locked = Object.hasOwn(lock.servers, name) ? lock.servers[name] : undefined;
  if (locked === undefined) return;
  const known = Object.keys(locked.tools);
  for (const tool of Object.keys(risk))
    if (!known.includes(tool))
      report(["servers", name, "risk", tool], `server ${quote(name)} has no accepted tool ${quote(tool)}`, `${didYouMean(tool, known)}accepted there: ${list(known)}`, "key"); // prettier-ignore
}

/**
 * The catalogue with every path absolute.
 *
 * @param folder where catalogue.yaml lies
 */
export function absoluteCatalogue(catalogue: CatalogueFile, folder: string): CatalogueFile {
  const servers = Object.entries(catalogue.servers).map(([name, server]) => [
    name,
    absoluteServer(server, folder),
  ]);
  return { ...catalogue, servers: Object.fromEntries(servers) };
}

function absoluteServer(server: CatalogueServer, folder: string): CatalogueServer {
  const { transport, credential } = server;
  const from =
    credential?.from.startsWith("file:") === true
      ? `file:${resolve(folder, credential.from.slice(5))}`
      : credential?.from;
  return {
    ...server,
    ...(credential === undefined || from === undefined ? {} : { credential: { ...credential, from } }),
    transport: "stdio" in transport ? { stdio: absoluteStdio(transport.stdio, folder) } : transport,
  };
}

function absoluteStdio(stdio: Stdio, folder: string): Stdio {
  const absolute = (text: string): string => (/^\.{1,2}\//.test(text) ? resolve(folder, text) : text);
  return {
    ...stdio,
    command: stdio.command.includes("/") ? resolve(folder, stdio.command) : stdio.command,
    args: stdio.args.map(absolute),
    folder: stdio.folder === undefined ? folder : resolve(folder, stdio.folder),
    ...(stdio.env === undefined
      ? {}
      : {
          env: Object.fromEntries(Object.entries(stdio.env).map(([name, value]) => [name, absolute(value)])),
        }),
  };
}
