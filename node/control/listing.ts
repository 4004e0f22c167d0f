/**
 * What operators read of sessions: the list, and one session in full. A session is shown as its next call would find
 * it: what a kill rule asks of it counts as done.
 */
import type { CompiledRole } from "../../actors/guards/role.ts";
import type { SessionState } from "../../actors/session.ts";
import type { Listed } from "../../cluster/host.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { hintForSession, type HintPorts } from "./hint.ts";
import type { KillRule } from "./killfile.ts";
import type { KillList } from "./kills.ts";
import { countOpenBreakers, portray } from "./portrait.ts";
import type { SessionPortrait } from "./portrait.ts";
import { portrayLedger, type LedgerPortrait } from "./ledgerportrait.ts";
import { refuse } from "./request.ts";

/** The host, as far as it only shows. */
export interface SessionViews {
  peek(key: string): SessionState | undefined;
  sessions(prefix?: string): Iterable<Listed<SessionState>>;
}

export interface ListingPorts {
  readonly host: SessionViews;
  readonly kills: KillList;
  readonly roles: HintPorts["roles"] & { byDigest(digest: string): CompiledRole | undefined };
  /** The key that values are remembered under. */
  readonly ledgerKey: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** One line of `gatehouse sessions list`. */
export interface SessionRow {
  readonly key: string;
  readonly isActive: boolean;
  /** False when its row on disk cannot be read: its calls are refused. */
  readonly isReadable: boolean;
  /** Who or which kill rule stopped it; "" for nobody. */
  readonly killedBy: string;
  readonly openCalls: number;
  readonly openBreakers: number;
  /** Epoch milliseconds until which the behaviour breaker stops it; 0 when it does not. */
  readonly stoppedUntil: number;
  /** The rule of guard four that interrupted it. */
  readonly interruptedBy?: string;
}

export interface SessionAnswer extends SessionPortrait, LedgerPortrait {
  readonly key: string;
  readonly isActive: boolean;
  readonly killedBy: string;
  readonly killedFor: string;
  /** The kill rule that stops it. */
  readonly rule?: KillRule;
}

/** @throws GatewayError PARAMS_INVALID when there is no such session, or its row cannot be read */
export function showSession(ports: ListingPorts, key: SessionKey): SessionAnswer {
  const listed = find(ports.host, key);
  if (listed === undefined) refuse(hintForSession(ports, key) ?? "no session has this key");
  const { state, isActive } = listed;
  if (state === undefined) refuse("the stored state of this session cannot be read; its calls are refused");
  const now = ports.now();
  const { by, reason } = whoStops(ports.kills, key, state, now);
  const rule = ports.kills.isKilled(key);
  return {
    key,
    isActive,
    killedBy: by,
    killedFor: reason,
    ...(rule === undefined ? {} : { rule }),
    ...portray(state, ports.roles.byDigest(state.role), now),
    ...portrayLedger(state, ports.roles.byDigest(state.role), ports.ledgerKey()),
  };
}

export function sessionRow(
  { kills }: ListingPorts,
  { key, isActive, state }: Listed<SessionState>,
  now: number,
): SessionRow {
  const until = state?.loop[0] ?? 0;
  return {
    key,
    isActive,
    isReadable: state !== undefined,
    killedBy: whoStops(kills, key as SessionKey, state, now).by,
    openCalls: state?.open.length ?? 0,
    openBreakers: state === undefined ? 0 : countOpenBreakers(state, now),
    stoppedUntil: until > now ? until : 0,
    ...(state === undefined || state.interruptedBy === "" ? {} : { interruptedBy: state.interruptedBy }),
  };
}

function find(host: SessionViews, key: SessionKey): Listed<SessionState> | undefined {
  for (const listed of host.sessions(key)) if (listed.key === key) return listed;
  return undefined;
}

function whoStops(
  kills: KillList,
  key: SessionKey,
  state: SessionState | undefined,
  now: number,
): { by: string; reason: string } {
  // prettier-ignore
  const turn = kills.demanded(key, state?.killedBy ?? "", now);
  if (turn === undefined) return { by: state?.killedBy ?? "", reason: state?.killedFor ?? "" };
  return turn.kind === "killed" ? { by: turn.by, reason: turn.reason } : { by: "", reason: "" };
}
