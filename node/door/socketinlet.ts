/**
 * What comes in on one WebSocket, on its way to be looked at: a small message at once, a large one when there is room for it and its
 * agent's turn has come. Owns when the socket is read on. Does not own what messages mean (websocket.ts) nor the bounds (admission.ts).
 *
 * I1. Messages are handed on in the order in which they came.
 * I2. A large message that is not whole in time ends its socket, as an HTTP request would: its room is others' as well.
 */
import type { Socket } from "node:net";
import { limits } from "../../protocol/limits.ts";
import type { Admission, Room } from "./admission.ts";

export interface SocketInletPorts {
  readonly admission: Admission;
  /** Whose room it takes. */
  readonly owner: string;
  /** What carries the frames: it alone knows how much has come of a message that is not whole. */
  readonly raw: Socket;
  /** Reads on, or no more. */
  readonly read: (isRead: boolean) => void;
  /** Whether its agent takes no answers, for which it is not read either. */
  readonly isPaused: () => boolean;
  readonly take: (message: Buffer, room: Room | undefined) => void;
  readonly stalled: () => void;
}

/** Of a masked control frame, beside what it carries (RFC 6455, section 5.2). */
const controlBytes = 6;

export class SocketInlet {
  readonly #ports: SocketInletPorts;
  /** Bytes of the socket that belong to messages that were handed on, up to a chunk. */
  #before: number;
  /** For the message that is coming. */
  #room: Room | undefined;
  #takeBack: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Came before it could be known that something before it waits: no more than one chunk has. */
  readonly #behind: Buffer[] = [];
  #isTurning = false;
  #isClosed = false;

  constructor(ports: SocketInletPorts) {
    this.#ports = ports;
    this.#before = ports.raw.bytesRead;
    ports.raw.on("data", () => this.#look());
  }

  /** Whether the socket is not read for its agent's sake, or the node's. */
  get isHeld(): boolean {
    return this.#takeBack !== undefined || this.#isTurning;
  }

  /** A message has come whole. */
  message(data: Buffer): void {
    this.#before = this.#ports.raw.bytesRead;
    if (this.#behind.length > 0 || this.isHeld) this.#behind.push(data);
    else this.#pass(data);
  }

  /** A ping or a pong, which may come in the midst of a message, and is none of it. */
  control(data: Buffer): void {
    this.#before += controlBytes + data.length;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#takeBack?.();
    this.#takeBack = undefined;
    this.#behind.length = 0;
    this.#room?.leave();
    this.#room = undefined;
  }

  /** Has a message that shows to be a large one take its room, before more of it is read. */
  #look(): void {
    const isLarge = this.#ports.raw.bytesRead - this.#before > limits.smallBodyBytes;
    if (!isLarge || this.#room !== undefined || this.isHeld || this.#isClosed) return;
    this.#obtain();
    if (this.#room !== undefined) this.#expect();
  }

  /** The room of a message that is being read on. */
  #expect(): void {
    const { isPaused, stalled } = this.#ports;
    this.#timer = setTimeout(() => (isPaused() ? this.#expect() : stalled()), limits.requestTimeoutMs);
  }

  #obtain(): void {
    const { admission, owner, read } = this.#ports;
    let isNow = true;
    const takeBack = admission.await(owner, (room) => {
      this.#room = room;
      this.#takeBack = undefined;
      if (isNow) return;
      if (this.#behind.length > 0) return this.#passOn();
      this.#expect();
      read(true);
    });
    isNow = false;
    if (this.#room !== undefined) return;
    this.#takeBack = takeBack;
    read(false);
  }

  #pass(data: Buffer): void {
    clearTimeout(this.#timer);
    const isLarge = data.length > limits.smallBodyBytes;
    if (isLarge && this.#room === undefined) this.#obtain();
    if (isLarge && this.#room === undefined) return void this.#behind.unshift(data);
    const room = this.#room;
    this.#room = undefined;
    if (!isLarge || room === undefined) {
      room?.leave();
      return this.#ports.take(data, undefined);
    }
    room.resize(data.length);
    this.#isTurning = true;
    this.#ports.read(false);
    this.#ports.admission.turn(this.#ports.owner, () => {
      this.#isTurning = false;
      if (!this.#isClosed) this.#ports.take(data, room);
      room.leave();
      this.#passOn();
    });
  }

  #passOn(): void {
    while (!this.isHeld && !this.#isClosed) {
      const next = this.#behind.shift();
      if (next === undefined) return this.#ports.read(true);
      this.#pass(next);
    }
  }
}
