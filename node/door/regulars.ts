/**
 * Who keeps coming on one connection. Most of what an API key costs is its hash; a connection that brings the same key
 * to the same address again need not pay it again. What may have changed since is asked each time.
 *
 * V1. Nobody is recognised whose key has ended, was revoked or has another row than when it was verified.
 * V2. Only keys: a token also ends with the key of its issuer that signed it, which is the verifier's to know.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Endpoint } from "../exchange/endpoint.ts";
import type { Principal } from "../identity/principal.ts";
import type { Visitor } from "./doors.ts";

interface Regular {
  readonly authorization: string;
  /** As it was sent: another one may hold a credential where none may be. */
  readonly url: string | undefined;
  readonly visitor: Visitor;
}

export class Regulars {
  // With the socket goes the memory of what it brought.
  readonly #bySocket = new WeakMap<Socket, Regular>();
  readonly #isUnchanged: (principal: Principal) => boolean;

  constructor(isUnchanged: (principal: Principal) => boolean) {
    this.#isUnchanged = isUnchanged;
  }

  /** Remembers whom a full check has let in. */
  meet({ socket, headers: { authorization }, url }: IncomingMessage, visitor: Visitor): void {
    if (visitor.principal.by === "key" && authorization !== undefined)
      this.#bySocket.set(socket, { authorization, url, visitor });
  }

  /** Undefined sends the request to the full check. */
  recognise(
    { socket, headers: { authorization }, url }: IncomingMessage,
    endpoint: Endpoint,
  ): Visitor | undefined {
    const regular = this.#bySocket.get(socket);
    if (regular === undefined || regular.authorization !== authorization || regular.url !== url)
      return undefined;
    const { visitor } = regular;
    return visitor.endpoint === endpoint && this.#isUnchanged(visitor.principal) ? visitor : undefined;
  }
}
