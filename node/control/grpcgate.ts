/**
 * The listener of gRPC: TLS in which both sides show a certificate, and how many connections there are. Owns the port, the
 * handshake, and who has which connections. Does not own what is said on one (grpc.ts).
 *
 * G1. Without a certificate that the configured authority has signed, nothing gets behind the handshake.
 * G2. Connections are bounded: all of them, handshakes under way included; and those of one client, by the names in its
 *     certificate. One more is closed, and told of (`refused`); those that are there stay.
 * G3. A handshake that does not come to its end is ended.
 */
import { createServer, type PeerCertificate, type Server, type TLSSocket } from "node:tls";
import { limits } from "../../protocol/limits.ts";

export interface GrpcGatePorts {
  /** PEM of the listener, and of the authority that signs clients' certificates. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly connected: (socket: TLSSocket) => void;
  /** One connection of a client too many. */
  readonly refused: (names: readonly string[], from: string) => void;
}

/** DNS names and URIs of a certificate's subjectAltName; its common name counts for nothing. */
export function namesOf(certificate: Pick<PeerCertificate, "subjectaltname"> | undefined): string[] {
  const alternatives = certificate?.subjectaltname?.split(", ") ?? [];
  return alternatives.flatMap((each) => /^(?:DNS|URI):([\x21-\x7e]{1,256})$/.exec(each)?.[1] ?? []);
}

/** Who counts as one client: the names of its certificate; where it bears none, that certificate. */
export function clientOf(certificate: PeerCertificate | undefined): string {
  const names = namesOf(certificate);
  return names.length > 0 ? names.join(" ") : (certificate?.fingerprint256 ?? "");
}

export class GrpcGate {
  readonly #server: Server;
  readonly #ports: GrpcGatePorts;
  /** By client. */
  readonly #sockets = new Map<string, Set<TLSSocket>>();

  constructor(ports: GrpcGatePorts) {
    this.#ports = ports;
    this.#server = createServer(
      {
        ...ports.tls,
        requestCert: true,
        rejectUnauthorized: true,
        ALPNProtocols: ["h2"],
        handshakeTimeout: limits.grpcHandshakeMs,
      },
      (socket) => this.#connected(socket),
    );
    this.#server.maxConnections = limits.grpcConnectionsMax;
    // A handshake that fails has ended its connection: there is nothing to say to anybody.
    this.#server.on("tlsClientError", () => undefined);
  }

  /** @returns the port in use. Rejects with what the listener says */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        const address = this.#server.address();
        resolve(address === null || typeof address === "string" ? port : address.port);
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const sockets of this.#sockets.values()) for (const socket of sockets) socket.destroy();
  }

  #connected(socket: TLSSocket): void {
    const certificate = socket.getPeerCertificate();
    const client = clientOf(certificate);
    const own = this.#sockets.get(client) ?? new Set<TLSSocket>();
    // Whoever it is, nobody hears of what goes wrong with its socket but who reads it.
    socket.on("error", () => undefined);
    if (own.size >= limits.grpcConnectionsPerClientMax) {
      this.#ports.refused(namesOf(certificate), `${socket.remoteAddress ?? ""}:${socket.remotePort ?? ""}`);
      return void socket.destroy();
    }
    this.#sockets.set(client, own.add(socket));
    socket.once("close", () => {
      own.delete(socket);
      if (own.size === 0 && this.#sockets.get(client) === own) this.#sockets.delete(client);
    });
    this.#ports.connected(socket);
  }
}
