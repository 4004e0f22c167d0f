// Operators' programs over gRPC with mutual TLS, beside agents' calls at the steady rate: Status and Check at every node in turn,
// a Watch at each, and an agent that is stopped after a third of the time and let go after two.
//   k6 run -e GATEHOUSE_TARGET=target.json [-e RATE=100] [-e SECONDS=30] [-e ASK_RATE=10] [-e KILL_MS=1000] loadtest/k6/operators.ts
//
// The target's `operators` {addresses, ca, cert, key} says where the nodes listen and names the PEM files of a program that they
// know; `stopped` {agent, key} an agent of its own that may be stopped. Without `stopped` somebody is stopped who never calls.
import { sleep } from "k6";
import exec from "k6/execution";
import { Rate, Trend } from "k6/metrics";
import grpc from "k6/net/grpc";
import type { Options } from "k6/options";
import {
  callInTurn,
  count,
  doors,
  failed,
  operators,
  p99Ms,
  post,
  rate,
  seconds,
  stopped,
  usersMax,
} from "./gateway.ts";

if (operators === undefined || operators.addresses.length === 0)
  throw new Error(
    "the target has no `operators` {addresses, ca, cert, key}: where nodes listen for gRPC, and the PEM files of a program that grpc.clients lists",
  );
const { addresses } = operators;
const tls = { cacerts: open(operators.ca), cert: open(operators.cert), key: open(operators.key) };
const agent = stopped?.agent ?? "nobody-of-the-load-run";
const askRate = Number(__ENV["ASK_RATE"] ?? 10);
const killMs = Number(__ENV["KILL_MS"] ?? 1_000);
const third = seconds / 3;
/** Beyond any number of the agents' calls in one run. */
const suspectFrom = 500_000_000;
const pauseSeconds = 0.05;

/** Time of a call over gRPC, in ms. */
const askMs = new Trend("gatehouse_grpc", true);
/** Calls over gRPC that ended as they should not. */
const askFailed = new Rate("gatehouse_grpc_failed");
/** Of the watches: whether it heard SERVING at once, and nothing else as long as the run took. */
const watched = new Rate("gatehouse_watch_held");
/** From the order, sent at one node, to the first refusal at the last of the others. */
const stoppedMs = new Trend("gatehouse_stopped", true);
/** Of the stopped agent's calls: whether it was as the order said. */
const obeyed = new Rate("gatehouse_stop_obeyed");

const client = new grpc.Client();
client.load(["../../node/control"], "operators.proto", "health.proto");
let at = "";

export const options: Options = {
  scenarios: {
    agents: { executor: "constant-arrival-rate", exec: "agents", rate, timeUnit: "1s", duration: `${seconds}s`, preAllocatedVUs: usersMax, maxVUs: usersMax }, // prettier-ignore
    programs: { executor: "constant-arrival-rate", exec: "programs", rate: askRate, timeUnit: "1s", duration: `${seconds}s`, preAllocatedVUs: 20, maxVUs: 50 }, // prettier-ignore
    watch: { executor: "per-vu-iterations", exec: "watch", vus: addresses.length, iterations: 1, maxDuration: `${seconds + 60}s` }, // prettier-ignore
    stop: { executor: "per-vu-iterations", exec: "stop", vus: 1, iterations: 1, maxDuration: `${seconds + 60}s` }, // prettier-ignore
  },
  thresholds: {
    gatehouse_failed: ["rate==0"],
    gatehouse_call: [`p(99)<${p99Ms}`],
    gatehouse_grpc_failed: ["rate==0"],
    gatehouse_grpc: [`p(99)<${p99Ms}`],
    gatehouse_watch_held: ["rate==1"],
    gatehouse_stopped: [`max<${killMs}`],
    gatehouse_stop_obeyed: ["rate==1"],
    dropped_iterations: ["count==0"],
  },
};

/** A connection for each virtual user, to the node whose turn it is. */
function connectTo(address: string): void {
  if (at === address) return;
  if (at !== "") client.close();
  client.connect(address, { tls, timeout: "30s" });
  at = address;
}

