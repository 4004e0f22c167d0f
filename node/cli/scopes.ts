/** `gatehouse scopes list | show`: what sessions share, through the running node; in a cluster, of all nodes. */
import { limits } from "../../protocol/limits.ts";
import { everyLabel } from "../../actors/labels.ts";
import type { Owned, Placed, ScopesAnswer } from "../control/listingdesk.ts";
import type { ScopeAnswer, ScopeRow } from "../control/scopelisting.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { sayMissing, sayPlace } from "./place.ts";
import { ask, openProject } from "./project.ts";
import { columns, count, line, span } from "./table.ts";

const listedCount = 1_000;

export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["n"], []);
  const [prefix, ...more] = args.rest;
  if (more.length > 0) throw new Misuse("scopes list takes one prefix of scopes' keys");
  const limit = args.number("n", 1, limits.sessionsListedMax) ?? listedCount;
  const asked = { limit, ...(prefix === undefined ? {} : { prefix }) };
  const { scopes, isCut, missing } = (await ask(openProject(io), "scopes.list", asked)) as ScopesAnswer;
  if (io.json) for (const scope of scopes) io.out(JSON.stringify({ scope }));
  else {
    const isShared = scopes.some(({ owner }) => owner !== undefined);
    const head = ["scope", ...(isShared ? ["owner"] : []), "left", "held", "leases", "labels", "breaker"];
    for (const each of columns(
      head,
      scopes.map((scope) => rowOf(scope, isShared)),
    ))
      io.out(each);
    io.out(`${count(scopes.length, "scope")}${isCut ? ". There are more; name a prefix, or -n N" : ""}`);
  }
  sayMissing(io, missing);
  const open = scopes.filter(({ breaker }) => breaker !== "closed").length;
  return finish(io, "scopes list", true, { scopes: scopes.length, open, isCut });
}

export async function showCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [key, ...more] = new Arguments(argv, [], []).rest;
  if (key === undefined || more.length > 0)
    throw new Misuse("scopes show takes one scope's key, as gatehouse scopes list prints it");
  const scope = (await ask(openProject(io), "scopes.show", { key })) as ScopeAnswer & Placed;
  if (io.json) io.out(JSON.stringify({ scope }));
  else for (const each of sayScope(scope, Date.now())) io.out(each);
  const { held, leases, breaker } = scope;
  return finish(io, "scopes show", true, { leases: leases.length, held, isOpen: breaker.state !== "closed" });
}

function rowOf(scope: ScopeRow & Owned, isShared: boolean): string[] {
  const { key, owner = "", isReadable, tokens, capacity, held, leases, labels, breaker } = scope;
  return [
    key,
    ...(isShared ? [owner] : []),
    capacity === undefined ? "" : `${tokens ?? "?"} of ${capacity}`,
    String(held),
    String(leases),
    isReadable ? sayLabels(labels) : "its row cannot be read: refused",
    breaker === "closed" ? "" : breaker,
  ];
}

function sayLabels(labels: readonly string[]): string {
  return labels[0] === everyLabel ? "all" : labels.join(", ");
}

function* sayScope(scope: ScopeAnswer & Placed, now: number): Generator<string> {
  const { key, form, isActive, bucket, held, registerUntil = 0, leases, labels, breaker, place } = scope;
  yield line(`Scope ${key} (${isActive ? "in memory" : "put away on disk"}): what all sessions of the ${form === "tool" ? "tenant share at a tool" : `${form} share`}`); // prettier-ignore
  if (place !== undefined) yield `  owner      ${sayPlace(place)}`;
  if (bucket === undefined) yield "  budget     none is set: neither scopes in gatehouse.yaml, nor the roles, nor the catalogue limit it";
  else yield `  budget     ${bucket.tokens} of ${bucket.capacity} rate tokens left, ${Math.round(bucket.perSecond * 1e6) / 1e6} come back each second; sessions hold ${held} more`; // prettier-ignore
  if (registerUntil > now) yield `             its past was lost: nothing is granted for ${span(registerUntil - now)}, so that sessions say first what they hold`; // prettier-ignore
  const users = labels.map(({ label, users: whose }) => `${label === everyLabel ? "all" : label} (${sayUsers(whose)})`); // prettier-ignore
  yield line(`  labels     ${users.length === 0 ? "none" : users.join(", ")}`);
  const { state, failures, until = 0, prober, watchers } = breaker;
  const open = until > now ? `, for ${span(until - now)}` : "";
  if (form === "tool")
    yield line(`  breaker    ${state}${open}, ${count(failures, "failure")} in a row${prober === undefined ? "" : `, tried by ${prober}`}; ${count(watchers, "session")} hear of it`); // prettier-ignore
  if (leases.length === 0) return;
  yield "";
  yield "Leases";
  const rows = leases.map(({ session, held: own, granted, spent, askedAt, waitsUntil = 0 }) => [`  ${session}`, String(own), String(granted), String(spent), `${span(Math.max(0, now - askedAt))} ago`, waitsUntil > now ? "goes without" : ""]); // prettier-ignore
  yield* columns(["  session", "holds", "granted", "used", "last word", ""], rows);
}

function sayUsers(users: readonly string[]): string {
  if (users.includes("*")) return "read for anybody";
  return `read for ${users.map((user) => (user === "-" ? "nobody in particular" : user)).join(", ")}`;
}
