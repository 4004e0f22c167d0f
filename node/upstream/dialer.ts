/**
 * The one way out (law 8; security checklist E1): every connection the gateway opens by itself is opened here, and
 * every secret that leaves it is put in here. Owns: URLs, name resolution, the address check, sockets, the credential
 * header and the credential variable of a child. Does not own: what is said on the wire (http.ts, legacysse.ts).
 *
 * D1. No socket is opened to an address that address.ts does not allow; the address checked is the address dialled.
 *     Of a name that resolves to several addresses all must be allowed, so that a mixed answer cannot slip one in.
 * D2. No redirect is followed and no request is sent twice. What was written once is never written again.
 * D3. Proxies of the environment are not used; the Host header and the TLS name are those of the URL.
 * D4. Content codings are neither asked for nor undone: an encoded answer is refused (checklist W7), so no answer can
 *     be larger than what came over the wire.
 * D5. Sockets of one origin are shared fairly between agents (sockets.ts).
 * D6. Each send ends in exactly one `end` or `fail`.
 */
import { lookup as lookupName } from "node:dns";
import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import type { LookupFunction } from "node:net";
import { buildConnector, Pool } from "undici";
import type { Dispatcher } from "undici";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { reveal } from "../vault/secret.ts";
import type { Secret } from "../vault/secret.ts";
import { isAddressAllowed, readRanges } from "./address.ts";
import type { AddressRange } from "./address.ts";
import { sendFailure } from "./failure.ts";
import { refusedPorts } from "./ports.ts";
import { Sockets } from "./sockets.ts";

/** Resolves a name to all its addresses. */
export type Resolve = (
  name: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface HeaderCredential {
  readonly header: string;
  /** E.g. `Bearer`, put before the secret with a space. */
  readonly scheme?: string | undefined;
  readonly secret: Secret;
}

/** What may be reached, and as whom. */
export interface DialPolicy {
  /** CIDR ranges that are not public but allowed. */
  readonly private?: readonly string[] | undefined;
  readonly credential?: HeaderCredential | undefined;
  /** Certificate authorities in PEM, instead of the system's. */
  readonly authorities?: string | undefined;
  /** Sockets; requests beyond them wait. Default limits.upstreamConnectionsMax. */
  readonly connectionsMax?: number | undefined;
}

export interface LineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  readonly body?: string | undefined;
  /** A stream that stays open on purpose: it does not take one of the sockets that calls wait for. */
  readonly isLong?: boolean | undefined;
  /** The agent it is for (principalShare), for D5; "" or nothing for requests of our own. */
  readonly owner?: string | undefined;
}

/** Handle on a request that was sent. All members may be called at any time; after the end they do nothing. */
export interface Sending {
  /** Ends it with `reason`; nothing more is read. A request that still waits for a socket is never written. */
  stop(reason: GatewayError): void;
  pause(): void;
  resume(): void;
}

export type Headers = { readonly [name: string]: string | readonly string[] | undefined };

/** Where an answer goes. What head or data throws ends the request with it. */
export interface Receiver {
  /** The socket is connected and the write follows in this very tick; what it returns stops it unwritten. */
  ready?(): GatewayError | undefined;
  head(status: number, headers: Headers): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(error: GatewayError): void;
}

export class Dialer {
  readonly #resolve: Resolve;
  readonly #lines = new Set<Line>();

  /** @param resolve for tests; the system's resolver otherwise (getaddrinfo, so /etc/hosts holds) */
  constructor(resolve: Resolve = resolveBySystem) {
    this.#resolve = resolve;
  }

  /**
   * A line to one origin. Nothing is connected before the first request.
   *
   * @param url http or https, without user name and password
   * @throws GatewayError CONFIGURATION for a URL or range that cannot be used; UPSTREAM_REFUSED_ADDRESS for a host
   *   that is an address and not allowed, or a port that is never HTTP
   */
  open(url: string | URL, policy: DialPolicy): Line {
    const target = readUrl(url);
    const ranges = readRanges(policy.private ?? []);
    const host = target.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0 && !isAddressAllowed(host, ranges)) throw refused("its address", host);
    const line = new Line(target, policy, checkedLookup(this.#resolve, ranges), () =>
      this.#lines.delete(line),
    );
    this.#lines.add(line);
    return line;
  }

