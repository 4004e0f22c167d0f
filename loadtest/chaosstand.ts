/** What the chaos run and the drain run stand on: nodes, tools and the configuration of all nodes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { mixed } from "./chaosagents.ts";
import { label, sessions } from "./chaosrun.ts";
import { circling, spenderBucket, witnesses } from "./chaoswitness.ts";
import { command } from "./gateway.ts";
import { tools } from "./workload.ts";

export const names = ["n1", "n2", "n3"];
/** Calls are open at each moment: so long does a tool think. */
export const toolMs = 60;

/** Configuration of all nodes: one server behind two entries, of which one is labelled. @param withWitnesses of a double failure */
export async function configure(folder: string, url: string, withWitnesses = false): Promise<void> {
  mkdirSync(join(folder, "personas"), { recursive: true });
  const write = (file: string, content: unknown): void => writeFileSync(join(folder, file), stringify(content, { aliasDuplicateObjects: false })); // prettier-ignore
  write("gatehouse.yaml", { listen: { port: 0 }, data: "data", console: "none" });
  const entry = { transport: { http: { url } }, environment: "dev", reach: "internal", isolation: "shared", era: "modern", network: { private: ["127.0.0.1/32"] } }; // prettier-ignore
  write("catalogue.yaml", { servers: { upstream: { ...entry, repeatable: [tools.echo] }, vault: { ...entry, repeatable: [tools.hidden], labels: [label] } } }); // prettier-ignore
  const wide = { capacity: 1_000_000, perSecond: 1_000_000 };
  const limits = { agent: wide, tool: wide, budget: { calls: 1_000_000_000, hours: 24 }, openCalls: 256 };
  const breakers = { tool: { failures: 1_000, openSeconds: 1 }, behaviour: { identical: 1_000, similar: 1_000, repeats: 10_000, openSeconds: 1 } }; // prettier-ignore
  const grants = mixed.map((tool) => ({
    tool,
    server: tool === tools.hidden ? "vault" : "upstream",
    effect: tool === tools.write ? "update" : "read",
    reason: "the chaos run calls it",
    // So the number of a call stands in the facts of its record.
    arguments: { n: { required: true, pattern: "[0-9]{10}" } },
  }));
  for (const role of sessions) write(`personas/${role}.role.yaml`, { role, title: "Chaos", grants, limits, breakers }); // prettier-ignore
  const slow = { ...limits, agent: spenderBucket };
  const strict = { ...breakers, behaviour: { ...breakers.behaviour, ...circling } };
  for (const role of withWitnesses ? witnesses : []) write(`personas/${role}.role.yaml`, { role, title: "Chaos", grants, limits: role.startsWith("spender") ? slow : limits, breakers: strict }); // prettier-ignore
  for (const server of ["upstream", "vault"]) await command(folder, ["catalogue", "accept", server]);
}
