/**
 * What is wrong when NATS does not take a node in, in the words of gatehouse.yaml: which setting it is about, and what to do.
 * Owns the reading of the client's and the server's own words. Does not own who is told (natsline.ts, keptstream.ts).
 *
 * F1. No seed and no certificate stands in what is said; of a seed only its public key, which the server's users list.
 */
import { nkeys } from "@nats-io/transport-node";
import { GatewayError } from "../protocol/errors.ts";

/** How a node comes to NATS. */
export interface NatsWay {
  /** The user that it comes as, as gatehouse.yaml names it. */
  readonly user: "frames" | "store";
  readonly servers: readonly string[];
  readonly hasAuthority: boolean;
  readonly seed: Uint8Array | undefined;
}

/** @throws GatewayError CONFIGURATION for what is no seed of a user */
export function checkedSeed(seed: Uint8Array | undefined, user: NatsWay["user"]): Uint8Array | undefined {
  if (seed === undefined || publicKeyOf(seed)?.startsWith("U") === true) return seed;
  throw new GatewayError("CONFIGURATION", `cluster.nats.${user} holds no seed of an nkey of a user`, {
    remedy: "such a seed begins with SU, and its public key with U: `nk -gen user` or nsc makes one; docs/cluster.md says what NATS must permit it", // prettier-ignore
  });
}

function publicKeyOf(seed: Uint8Array): string | undefined {
  try {
    return nkeys.fromSeed(seed).getPublicKey();
  } catch {
    return undefined;
  }
}

/** Of a connection that did not come about. */
export function natsFault(fault: unknown, way: NatsWay): GatewayError {
  const why = wordsOf(fault);
  const { says, remedy } = explained(fault, why, way);
  const where = way.servers.join(", ");
  return new GatewayError("NATS_UNREACHABLE", `${where}: ${says}`, { cause: fault, remedy });
}

/** Of a stream that NATS does not give, to a user that it knows. */
export function streamFault(fault: unknown, stream: string): string {
  const why = wordsOf(fault);
  if (/permissions violation/i.test(why))
    return `NATS knows the nkey of cluster.nats.store, and does not permit it to use ${stream}: give its user the permissions of docs/cluster.md; perhaps the seeds of frames and store, or of two nodes, are interchanged`;
  return `NATS does not give ${stream} (${why}): its JetStream may have no leader at the moment; see the logs of the NATS servers`;
}

/** What a server says of a subject that a node may not use. */
export function permissionFault(why: string): string {
  const [, what, subject] =
    /permissions violation for (subscription to|publish to) "([^"]+)"/i.exec(why) ?? [];
  if (subject === undefined) return `NATS refuses what this node says: ${why}; see docs/cluster.md, what a node may say and hear`; // prettier-ignore
  const act = what?.toLowerCase().startsWith("sub") === true ? "hear" : "say";
  return `NATS does not permit this node to ${act} ${subject}: cluster.nats.frames must hold the seed of this node's own user of the account for frames, with the permissions of docs/cluster.md; perhaps the seeds of frames and store, or of two nodes, are interchanged`;
}

function wordsOf(fault: unknown): string {
  if (!(fault instanceof Error)) return typeof fault === "string" ? fault : "a fault without words";
  const cause = fault.cause instanceof Error && !fault.message.includes(fault.cause.message) ? ` (${fault.cause.message})` : ""; // prettier-ignore
  return `${fault.message}${cause}`.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}

function explained(
  fault: unknown,
  why: string,
  way: NatsWay,
): { readonly says: string; readonly remedy: string } {
  const { user, seed, hasAuthority } = way;
  if (/authorization|authentication/i.test(why)) {
    if (seed === undefined)
      return {
        says: "the server asks who this node is, and it has no nkey to show",
        remedy: `name the file with its seed in gatehouse.yaml: \`cluster.nats.${user}: file:${user}.nk\` (chmod 600)`,
      };
    return {
      says: `the server does not know the nkey of cluster.nats.${user}, whose public key is ${publicKeyOf(seed) ?? "not readable"}`,
      remedy: "add that nkey to the users of every NATS server, or name the seed of a user that is there; docs/cluster.md has the permissions", // prettier-ignore
    };
  }
  const code = (fault as { readonly code?: unknown } | undefined)?.code;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || /wrong version number/i.test(why))
    return {
      says: "the server does not begin with TLS, and cluster.nats.ca asks for it",
      remedy:
        "set `handshake_first: true` in the `tls` of every NATS server; or remove cluster.nats.ca, for servers without TLS",
    };
  if (/certificate|self.signed|issuer|altname/i.test(`${why} ${String(code)}`))
    return hasAuthority
      ? {
          says: `the server's certificate does not hold (${why})`,
          remedy: "cluster.nats.ca must name the authority that signed it, and cluster.nats.servers a name or address that stands in it", // prettier-ignore
        }
      : {
          says: `the server's certificate is of no authority that this machine knows (${why})`,
          remedy: "name the PEM file of that authority in gatehouse.yaml: `cluster.nats.ca: nats-ca.pem`",
        };
  // The client's words for an end without a reason.
  if (/undefined error|closed|reset|disconnect/i.test(why))
    return {
      says: "the connection was ended before NATS had said a word",
      remedy: hasAuthority
        ? "check that cluster.nats.servers names the client port of a NATS server, and that this is one"
        : "if these servers begin with TLS, name the PEM file of their authority: `cluster.nats.ca: nats-ca.pem`; else check that cluster.nats.servers names their client port", // prettier-ignore
    };
  return {
    says: why,
    remedy: "check that nats-server runs there and that cluster.nats.servers names its client port",
  };
}
