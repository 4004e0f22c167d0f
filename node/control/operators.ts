/**
 * What operators ask of a running node, by name, over the control socket. Owns the commands, the check of their
 * arguments and the order of act and record. Does not own: how to reach it (socket.ts), what a session decides
 * (actors/session.ts), keys (identity/keys.ts), definitions (catalogue/).
 *
 * O1. What takes power away (kill, revoke) is done first and recorded after: a full disk protects nobody. The answer
 *     says `recorded: false` when the record was refused.
 * O2. What gives power (a key, a lift, an accept) is on record, confirmed by the disk, before anybody has it.
 * O3. Every change has an admin record with who, what and why. None holds a secret.
 * O4. Nothing an operator sends is trusted to have the right kind, length or spelling (request.ts).
 */
import type { Lift } from "../../actors/session.ts";
import type { Confirmed } from "../../cluster/orders.ts";
import type { ClusterDesk } from "../cluster/clusterdesk.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { isName, nameRule, readSessionKey } from "../../protocol/id.ts";
import { isScopeKey } from "../../protocol/scope.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Recorder } from "../../protocol/record.ts";
import type { ServerCheck } from "../catalogue/servercheck.ts";
import type { KeyStore } from "../identity/keys.ts";
import type { Vault } from "../vault/vault.ts";
import type { Administrator } from "./administrator.ts";
import { AdminRecords } from "./adminrecords.ts";
import { ApprovalDesk } from "./approvaldesk.ts";
import type { ApprovalDeskPorts } from "./approvaldesk.ts";
import type { BaselineStore } from "../baseline/store.ts";
import { BaselineDesk } from "./baselinedesk.ts";
import { FlowDesk, type FlowDeskPorts } from "./flowdesk.ts";
import { checkPersona, hintForAgent, hintForSession } from "./hint.ts";
import { KeyDesk } from "./keydesk.ts";
import { isAgentName } from "./killfile.ts";
import type { KillRule, KillTarget } from "./killfile.ts";
import { ListingDesk } from "./listingdesk.ts";
import type { ListingDeskPorts } from "./listingdesk.ts";
import { Given, readOperator, refuse } from "./request.ts";
import type { ControlRequest } from "./socket.ts";
import type { Confirmation } from "./confirmation.ts";
import { Stops } from "./stops.ts";
import { VaultDesk } from "./vaultdesk.ts";
import type { StopPorts } from "./stops.ts";

/** An endpoint as `gatehouse start --json` prints it. */
export interface EndpointStatus {
  readonly kind: "persona" | "server";
  readonly persona?: string;
  readonly server?: string;
  readonly url: string;
  readonly websocket?: string;
  readonly sse?: string;
}

/** What a node says of itself. Further parts are printed as they are. */
export interface NodeStatus {
  readonly endpoints: readonly EndpointStatus[];
  readonly [part: string]: unknown;
}

/** What a node says of the roles it enforces. */
export interface RunningRoles {
  /** Epoch milliseconds: when the node was started, and read its files. */
  readonly since: number;
  /** Tables by digest, without quarantines. */
  readonly roles: readonly { readonly persona: string; readonly digest: string }[];
  readonly quarantined: readonly { readonly server: string; readonly names: readonly string[] }[];
  readonly endpoints: readonly EndpointStatus[];
}

/** What came of an accept: `roles` are personas whose table changed with it. */
export interface AcceptAnswer {
  readonly pinned: number;
  readonly check: ServerCheck;
  readonly roles: readonly string[];
}

export interface ClusterPorts {
  readonly desk: Omit<ClusterDesk, "serve">;
  /** Which nodes have heard what was ordered here. */
  readonly confirmed: () => Promise<Confirmed>;
  /** A launcher's word that a process of another node has ended. */
  readonly died: (node: string, incarnation: number) => void;
}

