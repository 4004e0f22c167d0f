/**
 * The HTTP listener: frames and bounds every request, checks Host, Origin and headers, finds the endpoint, has the
 * caller authenticated, and hands on. The order is that of the road (docs/architecture.md).
 *
 * H1. Nothing behind an endpoint's path runs before the caller is authenticated for exactly that endpoint.
 * H2. Whatever a client does, its request ends in bounded time and memory.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errors, GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { operatorPersona } from "../config.ts";
import { requestFailure } from "../exchange/answer.ts";
import type { DoorPart, Endpoint, Endpoints } from "../exchange/endpoint.ts";
import { checkHeaders, checkHost, checkOrigin, type AddressRules } from "../identity/address.ts";
import type { Authenticator } from "../identity/authenticate.ts";
import { AuthFault } from "../identity/fault.ts";
import { resourceMetadata } from "../identity/metadata.ts";
import { principalSession, principalShare, type Principal } from "../identity/principal.ts";
import { drop, isReadToItsEnd, receiveBody, type Body } from "./body.ts";
import type { TicketOffice } from "./ticketoffice.ts";
import { accepts, isJsonType, type Doors, type Visitor } from "./doors.ts";
import { handleGet, handleDelete } from "./get.ts";
import { MessageFault } from "./message.ts";
import { handlePost } from "./post.ts";
import { Regulars } from "./regulars.ts";
import { allow, destroyFailed, refuseCaller, refuseSocket, refuseUpgrade, sendJson } from "./reply.ts";
import { endpointRoutes, metadataRoute, nodeRoutes, readAddress } from "./routes.ts";
import { handleMessage, handleSse } from "./sse.ts";
import type { SocketDoor } from "./websocket.ts";

export interface HttpDoorPorts {
  readonly doors: Doors;
  readonly authenticator: Authenticator;
  readonly tickets: TicketOffice;
  readonly sockets: SocketDoor | undefined;
  /** HTTP+SSE of 2024-11-05. */
  readonly sse: boolean;
  readonly issuers: readonly { readonly issuer: string; readonly scope?: string | undefined }[];
  readonly now: () => number;
  /** Whether an operator stopped this session: it may not even connect. */
  readonly killed: (session: SessionKey) => boolean;
  /** Ready to decide: not draining, records healthy. */
  readonly ready: () => { readonly ok: boolean; readonly [part: string]: unknown };
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Refused before a caller was known: counted for the record. */
  readonly onRefused: (code: string, from: string) => void;
  readonly onFault: (fault: unknown) => void;
}

export class HttpDoor {
  readonly server: Server;
  readonly #ports: HttpDoorPorts;
  #open: { readonly endpoints: Endpoints; readonly rules: AddressRules } | undefined;
  readonly #sessions = new WeakMap<Principal, Map<string, Visitor>>();
  readonly #regulars: Regulars;
  #isLeaving = false;

  constructor(ports: HttpDoorPorts) {
    this.#ports = ports;
    this.#regulars = new Regulars((principal) => ports.authenticator.isUnchanged(principal, ports.now()));
    this.server = createServer(
      {
        maxHeaderSize: limits.headerBytesMax,
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        connectionsCheckingInterval: 2_000,
        keepAliveTimeout: 65_000,
        insecureHTTPParser: false,
        requireHostHeader: false, // checkHeaders refuses it, with a body
      },
      (request, response) => this.#guard(request, response),
    );
    this.server.maxConnections = limits.connectionsMax;
    this.server.maxHeadersCount = 0;
    this.server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.server.on("clientError", (error: Error & { code?: string }, socket: Duplex) =>
      refuseSocket(error, socket),
    );
  }

  /** Takes the port; every request is refused until `open`. Resolves with the port in use. @throws the listen error */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, () => {
        this.server.off("error", reject);
        const address = this.server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  /** From now on requests are served. */
  open(endpoints: Endpoints, rules: AddressRules): void {
    this.#open = { endpoints, rules };
  }

  /** From now on each answer asks its client to come by a new connection, which a balancer takes elsewhere. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Takes no more connections; those that are there are served. */
  stopListening(): void {
    this.server.close();
  }

  close(): void {
    this.server.close();
    this.server.closeIdleConnections();
  }

  #guard(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", destroyFailed);
    if (this.#isLeaving) response.setHeader("connection", "close");
    try {
      this.#enter(request, response);
    } catch (thrown) {
      this.#refuse(request, response, thrown);
    }
  }

  #enter(request: IncomingMessage, response: ServerResponse): void {
    const { endpoints } = this.#checkForm(request);
    const { path } = readAddress(request);
    if (Object.hasOwn(nodeRoutes, path))
      return this.#nodeRoute(path as keyof typeof nodeRoutes, request, response);
    const found = endpoints.find(path);
    if (found !== undefined) return this.#endpointRoute(found.endpoint, found.part, request, response);
    const described = endpoints.findMetadata(path);
    if (described === undefined) throw new GatewayError("ENDPOINT_UNKNOWN");
    allow(metadataRoute.methods, request);
    sendJson(response, 200, resourceMetadata(described, this.#ports.issuers), {
      "access-control-allow-origin": "*",
    });
  }

