/** The host as operators see it: its sessions, and apart from them the scopes that live beside them. */
import { isScope, sessionOf } from "../../actors/roster.ts";
import type { ScopeState } from "../../actors/scope.ts";
import type { SessionState } from "../../actors/session.ts";
import type { Listed } from "../../cluster/host.ts";
import { isScopeKey } from "../../protocol/scope.ts";
import type { SessionHost } from "../exchange/governor.ts";
import type { SessionViews } from "./listing.ts";
import type { ScopeViews } from "./scopelisting.ts";

export class HostedSessions implements SessionViews, ScopeViews {
  readonly #host: SessionHost;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  peek(key: string): SessionState | undefined {
    return sessionOf(this.#host.peek(key));
  }

  save(key: string): void {
    this.#host.save(key);
  }

  *sessions(prefix = ""): Generator<Listed<SessionState>> {
    for (const { key, isActive, state } of this.#host.sessions(prefix))
      if (!isScopeKey(key)) yield { key, isActive, state: sessionOf(state) };
  }

  *scopes(prefix = ""): Generator<Listed<ScopeState>> {
    for (const { key, isActive, state } of this.#host.sessions(prefix === "" ? "@" : prefix))
      if (isScopeKey(key)) yield { key, isActive, state: state !== undefined && isScope(state) ? state : undefined }; // prettier-ignore
  }
}
