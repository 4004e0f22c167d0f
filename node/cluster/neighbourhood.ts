/**
 * Wire sessions of the older eras across the nodes of a cluster: what a door asks of the others (door/neighbours.ts), and
 * what it does when others ask. What must be remembered of a wire session is kept by the actor of its session, so that
 * whoever owns it next knows it too.
 *
 * G1. A wire id is a label (law 7): it is sealed for one principal, endpoint and door, and opens for nothing else.
 * G2. Only the owner of a session answers for what is remembered of it.
 */
import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import type { SessionEvent } from "../../actors/session.ts";
import { findWire, hasRoom, type WireChange, type WireMemory } from "../../actors/wires.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { Json } from "../../protocol/json.ts";
import {
  isResponse,
  isRpcId,
  readMessage,
  RpcFault,
  type Response,
  type RpcId,
} from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { isLogLevel, isRevision, traits, type LogLevel } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { readCapabilities } from "../door/capabilities.ts";
import type { Doors, Visitor } from "../door/doors.ts";
import { EventStream } from "../door/eventstream.ts";
import type { Agreed, Attaching, Attachment, Neighbours, WirePlace } from "../door/neighbours.ts";
import { takePosted } from "../door/sse.ts";
import type { WireSession } from "../door/wire.ts";
import type { Changes, ListKind } from "../exchange/changes.ts";
import type { Endpoints } from "../exchange/endpoint.ts";
import type { Caller } from "../exchange/exchange.ts";
import type { Sealer } from "../exchange/seal.ts";
import { packCaller, readCaller } from "./clustercall.ts";
import { always, type Courier } from "./courier.ts";
import { Errands } from "./errands.ts";
import { LetterMeter } from "./lettermeter.ts";
import { StreamKeeper } from "./streamkeeper.ts";
import { isBeat, StreamSockets } from "./streamsocket.ts";

export interface NeighbourhoodPorts {
  readonly self: string;
  readonly courier: Courier;
  readonly sealer: Sealer;
  readonly now: () => number;
  /** Time as this node's events bear it. */
  readonly eventTime: () => number;
  /** The node that owns a session now, if it lives. */
  readonly ownerOf: (session: SessionKey) => string | undefined;
  /** Whether this node owns it, and may act. */
  readonly isOwner: (session: SessionKey) => boolean;
  /** Names of the live nodes, this one too. */
  readonly members: () => readonly string[];
  /** What the session's actor remembers. */
  readonly memory: (session: SessionKey) => readonly WireMemory[];
  /** Follows what an earlier owner followed for a wire session. */
  readonly resume: (caller: Caller, uris: readonly string[]) => void;
  readonly changes: Changes;
  /** Gives the session's actor a turn, where this node owns it. */
  readonly give: (session: SessionKey, event: SessionEvent) => void;
}

const wireChanges: ReadonlySet<unknown> = new Set<WireChange>(["closed", "level", "followed", "unfollowed"]);

export class Neighbourhood implements Neighbours {
  readonly #ports: NeighbourhoodPorts;
  readonly #keeper: StreamKeeper;
  readonly #sockets: StreamSockets;
  readonly #meter = new LetterMeter();
  /** Brings to owners what they serve. */
  readonly errands: Errands;
  #home: { readonly doors: Doors; readonly endpoints: Endpoints } | undefined;

