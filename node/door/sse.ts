/** HTTP+SSE of revision 2024-11-05: one GET stream for everything towards the agent, POSTs for what it sends. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError } from "../../protocol/errors.ts";
import { isRequest, type Message, type Request } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../exchange/exchange.ts";
import { ConnectionExchange } from "./connectionexchange.ts";
import type { Doors, Visitor } from "./doors.ts";
import { drained, hangUp, sseHeaders } from "./eventstream.ts";
import { readBody } from "./message.ts";
import { olderCaller, openWire, startOlder, takeOlder } from "./post.ts";
import { readAddress } from "./routes.ts";
import type { WireSession } from "./wire.ts";

/** One open GET stream. Its id is 128 random bits, good only together with the principal that opened it. */
class SseConnection {
  readonly response: ServerResponse;
  /** Set by initialize. */
  wire: WireSession | undefined;
  #held = 0;
  #isRetired = false;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  /** More is unsent than a stream should have. */
  get congested(): boolean {
    return this.response.writableLength > limits.socketBufferBytesMax;
  }

  /**
   * Resolves when the agent has read what waits for it, or is gone: who does not read answers may not ask for more.
   *
   * @throws GatewayError OVERLOADED when limits.heldPostsMax wait already
   */
  async readOn(): Promise<void> {
    if (this.#held >= limits.heldPostsMax)
      throw new GatewayError("OVERLOADED", "the stream is not being read");
    this.#held++;
    await drained(this.response);
    this.#held--;
  }

  send(text: string): void | Promise<void> {
    if (this.response.destroyed || this.response.write(`event: message\ndata: ${text}\n\n`)) return undefined;
    return drained(this.response);
  }

  retire(): void {
    if (this.#isRetired || (this.wire !== undefined && this.wire.open.size > 0)) return;
    this.#isRetired = true;
    this.close("draining");
  }

  /** A node that stops sends the client back; a killed agent or an ended credential gets no such hint. */
  close(reason: string): void {
    if (reason === "draining") this.response.write("retry: 1000\n\n");
    hangUp(this.response);
  }
}

interface Keyed {
  readonly visitor: Visitor;
  readonly connection: SseConnection;
}

const connections = new WeakMap<Doors, Map<string, Keyed>>();

function connectionsOf(doors: Doors): Map<string, Keyed> {
  let map = connections.get(doors);
  if (map === undefined) connections.set(doors, (map = new Map()));
  return map;
}

export function handleSse(
  doors: Doors,
  visitor: Visitor,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // Gone while its caller was made out: its "close" has been, and nothing would end what is begun now.
  if (response.destroyed) return;
  const connection = new SseConnection(response);
  const forget = doors.connect(visitor, connection);
  if (forget === undefined) throw new GatewayError("OVERLOADED", "too many open streams of this agent");
  const own = randomBytes(16).toString("base64url");
  const id = doors.neighbours === undefined ? own : `${own}.${doors.neighbours.node}`;
  const open = connectionsOf(doors);
  open.set(id, { visitor, connection });
  const alive = setInterval(() => response.write(": alive\n\n"), limits.pingIntervalMs);
  response.on("close", () => {
    clearInterval(alive);
    open.delete(id);
    forget();
    if (connection.wire !== undefined) doors.wires.remove(connection.wire, false);
  });
  response.writeHead(200, sseHeaders);
  const { path } = readAddress(request);
  response.write(
    `event: endpoint\ndata: ${path.slice(0, path.lastIndexOf("/"))}/message?sessionId=${id}\n\n`,
  );
}

/**
 * A POST beside the stream. Its answer comes on the stream; the POST itself is only accepted. In a cluster it may come in
 * at any node: the stream's id says which one has the stream.
 *
 * @throws GatewayError, or rejects with one when it had to wait
 */
export function handleMessage(
  doors: Doors,
  visitor: Visitor,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  room: Room | undefined,
): void | Promise<void> {
  const id = new URLSearchParams(readAddress(request).query).get("sessionId") ?? "";
  const taken = takePosted(doors, visitor, id, body, room) ?? bringPosted(doors, visitor, id, body);
  if (taken === true) response.writeHead(202).end();
  else return taken.then(() => void response.writeHead(202).end());
}

/**
 * What was posted beside a stream of this node.
 *
 * @returns undefined when this node has no such stream; a promise where it has to wait until its agent reads
 */
export function takePosted(
  doors: Doors,
  visitor: Visitor,
  id: string,
  body: Buffer,
  room?: Room,
): true | Promise<true> | undefined {
  const known = connectionsOf(doors).get(id);
  const isTheirs = known?.visitor.session === visitor.session && known.visitor.endpoint === visitor.endpoint;
  if (known === undefined || !isTheirs) return undefined;
  const { connection } = known;
  const message = readBody(body, false) as Message;
  const take = (): true => {
    if (isRequest(message)) startRequest(doors, visitor, connection, message, room);
    else if (connection.wire !== undefined)
      takeOlder(doors, connection.wire, message)?.catch((fault: unknown) => doors.dropped(fault));
    return true;
  };
  if (!isRequest(message) || !connection.congested) return take();
  return connection.readOn().then(() => {
    if (connectionsOf(doors).get(id) !== known) throw new GatewayError("WIRE_SESSION_UNKNOWN");
    return take();
  });
}

function bringPosted({ neighbours }: Doors, visitor: Visitor, id: string, body: Buffer): Promise<true> {
  const node = id.slice(id.lastIndexOf(".") + 1);
  if (neighbours === undefined || node === neighbours.node || node === id)
    throw new GatewayError("WIRE_SESSION_UNKNOWN");
  return neighbours.post(node, visitor, id, body);
}

function startRequest(
  doors: Doors,
  visitor: Visitor,
  connection: SseConnection,
  message: Request,
  room: Room | undefined,
): void {
  const startedMs = performance.now();
  if (message.method === "initialize") {
    if (connection.wire !== undefined)
      throw new GatewayError("REQUEST_SHAPE", "this stream is initialised already");
    const wire = openWire(doors, visitor, message, "sse");
    const sink = (text: string): void => (connection.congested ? undefined : void connection.send(text));
    wire.sink = sink;
    connection.wire = wire;
  }
  if (connection.wire === undefined) throw new GatewayError("WIRE_SESSION_MISSING", "initialise first");
  const caller = olderCaller(visitor, connection.wire, message);
  const exchange = new ConnectionExchange(caller, message, startedMs, connection);
  startOlder(doors, connection.wire, exchange, room);
}