  #checkForm(request: IncomingMessage): { readonly endpoints: Endpoints } {
    const fault = checkHeaders(request);
    if (fault !== undefined) throw new GatewayError(fault.code, fault.problem);
    // Node.js's parser takes 0.9 and 2.0 in a request line for 1.x.
    if (request.httpVersionMajor !== 1) throw new GatewayError("REQUEST_HEADERS", "version");
    const open = this.#open;
    if (open === undefined) throw new GatewayError("DRAINING");
    const refused =
      checkHost(request.headers.host, open.rules) ?? checkOrigin(request.headers.origin, open.rules);
    if (refused !== undefined) throw new GatewayError(refused);
    return open;
  }

  #endpointRoute(
    endpoint: Endpoint,
    part: DoorPart,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if ((part === "sse" || part === "message") && !this.#ports.sse)
      throw new GatewayError("ENDPOINT_UNKNOWN");
    allow(endpointRoutes[part].methods, request);
    const regular = this.#regulars.recognise(request, endpoint);
    if (regular !== undefined) return this.#admitted(regular, part, request, response);
    const caller = this.#authenticate(request, endpoint);
    if (caller instanceof Promise) {
      caller.then(
        (known) =>
          this.#protect(request, response, () => this.#met(known, endpoint, part, request, response)),
        (thrown: unknown) => this.#refuse(request, response, thrown),
      );
      return;
    }
    this.#met(caller, endpoint, part, request, response);
  }

  #authenticate(request: IncomingMessage, endpoint: Endpoint): ReturnType<Authenticator["authenticate"]> {
    return this.#ports.authenticator.authenticate(
      {
        authorization: request.headers.authorization,
        rawHeaders: request.rawHeaders,
        url: request.url ?? "/",
        remoteAddress: request.socket.remoteAddress ?? "",
      },
      endpoint,
    );
  }

  #met(
    known: Principal | AuthFault,
    endpoint: Endpoint,
    part: DoorPart,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (known instanceof AuthFault) return refuseCaller(known, request, response);
    const visitor = this.visit(known, endpoint, request.socket.remoteAddress ?? "");
    this.#regulars.meet(request, visitor);
    this.#admitted(visitor, part, request, response);
  }

  #admitted(visitor: Visitor, part: DoorPart, request: IncomingMessage, response: ServerResponse): void {
    // A killed agent's calls are refused, and recorded, by its actor; all else that it could hold open is refused here.
    const calls = part === "mcp" && request.method === "POST";
    if (!calls && this.#ports.killed(visitor.session)) throw new GatewayError("SESSION_KILLED");
    switch (part) {
      case "ticket":
        return this.#giveTicket(visitor, request, response);
      case "sse":
        return handleSse(this.#ports.doors, visitor, request, response);
      case "message":
        return this.#receive(visitor, request, response, ({ bytes, room }) =>
          handleMessage(this.#ports.doors, visitor, request, bytes, response, room),
        );
      case "mcp":
        return this.#mcp(visitor, request, response);
      default:
        part satisfies never;
    }
  }

  #mcp(visitor: Visitor, request: IncomingMessage, response: ServerResponse): void {
    if (request.method === "GET" || request.method === "DELETE") {
      const handle = request.method === "GET" ? handleGet : handleDelete;
      return void this.#protect(request, response, () =>
        handle(this.#ports.doors, visitor, request, response),
      );
    }
    if (!isJsonType(request.headers["content-type"])) throw new GatewayError("MEDIA_TYPE");
    const accept = request.headers.accept;
    if (!accepts(accept, "application/json") || !accepts(accept, "text/event-stream"))
      throw new GatewayError("NOT_ACCEPTABLE");
    this.#receive(visitor, request, response, ({ bytes, room, wholeMs }) =>
      handlePost(this.#ports.doors, {
        visitor,
        headers: request.headers,
        body: bytes,
        response,
        startedMs: wholeMs,
        room,
      }),
    );
  }

  /** A principal at an endpoint; made once per pair, so that the hot path allocates nothing. */
  visit(principal: Principal, endpoint: Endpoint, from: string): Visitor {
    let known = this.#sessions.get(principal);
    if (known === undefined) this.#sessions.set(principal, (known = new Map()));
    const key = `${endpoint.path} ${from}`;
    let visitor = known.get(key);
    if (visitor === undefined) {
      visitor = { endpoint, principal, session: principalSession(principal, endpoint.persona), from };
      if (known.size >= limits.visitorsPerPrincipalMax) known.clear();
      known.set(key, visitor);
    }
    return visitor;
  }

  #giveTicket(visitor: Visitor, request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const ticket = this.#ports.tickets.issue(visitor.principal, visitor.endpoint, this.#ports.now());
    sendJson(response, 200, { ticket, expiresInMs: limits.ticketMs }, { "cache-control": "no-store" });
  }

  /** Reads a bounded body, then acts on it within this request's protection. */
  #receive(
    { principal }: Visitor,
    request: IncomingMessage,
    response: ServerResponse,
    act: (body: Body) => void | Promise<void>,
  ): void {
    const { admission } = this.#ports.doors;
    const owner = principalShare(principal);
    const refuse = (thrown: unknown): void => {
      const isDropped = isReadToItsEnd(request, thrown);
      if (isDropped) drop(request, admission, owner);
      this.#refuse(request, response, thrown, isDropped);
    };
    const acting = (body: Body): void | Promise<void> => this.#protect(request, response, () => act(body));
    receiveBody({ request, admission, owner, act: acting, refuse });
  }

  #protect(
    request: IncomingMessage,
    response: ServerResponse,
    act: () => void | Promise<void>,
  ): void | Promise<void> {
    try {
      return act()?.catch((thrown: unknown) => this.#refuse(request, response, thrown));
    } catch (thrown) {
      this.#refuse(request, response, thrown);
    }
  }

  #nodeRoute(path: keyof typeof nodeRoutes, request: IncomingMessage, response: ServerResponse): void {
    allow(nodeRoutes[path].methods, request);
    if (path === "/healthz") return sendJson(response, 200, { ok: true });
    if (path === "/readyz") {
      const state = this.#ports.ready();
      return sendJson(response, state.ok ? 200 : 503, state);
    }
    const known = this.#authenticate(request, operatorEndpoint);
    // Keys only: a token's audience is an agent's endpoint, never this.
    if (known instanceof Promise) {
      known.catch((fault: unknown) => this.#ports.onFault(fault));
      throw new GatewayError("UNAUTHENTICATED");
    }
    if (known instanceof AuthFault) return refuseCaller(known, request, response);
    if (known.by !== "key") throw new GatewayError("UNAUTHENTICATED");
    this.#ports.metrics().then(
      ({ type, text }) => response.writeHead(200, { "content-type": type }).end(text),
      (thrown: unknown) => this.#refuse(request, response, thrown),
    );
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const { sockets } = this.#ports;
    try {
      const { endpoints } = this.#checkForm(request);
      const { path, query } = readAddress(request);
      const found = endpoints.find(path);
      if (sockets === undefined || found?.part !== "mcp") throw new GatewayError("ENDPOINT_UNKNOWN");
      const { endpoint } = found;
      const ticket = new URLSearchParams(query).get("ticket");
      const isShown = ticket !== null && request.headers.authorization === undefined;
      Promise.resolve(
        isShown
          ? this.#ports.tickets.redeem(ticket, endpoint, this.#ports.now())
          : this.#authenticate(request, endpoint),
      ) // prettier-ignore
        .then((known) => {
          if (known === undefined) throw new GatewayError("TOKEN_INVALID", "the ticket is unknown, used or expired"); // prettier-ignore
          if (known instanceof AuthFault)
            return refuseUpgrade(socket, known.status, known.code, known.challenge);
          this.#acceptSocket(sockets, request, socket, head, this.visit(known, endpoint, request.socket.remoteAddress ?? "")); // prettier-ignore
        })
        .catch((thrown: unknown) => this.#refuseSocket(request, socket, thrown));
    } catch (thrown) {
      this.#refuseSocket(request, socket, thrown);
    }
  }

  #acceptSocket(
    sockets: SocketDoor,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    visitor: Visitor,
  ): void {
    if (this.#ports.killed(visitor.session)) throw new GatewayError("SESSION_KILLED");
    sockets.accept(request, socket, head, visitor);
  }

  #refuseSocket(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
    const code = thrown instanceof GatewayError ? thrown.code : "INTERNAL";
    if (!(thrown instanceof GatewayError)) this.#ports.onFault(thrown);
    this.#ports.onRefused(code, request.socket.remoteAddress ?? "");
    refuseUpgrade(socket, errors[code].http, code, undefined);
  }

  /** @param isDropped what is left of its body is read elsewhere */
  #refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown, isDropped = false): void {
    const known = thrown instanceof GatewayError;
    if (!known) this.#ports.onFault(thrown);
    const error = known ? thrown : new GatewayError("INTERNAL");
    this.#ports.onRefused(error.code, request.socket.remoteAddress ?? "");
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const id = thrown instanceof MessageFault ? thrown.id : null;
    const { response: body, form } = requestFailure(id, error, "modern");
    const status = form?.status === 200 ? 400 : (form?.status ?? 400);
    // An unread body would be read as the next request.
    const unread = !request.complete && !isDropped;
    sendJson(response, status, body, { ...form?.headers, ...(unread ? { connection: "close" } : {}), ...(status === 405 ? { allow: "POST, GET, DELETE" } : {}) }); // prettier-ignore
    if (unread) request.resume();
  }
}

/** The operator's own endpoint: a key made with `--persona metrics` opens it. No persona may be called so. */
export const operatorEndpoint: Endpoint = {
  tenant: "default",
  kind: "persona",
  name: operatorPersona,
  persona: operatorPersona,
  path: "/metrics",
  uri: "urn:gatehouse:metrics",
};