function addressOf(n: number): string {
  return addresses[n % addresses.length] ?? "";
}

interface Answer {
  readonly cluster?: string;
  readonly members?: readonly unknown[];
  readonly status?: string;
}

/** @param isRight of the answer. @returns whether it was one, in time */
function ask(method: string, request: object, isRight: (answer: Answer) => boolean): boolean {
  const begun = Date.now();
  const { status, message, error } = client.invoke(method, request, { timeout: "60s" });
  const isFine = status === grpc.StatusOK && isRight(message ?? {});
  askFailed.add(!isFine, {
    ending: isFine ? "ok" : `${method}: ${status} ${JSON.stringify(error ?? message)}`,
  });
  if (isFine) askMs.add(Date.now() - begun);
  else console.error(`${method}: ${status} ${JSON.stringify(error ?? message)}`);
  return isFine;
}

export function agents(): void {
  callInTurn();
}

/** What dashboards and balancers ask. */
export function programs(): void {
  const n = exec.scenario.iterationInTest;
  // Each virtual user stays at one node, as a program would.
  connectTo(addressOf(exec.vu.idInTest));
  if (n % 2 === 0) ask("gatehouse.v1.Operators/Status", {}, ({ members = [] }) => members.length > 0);
  else ask("grpc.health.v1.Health/Check", { service: "" }, ({ status }) => status === "SERVING");
}

export function watch(): void {
  connectTo(addressOf(exec.vu.idInTest));
  const heard: string[] = [];
  let isOver = false;
  const stream = new grpc.Stream(client, "grpc.health.v1.Health/Watch");
  stream.on("data", (data) => void heard.push((data as Answer).status ?? "UNKNOWN"));
  stream.on("error", (fault) => {
    if (!isOver) heard.push(`error ${JSON.stringify(fault)}`);
  });
  stream.write({ service: "" });
  setTimeout(() => {
    isOver = true;
    watched.add(heard.length === 1 && heard[0] === "SERVING");
    if (heard.length !== 1) console.error(`watch heard ${JSON.stringify(heard)}`);
    stream.end();
    client.close();
    at = "";
  }, seconds * 1_000);
}

/** One agent, from its first call to its last: it may, it is stopped at every node, it may again. */
export function stop(): void {
  const begun = Date.now();
  let n = suspectFrom;
  const call = (door: (typeof doors)[number]): string => {
    n++;
    return stopped === undefined ? "" : post(door, n, undefined, stopped.key).ending;
  };
  const until = (part: number, ending: string): void => {
    while (Date.now() < begun + part * third * 1_000) {
      const door = doors[n % doors.length];
      if (door === undefined) throw new Error("no door");
      const found = call(door);
      if (stopped !== undefined) obeyed.add(found === ending, { ending: found });
      sleep(pauseSeconds);
    }
  };
  connectTo(addressOf(0));
  until(1, "ok");
  const orderedAt = Date.now();
  order("Kill");
  reach("SESSION_KILLED", orderedAt);
  until(2, "SESSION_KILLED");
  order("Lift");
  reach("ok");
  until(3, "ok");
  if (stopped === undefined) obeyed.add(true);

  function order(method: "Kill" | "Lift"): void {
    const request = { target: { agent }, reason: "a load run" };
    const isDone = ask(`gatehouse.v1.Operators/${method}`, request, () => true);
    if (!isDone) failed.add(true, { ending: `${method} failed` });
  }

  /** Until each node does as it was ordered. */
  function reach(ending: string, since?: number): void {
    const from = Date.now();
    for (const door of oneOfEachNode()) {
      while (stopped !== undefined && call(door) !== ending) {
        if (Date.now() - from > 30_000) return count(`not ${ending} after 30 s`, 0);
        sleep(pauseSeconds);
      }
    }
    if (since !== undefined) stoppedMs.add(Date.now() - since);
  }
}

function oneOfEachNode(): typeof doors {
  const seen = new Set<string>();
  return doors.filter(({ url }) => {
    const [, , origin = ""] = url.split("/");
    const isNew = !seen.has(origin);
    seen.add(origin);
    return isNew;
  });
}
