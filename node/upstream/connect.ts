/**
 * Opening a session: which era, over which carrier. One function per transport. Does not own: how often and for whom
 * (server.ts).
 */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Line } from "./dialer.ts";
import { Duplex } from "./duplex.ts";
import type { Wire, WireTaker } from "./duplex.ts";
import { HttpModern } from "./httpmodern.ts";
import { HttpOlder } from "./httpolder.ts";
import { SseWire } from "./legacysse.ts";
import type { MessageBounds } from "./messages.ts";
import { ModernSession } from "./modern.ts";
import { OlderSession } from "./older.ts";
import { evidenceOfError, probeHttp } from "./probe.ts";
import type { Era, EraMemory } from "./probe.ts";
import type { Peer, Session } from "./session.ts";
import type { ClientCapabilities } from "./upstream.ts";

/** `era` of the catalogue entry. */
export type EraSetting = "auto" | "modern" | "legacy";

export interface Opening {
  readonly peer: Peer;
  readonly bounds: MessageBounds;
  readonly setting: EraSetting;
  readonly memory: EraMemory;
  /** What an older session declares. */
  readonly capabilities: ClientCapabilities;
}

/** @throws GatewayError */
export async function openHttp(opening: Opening, line: Line): Promise<Session> {
  const { peer, bounds, setting, memory, capabilities } = opening;
  const older = (): Promise<Session> =>
    new OlderSession(peer, capabilities, (session) => new HttpOlder(session, line, bounds)).open();
  if (setting === "legacy") return older();
  if (setting === "auto" && memory.era === "legacy") {
    try {
      return await older();
    } catch {
      memory.forget();
    }
  }
  const evidence = await probeHttp(line, bounds, peer.client);
  if (evidence.era === "modern") {
    const session = new ModernSession(peer, (own) => new HttpModern(own, line, bounds));
    if (session.begin(evidence.discovered)) {
      memory.learn("modern");
      return session;
    }
  }
  if (setting === "modern") throw notModern();
  const session = await older();
  if (evidence.era === "modern" || evidence.isCertain) memory.learn("legacy");
  return session;
}

/** @throws GatewayError */
export function openSse({ peer, bounds, capabilities }: Opening, line: Line): Promise<Session> {
  const carrier = (session: OlderSession): Duplex =>
    new Duplex(session, bounds, (taker) => new SseWire(line, taker));
  return new OlderSession(peer, capabilities, carrier).open();
}

/**
 * A child that answers the question for its era with an error is asked to initialise; one that exits at it, or says
 * nothing, is started again and not asked.
 *
 * @param start starts a child whose output goes to the taker
 * @throws GatewayError
 */
export async function openStdio(opening: Opening, start: (taker: WireTaker) => Wire): Promise<Session> {
  const { peer, bounds, setting, memory, capabilities } = opening;
  const fresh = (session: Session): Duplex => new Duplex(session, bounds, start);
  const older = (carrier: (session: OlderSession) => Duplex): Promise<Session> =>
    new OlderSession(peer, capabilities, carrier).open();
  if (setting === "legacy" || (setting === "auto" && memory.era === "legacy")) return older(fresh);

  const probed: { duplex?: Duplex } = {};
  const session = new ModernSession(peer, (own) => (probed.duplex = fresh(own)));
  const verdict = await askChild(session, setting === "modern" ? limits.upstreamStartMs : limits.eraProbeMs);
  if (verdict === "modern") {
    memory.learn("modern");
    return session;
  }
  const { duplex } = probed;
  const canGoOn = verdict === "legacy" && setting === "auto" && duplex !== undefined;
  if (!canGoOn) await session.close();
  if (verdict instanceof GatewayError && (setting === "modern" || verdict.code === "UPSTREAM_GARBAGE"))
    throw verdict;
  if (setting === "modern") throw notModern();
  const opened = await older(canGoOn ? (own) => duplex.adopt(own) : fresh);
  memory.learn("legacy");
  return opened;
}

async function askChild(session: ModernSession, timeoutMs: number): Promise<Era | GatewayError> {
  try {
    const answer = await session.discover(timeoutMs);
    if (answer.kind === "result") return session.begin(answer.result) ? "modern" : "legacy";
    const evidence = evidenceOfError(answer.error.code);
    return evidence instanceof GatewayError ? evidence : evidence.era;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

function notModern(): GatewayError {
  return new GatewayError(
    "PROTOCOL_VERSION",
    "the server does not speak 2026-07-28, which its entry demands",
  );
}
