/**
 * MCP over WebSocket: one JSON-RPC message per text frame, subprotocol `mcp`. Not a transport of the specification;
 * older eras as the first official SDK speaks it, 2026-07-28 by `_meta` alone.
 *
 * S1. A socket is authenticated at its upgrade and belongs to that principal and endpoint until it closes.
 * S2. Closing it cancels its modern calls; older ones run on, as on every other door.
 * S3. A large message takes room of its agent's (admission.ts), from when it shows that it is one. While there is none, and until
 *     it is looked at, nothing more is read from its socket; what was read of it already waits behind it, in its order.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { GatewayError } from "../../protocol/errors.ts";
import { isNotification, isRequest, type Message, type Request, type RpcId } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { isRevision, meta, modern, traits } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import { requestFailure } from "../exchange/answer.ts";
import type { Exchange, Room } from "../exchange/exchange.ts";
import { principalShare } from "../identity/principal.ts";
import { ConnectionExchange } from "./connectionexchange.ts";
import type { Doors, Visitor } from "./doors.ts";
import { MessageFault, readBody } from "./message.ts";
import { metaOf } from "./modernheaders.ts";
import { modernCaller, olderCaller, openWire, startOlder, takeOlder } from "./post.ts";
import { SocketInlet } from "./socketinlet.ts";
import type { WireSession } from "./wire.ts";

export class SocketDoor {
  readonly #doors: Doors;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.bodyBytesMax,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has("mcp") ? "mcp" : false),
  });
  readonly #onFault: (fault: unknown) => void;

  constructor(doors: Doors, onFault: (fault: unknown) => void) {
    this.#doors = doors;
    this.#onFault = onFault;
  }

  /** Completes the upgrade of an authenticated caller. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, visitor: Visitor): void {
    this.#server.handleUpgrade(request, socket, head, (websocket) => {
      const connection = new SocketConnection(this.#doors, visitor, websocket, request.socket, this.#onFault);
      const forget = this.#doors.connect(visitor, connection);
      websocket.on("close", () => {
        forget?.();
        connection.closed();
      });
      if (forget === undefined) connection.hangUp(1013, "too many open sockets of this agent");
    });
  }
}

class SocketConnection {
  readonly #doors: Doors;
  readonly #visitor: Visitor;
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  readonly #onFault: (fault: unknown) => void;
  readonly #open = new Map<RpcId, Exchange>();
  readonly #alive: NodeJS.Timeout;
  #wire: WireSession | undefined;
  #answered = true;
  /** When the last message came. */
  #heardMs = performance.now();
  #isRetiring = false;
  #isRetired = false;
  readonly #inlet: SocketInlet;
  /** Set while more is unsent than the buffer bound. */
  #draining: Promise<void> | undefined;

  /** @param raw what carries the frames: it alone knows when bytes have left */
  constructor(
    doors: Doors,
    visitor: Visitor,
    socket: WebSocket,
    raw: Socket,
    onFault: (fault: unknown) => void,
  ) {
    this.#doors = doors;
    this.#visitor = visitor;
    this.#socket = socket;
    this.#raw = raw;
    this.#onFault = onFault;
    const owner = principalShare(visitor.principal);
    this.#inlet = new SocketInlet({
      admission: doors.admission,
      owner,
      raw,
      read: (isRead) => this.#read(isRead),
      take: (data, room) => this.#receive(data, room),
      isPaused: () => this.#draining !== undefined,
      stalled: () => socket.terminate(),
    });
    socket.on("message", (data, isBinary) => this.#hear(data, isBinary));
    socket.on("ping", (data) => this.#inlet.control(data));
    socket.on("error", () => socket.terminate());
    socket.on("pong", (data) => {
      this.#answered = true;
      this.#inlet.control(data);
    });
    this.#alive = setInterval(() => this.#ping(), limits.pingIntervalMs);
    this.#alive.unref();
  }

  get congested(): boolean {
    return this.#socket.bufferedAmount > limits.socketBufferBytesMax;
  }

  /** Sends a text frame. A promise means: more than the buffer bound is unsent. */
  send(text: string): void | Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return undefined;
    this.#socket.send(text);
    return this.congested ? this.#drained() : undefined;
  }

  retire(): void {
    this.#isRetiring = true;
    if (performance.now() - this.#heardMs > limits.retireIdleMs) this.#retireUnlessBusy();
  }

  #ended(): void {
    if (this.#isRetiring) this.#retireUnlessBusy();
  }

  #retireUnlessBusy(): void {
    const isBusy = this.#open.size > 0 || (this.#wire?.open.size ?? 0) > 0;
    if (isBusy || this.#isRetired) return;
    this.#isRetired = true;
    this.close("draining");
  }

  close(reason: string): void {
    this.hangUp(reason === "draining" ? 1012 : 1008, reason);
  }

  /** From now on nothing is heard; ws would wait half a minute for the other side's close frame. */
  hangUp(code: number, reason: string): void {
    this.#socket.close(code, reason.slice(0, 120));
    const timer = setTimeout(() => this.#socket.terminate(), limits.closeGraceMs);
    this.#socket.on("close", () => clearTimeout(timer));
  }

  closed(): void {
    clearInterval(this.#alive);
    this.#inlet.close();
    for (const exchange of this.#open.values()) exchange.cancel();
    if (this.#wire !== undefined) this.#doors.wires.remove(this.#wire, false);
  }

  #ping(): void {
    // While nothing is read, no pong is either; the raw socket's own clock runs then, or that of whoever has the room.
    if (this.#draining !== undefined || this.#inlet.isHeld) return;
    if (!this.#answered) return this.#socket.terminate();
    this.#answered = false;
    this.#socket.ping();
  }

  /**
   * Waits until the peer has taken what waits for it. Meanwhile nothing is read from it: who does not read answers may
   * not ask for more of them. One that takes nothing for limits.socketStallMs is cut off; one that is slow is not.
   */
  #drained(): Promise<void> {
    this.#draining ??= new Promise((resolve) => {
      const raw = this.#raw;
      const done = (): void => {
        raw.off("drain", done).off("close", done).off("timeout", stalled).setTimeout(0);
        this.#draining = undefined;
        this.#answered = true;
        this.#read(!this.#inlet.isHeld);
        resolve();
      };
      const stalled = (): void => this.#socket.terminate();
      this.#socket.pause();
      raw.on("drain", done).on("close", done).on("timeout", stalled).setTimeout(limits.socketStallMs);
    });
    return this.#draining;
  }

  /** Whether the socket is read on: only where neither what waits to be sent nor what came is in the way. */
  #read(isRead: boolean): void {
    if (!isRead) return this.#socket.pause();
    this.#answered = true;
    if (this.#draining === undefined) this.#socket.resume();
  }

  #hear(data: RawData, isBinary: boolean): void {
    // ws goes on to hand over what it receives after a close frame was sent.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (isBinary) return this.hangUp(1003, "text frames only");
    this.#inlet.message(toBuffer(data));
  }

  #receive(data: Buffer, room: Room | undefined): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#heardMs = performance.now();
    let id: RpcId | null = null;
    try {
      const message = readBody(data, false) as Message;
      id = isRequest(message) ? message.id : null;
      this.#take(message, room);
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) this.#onFault(thrown);
      const error = thrown instanceof GatewayError ? thrown : new GatewayError("INTERNAL");
      const answer = requestFailure(thrown instanceof MessageFault ? thrown.id : id, error, "older");
      void this.send(JSON.stringify(answer.response));
    }
  }

  #take(message: Message, room: Room | undefined): void {
    if (!isRequest(message)) return this.#takeOther(message);
    const startedMs = performance.now();
    const version = metaOf(message)?.[meta.version];
    if (version !== undefined) return this.#takeModern(message, version, startedMs, room);
    if (message.method === "initialize") {
      if (this.#wire !== undefined)
        throw new GatewayError("REQUEST_SHAPE", "this socket is initialised already");
      this.#wire = openWire(this.#doors, this.#visitor, message, "websocket");
      const sink = (text: string): void => (this.congested ? undefined : void this.send(text));
      this.#wire.sink = sink;
    }
    if (this.#wire === undefined) throw new GatewayError("WIRE_SESSION_MISSING", `initialise first, or send params._meta of ${modern}`); // prettier-ignore
    const exchange = new ConnectionExchange(
      olderCaller(this.#visitor, this.#wire, message),
      message,
      startedMs,
      this,
    );
    startOlder(this.#doors, this.#wire, exchange, room, () => this.#ended());
  }

  #takeModern(message: Request, version: unknown, startedMs: number, room: Room | undefined): void {
    const supported = this.#doors
      .supported(this.#visitor.endpoint.persona)
      .filter((one) => traits[one].era === "modern");
    if (!isRevision(version) || !supported.includes(version))
      throw new GatewayError("PROTOCOL_VERSION", undefined, {
        data: { supported, requested: String(version).slice(0, 64) },
      });
    if (!isObject(metaOf(message)?.[meta.clientCapabilities]))
      throw new GatewayError("PARAMS_INVALID", `params._meta needs ${meta.clientCapabilities}`);
    if (this.#open.has(message.id))
      throw new GatewayError("REQUEST_SHAPE", "this id is in use by a request that still runs");
    const exchange = new ConnectionExchange(
      modernCaller(this.#visitor, message, "websocket"),
      message,
      startedMs,
      this,
    );
    this.#open.set(message.id, exchange);
    this.#doors.dispatch(exchange, room, () => {
      this.#open.delete(message.id);
      this.#ended();
    });
  }

  #takeOther(message: Message): void {
    if (isNotification(message) && message.method === "notifications/cancelled") {
      const id = message.params?.["requestId"];
      if (typeof id === "string" || typeof id === "number") this.#open.get(id)?.cancel();
    }
    if (this.#wire !== undefined)
      takeOlder(this.#doors, this.#wire, message)?.catch((fault: unknown) => this.#doors.dropped(fault));
  }
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