  /** Closes every line; what is open on them fails. */
  async close(): Promise<void> {
    await Promise.all([...this.#lines].map((line) => line.close()));
  }
}

/** The environment of a child with its credential in it. */
export function withCredential(
  environment: Readonly<Record<string, string>>,
  credential: { readonly env: string; readonly secret: Secret } | undefined,
): Record<string, string> {
  if (credential === undefined) return { ...environment };
  return { ...environment, [credential.env]: reveal(credential.secret) };
}

function readUrl(url: string | URL): URL {
  let target: URL;
  try {
    target = new URL(url);
  } catch {
    throw new GatewayError("CONFIGURATION", "a server's URL is not a URL; write https://host/path");
  }
  if (target.protocol !== "https:" && target.protocol !== "http:")
    throw new GatewayError("CONFIGURATION", "a server's URL is neither https nor http");
  if (target.username !== "" || target.password !== "")
    throw new GatewayError(
      "CONFIGURATION",
      "a server's URL holds a user name or password; use credential: instead",
    );
  if (target.port !== "" && (target.port === "0" || refusedPorts.has(Number(target.port))))
    throw new GatewayError(
      "UPSTREAM_REFUSED_ADDRESS",
      `port ${target.port} belongs to another protocol than HTTP`,
    );
  return target;
}

export function refused(what: string, address: string): GatewayError {
  return new GatewayError(
    "UPSTREAM_REFUSED_ADDRESS",
    `${what} ${address} is not public, and in no range of its settings under \`private\``,
  );
}

export const resolveBySystem: Resolve = (name, done) => {
  lookupName(name, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []));
};

/** A look-up for net.connect that gives checked addresses or an error: what it gives is what is dialled. */
export function checkedLookup(resolve: Resolve, ranges: readonly AddressRange[]): LookupFunction {
  return (name, options, done) => {
    resolve(name, (error, addresses) => {
      const fail = (cause: Error): void => done(cause, "", 0);
      if (error !== null) return fail(error);
      if (addresses.length === 0)
        return fail(new GatewayError("UPSTREAM_UNREACHABLE", "its name has no address"));
      for (const { address } of addresses)
        if (!isAddressAllowed(address, ranges)) return fail(refused("its name resolves to", address));
      if (options.all === true) return done(null, addresses.slice());
      const [first] = addresses;
      return first === undefined ? undefined : done(null, first.address, first.family);
    });
  };
}

/** One origin under one policy. */
export class Line {
  readonly origin: string;
  readonly path: string;
  /** Holds the credential. */
  readonly #ownHeaders: readonly string[];
  readonly #pools: { readonly calls: Pool; readonly streams: Pool };
  readonly #sockets: Sockets<Transfer>;
  readonly #closed: () => void;
  #streams = 0;

  constructor(url: URL, policy: DialPolicy, lookup: LookupFunction, closed: () => void) {
    this.origin = url.origin;
    this.path = url.pathname + url.search;
    this.#closed = closed;
    const connections = policy.connectionsMax ?? limits.upstreamConnectionsMax;
    this.#sockets = new Sockets(connections, (transfer) => transfer.start(this.#pools.calls));
    const { credential } = policy;
    const scheme = credential?.scheme === undefined ? "" : `${credential.scheme} `;
    const own = credential === undefined ? [] : [credential.header, scheme + reveal(credential.secret)];
    this.#ownHeaders = ["accept-encoding", "identity", ...own];
    const connect = buildConnector({
      lookup,
      timeout: limits.upstreamConnectMs,
      allowH2: false,
      autoSelectFamily: true,
      rejectUnauthorized: true,
      ...(policy.authorities === undefined ? {} : { ca: policy.authorities }),
    });
    // Time-outs of undici are off: a call's own clock (calls.ts) bounds head and body together.
    const options = { connect, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, allowH2: false, maxHeaderSize: limits.headerBytesMax }; // prettier-ignore
    this.#pools = {
      calls: new Pool(this.origin, { ...options, connections }),
      streams: new Pool(this.origin, { ...options, connections: limits.upstreamSessionsMax }),
    };
  }

