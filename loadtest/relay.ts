/**
 * What it costs to relay a call: CPU microseconds per call at door and owner together, calls per second, and the time
 * there and back, over a real nats-server, TLS off and on.
 *
 *     node bin/ready.mjs tool loadtest/relay.ts [--rounds 3] [--seconds 4] [--bytes 1024] [--json] [--profile FILE]
 *
 * Method: three processes: door, owner, nats-server. The door keeps 64 calls in flight (a `present` frame with a call of
 * `bytes`), the owner answers each (an `answer` frame with as much); then one in flight, for the latency. Beside it the
 * same with the NATS client alone (`bare`). Rounds alternate between the four, so that the machine's other work falls on
 * all of them. CPU is user and system time of the process, as the kernel counts it, over a window that begins after
 * a second of the same load. Prints each round and the medians; ends with 1 when a median is above what it must be.
 */
import { parseArgs } from "node:util";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { cpuSeconds } from "./cputime.ts";
import type { NodeReport, NodeSetUp } from "./relaynode.ts";
import { RelayPair } from "./relaypair.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    bytes: { type: "string", default: "1024" },
    json: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const seconds = Number(options.seconds);
const inFlight = 64;
/** Microseconds of door and owner together, on the machine of RESULTS.md. */
const mustMicros = { off: 40, on: 60 } as const;

type Tls = keyof typeof mustMicros;

interface Round {
  readonly tls: Tls;
  readonly path: NodeSetUp["path"];
  readonly cpuMicros: number;
  readonly doorMicros: number;
  readonly ownerMicros: number;
  readonly serverMicros: number;
  readonly callsPerSecond: number;
  readonly callsPerMessage: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

async function measure(stand: Stand, tls: Tls, path: NodeSetUp["path"]): Promise<Round> {
  const profile = path === "relay" ? options.profile : undefined;
  const pair = await RelayPair.start({ stand, path, bytes: Number(options.bytes), profile });
  const run = async (count: number, ms: number): Promise<[NodeReport, NodeReport, number]> => {
    const server = cpuSeconds(stand.pids[0] ?? 0);
    const reports = await pair.run(count, ms);
    return [...reports, cpuSeconds(stand.pids[0] ?? 0) - server];
  };
  await run(inFlight, 1_000);
  const [atDoor, atOwner, serverSeconds] = await run(inFlight, seconds * 1_000);
  await run(1, 500);
  const [alone] = await run(1, seconds * 500);
  await pair.end();
  const { calls } = atDoor;
  const [doorMicros, ownerMicros] = [atDoor.cpuMicros / calls, atOwner.cpuMicros / atOwner.calls];
  return {
    tls,
    path,
    cpuMicros: doorMicros + ownerMicros,
    doorMicros,
    ownerMicros,
    serverMicros: (serverSeconds * 1e6) / calls,
    callsPerSecond: calls / (atDoor.ms / 1_000),
    callsPerMessage: atOwner.calls / atOwner.sentPackets,
    p50Micros: alone.p50Micros,
    p99Micros: alone.p99Micros,
  };
}

const rounded = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

function line(says: string, round: Round): string {
  const { cpuMicros, doorMicros, ownerMicros, serverMicros, callsPerSecond, callsPerMessage } = round;
  return (
    `${says.padEnd(8)} TLS ${round.tls.padEnd(3)} ${round.path.padEnd(5)}  ` +
    `${rounded(cpuMicros)} us per call (door ${rounded(doorMicros)}, owner ${rounded(ownerMicros)}; server ${rounded(serverMicros)})  ` +
    `${Math.round(callsPerSecond)} calls/s, ${rounded(callsPerMessage)} a message  ` +
    `one in flight: p50 ${round.p50Micros} us, p99 ${round.p99Micros} us\n`
  );
}

function medianOf(rounds: readonly Round[]): Round {
  const sorted = rounds.toSorted((one, other) => one.cpuMicros - other.cpuMicros);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("there was no round: give --rounds 1 or more");
  return middle;
}

const rounds: Round[] = [];
{
  await using off = await startStand({ tls: false, authentication: false });
  await using on = await startStand({ tls: true, authentication: true });
  for (let at = 1; at <= Number(options.rounds); at++)
    for (const [tls, stand] of [
      ["off", off],
      ["on", on],
    ] as const)
      // prettier-ignore
      for (const path of ["relay", "bare"] as const) {
        const round = await measure(stand, tls, path);
        rounds.push(round);
        if (!options.json) process.stdout.write(line(`round ${at}`, round));
      }
}

const medians = (["off", "on"] as const).flatMap((tls) =>
  (["relay", "bare"] as const).map((path) =>
    medianOf(rounds.filter((round) => round.tls === tls && round.path === path)),
  ),
);
if (options.json) process.stdout.write(`${JSON.stringify({ rounds, medians })}\n`);
else for (const each of medians) process.stdout.write(line("median", each));
for (const { tls, path, cpuMicros } of medians) {
  if (path === "bare" || cpuMicros <= mustMicros[tls]) continue;
  process.stderr.write(`TLS ${tls}: ${rounded(cpuMicros)} us per call is above ${mustMicros[tls]}\n`);
  process.exitCode = 1;
}
