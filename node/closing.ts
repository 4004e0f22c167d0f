/**
 * How a node ends. Owns the order: no new requests, open ones finish, streams end with a hint, everything is put away, records
 * last. Does not own what each part does.
 *
 * C1. A node that leaves a cluster first gives away what it owns and goes on to serve meanwhile: /readyz says 503, each answer
 *     asks for a new connection, and a socket or stream is closed once no call of it is open. Only when others have its
 *     sessions, and balancers have had time to look, does it refuse what comes.
 * C2. All of it takes at most limits.drainMs; calls that are open then are taken back.
 */
import { limits } from "../protocol/limits.ts";
import type { ClusterPart } from "./cluster/joining.ts";
import type { Decisions, Entrance, ExchangeParts, Ground } from "./parts.ts";

const pollMs = 20;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMs));
}

export function flushRefusals(
  governor: Decisions["governor"],
  host: Decisions["host"],
  at: number,
  takenAt = at,
): void {
  governor.timed(host.flushRefusals(at, 1_000, takenAt), at);
}

export function flushDoors({ authenticator, refusals }: Entrance, at: number): void {
  authenticator.flush(at);
  refusals.flush();
}

/** Serves on while the cluster takes over, and is rid of its connections one after the other. */
async function leave(
  cluster: ClusterPart,
  { dispatcher }: ExchangeParts,
  { http, doors }: Entrance,
  endMs: number,
): Promise<void> {
  const seenMs = performance.now() + limits.drainNoticeMs;
  http.leave();
  cluster.beginLeaving();
  while (performance.now() < endMs) {
    doors.retire();
    if (performance.now() >= seenMs && cluster.hasLeft && doors.connections === 0) break;
    await pause();
  }
  // What comes on connections that are still there is served to the end: who sent it cannot know yet.
  http.stopListening();
  while (dispatcher.openCalls > 0 && performance.now() < endMs) {
    doors.retire();
    await pause();
  }
}

/** In order: no new requests, open ones finish, streams end with a hint, everything put away, records last. */
export async function close(
  ground: Ground,
  decisions: Decisions,
  exchange: ExchangeParts,
  entrance: Entrance,
): Promise<void> {
  const endMs = performance.now() + limits.drainMs;
  entrance.state.draining = true;
  if (exchange.cluster?.isActing === true) await leave(exchange.cluster, exchange, entrance, endMs);
  exchange.dispatcher.drain();
  entrance.http.close();
  entrance.control?.close();
  while (exchange.dispatcher.openCalls > 0 && performance.now() < endMs) await pause();
  exchange.parks.endAll("the node is stopping");
  exchange.dispatcher.cancel("DRAINING");
  await new Promise((resolve) => setImmediate(resolve));
  await exchange.cluster?.leave();
  entrance.grpc?.close();
  entrance.doors.closeConnections("draining");
  await ground.pool.drain();
  await ground.scans.close();
  await ground.dialer.close();
  entrance.chores?.stop();
  const at = ground.clock.now();
  if (exchange.cluster === undefined)
    flushRefusals(decisions.governor, decisions.host, at + limits.refusalIntervalMs, at);
  flushDoors(entrance, at + limits.refusalIntervalMs);
  decisions.host.passivateAll();
  decisions.passivation.close();
  ground.recorder.append({ kind: "node", at, about: { what: "stopped" } }, "written");
  await ground.recorder.close();
  decisions.metrics.close();
  await entrance.traces?.close();
  entrance.http.server.closeAllConnections();
  ground.data.release();
}
