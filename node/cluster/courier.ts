/**
 * Letters between nodes: what a node says to another beside calls, above all of wire sessions. An asked letter is sent
 * again until it is answered; a told one may get lost. Owns who is asked how often, and that nothing is carried out
 * twice at one node. Does not own what letters mean (wireletters.ts), nor frames (cluster/frames.ts).
 *
 * B1. One node carries out an asked letter once, however often it comes: the answer is remembered for letterKeptMs. No
 *     other letter shortens that: where there is no room to remember one it is not carried out, nor is it answered.
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
  readonly doneMs: number;
  readonly session: string;
  /** Undefined where it is large: then it is carried out again. */
  readonly answer: JsonObject | undefined;
}

interface Taken {
  readonly handler: LetterHandler;
  readonly repeats: (letter: JsonObject) => boolean;
}

export class Courier {
  readonly #ports: CourierPorts;
  readonly #handlers = new Map<string, Taken>();
  readonly #asked = new Map<string, Asked>();
  /** What is being carried out, with the session that it is about. */
  readonly #underWay = new Map<string, string>();
  /** What has been, the first done first. */
  readonly #carried = new Map<string, Carried>();
  /** How many letters of each session are in these two. */
  readonly #shares = new Map<string, number>();
  #dropped = 0;

  constructor(ports: CourierPorts) {
    this.#ports = ports;
  }

  /**
   * @param about   name of a kind of letter, that this node takes from now on
   * @param repeats whether it does no harm to carry a letter out again: such a one is not remembered
   */
  on(about: string, handler: LetterHandler, repeats: (letter: JsonObject) => boolean = never): void {
    this.#handlers.set(about, { handler, repeats });
  }

  /** How many letters there was no room for since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
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
    if (this.#underWay.has(key)) return;
    const known = this.#carried.get(key);
    if (known?.answer !== undefined) return void this.#reply(from, id, known.answer);
    if (this.#handlers.get(about)?.repeats(letter) === true) {
      void this.#carry(from, about, letter).then((answer) => this.#reply(from, id, answer ?? notHere));
      return;
    }
    if (known !== undefined) this.#drop(key, known);
    this.#forget();
    const { session: of } = letter;
    const session = typeof of === "string" ? of : "";
    // Silence, so that it comes again under the same id: under another one, a copy of this could be carried out too.
    if (!this.#hasRoom(session)) return void this.#dropped++;
    this.#underWay.set(key, session);
    this.#shares.set(session, (this.#shares.get(session) ?? 0) + 1);
    void this.#carry(from, about, letter).then((answer = notHere) => {
      const bytes = this.#reply(from, id, answer);
      this.#underWay.delete(key);
      const kept = bytes <= limits.letterAnswerBytesMax ? answer : undefined;
      this.#carried.set(key, { doneMs: performance.now(), session, answer: kept });
    });
  }

  async #carry(from: string, about: string, letter: JsonObject): Promise<JsonObject | undefined> {
    const taken = this.#handlers.get(about);
    if (taken === undefined) return undefined;
    try {
      const answer = await taken.handler(from, letter);
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
    // Presented under a new id: the other node remembers this one, so that no late copy of it is carried out.
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

  #hasRoom(session: string): boolean {
    if (this.#underWay.size + this.#carried.size >= limits.lettersKeptMax) return false;
    return (this.#shares.get(session) ?? 0) < limits.lettersKeptPerSessionMax;
  }

  #forget(): void {
    const before = performance.now() - limits.letterKeptMs;
    for (const [key, carried] of this.#carried) {
      if (carried.doneMs >= before) break;
      this.#drop(key, carried);
    }
  }

  #drop(key: string, { session }: Carried): void {
    this.#carried.delete(key);
    const left = (this.#shares.get(session) ?? 0) - 1;
    if (left > 0) this.#shares.set(session, left);
    else this.#shares.delete(session);
  }
}

/** What a node says that cannot carry a letter out at the moment. */
const notHere: JsonObject = { again: true };

function never(): boolean {
  return false;
}

/** Of letters that do no harm when they are carried out again. */
export function always(): boolean {
  return true;
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
