/**
 * What sessions and their scopes say to each other in a cluster, placed on shards: the part of `Calls` that the conductor
 * leaves to actors/roster.ts. Does not own calls (conductor.ts), nor the way of messages (cluster/messages.ts).
 */
import { isShared, lackingOf, messagesOf, owedBy } from "../../actors/roster.ts";
import type { ActorState, AnyEffect, AnyEvent, Message as ActorMessage } from "../../actors/roster.ts";
import type { World } from "../../actors/session.ts";
import type { Calls, Message } from "../../cluster/exchange.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { PreparedCall } from "../exchange/governedcall.ts";
import type { Roles } from "../exchange/roles.ts";
import type { ClusterAnswer, ClusterCall } from "./clustercall.ts";

type NodeCalls = Calls<ActorState, AnyEvent, AnyEffect, ClusterCall, ClusterAnswer>;

export interface SharingPorts {
  readonly roles: Roles;
  readonly shardOf: (session: SessionKey) => number;
  readonly prepare: (op: string, call: ClusterCall) => PreparedCall;
}

const noMessages: readonly Message<AnyEvent>[] = [];

export class Sharing implements Pick<NodeCalls, "isShared" | "lacking" | "messages" | "owed"> {
  readonly #ports: SharingPorts;
  readonly #world: World;

  constructor(ports: SharingPorts) {
    this.#ports = ports;
    this.#world = { role: (digest) => ports.roles.byDigest(digest) };
  }

  isShared({ exchange }: ClusterCall): boolean {
    return isShared(this.#ports.roles.inForce(exchange.caller.endpoint.persona).compiled);
  }

  lacking(
    state: ActorState | undefined,
    key: string,
    op: string,
    call: ClusterCall,
    waiting: (to: string) => number,
    at: number,
    isHeard: boolean,
  ): { readonly turn: AnyEvent | undefined; readonly messages: readonly Message<AnyEvent>[] } | undefined {
    const { facts, role } = this.#ports.prepare(op, call);
    const lacking = lackingOf(state, key, { at, facts }, role.compiled, waiting, isHeard);
    if (lacking === undefined) return undefined;
    return { turn: lacking.turn, messages: this.#placed(lacking.messages) };
  }

  messages(key: string, effects: readonly AnyEffect[], at: number): readonly Message<AnyEvent>[] {
    return this.#placed(messagesOf(key, effects, at));
  }

  owed(state: ActorState | undefined, key: string, at: number): readonly Message<AnyEvent>[] {
    return this.#placed(owedBy(state, key, this.#world, at));
  }

  #placed(messages: readonly ActorMessage[]): readonly Message<AnyEvent>[] {
    if (messages.length === 0) return noMessages;
    return messages.map((message) => ({ ...message, shard: this.#ports.shardOf(message.to as SessionKey) }));
  }
}
