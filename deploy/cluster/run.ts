// Three gateway nodes and three NATS servers on this machine, with keys and TLS, in the foreground until Ctrl-C.
//
//   npm run cluster -- [--json] [--port 4881] [--nats 3|1] [--nodes 3]
//
// Folder: .gatehouse-cluster in the checkout, kept until the next start, so that records can be looked at, and then made anew:
// n1, n2 and n3 are configuration folders of nodes (`gatehouse status --config .gatehouse-cluster/n1`). A node that
// crashes is started again. One more, n4, is ready to be started by hand in another terminal. With --json one ready line, {endpoints, key}, then what the nodes say, a line each.
// Exit status: 0 stopped by Ctrl-C or SIGTERM, 1 it could not start, 2 misuse.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Nodes } from "./nodes.ts";
import { startStand } from "./stand.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, ".gatehouse-cluster");
const quickstart = join(root, "deploy/examples/quickstart");
const nodesMax = 9;
const portMax = 65_535 - nodesMax;
const personas = ["reader", "curator"];

const pidFile = join(folder, "run.pid");
const copiedMsMax = 30_000;
const usage = `usage: npm run cluster -- [--json] [--port 4881] [--nats 3|1] [--nodes 3]
  --port N   the nodes take N and the next ones; 0 takes free ones
  --nodes N  so many nodes, 1 to ${nodesMax}; one more is made ready, to be started by hand
  --nats 1   one NATS server in place of three
  --json     one ready line {endpoints, key}, then what the nodes say, a line each`;

/** The process that runs a cluster in our folder. */
function runningHere(): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    // A process id alone is given again to others.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("deploy/cluster/run.ts") ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}

interface Options {
  readonly json: boolean;
  readonly port: number;
  readonly servers: 1 | 3;
  readonly nodes: number;
  readonly help: boolean;
}

/** @throws Error that says what was wrong with the command line */
function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      port: { type: "string", default: "4881" },
      nats: { type: "string", default: "3" },
      nodes: { type: "string", default: "3" },
      help: { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > portMax)
    throw new Error(`--port takes a whole number from 0 to ${portMax}: the nodes take it and the next ones`);
  const nodes = Number(values.nodes);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > nodesMax)
    throw new Error(`--nodes takes a whole number from 1 to ${nodesMax}`);
  if (values.nats !== "1" && values.nats !== "3") throw new Error("--nats takes 1 or 3");
  return { json: values.json, port, servers: values.nats === "1" ? 1 : 3, nodes, help: values.help };
}

