/**
 * Conducts governed calls in a cluster. At the door: gives each call to the node's peer (cluster/peer.ts), which finds
 * the owner of its session. At the owner: what the peer decides is carried out by the relay, the governor and the
 * recorder, the same that a node alone uses. Does not own: who owns what and which fence an effect needs (cluster/),
 * what a call means (exchange/).
 *
 * V1. A turn is taken by the peer alone; nothing here calls the host.
 * V2. A call's bytes leave only from `write`, and only while the peer says in that very tick that they may (law 6).
 * V3. Each exchange of this door gets exactly one answer: the peer's ending, whatever it is.
 */
import { isLeaseEnough } from "../../actors/guards/stepup.ts";
import { isRise, sessionOf, type ActorState, type AnyEffect, type AnyEvent } from "../../actors/roster.ts";
import type { SessionEvent } from "../../actors/session.ts";
import type { Calls, Decision, Ending } from "../../cluster/exchange.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { AnswerFacts } from "../../protocol/facts.ts";
import type { OperationId, SessionKey } from "../../protocol/id.ts";
import { traits } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Recorder } from "../../protocol/record.ts";
import type { KillTurn, OperatorTurn } from "../control/kills.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { giveReply, refusedAnswer, type PreparedCall, type Reply, type RunningCall } from "../exchange/governedcall.ts"; // prettier-ignore
import type { Governor } from "../exchange/governor.ts";
import { findMethod, type MethodRow } from "../exchange/methods.ts";
import { OperationIds } from "../exchange/operationids.ts";
import type { Relay } from "../exchange/relay.ts";
import type { Conduct } from "../exchange/reach.ts";
import type { Roles } from "../exchange/roles.ts";
import { readTarget, type Target } from "../exchange/target.ts";
import { ClusterCall, type ClusterAnswer } from "./clustercall.ts";
import { codeOf, endingReply, noFacts, readNote, toldEvents } from "./outcomes.ts";
import type { NodePeer, NodeOutput } from "./nodepeer.ts";
import type { Questions } from "./questions.ts";
import { ReachCall } from "./reaching.ts";
import { RemoteExchange } from "./remoteexchange.ts";
import { searchCall } from "./searching.ts";
import { Sharing } from "./sharing.ts";

export interface ConductorPorts {
  readonly relay: Relay;
  readonly governor: Governor;
  readonly recorder: Recorder;
  readonly roles: Roles;
  readonly shardOf: (session: SessionKey) => number;
  /** What operators' kill rules ask of a session before its next call. */
  readonly demanded: (session: SessionKey, killedBy: string, at: number) => KillTurn | undefined;
  /** Whether a rule of this node stops the session: then its door is closed, whoever owns it. */
  readonly isStopped: (session: SessionKey) => boolean;
  readonly questions: Questions;
  /** This node cannot tell whom operators have stopped: nothing is begun here, as door or as owner (law 2). */
  readonly isStale: () => boolean;
  readonly alarm: (says: string) => void;
  readonly keepFloor: (floor: Extract<NodeOutput, { kind: "floor" }>["floor"]) => void;
}

export class Conductor implements Calls<ActorState, AnyEvent, AnyEffect, ClusterCall, ClusterAnswer> {
  readonly #ports: ConductorPorts;
  readonly #operations = new OperationIds();
  readonly isShared: Sharing["isShared"];
  readonly lacking: Sharing["lacking"];
  readonly messages: Sharing["messages"];
  readonly owed: Sharing["owed"];
  /** Calls that came in at this node's door. */
  readonly #doors = new Map<string, { readonly exchange: Exchange; readonly target: Target }>();
  /** What this node has asked for itself, and has no ending yet. */
  readonly #reaches = new Map<string, ReachCall>();
  /** Calls that this node as their owner has decided to make. */
  readonly #owned = new Map<string, ClusterCall>();
  #peer: NodePeer | undefined;