  /** Requests that have a socket or are being connected, and requests that wait for one. */
  get counts(): { readonly open: number; readonly streams: number; readonly waiting: number } {
    return { open: this.#sockets.open, streams: this.#streams, waiting: this.#sockets.waiting };
  }

  /**
   * Sends one request. Never throws: what goes wrong arrives at `receiver.fail`, also when nothing could be sent. Any
   * member of the receiver may be called before `send` returns.
   *
   * @param path with query; default the path of the line's URL
   */
  send(request: LineRequest, receiver: Receiver, path = this.path): Sending {
    const headers = request.headers.concat(this.#ownHeaders);
    const options = { method: request.method, path, headers, body: request.body ?? null };
    const transfer = new Transfer(
      options,
      receiver,
      request.isLong === true,
      request.owner ?? "",
      this.#ended,
    );
    if (!transfer.isLong) this.#sockets.want(transfer);
    else if (this.#streams >= limits.upstreamSessionsMax)
      transfer.stop(new GatewayError("OVERLOADED", "too many streams of this server are open"));
    else {
      this.#streams++;
      transfer.start(this.#pools.streams);
    }
    return transfer;
  }

  async close(): Promise<void> {
    this.#closed();
    this.#sockets.clear(new GatewayError("UPSTREAM_UNREACHABLE", "its line was closed"));
    const reason = new GatewayError("UPSTREAM_CLOSED", "the gateway closed the connection");
    await Promise.all([this.#pools.calls.destroy(reason), this.#pools.streams.destroy(reason)]);
  }

  readonly #ended = (transfer: Transfer): void => {
    if (!transfer.isLong) {
      if (transfer.isStarted) this.#sockets.free(transfer);
      else this.#sockets.leave(transfer);
    } else if (transfer.isStarted) this.#streams--;
  };
}

/** One request on its way: undici's view of a Receiver. */
class Transfer implements Dispatcher.DispatchHandler, Sending {
  /** Private because the headers hold the credential. */
  readonly #options: Dispatcher.DispatchOptions;
  readonly isLong: boolean;
  readonly owner: string;
  readonly #receiver: Receiver;
  readonly #ended: (transfer: Transfer) => void;
  isStarted = false;
  #isWritten = false;
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: GatewayError | undefined;
  #isOver = false;
  #hasFailed = false;

  constructor(
    options: Dispatcher.DispatchOptions,
    receiver: Receiver,
    isLong: boolean,
    owner: string,
    ended: (transfer: Transfer) => void,
  ) {
    this.#options = options;
    this.#receiver = receiver;
    this.isLong = isLong;
    this.owner = owner;
    this.#ended = ended;
  }

  start(pool: Pool): void {
    this.isStarted = true;
    pool.dispatch(this.#options, this);
  }

  stop(reason: GatewayError): void {
    if (this.#isOver) return;
    this.#stopped ??= reason;
    if (this.#controller !== undefined) this.#controller.abort(reason);
    // Undici drops a request it has not begun when its turn comes; until then it holds its place in the queue.
    else if (this.isStarted) this.#receiverFails(reason);
    else this.#over(reason);
  }

  pause(): void {
    if (!this.#isOver) this.#controller?.pause();
  }

  resume(): void {
    if (!this.#isOver) this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    const reason = this.#stopped ?? this.#receiver.ready?.();
    if (reason === undefined) this.#isWritten = true;
    else controller.abort(reason);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    if (status >= 300 && status < 400)
      throw new GatewayError(
        "UPSTREAM_GARBAGE",
        `it answered with a redirect (HTTP ${status}), which is not followed`,
      );
    const coding = headers["content-encoding"];
    if (coding !== undefined && coding !== "identity")
      throw new GatewayError("UPSTREAM_GARBAGE", "it encoded its answer although only identity was accepted");
    try {
      this.#receiver.head(status, headers);
    } catch (error) {
      throw ours(error);
    }
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    try {
      this.#receiver.data(chunk);
    } catch (error) {
      throw ours(error);
    }
  }

  onResponseEnd(): void {
    this.#isOver = true;
    this.#ended(this);
    try {
      this.#receiver.end();
    } catch (error) {
      this.#receiverFails(ours(error));
    }
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#over(this.#stopped ?? sendFailure(error, this.#isWritten));
  }

  #over(error: GatewayError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended(this);
    this.#receiverFails(error);
  }

  #receiverFails(error: GatewayError): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#receiver.fail(error);
  }
}

/** What a receiver throws on purpose, or our own fault: never to be taken for one of the connection. */
function ours(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError("INTERNAL", undefined, { cause: error });
}