function commit(): string {
  try {
    const git = ["rev-parse", "--short", "HEAD"];
    return execFileSync("git", git, { cwd: root, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

/** The same signal comes twice where a terminal and a wrapper both pass it on. */
const echoMs = 1_000;

/**
 * Resolves at the first signal that asks us to stop, and says so: what is being started is started first, then ended
 * in order. A later signal ends at once, and all that was started with us.
 */
function stopAsked(say: (text: string) => void): Promise<void> {
  return new Promise((done) => {
    let askedAt: number | undefined;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        const now = performance.now();
        if (askedAt !== undefined && now - askedAt >= echoMs) process.exit(1);
        if (askedAt === undefined)
          say("ending; what is being started comes up first. Ctrl-C again ends at once");
        askedAt ??= now;
        done();
      });
  });
}

/** As it is typed in the checkout. */
function startOf(name: string): string {
  return `npm run -s gatehouse -- start --config ${relative(root, join(folder, name))}`;
}

function* welcome(nodes: Nodes, spare: string): Generator<string> {
  yield "";
  yield `${nodes.all.length === 1 ? "One node is" : `${nodes.all.length} nodes are`} ready. Whichever a call reaches, the one that owns its session decides.`;
  for (const { name, endpoints } of nodes.all) {
    yield "";
    yield `  ${name}`;
    for (const { persona, url } of endpoints) yield `    ${(persona ?? "").padEnd(8)} ${url}`;
  }
  const ticket = join(quickstart, "sandbox", "tickets", "0041-lamp-flickers.txt");
  const at = (name: string): string => `--config ${relative(root, join(folder, name))}`;
  yield "";
  yield `Key, good at each of them: ${nodes.key}`;
  yield "";
  yield "From another terminal, in the checkout:";
  yield `  export GATEHOUSE_KEY=${nodes.key}`;
  for (const { name } of nodes.all)
    yield `  npm run -s gatehouse -- call ${at(name)} reader read_text_file '{"path":"${ticket}"}'`;
  yield `  npm run -s gatehouse -- status ${at("n1")}`;
  yield `  npm run -s gatehouse -- audit verify ${at("n1")}`;
  yield `  kill -9 ${nodes.all[0]?.pid ?? ""}        # then call again at another node; n1 comes back`;
  yield `  npm run -s gatehouse -- sessions list ${at("n1")}      # which node owns which session`;
  yield `  npm run -s gatehouse -- cluster drain n1 ${at("n1")}   # it leaves; ${startOf("n1")} brings it back`;
  yield `  ${startOf(spare)}   # another node joins; Ctrl-C there and it leaves`;
  yield "";
  yield "What the nodes decide is printed here. Ctrl-C ends all of it.";
}

async function run({ json, port, servers, nodes: nodeCount }: Options): Promise<number> {
  const names = Array.from({ length: nodeCount }, (_, at) => `n${at + 1}`);
  const spare = `n${nodeCount + 1}`;
  const out = (text: string): void => void process.stdout.write(`${text}\n`);
  const say = (text: string): void => (json ? undefined : out(text));
  const stopped = stopAsked(say);
  const conclude = (ok: boolean, figures: object): number => {
    if (json) out(JSON.stringify({ command: "cluster", commit: commit(), ok, figures }));
    return ok ? 0 : 1;
  };
  const running = runningHere();
  if (running !== undefined)
    throw new Error(
      `process ${running} already runs a cluster in .gatehouse-cluster; stop it first: kill ${running}`,
    );
  for (let at = port; port !== 0 && at < port + names.length; at++)
    if (!(await isFree(at)))
      throw new Error(`port ${at} is in use; \`npm run cluster -- --port N\` takes N and the next ones`);
  if (existsSync(folder)) {
    say("the folder .gatehouse-cluster of the last start, with its records, is removed");
    rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(pidFile, String(process.pid));
  say(
    `starting ${servers === 1 ? "a NATS server" : `${servers} NATS servers`} with TLS and keys of their own`,
  );
  const startedMs = performance.now();
  const stand = await startStand({
    servers,
    nodes: [...names, spare],
    sync: "always",
    folder: join(folder, "nats"),
    onExit: ({ index, lastLines }) => out(`nats-${index} ended: ${lastLines}`),
  });
  const nodes = new Nodes({
    folder,
    stand,
    names,
    spares: [spare],
    again: startOf,
    configuration: quickstart,
    port,
    restarts: true,
    say: (node, text) => out(json ? JSON.stringify({ node, says: text }) : `${node}  ${text}`),
  });
  try {
    say(`starting ${nodeCount === 1 ? "a node" : `${nodeCount} nodes`}`);
    await nodes.start("quickstart", personas);
    if (nodeCount > 1) say("waiting until every session's place has a second node");
    if (nodeCount > 1 && !(await nodes.copied(copiedMsMax)))
      say("some have none yet: `gatehouse status` tells how many are in sync");
    const readyMs = Math.round(performance.now() - startedMs);
    const endpoints = nodes.all.flatMap(({ name, endpoints: own }) =>
      own.map((each) => ({ node: name, ...each })),
    );
    if (json) out(JSON.stringify({ endpoints, key: nodes.key }));
    else for (const line of welcome(nodes, spare)) out(line);
    await stopped;
    say("stopping");
    return conclude(true, { readyMs });
  } catch (fault) {
    process.stderr.write(`cluster: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    return conclude(false, {});
  } finally {
    await nodes.stop();
    await stand.stop();
    rmSync(pidFile, { force: true });
  }
}

/** @returns undefined when there is nothing more to do */
function readLine(): Options | undefined {
  try {
    const options = readOptions();
    if (!options.help) return options;
    process.stdout.write(`${usage}\n`);
  } catch (fault) {
    process.stderr.write(`cluster: ${fault instanceof Error ? fault.message : String(fault)}\n${usage}\n`);
    process.exitCode = 2;
  }
  return undefined;
}

const options = readLine();
try {
  if (options !== undefined) process.exitCode = await run(options);
} catch (fault) {
  process.stderr.write(`cluster: ${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exitCode = 1;
}
