// A thundering reconnect: many agents have a WebSocket each, all of them close at the same moment and come again at once,
// three times. Measured is the time from the first packet of the new connection to the first answer on it.
//   k6 run -e GATEHOUSE_TARGET=ready.json [-e AGENTS=100] loadtest/k6/reconnect.ts
import exec from "k6/execution";
import { Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { WebSocket } from "k6/websockets";
import { sleep } from "k6";
import { firstNumber } from "../workload.ts";
import { bodyOf, count, credential, doors, endingOf } from "./gateway.ts";

const agents = Number(__ENV["AGENTS"] ?? 100);
const waves = 3;
const waveMs = 6_000;
/** From the connection to the answer. */
const reconnectMs = new Trend("gatehouse_reconnect", true);

export const options: Options = {
  scenarios: {
    reconnect: {
      executor: "per-vu-iterations",
      exec: "reconnect",
      vus: agents,
      iterations: waves,
      maxDuration: "120s",
    },
  },
  thresholds: { gatehouse_failed: ["rate==0"], gatehouse_reconnect: ["p(99)<3000"] },
};

export function reconnect(): void {
  const { idInTest, iterationInScenario } = exec.vu;
  // All at the same moment.
  const due = exec.scenario.startTime + 1_000 + iterationInScenario * waveMs;
  sleep(Math.max(0, due - Date.now()) / 1_000);
  const door = doors[idInTest % doors.length];
  if (door?.websocket === undefined)
    throw new Error(`${door?.persona ?? "no endpoint"} has no WebSocket door`);
  const n = firstNumber + iterationInScenario * agents + idInTest;
  const begun = Date.now();
  // k6 takes no list of subprotocols; the header is the same.
  const headers = { ...credential(), "sec-websocket-protocol": "mcp" };
  const socket = new WebSocket(door.websocket, null, { headers });
  const late = setTimeout(() => end("no answer"), waveMs - 1_000);
  let isEnded = false;
  const end = (ending: string): void => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(late);
    const ms = Date.now() - begun;
    count(ending, ms);
    if (ending === "ok") reconnectMs.add(ms);
    // Stays open until the next wave.
    const closeMs = Math.max(0, due + waveMs - 500 - Date.now());
    setTimeout(() => socket.close(), closeMs);
  };
  socket.onopen = () => socket.send(bodyOf(n));
  socket.onmessage = (event) => end(endingOf(n, typeof event?.data === "string" ? event.data : null));
  socket.onerror = (event) => end(`socket: ${event?.error ?? "failed"}`);
  socket.onclose = () => end("closed");
}