  constructor(ports: NeighbourhoodPorts) {
    this.#ports = ports;
    const { courier } = ports;
    this.#keeper = new StreamKeeper(courier);
    this.#sockets = new StreamSockets(courier);
    this.errands = new Errands({
      courier,
      keeper: this.#keeper,
      sockets: this.#sockets,
      ownerOf: ports.ownerOf,
      isOwner: ports.isOwner,
      home: () => this.#home,
      adopted: (caller, wire) => this.#adopted(caller, wire),
      hasRoom: (session, wire, uri) => hasRoom(ports.memory(session), tagOf(wire), uri),
      change: (session, wire, what, value) => this.change(session, wire, what, value),
      attach: (caller, { id }, onEvent) => this.attach({ caller, wire: id, stream: "get", node: undefined, after: 0, takes: false, onEvent, onEnd: () => undefined }), // prettier-ignore
    });
    courier.on("changes", (_from, letter) => this.#listChanged(letter));
    courier.on("wire.meet", (_from, letter) => this.#met(letter), always);
    courier.on("wire.change", (_from, letter) => this.#change(letter));
    courier.on("wire.changed", (_from, letter) => this.#changed(letter));
    courier.on("wire.cancel", (_from, letter) => this.#cancelled(letter), always);
    courier.on("sse.post", (_from, letter) => this.#posted(letter));
    courier.on("wire.reply", (_from, letter) => this.#replied(letter), always);
    courier.on("stream.attach", (from, letter) => this.#attached(from, letter), isBeat);
  }

  get node(): string {
    return this.#ports.self;
  }

  /** From now on what others ask can be served. */
  serve(doors: Doors, endpoints: Endpoints): void {
    this.#home = { doors, endpoints };
  }

  /** The node's clock, every second. */
  tick(): void {
    this.#keeper.expire();
    this.#sockets.viewed();
    this.#meter.tick();
    for (let dropped = this.#ports.courier.takeDropped(); dropped > 0; dropped--)
      this.#home?.doors.dropped(new GatewayError("OVERLOADED"));
    // What another node keeps now is not kept here.
    for (const wire of this.#home?.doors.wires.all() ?? [])
      if (wire.get !== undefined && !this.#ports.isOwner(wire.session)) wire.letGo();
  }

  /** A server has told this node that a list changed: agents of other doors want to hear of it too. */
  publish(persona: string, kind: ListKind): void {
    const { courier, members, self } = this.#ports;
    for (const member of members()) if (member !== self) courier.tell(member, "changes", { persona, kind });
  }

  // What a door asks.

  seal(place: WirePlace, { revision, capabilities }: Agreed): string {
    const expires = this.#ports.now() + limits.wireSealedMs;
    return this.#ports.sealer.seal(JSON.stringify([revision, capabilities]), boundText(place), expires);
  }

  open(id: string, place: WirePlace): Agreed | undefined {
    if (id.length > limits.wireIdCharsMax) return undefined;
    const text = this.#ports.sealer.open(id, boundText(place), this.#ports.now());
    if (text === undefined) return undefined;
    const [revision, capabilities] = JSON.parse(text) as unknown[];
    if (!isRevision(revision) || traits[revision].era !== "older") return undefined;
    return { revision, capabilities: readCapabilities(capabilities) };
  }

  async meet(
    session: SessionKey,
    wire: string,
  ): Promise<{ readonly isClosed: boolean; readonly level: LogLevel | undefined }> {
    const { isClosed, level } = await this.#askOwner(session, "wire.meet", { wire: tagOf(wire) });
    return { isClosed: isClosed === true, level: isLogLevel(level) ? level : undefined };
  }

  async change(session: SessionKey, wire: string, what: WireChange, value: string): Promise<void> {
    if (what === "level" && !this.#meter.changesLevel(session))
      throw new GatewayError("THROTTLED", "the log level changes too often");
    await this.#askOwner(session, "wire.change", { wire, what, value });
  }

  cancel(session: SessionKey, wire: string, request: RpcId): boolean {
    if (!this.#meter.cancels(session)) return false;
    const { courier, members } = this.#ports;
    for (const member of members())
      if (member !== this.node) courier.tell(member, "wire.cancel", { session, wire, request });
    return true;
  }

  async reply(node: string, session: SessionKey, wire: string, response: Response): Promise<void> {
    // A node that is gone has no call that would wait for it.
    if (!this.#ports.members().includes(node)) return;
    await this.#meter.during(session, () => this.#askNode(node, "wire.reply", { session, wire, response }));
  }

  async post(node: string, visitor: Visitor, stream: string, body: Buffer): Promise<true> {
    if (!this.#ports.members().includes(node)) throw new GatewayError("WIRE_SESSION_UNKNOWN");
    if (!isUtf8(body)) throw new GatewayError("REQUEST_SYNTAX", "it is not UTF-8");
    const caller: Caller = { ...visitor, door: "sse", revision: "2024-11-05", capabilities: {}, logLevel: undefined, wire: undefined, trace: undefined }; // prettier-ignore
    const { session } = visitor;
    const letter = {
      session,
      caller: packCaller({ caller, asks: false }),
      stream,
      body: body.toString("utf8"),
    };
    await this.#meter.during(session, () => this.#askNode(node, "sse.post", letter));
    return true;
  }

  attach(attaching: Attaching): Promise<Attachment> {
    const { caller, wire, stream, node } = attaching;
    const whom = (): string | undefined => {
      if (node === undefined) return this.#ports.ownerOf(caller.session);
      return this.#ports.members().includes(node) ? node : undefined;
    };
    if (node !== undefined && whom() === undefined)
      return Promise.reject(new GatewayError("WIRE_SESSION_UNKNOWN", "that event is not kept"));
    const letter = { session: caller.session, caller: packCaller({ caller, asks: false }), wire, stream };
    return this.#sockets.open({ about: "stream.attach", whom, attaching, letter });
  }

  #askOwner(session: SessionKey, about: string, letter: JsonObject): Promise<JsonObject> {
    const { courier, ownerOf } = this.#ports;
    return courier.ask(() => ownerOf(session), about, { session, ...letter });
  }

  #askNode(node: string, about: string, letter: JsonObject, ms = limits.leaseMs): Promise<JsonObject> {
    const { courier, members } = this.#ports;
    return courier.ask(() => (members().includes(node) ? node : undefined), about, letter, ms);
  }

  // What others ask.

  #met({ session, wire }: JsonObject): JsonObject | undefined {
    const key = session as SessionKey;
    if (typeof session !== "string" || !this.#ports.isOwner(key)) return undefined;
    const known = findWire(this.#ports.memory(key), String(wire));
    return { isClosed: known?.isClosed === true, level: known?.level ?? "" };
  }

  async #change({ session, wire: id, what, value }: JsonObject): Promise<JsonObject | undefined> {
    const key = session as SessionKey;
    if (typeof session !== "string" || typeof id !== "string" || typeof value !== "string") return undefined;
    if (!wireChanges.has(what) || !this.#ports.isOwner(key)) return undefined;
    const change = what as WireChange;
    const wire = tagOf(id);
    const before = this.#ports.memory(key);
    if (change === "followed" && !hasRoom(before, wire, value))
      throw new GatewayError("OVERLOADED", "too many subscriptions of one session");
    if (!isDone(findWire(before, wire), change, value)) {
      this.#ports.give(key, { kind: "wire", at: this.#ports.eventTime(), wire, what: change, value });
      await new Promise((resolve) => setImmediate(resolve));
      // A shard that is just being handed over takes no turn: it is asked again.
      if (!isDone(findWire(this.#ports.memory(key), wire), change, value)) return undefined;
    }
    if (change === "closed" || change === "level") await this.#tellAll({ session, wire: id, what, value });
    return {};
  }

  /** Before the agent has its answer, every door knows; one that does not answer in time learns of it by itself. */
  async #tellAll(letter: JsonObject): Promise<void> {
    const { members } = this.#ports;
    const tell = (member: string): Promise<unknown> =>
      this.#askNode(member, "wire.changed", letter, limits.wireToldMs).catch(() => undefined);
    await Promise.all(members().map(tell));
  }

  #changed({ session, wire, what, value }: JsonObject): JsonObject {
    const label = this.#labelOf(wire, session);
    if (what === "closed" && label !== undefined) this.#home?.doors.wires.remove(label, true);
    else if (label !== undefined && isLogLevel(value)) label.logLevel = value;
    return {};
  }

  #cancelled({ session, wire, request }: JsonObject): JsonObject {
    if (isRpcId(request)) this.#labelOf(wire, session)?.open.get(request)?.cancel();
    return {};
  }

  #replied({ session, wire, response }: JsonObject): JsonObject {
    const message = readMessage(response as Json);
    const label = this.#labelOf(wire, session);
    if (message instanceof RpcFault || !isResponse(message) || label === undefined) return {};
    const refusal = this.#home?.doors.refusal(label.session);
    if (refusal === undefined) label.answer(message);
    else this.#home?.doors.dropped(refusal);
    return {};
  }

  async #posted({ caller: packed, stream, body }: JsonObject): Promise<JsonObject | undefined> {
    const home = this.#home;
    const known =
      Array.isArray(packed) && home !== undefined ? readCaller(packed, home.endpoints) : undefined;
    if (home === undefined || known === undefined || typeof stream !== "string" || typeof body !== "string") return undefined; // prettier-ignore
    const taken = takePosted(home.doors, known.caller, stream, Buffer.from(body, "utf8"));
    if (taken === undefined) throw new GatewayError("WIRE_SESSION_UNKNOWN");
    await taken;
    return {};
  }

  #attached(from: string, letter: JsonObject): JsonObject | undefined {
    const { caller: packed, wire, stream, socket, after, takes, isBeat } = letter;
    const home = this.#home;
    const known =
      Array.isArray(packed) && home !== undefined ? readCaller(packed, home.endpoints) : undefined;
    if (home === undefined || known === undefined || typeof wire !== "string" || typeof socket !== "string") return undefined; // prettier-ignore
    const { caller } = known;
    // What a kill has closed comes again by itself: its door may hear of the rule later.
    home.doors.checkAlive(caller.session);
    const wish = { socket, after: typeof after === "number" ? after : undefined, takes: takes === true };
    if (stream !== "get") {
      const kept = this.#labelOf(wire, caller.session)?.streams.get(String(stream));
      if (kept === undefined) throw new GatewayError("WIRE_SESSION_UNKNOWN", "that event is not kept");
      return { n: this.#keeper.serve(from, kept, { ...wish, takes: isBeat !== true }) };
    }
    if (!this.#ports.isOwner(caller.session)) return undefined;
    const label = this.#adopted(caller, wire);
    label.lastUsedMs = home.doors.nowMs();
    label.get ??= new EventStream("get", undefined, wish.after ?? 0);
    const n = this.#keeper.serve(from, label.get, { ...wish, isOurs: () => this.#ports.isOwner(caller.session) }); // prettier-ignore
    const followed = findWire(this.#ports.memory(caller.session), tagOf(wire))?.uris ?? [];
    if (followed.length > 0) this.#ports.resume({ ...caller, wire: label }, followed);
    return { n };
  }

  #listChanged({ persona, kind }: JsonObject): undefined {
    if (typeof persona === "string" && (kind === "tools" || kind === "prompts" || kind === "resources"))
      this.#ports.changes.publish(persona, kind);
  }

  /** The owner's own label of a wire session that came in at another door. */
  #adopted(caller: Caller, wire: string): WireSession {
    const { session, endpoint, door } = caller;
    const known = this.#labelOf(wire, session);
    if (known !== undefined) return known;
    const isClosed = findWire(this.#ports.memory(session), tagOf(wire))?.isClosed === true;
    const label = isClosed ? undefined : this.#home?.doors.adopt(wire, { session, endpoint, door });
    if (label === undefined) throw new GatewayError("WIRE_SESSION_UNKNOWN");
    return label;
  }

  #labelOf(wire: unknown, session: unknown): WireSession | undefined {
    if (typeof wire !== "string" || typeof session !== "string") return undefined;
    return this.#home?.doors.wires.known(wire, session as SessionKey);
  }
}

function isDone(known: WireMemory | undefined, what: WireChange, value: string): boolean {
  if (known?.isClosed === true) return true;
  switch (what) {
    case "closed":
      return false;
    case "level":
      return known?.level === value;
    case "followed":
      return known?.uris.includes(value) === true;
    case "unfollowed":
      return known?.uris.includes(value) !== true;
    default:
      return what satisfies never;
  }
}

function boundText({ session, endpoint, door }: WirePlace): string {
  return ["wire", session, endpoint.path, door].join("\n");
}

/** By which a session's actor knows a wire session: the id itself opens things, and has no place in a record. */
export function tagOf(wire: string): string {
  return hash("sha256", wire, "base64url").slice(0, 22);
}
