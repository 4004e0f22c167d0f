/**
 * Letters between nodes: what a node says to another beside calls, above all of wire sessions. An asked letter is sent
 * again until it is answered; a told one may get lost. Owns who is asked how often, and that nothing is carried out
 * twice at one node. Does not own what letters mean (wireletters.ts), nor frames (cluster/frames.ts).
 *
 * B1. One node carries out an asked letter once, however often it comes: the answer is remembered for a while.
 * B2. An ask ends: with an answer, with the failure that the other node names, or as OWNER_UNAVAILABLE when its time is up.
 * B3. What comes in bytes is read strictly; a letter of a wrong shape, or about nothing that is known here, is dropped.
 */
import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import { errors, GatewayError, type ErrorCode } from "../../protocol/errors.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedAnswerBounds } from "../../protocol/jsonbounds.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";

/** Carries a letter out. Undefined: not here, at the moment; the asker looks for another node, or comes again. */
export type LetterHandler = (
  from: string,
  letter: JsonObject,
) => JsonObject | undefined | Promise<JsonObject | undefined>;

export interface CourierPorts {
  readonly self: string;
  readonly send: (to: string, bytes: Uint8Array) => void;
  readonly onFault: (fault: unknown) => void;
}

interface Asked {
  readonly about: string;
  readonly letter: JsonObject;
  /** Who is to be asked now; undefined when nobody is known at the moment. */
  readonly whom: () => string | undefined;
  id: string;
  tries: number;
  readonly untilMs: number;
  timer: NodeJS.Timeout | undefined;
  readonly resolve: (answer: JsonObject) => void;
  readonly reject: (error: GatewayError) => void;
}

interface Carried {
  readonly atMs: number;
  /** Undefined while it is being carried out, and where it is large: then it is carried out again. */
  answer: JsonObject | undefined;
  isDone: boolean;
}

export class Courier {
  readonly #ports: CourierPorts;
  readonly #handlers = new Map<string, LetterHandler>();
  readonly #asked = new Map<string, Asked>();
  readonly #carried = new Map<string, Carried>();

  constructor(ports: CourierPorts) {
    this.#ports = ports;
  }

  /** @param about name of a kind of letter, that this node takes from now on */
  on(about: string, handler: LetterHandler): void {
    this.#handlers.set(about, handler);
  }

  /**
   * @param whom asked for each time that the letter is sent: owners change
   * @throws GatewayError as the other node named it; OWNER_UNAVAILABLE when nobody answers in `ms`
   */
  ask(
    whom: () => string | undefined,
    about: string,
    letter: JsonObject,
    ms = limits.exchangeAcceptMs,
  ): Promise<JsonObject> {
    return new Promise((resolve, reject) => {
      const untilMs = performance.now() + ms;
      this.#try({ about, letter, whom, id: newId(), tries: 0, untilMs, timer: undefined, resolve, reject });
    });
  }

