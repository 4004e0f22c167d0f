/**
 * What operators ask of other nodes: how each stands, what each owns, a session's owner to show or pardon it, a node to leave. Owns the
 * letters for it (courier.ts) and who may be asked what. Does not own what a node does then (control/operators.ts).
 *
 * D1. A node carries out of these letters what its own operators could ask of it, and records it the same way. Who can
 *     send letters is a node of this cluster (docs/cluster.md, "What a node that was taken over can do").
 * D2. A session's owner is asked anew while owners change; if there is none in time, the answer says so.
 */
import { setTimeout } from "node:timers/promises";
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import { isInSync, ownerOf, runnerOf, type View } from "../../cluster/view.ts";
import { always, type Courier } from "./courier.ts";
import type { Difference } from "./governed.ts";
import { clusterStatus, readStanding, type ClusterStatus, type OwnStanding } from "./standing.ts";

export interface ClusterDeskPorts {
  readonly self: string;
  readonly courier: Courier;
  readonly own: () => OwnStanding;
  readonly differences: () => readonly Difference[];
  readonly view: () => View | undefined;
  readonly shardOf: (key: SessionKey) => number;
  readonly ownerOf: (session: SessionKey) => string | undefined;
  readonly isOwner: (session: SessionKey) => boolean;
  /** Epoch milliseconds as events of the cluster bear them, whatever this machine's clock says. */
  readonly eventTime: () => number;
  /** Of a shard that this node owns: whether the runner-up has by then what it has now. */
  readonly copying: (shard: number) => (() => boolean) | undefined;
}

/** What this node's operators can do; set once there is a desk of theirs. */
export interface OwnDesk {
  operate(command: string, args: JsonObject): Promise<unknown>;
  /** Begins to leave. */
  drain(by: string, from: string): Promise<void>;
}

/** Where an actor lives, as the view here says. */
export interface Placement {
  readonly shard: number;
  /** This node owns it, and may act. */
  readonly isHere: boolean;
  /** Undefined while nobody owns it. */
  readonly owner?: string;
  readonly runnerUp?: string;
  /** The runner-up has all that the owner's fences rest on. */
  readonly inSync: boolean;
}

/** An acknowledgement is back within a few milliseconds. */
const copiedPollMs = 2;

/** About one session or scope, and so its owner's. */
const ofSessions: ReadonlySet<string> = new Set([
  "sessions.show",
  "sessions.lift",
  "scopes.show",
  "approvals.take",
  "flow.free",
]);
/** About all that a node owns, or what every node is to have. */
const ofNodes: ReadonlySet<string> = new Set([
  "sessions.owned",
  "scopes.owned",
  "approvals.owned",
  "baselines.take",
  "baselines.last",
]);

export class ClusterDesk {
  readonly #ports: ClusterDeskPorts;
  #desk: OwnDesk | undefined;