  constructor(ports: ConductorPorts) {
    this.#ports = ports;
    const sharing = new Sharing({ ...ports, prepare: (op, call) => this.#prepare(op, call) });
    this.isShared = sharing.isShared.bind(sharing);
    this.lacking = sharing.lacking.bind(sharing);
    this.messages = sharing.messages.bind(sharing);
    this.owed = sharing.owed.bind(sharing);
  }

  /** Once there is one: it is made of this. */
  join(peer: NodePeer): void {
    this.#peer = peer;
  }

  get #machine(): NodePeer {
    if (this.#peer === undefined) throw new Error("a call before the node has its peer");
    return this.#peer;
  }

  /** A governed request at this node's door: searched and judged here, or at the node that owns its session. */
  start(exchange: Exchange, row: MethodRow): void | Promise<void> {
    const target = readTarget(row, exchange.request);
    const key = exchange.caller.session;
    if (this.#peer === undefined) throw new GatewayError("OWNER_UNAVAILABLE");
    if (this.#ports.isStopped(key)) throw new GatewayError("SESSION_KILLED");
    if (this.#ports.isStale()) throw new GatewayError("KILL_LIST_STALE");
    const call = new ClusterCall(exchange);
    const shard = this.#ports.shardOf(key);
    const waits = (this.#machine.machine.holding(shard)?.epoch ?? 0) > 0 ? this.search(call) : exchange.leaveRoom(); // prettier-ignore
    if (waits instanceof Promise) return waits.then(() => this.#present(call, target, shard));
    this.#present(call, target, shard);
  }

  #present(call: ClusterCall, target: Target, shard: number): void {
    const { exchange } = call;
    const op = this.#operations.next();
    this.#doors.set(op, { exchange, target });
    exchange.signal().addEventListener("abort", () => {
      // Whoever waited for a person has had several operations.
      if (this.#doors.has(op)) this.#machine.give({ kind: "cancel", op });
    });
    this.#machine.give({ kind: "request", op, key: exchange.caller.session, shard, call });
    if (exchange.cancelled) this.#machine.give({ kind: "cancel", op });
  }

  /** Before a call comes to its turn at this node. */
  readonly search = (call: ClusterCall): Promise<void> | undefined => searchCall(this.#ports.relay, call);

  /**
   * A turn, at the owner, on what reaches a server and is no call.
   *
   * @throws GatewayError rejects with OWNER_UNAVAILABLE at another node, and with what kept it from being made
   */
  readonly reach: Conduct = (asking) => {
    const key = asking.caller.session;
    const shard = this.#ports.shardOf(key);
    if ((this.#peer?.machine.holding(shard)?.epoch ?? 0) === 0)
      return Promise.reject(new GatewayError("OWNER_UNAVAILABLE"));
    const op = this.#operations.next();
    const call = new ReachCall(asking);
    this.#reaches.set(op, call);
    this.#machine.give({ kind: "request", op, key, shard, call });
    return call.conducted;
  };

  /**
   * An operator's turn on one session.
   *
   * @throws GatewayError OWNER_UNAVAILABLE at a node that does not own it
   */
  operate(session: SessionKey, event: OperatorTurn): void {
    const shard = this.#ports.shardOf(session);
    const machine = this.#peer?.machine;
    if ((machine?.holding(shard)?.epoch ?? 0) === 0) {
      const owner = machine?.ownerOf(shard);
      throw new GatewayError("OWNER_UNAVAILABLE", `another node owns this session: ${owner ?? "none is known"}`, { remedy: `run the command at ${owner ?? "the node that owns it"}, or stop its agent by a rule at each node` }); // prettier-ignore
    }
    this.#machine.give({ kind: "event", key: session, shard, event });
  }

  /** Takes back what this node runs of a session that an operator stopped. */
  cancelSession(session: SessionKey): void {
    for (const { exchange } of this.#owned.values())
      if (exchange.caller.session === session) exchange.cancel("SESSION_KILLED");
  }

  /** At this node's doors, and of sessions that it owns. */
  readonly openCalls = (): number => this.#doors.size + this.#owned.size;

  call(op: string, call: ClusterCall, at: number, isUnheard: boolean): SessionEvent {
    const { facts } = this.#prepare(op, call);
    call.at = at;
    return isUnheard ? { kind: "call", at, op, facts, unheard: true } : { kind: "call", at, op, facts };
  }

  /** What a turn needs of a call, once. */
  #prepare(op: string, call: ClusterCall): PreparedCall {
    const { exchange, prepared } = call;
    const { persona } = exchange.caller.endpoint;
    // Another role may have come into force while it waited.
    if (prepared?.role === this.#ports.roles.inForce(persona) && prepared.subject.op === op) return prepared;
    if (call instanceof ReachCall) return (call.prepared = call.prepare(op as OperationId));
    const row = findMethod(exchange.request.method, traits[exchange.caller.revision].era);
    if (row?.policy !== "governed") throw new GatewayError("METHOD_UNKNOWN");
    if (exchange instanceof RemoteExchange) {
      const note = (message: JsonObject): void => this.#machine.give({ kind: "note", op, bytes: Buffer.from(JSON.stringify(message)) }); // prettier-ignore
      exchange.toDoor = note;
      exchange.toAgent = (method, params) => this.#ports.questions.put(op, note, method, params, exchange.signal()); // prettier-ignore
    }
    return (call.prepared = this.#ports.relay.prepare(exchange, row, op as OperationId, call.scan));
  }

  decision(call: ClusterCall, effects: readonly AnyEffect[]): Decision<ClusterAnswer> {
    const { prepared, exchange } = call;
    if (prepared === undefined) throw new Error("a decision before the turn");
    const { role, subject, facts } = prepared;
    const { caller, request } = exchange;
    const turn = { at: call.at, op: subject.op, facts };
    const judged = (call.judged = this.#ports.governor.weigh(caller, role, request.method, turn, effects));
    exchange.judged();
    // One that is only counted leaves no record, by which it would be forgotten.
    if (judged.recordAs !== "counted") this.#owned.set(subject.op, call);
    if (judged.verdict.kind === "allow" && call instanceof ReachCall) {
      call.reached = call.asking.reached;
      return { refusal: undefined, isRepeatable: false };
    }
    if (judged.verdict.kind === "allow") {
      call.running = this.#ports.relay.allowed(prepared, judged, this.#ended, this.#fence);
      call.judged = call.running.judged;
      call.reached = call.running.grant;
      const isFree = isLeaseEnough(call.running.grant.repeatable, judged.verdict);
      const isRepeatable = isFree && role.table.durability === "written";
      return { refusal: undefined, isRepeatable };
    }
    if (call instanceof ReachCall) call.settle(judged, () => undefined, () => undefined); // prettier-ignore
    const { response, form } = refusedAnswer(prepared, judged, judged.verdict, this.#ports.relay.handles);
    const text = JSON.stringify(response);
    const parked = judged.verdict.kind === "park" ? ({ isParked: true } as const) : {};
    return { refusal: { text, form, isDropped: false, ...parked, facts: undefined }, isRepeatable: true };
  }

  answered(op: string, { facts }: ClusterAnswer, at: number): SessionEvent {
    return { kind: "answered", at, op, facts: facts ?? noFacts("unknown", "OUTCOME_UNKNOWN") };
  }

  unreached(op: string, at: number): SessionEvent {
    return { kind: "answered", at, op, facts: noFacts("cancelled", "NOT_REPLICATED") };
  }

  unknown(op: string, at: number): SessionEvent {
    return { kind: "answered", at, op, facts: noFacts("unknown", "OUTCOME_UNKNOWN") };
  }

  lost(at: number): SessionEvent {
    return { kind: "lost", at };
  }

  told(
    known: ActorState | undefined,
    key: string,
    { exchange }: ClusterCall,
    _configuration: number,
    at: number,
  ): readonly SessionEvent[] {
    const { digest } = this.#ports.roles.inForce(exchange.caller.endpoint.persona);
    const state = sessionOf(known);
    const demanded = this.#ports.demanded(key as SessionKey, state?.killedBy ?? "", at);
    return toldEvents(state?.role, digest, demanded, at);
  }

  isRise(effects: readonly AnyEffect[]): boolean {
    return effects.some(isRise);
  }

  readonly act = (output: NodeOutput): void => {
    switch (output.kind) {
      case "effects":
        for (const effect of output.effects) this.#ports.governor.act(output.key as SessionKey, effect, output.event.at, undefined); // prettier-ignore
        return;
      case "record":
        return this.#record(output);
      case "connect":
        return this.#connect(output.op);
      case "write":
        return this.#write(output.op);
      case "hangUp":
        return this.#hangUp(output.op);
      case "finish":
        return this.#finish(output.op, output.ending);
      case "note":
        return this.#note(output.op, output.bytes);
      case "floor":
        return this.#ports.keepFloor(output.floor);
      case "alarm":
        return this.#ports.alarm(output.says);
      default:
        throw new Error(`not the conductor's: ${output.kind}`);
    }
  };

  #record({ entry: { key, event }, op }: Extract<NodeOutput, { kind: "record" }>): void {
    const session = key as SessionKey;
    const { governor, recorder } = this.#ports;
    if (event.kind === "call" || event.kind === "answered") {
      const call = this.#owned.get(event.op);
      const judged = call?.judged;
      if (call === undefined || judged === undefined) {
        // A call of an earlier owner: who called and what stands in the intent of the same operation, in its records.
        recorder.append({ kind: "outcome", at: event.at, session, op: event.op as OperationId, event }, "written"); // prettier-ignore
        return;
      }
      if (event.kind === "answered") {
        if (call.reached === undefined) throw new Error("an outcome of a call that was refused");
        governor.ended(call.exchange.caller, judged, call.reached, event);
      } else if (op === undefined) governor.refused(call.exchange.caller, judged);
      else if (call.reached !== undefined)
        governor.intend(call.exchange.caller, judged, call.reached, (fault) => this.#recorded(op, fault), "written"); // prettier-ignore
      if (event.kind === "answered" || op === undefined) this.#owned.delete(event.op);
      return;
    }
    const role = event.kind === "configured" ? { role: event.role } : {};
    const isOperators = event.kind === "killed" || event.kind === "lifted" || event.kind === "decided";
    recorder.append({ kind: "session", at: event.at, session, ...role, event }, isOperators ? "synced" : "written"); // prettier-ignore
  }

  #recorded(op: string, fault: Error | undefined): void {
    if (fault === undefined) this.#machine.give({ kind: "recorded", op });
    else this.#machine.give({ kind: "unrecorded", op, answer: this.#failed(op, fault) });
  }

  #connect(op: string): void {
    const call = this.#owned.get(op);
    if (call !== undefined && this.#ports.isStale()) {
      const fault = new GatewayError("KILL_LIST_STALE");
      if (call instanceof ReachCall) call.fail(fault);
      const answer = this.#failed(op, fault);
      return this.#machine.give({ kind: "failed", op, answer });
    }
    const connected = (): void => this.#machine.give({ kind: "connected", op });
    if (call instanceof ReachCall) return connected();
    const running = call?.running;
    if (running === undefined) return;
    let opening: Promise<unknown> | undefined;
    try {
      opening = this.#ports.relay.reach(running);
    } catch (fault) {
      opening = Promise.reject(fault);
    }
    if (opening === undefined) return connected();
    opening.then(connected, (fault: unknown) =>
      this.#machine.give({ kind: "failed", op, answer: this.#failed(op, fault) }),
    );
  }

  #write(op: string): void {
    const call = this.#owned.get(op);
    if (call instanceof ReachCall) return this.#reached(call, op as OperationId);
    if (call?.running === undefined) return;
    call.isOut = true;
    this.#ports.relay.run(call.running);
  }

  /** Whoever asked does it now, and says what came of it. */
  #reached(call: ReachCall, op: OperationId): void {
    const { judged } = call;
    if (judged === undefined) throw new Error("a server was reached without a turn");
    call.isOut = true;
    const end = (facts: AnswerFacts): void => this.#end(op, { text: "{}", form: undefined, isDropped: false, facts }); // prettier-ignore
    call.settle(judged, () => this.#fence(op), end);
  }

  /** Taken back, or another's now. Its record, if it gets one, comes in this step; then nobody asks for it any more. */
  #hangUp(op: string): void {
    const call = this.#owned.get(op);
    if (call === undefined) return;
    call.exchange.cancel();
    if (!call.isOut) setImmediate(() => this.#owned.delete(op));
  }

  /** Asked by the relay when the bytes are about to be written. */
  readonly #fence = (op: OperationId): GatewayError | undefined => {
    if (!this.#machine.mayRun(op)) return new GatewayError("NOT_REPLICATED");
    return this.#ports.isStale() ? new GatewayError("KILL_LIST_STALE") : undefined;
  };

  /** The relay has what the answered turn takes and what the agent gets. */
  readonly #ended = ({ judged }: RunningCall, facts: AnswerFacts, reply: Reply): void => {
    this.#end(judged.op, { ...reply, facts });
  };

  #end(op: OperationId, answer: ClusterAnswer): void {
    this.#machine.give({ kind: "answered", op, answer });
    // Where its session has moved on, no outcome of it is recorded here.
    setImmediate(() => this.#owned.delete(op));
  }

  /** The answer of a call that was not made. */
  #failed(op: string, fault: unknown): ClusterAnswer | undefined {
    const running = this.#owned.get(op)?.running;
    if (running === undefined) return undefined;
    const { facts, reply } = this.#ports.relay.failed(running, fault);
    return { ...reply, facts };
  }

  #finish(op: string, ending: Ending<ClusterAnswer>): void {
    const reach = this.#reaches.get(op);
    this.#reaches.delete(op);
    if (reach !== undefined) return reach.fail(new GatewayError(codeOf(ending)));
    const waiting = this.#doors.get(op);
    this.#doors.delete(op);
    if (waiting === undefined) return;
    const { exchange, target } = waiting;
    // Who took it back is known here, and no agent is left without a word because a node stops or an operator stops it.
    const isOurs = exchange.cancelled && exchange.cancelledBy !== "CANCELLED";
    const answer = ending.kind === "unknown" ? undefined : ending.answer;
    if (answer === undefined || (isOurs && answer.isDropped)) return giveReply(exchange, endingReply(exchange, target, op as OperationId, ending)); // prettier-ignore
    const row = answer.isParked === true ? findMethod(exchange.request.method, traits[exchange.caller.revision].era) : undefined; // prettier-ignore
    if (row === undefined) return giveReply(exchange, answer);
    this.#ports.relay.waiting.hold(exchange, () => this.start(exchange, row), () => giveReply(exchange, answer)); // prettier-ignore
  }

  #note(op: string, bytes: Uint8Array): void {
    const exchange = this.#doors.get(op)?.exchange;
    if (exchange === undefined || exchange.ended) return;
    const message = readNote(bytes);
    if (message === undefined || this.#ports.questions.take(exchange, message)) return;
    void exchange.send(message);
  }
}
