/**
 * What a door knows of the other nodes of its cluster (node/cluster/neighbourhood.ts); a node alone has none. A wire
 * session of the older eras may come in at any of their doors, and what must be remembered of it is at the owner of its
 * session.
 */
import type { WireChange } from "../../actors/wires.ts";
import type { Response, RpcId } from "../../protocol/jsonrpc.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { LogLevel, Revision } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import type { Visitor } from "./doors.ts";
import type { Caller, DoorName } from "../exchange/exchange.ts";

/** Whose wire session it is, and where: what its id is bound to. */
export interface WirePlace {
  readonly session: SessionKey;
  readonly endpoint: Endpoint;
  readonly door: DoorName;
}

export interface Agreed {
  readonly revision: Revision;
  readonly capabilities: JsonObject;
}

/** One event of a stream that another node keeps. */
export interface StreamEvent {
  readonly n: number;
  /** One JSON-RPC message. */
  readonly message: string;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

export interface Attaching {
  readonly caller: Caller;
  /** The wire session's id; "" for a modern listen stream. */
  readonly wire: string;
  /** "get", "listen", or the stream of a call that `node` keeps. */
  readonly stream: string;
  /** Undefined: whoever owns the session, also when that changes. */
  readonly node: string | undefined;
  /** Number of the last event that the agent has. */
  readonly after: number;
  /** Whether it may take the stream from another socket. */
  readonly takes: boolean;
  readonly onEvent: (event: StreamEvent) => void;
  /** It cannot go on; never called before it has begun. */
  readonly onEnd: () => void;
}

export interface Attachment {
  /** Number of the stream's last event when it was attached. */
  readonly n: number;
  close(): void;
}

export interface Neighbours {
  /** This node's own name. */
  readonly node: string;
  /** An id by which any node can serve the wire session. */
  seal(place: WirePlace, agreed: Agreed): string;
  /** Undefined for an id that none of us has given to this principal, at this endpoint and door. */
  open(id: string, place: WirePlace): Agreed | undefined;
  /**
   * What is remembered of a wire session.
   *
   * @throws GatewayError OWNER_UNAVAILABLE
   */
  meet(session: SessionKey, wire: string): Promise<{ readonly isClosed: boolean; readonly level: LogLevel | undefined }>; // prettier-ignore
  /** Remembers it at the owner, and tells the other doors. @throws GatewayError OWNER_UNAVAILABLE, THROTTLED */
  change(session: SessionKey, wire: string, what: WireChange, value: string): Promise<void>;
  /** Takes a request back that came in at another door. False: too many of this session, and it is dropped. */
  cancel(session: SessionKey, wire: string, request: RpcId): boolean;
  /** An agent's answer to a question that the named node has asked. */
  reply(node: string, session: SessionKey, wire: string, response: Response): Promise<void>;
  /** What was posted beside an HTTP+SSE stream of another node. @throws GatewayError as that node would */
  post(node: string, visitor: Visitor, stream: string, body: Buffer): Promise<true>;
  /** @throws GatewayError WIRE_SESSION_UNKNOWN, STREAM_TAKEN, OWNER_UNAVAILABLE */
  attach(attaching: Attaching): Promise<Attachment>;
}
