/**
 * Requests that the owner of a session serves, whatever door they came in at: lists that only a server can answer, and
 * subscriptions. At the door: brings the request there and its answer back. At the owner: gives it to the dispatcher,
 * like one of its own door.
 *
 * T1. A listen stream outlives a change of owner: the next one follows anew, and says of each resource that it may have
 *     changed, because nobody heard of it in between.
 * T2. What an older wire session follows is remembered by the session's actor before its agent is told that it is followed.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedAnswerBounds, relayedBounds } from "../../protocol/jsonbounds.ts";
import { isRequest, readMessage, resultResponse, RpcFault, type Request } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { meta } from "../../protocol/mcp/revision.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { WireChange } from "../../actors/wires.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { Doors } from "../door/doors.ts";
import { EventStream } from "../door/eventstream.ts";
import type { Attachment, StreamEvent } from "../door/neighbours.ts";
import type { WireSession } from "../door/wire.ts";
import type { Endpoints } from "../exchange/endpoint.ts";
import type { Caller, Exchange, HttpForm, Wire } from "../exchange/exchange.ts";
import { packCaller, readCaller } from "./clustercall.ts";
import type { Courier } from "./courier.ts";
import { RemoteExchange } from "./remoteexchange.ts";
import type { StreamKeeper } from "./streamkeeper.ts";
import { isBeat, type StreamSockets } from "./streamsocket.ts";

const acknowledged = "notifications/subscriptions/acknowledged";
/** Of an answer that says: not now. */
const retryStatus = 503;
const updated = "notifications/resources/updated";

export interface ErrandPorts {
  readonly courier: Courier;
  readonly keeper: StreamKeeper;
  readonly sockets: StreamSockets;
  readonly ownerOf: (session: SessionKey) => string | undefined;
  readonly isOwner: (session: SessionKey) => boolean;
  readonly home: () => { readonly doors: Doors; readonly endpoints: Endpoints } | undefined;
  /** The owner's own label of a wire session. @throws GatewayError WIRE_SESSION_UNKNOWN */
  readonly adopted: (caller: Caller, wire: string) => WireSession;
  readonly hasRoom: (session: SessionKey, wire: string, uri: string) => boolean;
  readonly change: (session: SessionKey, wire: string, what: WireChange, value: string) => Promise<void>;
  /** Brings what a wire session follows to a socket of this door, which is its own. */
  readonly attach: (caller: Caller, wire: Wire, onEvent: (event: StreamEvent) => void) => Promise<Attachment>;
}

export class Errands {
  readonly #ports: ErrandPorts;

  constructor(ports: ErrandPorts) {
    this.#ports = ports;
    ports.courier.on("errand", (_from, letter) => this.#serve(letter));
    ports.courier.on("listen", (from, letter) => this.#listen(from, letter), isBeat);
  }

  // At the door.

  async serve(exchange: Exchange): Promise<void> {
    const { caller, request } = exchange;
    if (request.method === "subscriptions/listen") return this.#bringListen(exchange);
    await this.#readySocket(caller, request);
    const { courier, ownerOf } = this.#ports;
    const letter = letterOf(exchange);
    const answer = await courier.ask(() => ownerOf(caller.session), "errand", letter, limits.upstreamCallMs);
    const { text, form } = readEnding(answer);
    exchange.end(text, form);
  }

  /** A WebSocket, or the stream of HTTP+SSE, gets what it follows as a GET stream would. */
  async #readySocket(caller: Caller, { method }: Request): Promise<void> {
    const { wire, door } = caller;
    if (method !== "resources/subscribe" || wire === undefined || door === "http") return;
    if (wire.attached(followedHere) !== undefined) return;
    const onEvent = ({ message }: StreamEvent): void => {
      const read = parseStrict(message, relayedAnswerBounds);
      if (!(read instanceof JsonFault) && isObject(read)) wire.push(read);
    };
    const attachment = await this.#ports.attach(caller, wire, onEvent);
    if (wire.attached(followedHere) === undefined) wire.attach(followedHere, attachment);
    else attachment.close();
  }

  async #bringListen(exchange: Exchange): Promise<void> {
    const { caller, request } = exchange;
    const { sockets, ownerOf } = this.#ports;
    const ended = (): void =>
      exchange.end(resultResponse(request.id, { resultType: "complete", _meta: { [meta.subscription]: request.id } })); // prettier-ignore
    const onEvent = ({ message, isLast }: StreamEvent): void => {
      const read = parseStrict(message, relayedAnswerBounds);
      if (read instanceof JsonFault || !isObject(read) || exchange.ended) return;
      if (!isLast) return void exchange.send(read);
      const { text, form } = readEnding(read);
      exchange.end(text, form);
    };
    const attachment = await sockets.open({
      about: "listen",
      whom: () => ownerOf(caller.session),
      attaching: { caller, wire: "", stream: "listen", node: undefined, after: 0, takes: true, onEvent, onEnd: ended }, // prettier-ignore
      letter: letterOf(exchange),
    });
    const leave = (): void => {
      attachment.close();
      ended();
    };
    if (exchange.ended) return attachment.close();
    exchange.signal().addEventListener("abort", leave, { once: true });
    if (exchange.cancelled) leave();
  }

  // At the owner.

