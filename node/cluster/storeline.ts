/**
 * A node's line to the store: how it comes to NATS as the user `store` of its gatehouse.yaml, in a node that runs and in a
 * command beside it. Owns what of the settings the line is made of. Does not own what goes over it (cluster/keptstream.ts).
 */
import { resolve } from "node:path";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { checkedSeed, natsFault } from "../../cluster/natsfault.ts";
import type { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Settings } from "../../protocol/settings.ts";
import { nkeySeed } from "../vault/clustersecrets.ts";
import { readPem } from "../vault/listenerkey.ts";
import { readSecret } from "../vault/secret.ts";

/** The shared rows, the fence logs and the copies; NATS's own tools show them under this name. */
export const bucket = "GATEHOUSE";

export interface LineOptions {
  readonly settings: NonNullable<Settings["cluster"]>;
  readonly node: string;
  /** Folder of gatehouse.yaml: relative paths start there. */
  readonly folder: string;
  readonly env: { readonly [name: string]: string | undefined };
}

/** @throws GatewayError CONFIGURATION */
export function seedOf(
  { settings, env, folder }: LineOptions,
  user: "frames" | "store",
): Uint8Array | undefined {
  const source = settings.nats[user];
  return source === undefined ? undefined : checkedSeed(nkeySeed(readSecret(source, { env, folder })), user);
}

/** @throws GatewayError CONFIGURATION */
export function authorityOf({ settings, folder }: LineOptions): string | undefined {
  const { ca } = settings.nats;
  return ca === undefined ? undefined : readPem("cluster.nats.ca", resolve(folder, ca), false);
}

/** Where the server lets this node's answers come in. */
export function inboxOf({ node }: LineOptions): string {
  return `_INBOX.${node}`;
}

/** @throws what the client says */
export function connectStore(line: LineOptions): Promise<NatsConnection> {
  const [ca, seed] = [authorityOf(line), seedOf(line, "store")];
  return connect({
    servers: [...line.settings.nats.servers],
    name: `${line.node} store`,
    inboxPrefix: inboxOf(line),
    maxReconnectAttempts: -1,
    reconnectTimeWait: limits.relayReconnectMs,
    timeout: limits.relayConnectMs,
    ...(ca === undefined ? {} : { tls: { ca, handshakeFirst: true } }),
    ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(seed) }),
  });
}

/** What is wrong when it cannot be made, and what to do. */
export function storeFault(fault: unknown, line: LineOptions): GatewayError {
  const { servers, ca } = line.settings.nats;
  return natsFault(fault, {
    user: "store",
    servers,
    hasAuthority: ca !== undefined,
    seed: seedOf(line, "store"),
  });
}
