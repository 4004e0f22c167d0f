/** Where agents reach the node of a project: as the node says when it runs, else as its files say it will be. */
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { isName } from "../../protocol/id.ts";
import { didYouMean, list, quote } from "../catalogue/fault.ts";
import type { EndpointStatus } from "../control/operators.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import { Misuse } from "./io.ts";
import { askIfRunning } from "./project.ts";
import type { Project } from "./project.ts";

/** The endpoints of the running node; else those that a node started now would have. */
export async function findEndpoints(project: Project): Promise<readonly EndpointStatus[]> {
  const status = (await askIfRunning(project, "status")) as { readonly endpoints?: unknown } | undefined;
  return Array.isArray(status?.endpoints) ? (status.endpoints as EndpointStatus[]) : readEndpoints(project);
}

/** As keys name it: NAME for a persona, s/NAME for a server. */
export function entryOf(endpoint: EndpointStatus): string {
  return endpoint.kind === "persona" ? (endpoint.persona ?? "") : `s/${endpoint.server ?? ""}`;
}

/** @throws Misuse when there is no such endpoint; what is known stands in it */
export function pickEndpoint(endpoints: readonly EndpointStatus[], entry: string): EndpointStatus {
  const found = endpoints.find((endpoint) => entryOf(endpoint) === entry);
  if (found !== undefined) return found;
  if (entry.startsWith("s/")) throw new Misuse(`gatehouse.yaml names no ${quote(entry.slice(2))} under \`servers\`, so it has no endpoint of its own`); // prettier-ignore
  const known = endpoints.map(entryOf);
  throw new Misuse(`there is no persona ${quote(entry)} here. ${didYouMean(entry, known)}Known: ${list(known)}; s/NAME stands for a server's own endpoint`); // prettier-ignore
}

function readEndpoints({ folder, settings }: Project): EndpointStatus[] {
  const { listen, websocket, sse } = settings;
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  const base = listen.publicUrl?.replace(/\/$/, "") ?? `http://${host}:${listen.port}`;
  const personas = resolve(folder, settings.personas);
  const files = existsSync(personas) ? readdirSync(personas) : [];
  const names = files
    .filter((file) => file.endsWith(".role.yaml"))
    .map((file) => file.slice(0, -".role.yaml".length))
    .filter(isName)
    .sort();
  const rows = [
    ...names.map((name) => ({ tenant: "default", kind: "persona" as const, name, persona: name })),
    ...Object.entries(settings.servers).map(([name, { role }]) => ({ tenant: "default", kind: "server" as const, name, persona: role })), // prettier-ignore
  ];
  return new Endpoints(base, rows).all.map(({ kind, name, uri }) => ({
    kind,
    ...(kind === "persona" ? { persona: name } : { server: name }),
    url: uri,
    ...(websocket ? { websocket: uri.replace(/^http/, "ws") } : {}),
    ...(sse ? { sse: uri.replace(/mcp$/, "sse") } : {}),
  }));
}