  async #serve(letter: JsonObject): Promise<JsonObject | undefined> {
    const errand = this.#read(letter);
    if (errand === undefined) return undefined;
    const { caller, request, doors } = errand;
    const uri = request.params?.["uri"];
    const isFollow = request.method === "resources/subscribe";
    const isLeft = request.method === "resources/unsubscribe";
    const wire = caller.wire?.id;
    if (isFollow && wire !== undefined && !this.#ports.hasRoom(caller.session, wire, String(uri)))
      throw new GatewayError("OVERLOADED", "too many subscriptions of one session");
    const exchange = new RemoteExchange(caller, request, false);
    const answered = Promise.withResolvers<JsonObject>();
    exchange.onAnswer = (text, form) => answered.resolve(endingOf(text, form));
    doors.dispatch(exchange);
    const answer = await answered.promise;
    if ((isFollow || isLeft) && wire !== undefined && typeof uri === "string" && isResult(answer["text"]))
      await this.#ports.change(caller.session, wire, isFollow ? "followed" : "unfollowed", uri);
    return answer;
  }

  #listen(from: string, letter: JsonObject): JsonObject | undefined {
    const { socket, after } = letter;
    if (typeof socket !== "string") return undefined;
    const { keeper, isOwner } = this.#ports;
    const errand = this.#read(letter);
    if (errand === undefined) return undefined;
    const { caller, request, doors } = errand;
    doors.checkAlive(caller.session);
    const known = keeper.beat(from, socket, typeof after === "number" ? after : 0);
    if (known !== undefined) return { n: known };
    const last = typeof after === "number" ? after : 0;
    const stream = new EventStream("listen", undefined, last);
    const exchange = new RemoteExchange(caller, request, false);
    exchange.toDoor = (message) => {
      if (last === 0 || message["method"] !== acknowledged) void stream.send(JSON.stringify(message));
      else for (const each of againOf(message)) void stream.send(JSON.stringify(each));
    };
    exchange.onAnswer = (text, form) => {
      // A stream that another owner had is begun again until it is: the agent has had its acknowledgement.
      if (last > 0 && form?.status === retryStatus) keeper.drop(from, socket);
      else stream.finish(JSON.stringify(endingOf(text, form)));
    };
    const onGone = (): void => exchange.cancel();
    const n = keeper.serve(from, stream, { socket, after: last, takes: true, onGone, isOurs: () => isOwner(caller.session) }); // prettier-ignore
    doors.dispatch(exchange);
    return { n };
  }

  #read({
    caller: packed,
    wire,
    request: text,
  }: JsonObject): { readonly caller: Caller; readonly request: Request; readonly doors: Doors } | undefined {
    const home = this.#ports.home();
    const known =
      Array.isArray(packed) && home !== undefined ? readCaller(packed, home.endpoints) : undefined;
    const request = typeof text === "string" ? readRequest(text) : undefined;
    if (home === undefined || known === undefined || request === undefined || typeof wire !== "string") return undefined; // prettier-ignore
    if (!this.#ports.isOwner(known.caller.session)) return undefined;
    const label = wire === "" ? undefined : this.#ports.adopted(known.caller, wire);
    return { caller: { ...known.caller, wire: label }, request, doors: home.doors };
  }
}

/** Under it a socket's wire session keeps what brings it its updates. */
export const followedHere = "updates";

function letterOf(exchange: Exchange): JsonObject {
  const { caller, request } = exchange;
  return {
    session: caller.session,
    caller: packCaller(exchange),
    wire: caller.wire?.id ?? "",
    request: JSON.stringify(request),
  };
}

function readRequest(text: string): Request | undefined {
  const value = parseStrict(text, relayedBounds);
  const message = value instanceof JsonFault ? undefined : readMessage(value);
  return message === undefined || message instanceof RpcFault || !isRequest(message) ? undefined : message;
}

function isResult(text: unknown): boolean {
  const read = typeof text === "string" ? parseStrict(text, relayedAnswerBounds) : undefined;
  return !(read instanceof JsonFault) && isObject(read) && read["result"] !== undefined;
}

function endingOf(text: string, form: HttpForm | undefined): JsonObject {
  return { text, ...(form === undefined ? {} : { form }) };
}

function readEnding({ text, form }: JsonObject): {
  readonly text: string;
  readonly form: HttpForm | undefined;
} {
  if (typeof text !== "string" || !text.startsWith("{") || /[\r\n]/.test(text)) throw new GatewayError("INTERNAL", "an owner's answer is none"); // prettier-ignore
  if (!isObject(form) || typeof form["status"] !== "number") return { text, form: undefined };
  const { status, headers } = form;
  const retry = isObject(headers) && typeof headers["retry-after"] === "string" && /^\d{1,6}$/.test(headers["retry-after"]) ? { headers: { "retry-after": headers["retry-after"] } } : {}; // prettier-ignore
  return { text, form: Number.isInteger(status) && status >= 200 && status <= 599 ? { status, ...retry } : undefined }; // prettier-ignore
}

/** An update of each resource of a listen stream that another owner had before. */
function* againOf({ params }: JsonObject): Generator<JsonObject> {
  if (!isObject(params) || !isObject(params["notifications"])) return;
  const { resourceSubscriptions: uris } = params["notifications"];
  for (const uri of Array.isArray(uris) ? (uris as unknown[]) : [])
    yield { jsonrpc: "2.0", method: updated, params: { uri, _meta: params["_meta"] } };
}