export interface OperatorPorts extends StopPorts, Omit<ListingDeskPorts, "ledgerKey"> {
  readonly governor: StopPorts["governor"] & ApprovalDeskPorts["governor"] & FlowDeskPorts["governor"];
  readonly host: StopPorts["host"] & ListingDeskPorts["host"];
  readonly roles: ListingDeskPorts["roles"] & ApprovalDeskPorts["roles"];
  readonly administrator: Pick<Administrator, "holds">;
  readonly keys: KeyStore;
  /** Closes what is open under a credential that stands no more. */
  readonly closeEnded: () => void;
  readonly vault: Vault;
  readonly recorder: Recorder;
  readonly baselines: BaselineStore;
  readonly catalogue: {
    enforceBaseline(persona: string): void;
    check(server?: string): Promise<readonly ServerCheck[]>;
    accept(server: string, names?: readonly string[]): Promise<AcceptAnswer>;
    reloadRoles(): { readonly roles: readonly string[]; readonly held: readonly string[] };
  };
  readonly status: () => NodeStatus;
  /** In a cluster. */
  readonly cluster?: ClusterPorts;
}

export interface KillAnswer extends Confirmation {
  readonly killed: number;
  readonly recorded: boolean;
  readonly rule?: KillRule;
  /** It was done, and stops nobody who has called yet: perhaps another was meant. */
  readonly hint?: string;
}

export interface LiftAnswer extends Confirmation {
  readonly lifted: number;
  readonly rule?: KillRule;
}

/** From a session by whoever reaches the socket; `flow` takes more (flowdesk.ts). */
const lifts = ["kill", "behaviour", "tools"] as const satisfies readonly Lift[];
const targets = ["key", "agent", "persona", "all"] as const;

const nodeCharsMax = 64;

type Command = (args: unknown) => unknown;

export class Operators {
  readonly #ports: OperatorPorts;
  readonly #stops: Stops;
  readonly #records: AdminRecords;
  readonly #baselines: BaselineDesk;
  readonly #commands: ReadonlyMap<string, Command>;
  /** What other nodes alone may send. */
  readonly #letters: ReadonlyMap<string, Command>;