  constructor(ports: ClusterDeskPorts) {
    this.#ports = ports;
    const { courier } = ports;
    courier.on("desk.standing", () => ({ ...ports.own() }), always);
    courier.on("desk.operate", (_from, letter) => this.#operated(letter));
    courier.on("desk.owned", (from, letter) => this.#listed(from, letter), always);
    courier.on("desk.drain", (from, letter) => this.#drained(from, letter));
  }

  serve(desk: OwnDesk): void {
    this.#desk = desk;
  }

  placement(key: string): Placement | undefined {
    const view = this.#ports.view();
    if (view === undefined) return undefined;
    const shard = this.#ports.shardOf(key as SessionKey);
    const [owner, runnerUp] = [ownerOf(view, shard), runnerOf(view, shard)];
    return {
      shard,
      isHere: this.#ports.isOwner(key as SessionKey),
      ...(owner?.isLive === true ? { owner: owner.id } : {}),
      ...(runnerUp?.isLive === true ? { runnerUp: runnerUp.id } : {}),
      inSync: isInSync(view, shard),
    };
  }

  get eventTime(): number {
    return this.#ports.eventTime();
  }

  /**
   * Waits until the loss of this node would not undo what a session of it has taken until now.
   *
   * @returns false when that takes too long, or there is no other node for it
   */
  async copied(session: SessionKey, ms: number): Promise<boolean> {
    const isCopied = this.#ports.copying(this.#ports.shardOf(session));
    for (const until = performance.now() + ms; isCopied !== undefined; await setTimeout(copiedPollMs)) {
      if (isCopied()) return true;
      if (performance.now() >= until) break;
    }
    return false;
  }

  /** What every other live member says to a command about all that it owns. */
  async everywhere(
    command: string,
    args: JsonObject,
  ): Promise<{
    readonly said: readonly JsonObject[];
    readonly heard: readonly string[];
    readonly missing: readonly string[];
  }> {
    const { self, courier, view } = this.#ports;
    const [said, heard, missing]: [JsonObject[], string[], string[]] = [[], [], []];
    const others = (view()?.members ?? []).filter(({ id, isLive }) => isLive && id !== self);
    await Promise.all(
      others.map(async ({ id }) => {
        try {
          said.push(await courier.ask(() => id, "desk.owned", { command, args }, limits.deskAskMs));
          heard.push(id);
        } catch {
          missing.push(id);
        }
      }),
    );
    return { said, heard: heard.sort(), missing: missing.sort() };
  }

  /** What one node says to a command about all that it owns. */
  atNode(node: string, command: string, args: JsonObject): Promise<JsonObject> {
    return this.#ports.courier.ask(() => node, "desk.owned", { command, args }, limits.deskAskMs);
  }

  /** Nodes that are configured otherwise than this one. */
  get differences(): readonly Difference[] {
    return this.#ports.differences();
  }

  /** All members, each with what it says of itself where it answers in time. */
  async status(): Promise<ClusterStatus> {
    const { self, courier, own, view } = this.#ports;
    const said = new Map<string, OwnStanding>([[self, own()]]);
    const others = (view()?.members ?? []).filter(({ id, isLive }) => isLive && id !== self);
    await Promise.all(
      others.map(async ({ id }) => {
        try {
          const standing = readStanding(id, await courier.ask(() => id, "desk.standing", {}, limits.deskAskMs)); // prettier-ignore
          if (standing !== undefined) said.set(id, standing);
        } catch {
          // It does not answer: that is what the operator gets to see.
        }
      }),
    );
    return { ...clusterStatus(own(), view(), said), differences: this.#ports.differences() };
  }

  /** @returns what the session's owner answers; undefined when this node is to answer itself */
  atOwner(command: string, session: SessionKey, args: JsonObject): Promise<unknown> | undefined {
    const { courier, ownerOf, isOwner, view } = this.#ports;
    if (!ofSessions.has(command) || view() === undefined || isOwner(session)) return undefined;
    const letter = { command, session, args };
    return courier.ask(() => ownerOf(session), "desk.operate", letter, limits.deskOwnerMs).then(({ value }) => value); // prettier-ignore
  }

  /** @throws GatewayError PARAMS_INVALID for a node that is no live member; this one may always be named */
  checkLive(node: string): void {
    const { self, view } = this.#ports;
    const live = (view()?.members ?? []).filter(({ isLive }) => isLive).map(({ id }) => id);
    if (node === self || live.includes(node)) return;
    throw new GatewayError(
      "PARAMS_INVALID",
      `${node} is no live member; live are: ${live.join(", ") || "none"}`,
    );
  }

  /** Asks a node to leave. @throws GatewayError PARAMS_INVALID for one that is no live member */
  async drain(node: string, by: string): Promise<void> {
    const { self, courier } = this.#ports;
    this.checkLive(node);
    if (node === self) return this.#own.drain(by, self);
    await courier.ask(() => node, "desk.drain", { by }, limits.deskOwnerMs);
  }

  get #own(): OwnDesk {
    if (this.#desk === undefined) throw new GatewayError("OWNER_UNAVAILABLE", "this node is not up yet");
    return this.#desk;
  }

  async #operated({ command, session, args }: JsonObject): Promise<JsonObject | undefined> {
    if (typeof command !== "string" || typeof session !== "string" || !isObject(args)) return undefined;
    if (!ofSessions.has(command) || args["key"] !== session) return undefined;
    // Not its owner any more, or not yet: the asker looks for another one.
    if (!this.#ports.isOwner(session as SessionKey)) return undefined;
    return { value: await this.#own.operate(command, args) };
  }

  async #listed(from: string, { command, args }: JsonObject): Promise<JsonObject | undefined> {
    if (typeof command !== "string" || !ofNodes.has(command) || !isObject(args)) return undefined;
    const told = command === "baselines.take" ? { ...args, from } : args;
    return (await this.#own.operate(command, told)) as JsonObject;
  }

  async #drained(from: string, { by }: JsonObject): Promise<JsonObject | undefined> {
    if (typeof by !== "string" || by.length > limits.identityCharsMax) return undefined;
    await this.#own.drain(by, from);
    return {};
  }
}
