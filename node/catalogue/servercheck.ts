/** What an operator hears of one server: what it lists now, against its pins and against what roles need of it. */
import { GatewayError } from "../../protocol/errors.ts";
import { quote } from "./fault.ts";
import { compare } from "./lock.ts";
import type { Comparison, LiveServer, LockedServer, NamedDefinition } from "./lock.ts";
import { compareListed } from "./watch.ts";
import type { ListedDefinitions } from "./watch.ts";

export interface ServerCheck {
  readonly server: string;
  readonly changed: Comparison["changed"];
  readonly added: readonly string[];
  /** Pinned, and not listed now. */
  readonly missing: readonly string[];
  /** Those of `missing` that a grant needs. */
  readonly needed: readonly string[];
  /** The server calls itself otherwise than when it was accepted: perhaps another one answers. */
  readonly renamed?: { readonly accepted: string; readonly now: string };
}

/** @param granted names of tools and prompts of this server that grants name */
export function checkServer(
  server: string,
  locked: LockedServer | undefined,
  live: LiveServer & ListedDefinitions,
  granted: ReadonlySet<string>,
): ServerCheck {
  const nothing = { tools: {}, prompts: {}, templates: {}, accepted: "", info: live.info, capabilities: {} };
  const { changed, added, missing } =
    locked === undefined ? compare(nothing, live) : compareListed(locked, live);
  const accepted = locked?.info.name ?? live.info.name;
  return {
    server,
    changed,
    added: added.map(({ name }) => name),
    missing: missing.map(({ name }) => name),
    needed: neededOf(missing, granted),
    ...(accepted === live.info.name ? {} : { renamed: { accepted, now: live.info.name } }),
  };
}

/** Why an accept pinned nothing: only the server, or leaving this one out, can mend it. */
export function notPinned(
  server: string,
  { kind, name, why }: NamedDefinition & { readonly why: string },
): GatewayError {
  return new GatewayError("CONFIGURATION", `the ${kind} ${quote(name)} cannot be pinned: ${why}`, {
    remedy: `mend the server, or accept its other tools by name: gatehouse catalogue accept ${server} TOOL`,
  });
}

/** Templates are no grants: a URI is judged by its grant's pattern. */
export function neededOf(
  missing: readonly NamedDefinition[],
  granted: ReadonlySet<string>,
): readonly string[] {
  return missing.filter(({ kind, name }) => kind !== "template" && granted.has(name)).map(({ name }) => name);
}