  constructor(ports: OperatorPorts) {
    this.#ports = ports;
    this.#stops = new Stops(ports);
    this.#records = new AdminRecords(ports.recorder, ports.now);
    const keys = new KeyDesk({ keys: ports.keys, records: this.#records, confirmation: () => this.#confirmation(), ended: ports.closeEnded }); // prettier-ignore
    const vault = new VaultDesk(ports.vault, this.#records);
    const approvals = new ApprovalDesk({ ...ports, records: this.#records, cluster: ports.cluster });
    const baselines = new BaselineDesk({ baselines: ports.baselines, now: ports.now, enforce: (persona) => ports.catalogue.enforceBaseline(persona), cluster: ports.cluster }, this.#records); // prettier-ignore
    this.#baselines = baselines;
    const ledgerKey = (): string => ports.vault.keyring.current.id;
    const flow = new FlowDesk({ ...ports, records: this.#records, cluster: ports.cluster, ledgerKey });
    this.#letters = new Map<string, Command>([...approvals.letters, ...flow.letters, ["baselines.take", (args) => baselines.take(args)], ["baselines.last", (args) => baselines.last(args)]]); // prettier-ignore
    this.#commands = new Map<string, Command>([
      ...approvals.commands,
      ["status", (args) => this.#status(args)],
      ...new ListingDesk({ ...ports, ledgerKey }).commands,
      ...flow.commands,
      ["sessions.lift", (args) => this.#lift(args)],
      ["kill", (args) => this.#kill(args)],
      ["keys.create", (args) => keys.create(args)],
      ["keys.list", (args) => keys.list(args)],
      ["keys.revoke", (args) => keys.revoke(args)],
      ["keys.rotate", (args) => keys.rotate(args)],
      ["vault.put", (args) => vault.put(args)],
      ["vault.remove", (args) => vault.remove(args)],
      ["vault.rewrap", (args) => vault.rewrap(args)],
      ["vault.list", (args) => vault.list(args)],
      ["vault.status", (args) => vault.status(args)],
      ["baseline.put", (args) => baselines.put(args)],
      ["cluster.died", (args) => this.#died(args)],
      ["cluster.status", (args) => this.#clusterStatus(args)],
      ["cluster.drain", (args) => this.#drain(args)],
      ["catalogue.check", (args) => this.#check(args)],
      ["catalogue.accept", (args) => this.#accept(args)],
      ["roles.reload", (args) => this.#reloadRoles(args)],
    ]);
  }

  /**
   * Answers one request.
   *
   * @throws GatewayError METHOD_UNKNOWN, PARAMS_INVALID, or what the act itself gives
   */
  async handle(request: ControlRequest): Promise<unknown> {
    const { command, args } = readRequest(request);
    const act = this.#commands.get(command);
    if (act === undefined)
      throw new GatewayError(
        "METHOD_UNKNOWN",
        "the node has no such command; is it older than this program?",
      );
    return this.#elsewhere(command, args) ?? act(args);
  }

  /** The same, of a request that another node sent on because this one owns the session. */
  async handleHere({ command, args }: ControlRequest): Promise<unknown> {
    return (this.#commands.get(command) ?? this.#letters.get(command))?.(args);
  }

  /** In a cluster one session is its owner's to show and to pardon; a rule on it is every node's. */
  #elsewhere(command: string, args: unknown): Promise<unknown> | undefined {
    const { cluster, kills } = this.#ports;
    if (cluster === undefined || typeof args !== "object" || args === null) return undefined;
    const { key, what } = args as { readonly [name: string]: unknown };
    const isKey = typeof key === "string" && (readSessionKey(key) !== undefined || (command === "scopes.show" && isScopeKey(key))); // prettier-ignore
    if (!isKey) return undefined;
    const session = key as SessionKey;
    const isRule = (what ?? "kill") === "kill" && kills.find({ session }) !== undefined;
    if (command === "sessions.lift" && isRule) return undefined;
    return cluster.desk.atOwner(command, session, args as JsonObject);
  }

  /** Now and then, in a cluster: baselines that were put in force elsewhere while this node was away. */
  catchUp(): void {
    void this.#baselines.catchUp();
  }

  #status(args: unknown): unknown {
    new Given(args, []);
    return { ...this.#ports.status(), kills: this.#ports.kills.rules };
  }

  get #cluster(): ClusterPorts {
    return this.#ports.cluster ?? refuse("this node is in no cluster: gatehouse.yaml has no `cluster`");
  }

  #died(args: unknown): object {
    const given = new Given(args, ["node", "incarnation"]);
    const node = given.text("node", nodeCharsMax);
    this.#cluster.died(node, given.count("incarnation", 0, Number.MAX_SAFE_INTEGER));
    return { heard: node };
  }

  #clusterStatus(args: unknown): Promise<unknown> {
    new Given(args, []);
    return this.#cluster.desk.status();
  }

  async #drain(args: unknown): Promise<unknown> {
    const given = new Given(args, ["node", "by"]);
    const node = given.text("node", nodeCharsMax);
    const by = readOperator(given);
    const { desk } = this.#cluster;
    // Nothing is on record of a node that is none.
    desk.checkLive(node);
    await this.#records.before({ about: { what: "drain ordered", node } }, by);
    await desk.drain(node, by);
    return { draining: node };
  }

  /** This node is the one that is to leave: it is on record here too. */
  drainAsked(by: string, from: string): Promise<void> {
    return this.#records.before({ about: { what: "drain asked for", from } }, by);
  }

  async #kill(args: unknown): Promise<KillAnswer> {
    const given = new Given(args, [...targets, "by", "reason"]);
    const target = readTarget(given);
    const by = readOperator(given);
    const reason = given.text("reason");
    const isOne = typeof target === "string";
    const persona = isOne
      ? readSessionKey(target)?.persona
      : "persona" in target
        ? target.persona
        : undefined;
    if (persona !== undefined) checkPersona(this.#ports, persona);
    const hint = this.#hint(target);
    const { killed, rule, fault } = isOne
      ? await this.#stops.killSession(target, by, reason)
      : await this.#stops.kill(target, by, reason);
    const what = isOne ? "session killed" : "kill rule added";
    const about = { what, ...(rule === undefined ? {} : sayRule(rule)), reason, sessions: killed };
    const recorded = await this.#records.after({ ...(isOne ? { session: target } : {}), about }, by);
    const nodes = await this.#confirmation();
    if (fault !== undefined) throw fault;
    return { killed, recorded, ...nodes, ...(rule === undefined ? {} : { rule }), ...(hint === undefined ? {} : { hint }) }; // prettier-ignore
  }

  async #lift(args: unknown): Promise<LiftAnswer> {
    const given = new Given(args, [...targets, "what", "by", "reason"]);
    const target = readTarget(given);
    const what = given.has("what") ? given.oneOf("what", lifts) : "kill";
    const by = readOperator(given);
    const reason = given.optionalText("reason") ?? "";
    const own = typeof target === "string" && what === "kill" ? this.#ports.kills.find({ session: target }) : undefined; // prettier-ignore
    if (typeof target === "string" && own === undefined) {
      if (!this.#stops.isLiftable(target, what)) return { lifted: 0 };
      await this.#records.before({ session: target, about: { what: `${what} lifted`, reason } }, by);
      this.#stops.liftSession(target, what, by);
      return { lifted: 1 };
    }
    if (what !== "kill") refuse("only a kill can be lifted from more than one session");
    const rule = own ?? this.#stops.ruleFor(target as KillTarget);
    await this.#records.before({ about: { what: "kill rule lifted", ...sayRule(rule), reason } }, by);
    const lifted = await this.#stops.lift(rule);
    return { lifted, rule, ...(await this.#confirmation()) };
  }

  /** A rule of another node came, or went. */
  follow(): void {
    void this.#stops.followAll();
  }

  async #confirmation(): Promise<Confirmation> {
    const nodes = await this.#ports.cluster?.confirmed();
    return nodes === undefined ? {} : { nodes };
  }

  #hint(target: SessionKey | KillTarget): string | undefined {
    if (typeof target === "string") return hintForSession(this.#ports, target);
    return "agent" in target ? hintForAgent(this.#ports, target.agent) : undefined;
  }

  async #check(args: unknown): Promise<unknown> {
    const server = new Given(args, ["server"]).optionalText("server");
    return { checks: await this.#ports.catalogue.check(server) };
  }

  /** Whoever approved a version may say which: it is on record before it is in force. */
  async #reloadRoles(args: unknown): Promise<unknown> {
    const given = new Given(args, ["by", "persona", "version", "hash", "reason"]);
    const by = readOperator(given);
    const texts = (["persona", "version", "hash", "reason"] as const).flatMap((name) => {
      const text = given.optionalText(name);
      return text === undefined ? [] : [[name, text] as const];
    });
    await this.#records.before({ about: { what: "roles read anew", ...Object.fromEntries(texts) } }, by);
    try {
      return this.#ports.catalogue.reloadRoles();
    } catch (fault) {
      await this.#records.before(
        { about: { what: "roles stay as they were: what was read cannot be in force" } },
        by,
      );
      throw fault;
    }
  }

  async #accept(args: unknown): Promise<unknown> {
    const given = new Given(args, ["server", "names", "by"]);
    const by = readOperator(given);
    const server = given.text("server");
    const names = given.has("names") ? given.texts("names", limits.listItemsMax) : undefined;
    const about = {
      what: "catalogue accept asked for",
      names: names === undefined ? "all" : names.join(" ").slice(0, 2_000),
    };
    await this.#records.before({ server, about }, by);
    return this.#ports.catalogue.accept(server, names);
  }
}

function readRequest(request: unknown): ControlRequest {
  const { command, args } = (
    typeof request === "object" && request !== null ? request : {}
  ) as Partial<ControlRequest>;
  if (typeof command !== "string")
    throw new GatewayError("REQUEST_SHAPE", "a control request names its command");
  return { command, args: args ?? {} };
}

/** A session's key, or whom a rule stops. */
function readTarget(given: Given): SessionKey | KillTarget {
  const named = targets.filter((name) => given.has(name));
  const [name, other] = named;
  if (name === undefined || other !== undefined) refuse("name one of key, agent, persona and all");
  switch (name) {
    case "key":
      return given.session("key");
    case "agent": {
      const agent = given.text("agent", 8 * limits.identityCharsMax);
      return isAgentName(agent) ? { agent } : refuse("agent is no agent's name");
    }
    case "persona": {
      const persona = given.text("persona");
      return isName(persona) ? { persona } : refuse(`persona must be ${nameRule}`);
    }
    case "all":
      return given.isSet("all") ? { all: true } : refuse("all must be true");
    default:
      return name satisfies never;
  }
}

/** For the record: the rule's id and target. */
function sayRule(rule: KillRule): { readonly [part: string]: string | boolean } {
  const { id } = rule;
  if ("all" in rule) return { rule: id, all: true };
  if ("session" in rule) return { rule: id, session: rule.session };
  return "persona" in rule ? { rule: id, persona: rule.persona } : { rule: id, agent: rule.agent };
}
