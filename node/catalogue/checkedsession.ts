import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { CallOptions, UpstreamAnswer, UpstreamSession } from "../upstream/upstream.ts";
import type { DefinitionWatch } from "./watch.ts";

/** A session whose requests are written only while its definitions' comparison stands. */
export class CheckedSession implements UpstreamSession {
  readonly #session: UpstreamSession;
  readonly #watch: DefinitionWatch;

  constructor(session: UpstreamSession, watch: DefinitionWatch) {
    this.#session = session;
    this.#watch = watch;
  }

  get server(): string {
    return this.#session.server;
  }

  get era(): UpstreamSession["era"] {
    return this.#session.era;
  }

  get revision(): string {
    return this.#session.revision;
  }

  get info(): UpstreamSession["info"] {
    return this.#session.info;
  }

  get capabilities(): JsonObject {
    return this.#session.capabilities;
  }

  get instructions(): string | undefined {
    return this.#session.instructions;
  }

  request(method: string, params: JsonObject, options: CallOptions): Promise<UpstreamAnswer> {
    const ready = (): boolean | GatewayError =>
      this.#watch.isCompared(this.#session)
        ? (options.ready?.() ?? true)
        : new GatewayError("UPSTREAM_SESSION_LOST", "its definitions are being compared again");
    return this.#session.request(method, params, { ...options, ready });
  }

  subscribe(...given: Parameters<UpstreamSession["subscribe"]>): ReturnType<UpstreamSession["subscribe"]> {
    return this.#session.subscribe(...given);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
