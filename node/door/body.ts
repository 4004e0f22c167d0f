/** The body of one POST: bounded, in UTF-8, and admitted where it is large (admission.ts). Decides nothing of what is in it. */
import type { IncomingMessage } from "node:http";
import { errors, GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Admission, Room } from "./admission.ts";
import { isUtf8Type } from "./doors.ts";

export interface Body {
  readonly bytes: Buffer;
  /** Undefined for a small one. Whoever goes on with it holds it; it is given back here once `act` has ended. */
  readonly room: Room | undefined;
  /** performance.now() when it had come whole. */
  readonly wholeMs: number;
}

export interface Receiving {
  readonly request: IncomingMessage;
  readonly admission: Admission;
  /** Whose room it takes. */
  readonly owner: string;
  /** Neither throws nor rejects. */
  readonly act: (body: Body) => void | Promise<void>;
  /** For what its headers say already, and what shows only while it comes. */
  readonly refuse: (thrown: unknown) => void;
}

export function receiveBody({ request, admission, owner, act, refuse }: Receiving): void {
  let room: Room | undefined;
  try {
    const declared = declaredBytes(request);
    if (declared > limits.smallBodyBytes) room = admission.enter(owner, declared);
  } catch (thrown) {
    return refuse(thrown);
  }
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let bytes = 0;
  /** How long it will be, nobody said: what it takes doubles as it comes. @throws GatewayError */
  const grow = (): void => {
    if (bytes > limits.bodyBytesMax) throw new GatewayError("REQUEST_TOO_LARGE");
    const wanted = Math.min(2 * bytes, limits.bodyBytesMax);
    if (room === undefined) room = admission.enter(owner, wanted);
    else room.resize(wanted);
  };
  const stop = (): void => {
    request.removeAllListeners("data").removeAllListeners("end");
    first = rest = undefined;
    room?.leave();
  };
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > (room?.bytes ?? limits.smallBodyBytes)) {
      try {
        grow();
      } catch (thrown) {
        stop();
        return refuse(thrown);
      }
    }
    if (first === undefined) first = chunk;
    else (rest ??= [first]).push(chunk);
  });
  request.on("end", () => {
    const whole = rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest);
    const body = { bytes: whole, room, wholeMs: performance.now() };
    if (room === undefined) return void act(body);
    room.resize(whole.length);
    admission.turn(owner, () => void leaveAfter(body, act));
  });
  request.on("close", () => {
    if (!request.complete) stop();
  });
}

async function leaveAfter(body: Body, act: Receiving["act"]): Promise<void> {
  await act(body);
  body.room?.leave();
}

function declaredBytes(request: IncomingMessage): number {
  if (request.headers["content-encoding"] !== undefined)
    throw new GatewayError("MEDIA_TYPE", "bodies must not be compressed");
  if (!isUtf8Type(request.headers["content-type"]))
    throw new GatewayError("MEDIA_TYPE", "bodies must be UTF-8: say no charset, or charset=utf-8");
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limits.bodyBytesMax) throw new GatewayError("REQUEST_TOO_LARGE");
  return declared;
}

/**
 * Whether what is left of a refused body is to be read: of an agent that may send it again, which learns so only from an answer. A
 * connection that is closed under a sender takes the answer with it.
 */
export function isReadToItsEnd(request: IncomingMessage, refused: unknown): boolean {
  if (!(refused instanceof GatewayError) || request.complete || !errors[refused.code].retry) return false;
  return Number(request.headers["content-length"] ?? Infinity) <= limits.bodyBytesMax;
}

/**
 * Reads what is left of a refused body, and drops it, piece by piece in its agent's turns: at full speed four hundred of them
 * kept a node from all else for a second and a half at a time.
 */
export function drop(request: IncomingMessage, admission: Admission, owner: string): void {
  request.removeAllListeners("data").removeAllListeners("end");
  request.on("readable", () => admission.turn(owner, () => void request.read()));
  // What nobody has begun to read when its answer is out, Node.js reads, at full speed.
  request.read(0);
}
