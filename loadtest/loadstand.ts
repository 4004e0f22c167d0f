/**
 * What the load runs go to when they are given no gateway: three real nodes over a real, secured NATS, a quick server and a
 * slow one behind them. Owns its processes and its folder. Does not own the load (load.ts, k6/).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { issue } from "../deploy/cluster/certificates.ts";
import { makeKey, Nodes } from "../deploy/cluster/nodes.ts";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Child } from "./children.ts";
import { startChild } from "./children.ts";
import { command } from "./gateway.ts";
import { tools } from "./workload.ts";

const names = ["n1", "n2", "n3"];
const agent = "ann";
/** Stopped and let go by the run over gRPC; the others must not notice. */
const suspect = "sam";
/** In the certificate of the run that asks over gRPC. */
const operator = "load-operator";
/** One agent under so many personas: so many sessions, in so many shards. */
const sessionCount = 8;
const workers = Array.from({ length: sessionCount }, (_, at) => `p${at + 1}`);
const quickMs = 5;
const slowMs = 3_000;
const syncMsMax = 60_000;
/** k6 reads it once, at its start. */
const targetFile = "target.json";

export interface LoadStand {
  readonly nodes: Nodes;
  /** For GATEHOUSE_TARGET: the endpoints of the nodes that are up. */
  readonly target: () => string;
  /** When every shard has a copy in sync. @throws Error when that takes too long */
  readonly settle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

function role(name: string, server: string, behaviour: object): object {
  const wide = { capacity: 1_000_000, perSecond: 1_000_000 };
  return {
    role: name,
    title: "Load",
    grants: [{ tool: tools.echo, server, effect: "read", reason: "the load runs call it" }],
    limits: { agent: wide, tool: wide, budget: { calls: 1_000_000_000, hours: 24 }, openCalls: 256 },
    breakers: { tool: { failures: 1_000, openSeconds: 1 }, behaviour },
  };
}

const patient = { identical: 1_000, similar: 1_000, repeats: 10_000, openSeconds: 1 };
const strict = { identical: 5, similar: 10, repeats: 30, openSeconds: 60 };

async function configure(folder: string, quick: string, slow: string): Promise<void> {
  mkdirSync(join(folder, "personas"), { recursive: true });
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(folder, file), stringify(content, { aliasDuplicateObjects: false }));
  write("gatehouse.yaml", { listen: { port: 0 }, data: "data", console: "none" });
  const entry = (url: string): object => ({ transport: { http: { url } }, environment: "dev", reach: "internal", isolation: "shared", era: "modern", repeatable: [tools.echo], network: { private: ["127.0.0.1/32"] } }); // prettier-ignore
  write("catalogue.yaml", { servers: { quick: entry(quick), slow: entry(slow) } });
  for (const name of workers) write(`personas/${name}.role.yaml`, role(name, "quick", patient));
  write("personas/runaway.role.yaml", role("runaway", "quick", strict));
  write("personas/slow.role.yaml", role("slow", "slow", patient));
  for (const server of ["quick", "slow"]) await command(folder, ["catalogue", "accept", server]);
}

function startUpstream(delayMs: number): Promise<Child> {
  return startChild("upstream", [join(import.meta.dirname, "upstream.ts"), "--delay", String(delayMs)]);
}

interface OperatorFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority, the nodes' listener and an operator's program. @returns the settings of each node, and the program's files */
function certify(folder: string): { readonly settings: object; readonly program: OperatorFiles } {
  mkdirSync(folder, { mode: 0o700 });
  const { ca, servers } = issue(["listener", operator]);
  const keep = (file: string, pem = ""): string => {
    const path = join(folder, file);
    writeFileSync(path, pem, { mode: 0o600 });
    return path;
  };
  const authority = keep("ca.pem", ca);
  const [listener, program] = servers.map(({ cert, key }, at) => ({ ca: authority, cert: keep(`${at}.pem`, cert), key: keep(`${at}-key.pem`, key) })); // prettier-ignore
  if (listener === undefined || program === undefined) throw new Error("no certificates");
  return { settings: { port: 0, ...listener, clients: [operator] }, program };
}

/** @param say gets each line that a node prints */
export async function startLoadStand(say: (node: string, line: string) => void): Promise<LoadStand> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-load-"));
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", discard); // it holds keys
  const upstreams = await Promise.all([startUpstream(quickMs), startUpstream(slowMs)]);
  const [quick = "", slow = ""] = upstreams.map(({ ready }) => (ready as { url: string }).url);
  const configuration = join(folder, "configuration");
  mkdirSync(configuration);
  await configure(configuration, quick, slow);
  const stand = await startStand({ nodes: names });
  const { settings, program } = certify(join(folder, "operators"));
  const nodes = new Nodes({ folder: join(folder, "nodes"), stand, names, configuration, port: 0, restarts: false, say, settings: { grpc: settings } }); // prettier-ignore
  const settle = async (): Promise<void> => {
    if (!(await nodes.copied(syncMsMax))) throw new Error(`not in sync after ${syncMsMax} ms`);
  };
  const stop = async (): Promise<void> => {
    await nodes.stop();
    await stand[Symbol.asyncDispose]();
    for (const upstream of upstreams) await upstream.stop();
    discard();
  };
  let stopped: { readonly agent: string; readonly key: string };
  try {
    const { key } = await makeKey(nodes.all[0]?.folder ?? "", suspect, workers);
    stopped = { agent: suspect, key };
    await nodes.start(agent, [...workers, "runaway", "slow"]);
    await settle();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    nodes,
    target: () => {
      const up = nodes.all.filter(({ pid }) => pid !== undefined);
      const path = join(folder, targetFile);
      const addresses = up.flatMap(({ grpcPort }) =>
        grpcPort === undefined ? [] : [`127.0.0.1:${grpcPort}`],
      );
      const endpoints = up.flatMap((node) => node.endpoints);
      const text = JSON.stringify({ endpoints, key: nodes.key, operators: { addresses, ...program }, stopped }); // prettier-ignore
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    settle,
    stop,
  };
}
