/**
 * natsconfig: the configuration files of the servers of one cluster, with keys and certificates, in one folder that only
 * its owner can read. Does not own: who may say what (permissions.ts), and the processes (stand.ts).
 *
 * N1. Every server listens on 127.0.0.1 only.
 * N2. With authentication on, whoever has no key is refused; with TLS on, whoever speaks plain is.
 * N3. TLS comes before NATS's own first line. When that line comes plain and TLS after it, the client (3.4.0) compares
 *     the certificate of a server that is named by address with "localhost".
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { issue } from "./certificates.ts";
import { permissionsOf } from "./permissions.ts";
import type { Permissions, Purpose } from "./permissions.ts";

export interface ClusterShape {
  /** Names of the gateway nodes that get keys. */
  readonly nodes: readonly string[];
  /** "always": an acknowledged write is on the disk of a majority; "default": it may be in their memory for 2 minutes. */
  readonly sync: "always" | "default";
  readonly tls: boolean;
  readonly authentication: boolean;
}

export interface ServerPorts {
  readonly client: number;
  readonly route: number;
}

export interface WrittenCluster {
  readonly configs: readonly string[];
  readonly logs: readonly string[];
  /** PEM of the authority that signed the servers' certificates. */
  readonly ca: string | undefined;
  /** Seed of a user's nkey; undefined without authentication. */
  readonly seedOf: (user: User) => string | undefined;
}

/** The stand's own users, and two for each node. */
export type User = "operator" | "system" | `${string}/${Purpose}`;

export const serverName = (index: number): string => `nats-${index}`;
const loopback = "127.0.0.1";
const purposes: readonly Purpose[] = ["frames", "store"];

interface Account {
  readonly jetstream?: "enabled";
  readonly users: readonly { readonly nkey: string; readonly permissions?: Permissions }[];
}

export function writeCluster(
  folder: string,
  ports: readonly ServerPorts[],
  shape: ClusterShape,
): WrittenCluster {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = ports.map((_, index) => serverName(index));
  const issued = shape.tls ? issue(names) : undefined;
  const { seeds, accounts } = shape.authentication
    ? keysFor(shape.nodes)
    : { seeds: new Map(), accounts: undefined };
  const write = (file: string, text: string): string => {
    const path = join(folder, file);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  for (const [user, seed] of seeds) write(`${user.replace("/", ".")}.nk`, `${seed}\n`);
  const caFile = issued === undefined ? undefined : write("ca.pem", issued.ca);
  // Routes are no users. With TLS a route needs a certificate of ours; without, this keeps strangers out.
  const routeKey = randomBytes(24).toString("hex");
  const routes = ports.map(({ route }) => `nats://route:${routeKey}@${loopback}:${route}`);

  const configs = ports.map(({ client, route }, index) => {
    const name = serverName(index);
    const certificate = issued?.servers[index];
    const tls = certificate && {
      cert_file: write(`${name}.crt`, certificate.cert),
      key_file: write(`${name}.key`, certificate.key),
      ca_file: caFile,
      min_version: "1.3",
    };
    const config = {
      server_name: name,
      host: loopback,
      port: client,
      jetstream: {
        store_dir: join(folder, name),
        ...(shape.sync === "always" ? { sync_interval: "always" } : {}),
      },
      ...(tls && { tls: { ...tls, handshake_first: true } }),
      ...(accounts && { accounts, system_account: "SYSTEM" }),
      ...(ports.length > 1 && {
        cluster: {
          name: "gatehouse",
          host: loopback,
          port: route,
          // Nodes are given all servers; told of them again, they would go past what chaos puts in between.
          no_advertise: true,
          authorization: { user: "route", password: routeKey },
          routes: routes.filter((_, other) => other !== index),
          ...(tls && { tls: { ...tls, verify: true } }),
        },
      }),
    };
    return write(`${name}.conf`, `${JSON.stringify(config, undefined, 2)}\n`); // their format takes JSON
  });
  return {
    configs,
    logs: names.map((name) => join(folder, `${name}.log`)),
    ca: issued?.ca,
    seedOf: (user) => seeds.get(user),
  };
}

function keysFor(nodes: readonly string[]): {
  readonly seeds: Map<User, string>;
  readonly accounts: Readonly<Record<string, Account>>;
} {
  const seeds = new Map<User, string>();
  const userFor = (user: User, permissions?: Permissions): Account["users"][number] => {
    if (seeds.has(user))
      throw new Error(`two nodes are called ${user.split("/")[0]}: their keys must differ`);
    const pair = nkeys.createUser();
    seeds.set(user, new TextDecoder().decode(pair.getSeed()));
    return { nkey: pair.getPublicKey(), ...(permissions && { permissions }) };
  };
  const [frames, store] = purposes.map((purpose) =>
    nodes.map((node) => userFor(`${node}/${purpose}`, permissionsOf(node, purpose))),
  );
  return {
    seeds,
    accounts: {
      FRAMES: { users: frames ?? [] },
      STORE: { jetstream: "enabled", users: [...(store ?? []), userFor("operator")] },
      SYSTEM: { users: [userFor("system")] },
    },
  };
}
