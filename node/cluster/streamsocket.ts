/**
 * Sockets at this node's door whose streams another node keeps (streamkeeper.ts). Each says at intervals what it has, to
 * whoever keeps its stream now: so a lost event is sent again, and after a change of owner the next one takes the stream
 * over, while the agent's socket stays.
 */
import { randomBytes } from "node:crypto";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Attaching, Attachment } from "../door/neighbours.ts";
import type { Courier } from "./courier.ts";
import { streamEnded, streamEvent } from "./streamkeeper.ts";

export interface SocketPorts {
  /** What the letter to its keeper is about. */
  readonly about: "stream.attach" | "listen";
  readonly courier: Courier;
  /** The node that keeps the stream now. */
  readonly whom: () => string | undefined;
  readonly attaching: Attaching;
  /** What the keeper must know of it, besides what changes. */
  readonly letter: JsonObject;
}

export class StreamSockets {
  readonly #open = new Map<string, StreamSocket>();
  readonly #courier: Courier;

  constructor(courier: Courier) {
    this.#courier = courier;
    courier.on(streamEvent, (_from, letter) => {
      this.#open.get(String(letter["socket"]))?.take(letter);
      return undefined;
    });
    courier.on(streamEnded, (_from, letter) => {
      this.#open.get(String(letter["socket"]))?.ended();
      return undefined;
    });
  }

  async open(ports: Omit<SocketPorts, "courier">): Promise<Attachment> {
    const socket = new StreamSocket({ ...ports, courier: this.#courier }, (name) => this.#open.delete(name));
    this.#open.set(socket.name, socket);
    return socket.begin();
  }

  /** Owners have changed: those whose keeper is another now say so at once. */
  viewed(): void {
    for (const socket of this.#open.values()) socket.viewed();
  }
}

/** Whether a letter is a socket's sign of life, which may come twice: to open a stream again could take it from another. */
export function isBeat(letter: JsonObject): boolean {
  return letter["isBeat"] === true;
}

/** Of a keeper that cannot tell, or is not there, now. */
const later: ReadonlySet<string> = new Set(["OWNER_UNAVAILABLE", "KILL_LIST_STALE"]);

class StreamSocket {
  readonly name = randomBytes(16).toString("base64url");
  readonly #ports: SocketPorts;
  readonly #forget: (name: string) => void;
  #last: number | undefined;
  #keeper: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isOver = false;

  constructor(ports: SocketPorts, forget: (name: string) => void) {
    this.#ports = ports;
    this.#forget = forget;
    const { after, takes } = ports.attaching;
    this.#last = takes ? after : undefined;
  }

  /** @throws GatewayError when it does not come to be */
  async begin(): Promise<Attachment> {
    try {
      const n = await this.#say(limits.exchangeAcceptMs, false);
      this.#last ??= n;
      this.#again();
      return { n, close: () => this.#close() };
    } catch (fault) {
      this.#end();
      throw fault;
    }
  }

  take({ n, message, isLast }: JsonObject): void {
    if (this.#isOver || typeof n !== "number" || typeof message !== "string") return;
    const last = this.#last ?? n - 1;
    if (n <= last) return;
    // One is missing: the keeper sends again from there.
    if (n > last + 1) return this.viewed(true);
    this.#last = n;
    if (isLast === true) this.#close();
    this.#ports.attaching.onEvent({ n, message, isLast: isLast === true });
  }

  /**
   * Its keeper has let it go: whether another socket has the stream, or it has ended, shows when it is asked for again. Not
   * at once, unless there is another keeper: two that let each other go would go on without end.
   */
  ended(): void {
    if (this.#isOver || this.#isAsking) return;
    if (this.#ports.whom() !== this.#keeper) void this.#beat();
    else this.#again();
  }

  viewed(isLate = false): void {
    if (this.#isOver || this.#isAsking) return;
    if (isLate || this.#ports.whom() !== this.#keeper) void this.#beat();
  }

  /** @returns number of the stream's last event */
  async #say(ms: number, isBeat: boolean): Promise<number> {
    const { courier, about, whom, attaching, letter } = this.#ports;
    let asked: string | undefined;
    const keeper = (): string | undefined => (asked = whom());
    const takes = attaching.takes && !isBeat;
    const { n } = await courier.ask(keeper, about, { ...letter, socket: this.name, after: this.#last ?? null, takes, isBeat }, ms); // prettier-ignore
    this.#keeper = asked;
    return typeof n === "number" ? n : 0;
  }

  async #beat(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isAsking = true;
    try {
      await this.#say(limits.exchangeAcceptMs, true);
    } catch (fault) {
      const code = fault instanceof GatewayError ? fault.code : "INTERNAL";
      const isGone = this.#ports.attaching.node !== undefined && this.#ports.whom() === undefined;
      if (isGone || !later.has(code)) this.#finish();
    } finally {
      this.#isAsking = false;
    }
    this.#again();
  }

  #again(): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    const beat = (): void => void this.#beat();
    this.#timer = setTimeout(beat, limits.streamBeatMs).unref();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#end();
    this.#ports.attaching.onEnd();
  }

  /** The agent is gone, or has all. */
  #close(): void {
    if (this.#isOver) return;
    this.#end();
    const { courier } = this.#ports;
    const keeper = this.#keeper ?? this.#ports.whom();
    if (keeper !== undefined) courier.tell(keeper, "stream.left", { socket: this.name });
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#forget(this.name);
  }
}
