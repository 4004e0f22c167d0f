/**
 * What sessions share, before real gateways: one configuration for a node alone and for three of them. Owns the limits, the
 * agents and what they call. Does not own the nodes (test/hostile/upstreamstand.ts, deploy/cluster/nodes.ts).
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { HostileServer, offerOf, toolNamed, type Asked } from "../hostile/upstream.ts";
import { codeOf, textOf, type Answer } from "../hostile/upstreamagent.ts";
import { httpUpstream, type StandOptions } from "../hostile/upstreamstand.ts";

const program = resolve(import.meta.dirname, "../../bin/gatehouse.mjs");

/** So slow that nothing comes back while a test runs. */
const still = 0.001;
export const shared = { tenant: 560, agent: 90, persona: 200, tool: 30 };
export const label = "customer-data";
export const personas = ["desk", "crowd", "out"] as const;
export type Persona = (typeof personas)[number];
export const agents = Array.from({ length: 10 }, (_, index) => `agent-${index}`);

const bucket = (capacity: number): JsonObject => ({ capacity, perSecond: still });
export const scopes = { tenant: bucket(shared.tenant), agent: bucket(shared.agent) };

export function startShared(): Promise<HostileServer> {
  const offer = offerOf(...["read", "count", "write", "hold"].map((name) => toolNamed(name)));
  const serve = (asked: Asked): void => {
    if (asked.params["name"] === "hold") asked.response.destroy();
    else asked.text(`${String(asked.params["name"])} ${String(asked.args["n"])}`);
  };
  return HostileServer.start({ era: "modern", offer, onCall: serve });
}

export function configurationOf(upstream: HostileServer): StandOptions {
  const vault = httpUpstream(upstream, { labels: [label], repeatable: ["read"] });
  vault.offer.tools = vault.offer.tools.filter(({ name }) => name === "read");
  const tools = httpUpstream(upstream, { repeatable: ["count"], reach: "external", limits: { count: bucket(shared.tool) } }); // prettier-ignore
  tools.offer.tools = tools.offer.tools.filter(({ name }) => name === "count" || name === "write");
  const ill = httpUpstream(upstream, { repeatable: ["hold"], breaker: { failures: 4, openSeconds: 60 } });
  ill.offer.tools = ill.offer.tools.filter(({ name }) => name === "hold");
  return {
    servers: { tools, vault, ill },
    personas: { crowd: ["vault"], out: ["tools", "ill"] },
    settings: { scopes },
  };
}

/** The persona's own limit stands in its role file; a node of a cluster has its own gatehouse.yaml. */
export function limitPersona(folder: string): void {
  change(join(folder, "personas", "crowd.role.yaml"), (role) => {
    role["limits"] = { ...(role["limits"] as JsonObject), persona: bucket(shared.persona) };
  });
}

export function limitNode(folder: string): void {
  change(join(folder, "gatehouse.yaml"), (settings) => void (settings["scopes"] = scopes));
}

function change(file: string, edit: (document: Record<string, unknown>) => void): void {
  const document = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  edit(document);
  writeFileSync(file, stringify(document, { aliasDuplicateObjects: false }));
}

/** A key for every persona, made before the node runs. */
export async function makeKey(folder: string, agent: string): Promise<string> {
  const named = personas.flatMap((persona) => ["--persona", persona]);
  const child = spawn(process.execPath, [program, "keys", "create", "--agent", agent, ...named, "--config", folder, "--json"], { stdio: ["ignore", "pipe", "inherit"] }); // prettier-ignore
  let out = "";
  for await (const chunk of child.stdout) out += String(chunk);
  const { key } = JSON.parse(out.split("\n")[0] ?? "{}") as { key?: string };
  if (key === undefined) throw new Error(`gatehouse keys create said: ${out}`);
  return key;
}

/** "made", or the rule that refused it. */
export function endOf(answer: Pick<Answer, "last">, tool: string): string {
  if (textOf(answer).startsWith(`${tool} `)) return "made";
  const code = codeOf(answer);
  return typeof code === "string" ? code : JSON.stringify(answer.last);
}

/** Makes calls, `wide` at a time. @returns how many ended how */
export async function storm(
  count: number,
  wide: number,
  call: (index: number) => Promise<string>,
): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const end = await call(index);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: wide }, work));
  return ends;
}
