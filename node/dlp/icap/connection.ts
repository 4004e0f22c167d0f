/**
 * One connection to an ICAP server: one question at a time. Owns the socket, preview and 100 Continue, and whether the
 * connection may be used again. Does not own the syntax (reader.ts), the pool (service.ts).
 *
 * K1. Each question ends once: in a whole answer, or in a BrokenAnswer. After the latter the connection is gone.
 * K2. A connection is used again only when the answer was whole, nothing came after it, all was sent, and the server
 *     did not say that it closes.
 * K3. 100 Continue is taken once, and only while there is something to continue with.
 */
import type { Socket } from "node:net";
import { GatewayError } from "../../../protocol/errors.ts";
import { limits } from "../../../protocol/limits.ts";
import { IcapFault, IcapReader } from "./reader.ts";
import type { IcapAnswer, IcapHead } from "./reader.ts";

/** No whole answer: why, in our words. */
export class BrokenAnswer extends Error {
  /** What was read before it broke. */
  readonly head: IcapHead | undefined;
  /** Not one byte of an answer came: on a connection that was used before, the server may just have closed it. */
  readonly isUnheard: boolean;
  readonly isTimeout: boolean;

  constructor(
    says: string,
    {
      head,
      isUnheard = false,
      isTimeout = false,
    }: { head?: IcapHead | undefined; isUnheard?: boolean; isTimeout?: boolean } = {},
  ) {
    // prettier-ignore
    super(says);
    this.head = head;
    this.isUnheard = isUnheard;
    this.isTimeout = isTimeout;
  }
}

interface Pending {
  reader: IcapReader;
  rest: Buffer | undefined;
  readonly bodyBytesMax: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (answer: IcapAnswer) => void;
  readonly reject: (error: BrokenAnswer) => void;
  hasHeard: boolean;
}

export class IcapConnection {
  readonly #socket: Socket;
  readonly #onGone: (connection: IcapConnection) => void;
  #pending: Pending | undefined;
  #answers = 0;
  #isReusable = true;

  /** @param onGone told once, when it is closed for whatever reason */
  constructor(socket: Socket, onGone: (connection: IcapConnection) => void) {
    this.#socket = socket;
    this.#onGone = onGone;
    socket.on("data", (chunk: Buffer) => this.#hear(chunk));
    socket.on("error", (error) => this.#break(reasonOf(error)));
    socket.on("end", () => this.#break("it closed the connection"));
    socket.on("close", () => {
      this.#break("the connection ended");
      this.#onGone(this);
    });
    socket.setTimeout(limits.icapIdleMs, () => {
      if (this.#pending === undefined) socket.destroy();
    });
  }

  get isUsed(): boolean {
    return this.#answers > 0;
  }

  /** Whether another question may follow. */
  get isReusable(): boolean {
    return this.#isReusable && this.#pending === undefined && !this.#socket.destroyed;
  }

  /**
   * @param waitMs until the whole answer
   * @throws BrokenAnswer
   */
  ask(first: Buffer, rest: Buffer | undefined, bodyBytesMax: number, waitMs: number): Promise<IcapAnswer> {
    return new Promise((resolve, reject) => {
      const late = (): void => this.#break("it did not answer in time", true);
      const timer = setTimeout(late, Math.max(0, waitMs));
      const reader = new IcapReader(bodyBytesMax);
      this.#pending = { reader, rest, bodyBytesMax, timer, resolve, reject, hasHeard: false };
      this.#socket.ref();
      this.#socket.write(first);
    });
  }

  close(): void {
    this.#isReusable = false;
    this.#socket.destroy();
  }

  #hear(chunk: Buffer): void {
    const pending = this.#pending;
    if (pending === undefined) return this.close(); // nobody asked: what it says cannot belong to anything
    pending.hasHeard = true;
    try {
      const answer = pending.reader.feed(chunk);
      if (answer === undefined) return;
      if (pending.reader.surplus > 0) throw new IcapFault("bytes follow its answer");
      if (answer.status === 100) this.#continue(pending);
      else this.#end(pending, answer);
    } catch (error) {
      if (!(error instanceof IcapFault)) throw error;
      this.#break(error.message);
    }
  }

  #continue(pending: Pending): void {
    const { rest } = pending;
    if (rest === undefined) throw new IcapFault("it says 100 Continue, and it has everything");
    pending.rest = undefined;
    pending.reader = new IcapReader(pending.bodyBytesMax);
    this.#socket.write(rest);
  }

  #end(pending: Pending, answer: IcapAnswer): void {
    this.#answers++;
    clearTimeout(pending.timer);
    this.#pending = undefined;
    const closes = /\bclose\b/i.test(answer.headers.get("connection") ?? "");
    if (closes || answer.isCut || this.#socket.writableLength > 0) this.close();
    // An idle connection does not keep the process.
    else this.#socket.unref();
    pending.resolve(answer);
  }

  #break(says: string, isTimeout = false): void {
    this.#isReusable = false;
    const pending = this.#pending;
    this.#pending = undefined;
    this.#socket.destroy();
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    pending.reject(new BrokenAnswer(says, { head: pending.reader.head, isUnheard: !pending.hasHeard, isTimeout })); // prettier-ignore
  }
}

function reasonOf(error: Error): string {
  if (error instanceof GatewayError) return error.message;
  if (error instanceof AggregateError) return reasonOf((error.errors[0] as Error | undefined) ?? new Error("no connection")); // prettier-ignore
  const code = "code" in error && typeof error.code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(error.code) ? error.code : error.name; // prettier-ignore
  return `no connection (${code})`;
}