  /** Once, and no word comes back. */
  tell(to: string, about: string, letter: JsonObject): void {
    if (to === this.#ports.self) setImmediate(() => void this.#carry(to, about, letter));
    else this.#ports.send(to, packed({ kind: "tell", about, letter }));
  }

  receive(from: string, bytes: Uint8Array): void {
    const read = unpacked(bytes);
    if (read === undefined) return;
    const { kind, id, about, letter } = read;
    if (kind === "tell" && typeof about === "string" && isObject(letter))
      void this.#carry(from, about, letter);
    else if (kind === "ask" && typeof about === "string" && typeof id === "string" && isObject(letter))
      this.#hear(from, id, about, letter);
    else if (kind === "answer" && typeof id === "string") this.#answered(id, read);
  }

  /** Nobody is asked any more. */
  close(): void {
    for (const asked of this.#asked.values())
      this.#end(asked, () => asked.reject(new GatewayError("DRAINING")));
  }

  #try(asked: Asked): void {
    this.#asked.set(asked.id, asked);
    const left = asked.untilMs - performance.now();
    if (left <= 0)
      return this.#end(asked, () =>
        asked.reject(new GatewayError("OWNER_UNAVAILABLE", `no node answered for ${asked.about}`)),
      );
    const waitMs = Math.min(limits.letterAgainMs * 2 ** asked.tries++, limits.letterAgainMsMax, left);
    const again = (): void => this.#try(asked);
    asked.timer = setTimeout(again, waitMs);
    const to = asked.whom();
    if (to === undefined) return;
    const { id, about, letter } = asked;
    if (to === this.#ports.self) setImmediate(() => this.#hear(to, id, about, letter));
    else this.#ports.send(to, packed({ kind: "ask", id, about, letter }));
  }

  #hear(from: string, id: string, about: string, letter: JsonObject): void {
    const key = `${from} ${id}`;
    const known = this.#carried.get(key);
    if (known !== undefined) {
      if (known.answer !== undefined) this.#reply(from, id, known.answer);
      if (known.answer !== undefined || !known.isDone) return;
    }
    this.#forget();
    const carried: Carried = { atMs: performance.now(), answer: undefined, isDone: false };
    this.#carried.set(key, carried);
    void this.#carry(from, about, letter).then((answer) => {
      // Not here: it may come again, to be carried out then.
      if (answer === undefined) this.#carried.delete(key);
      carried.isDone = true;
      const bytes = this.#reply(from, id, answer ?? { again: true });
      if (answer !== undefined && bytes <= limits.letterAnswerBytesMax) carried.answer = answer;
    });
  }

  async #carry(from: string, about: string, letter: JsonObject): Promise<JsonObject | undefined> {
    const handler = this.#handlers.get(about);
    if (handler === undefined) return undefined;
    try {
      const answer = await handler(from, letter);
      return answer === undefined ? undefined : { answer };
    } catch (thrown) {
      const error = thrown instanceof GatewayError ? thrown : new GatewayError("INTERNAL");
      if (!(thrown instanceof GatewayError)) this.#ports.onFault(thrown);
      return { fault: { code: error.code, ...(error.detail === undefined ? {} : { detail: error.detail }) } };
    }
  }

  /** @returns how many bytes it took */
  #reply(to: string, id: string, content: JsonObject): number {
    const answer = { kind: "answer", id, ...content };
    if (to === this.#ports.self) {
      this.#answered(id, answer);
      return 0;
    }
    const bytes = packed(answer);
    this.#ports.send(to, bytes);
    return bytes.length;
  }

  #answered(id: string, { answer, fault, again }: JsonObject): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    // Presented under a new id: the other node may have remembered this one.
    if (again === true) return this.#renew(asked);
    if (isObject(answer)) return this.#end(asked, () => asked.resolve(answer));
    if (!isObject(fault)) return;
    const { code, detail } = fault;
    const known = typeof code === "string" && Object.hasOwn(errors, code) ? (code as ErrorCode) : "INTERNAL";
    this.#end(asked, () => asked.reject(new GatewayError(known, typeof detail === "string" ? detail : undefined))); // prettier-ignore
  }

  #renew(asked: Asked): void {
    this.#asked.delete(asked.id);
    asked.id = newId();
    this.#asked.set(asked.id, asked);
  }

  #end(asked: Asked, act: () => void): void {
    clearTimeout(asked.timer);
    this.#asked.delete(asked.id);
    act();
  }

  #forget(): void {
    const before = performance.now() - limits.letterKeptMs;
    for (const [key, { atMs, isDone }] of this.#carried) {
      const isOld = atMs < before && isDone;
      if (!isOld && this.#carried.size < limits.lettersKeptMax) break;
      this.#carried.delete(key);
    }
  }
}

function newId(): string {
  return randomBytes(16).toString("base64url");
}

function packed(content: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify(content), "utf8");
}

function unpacked(bytes: Uint8Array): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const read = parseStrict(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"), relayedAnswerBounds); // prettier-ignore
  return !(read instanceof JsonFault) && isObject(read) ? read : undefined;
}
