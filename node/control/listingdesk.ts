/**
 * What operators read of sessions and scopes, at whichever node of a cluster they ask: a list is of all nodes, each row with the
 * node that owns it; one is shown by its owner. Owns how lists of several nodes become one. Does not own what a row says
 * (listing.ts, scopelisting.ts), nor how nodes are asked (cluster/clusterdesk.ts).
 *
 * N1. Each node lists what it owns and nothing else: what is in two nodes' memories is one row.
 * N2. A node that does not answer is named: a list that is not whole says so.
 */
import { isScopeKey } from "../../protocol/scope.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { ClusterDesk, Placement } from "../cluster/clusterdesk.ts";
import { hintForSession } from "./hint.ts";
import type { KillRule } from "./killfile.ts";
import { sessionRow, showSession } from "./listing.ts";
import type { ListingPorts, SessionAnswer, SessionRow } from "./listing.ts";
import { Given, keyCharsMax, refuse } from "./request.ts";
import { scopeRow, showScope } from "./scopelisting.ts";
import type { ScopeAnswer, ScopeListingPorts, ScopeRow } from "./scopelisting.ts";

export interface ListingDeskPorts extends ListingPorts, ScopeListingPorts {
  readonly host: ListingPorts["host"] & ScopeListingPorts["host"];
  readonly roles: ListingPorts["roles"] & ScopeListingPorts["roles"];
  readonly cluster?: { readonly desk: Pick<ClusterDesk, "everywhere" | "placement"> };
}

/** Where it lives, in a cluster. */
export interface Owned {
  /** Undefined where nobody owns it at the moment, or no view is known. */
  readonly owner?: string;
}

export interface Placed {
  readonly place?: Placement;
}

interface List<Row> {
  readonly rows: readonly (Row & Owned)[];
  /** There are more than were asked for. */
  readonly isCut: boolean;
  /** Nodes that did not answer: what they own is not here. */
  readonly missing?: readonly string[];
}

export interface SessionsAnswer extends Omit<List<SessionRow>, "rows"> {
  readonly sessions: readonly (SessionRow & Owned)[];
  /** What was probably meant, when no session has the prefix. */
  readonly hint?: string;
  readonly rules: readonly KillRule[];
}

export interface ScopesAnswer extends Omit<List<ScopeRow>, "rows"> {
  readonly scopes: readonly (ScopeRow & Owned)[];
}

interface Wanted {
  readonly prefix: string;
  readonly limit: number;
}

export class ListingDesk {
  readonly #ports: ListingDeskPorts;

  constructor(ports: ListingDeskPorts) {
    this.#ports = ports;
  }

  readonly commands: readonly (readonly [string, (args: unknown) => unknown])[] = [
    ["sessions.list", (args) => this.#sessions(args)],
    [
      "sessions.owned",
      (args) => ({ ...this.#owned(readWanted(args), () => this.#sessionRows(readWanted(args).prefix)) }),
    ],
    ["sessions.show", (args) => this.#session(args)],
    ["scopes.list", (args) => this.#scopes(args)],
    [
      "scopes.owned",
      (args) => ({ ...this.#owned(readWanted(args), () => this.#scopeRows(readWanted(args).prefix)) }),
    ],
    ["scopes.show", (args) => this.#scope(args)],
  ];

  async #sessions(args: unknown): Promise<SessionsAnswer> {
    const wanted = readWanted(args);
    const { prefix } = wanted;
    const { rows, ...rest } = await this.#everywhere("sessions.owned", wanted, () =>
      this.#sessionRows(prefix),
    );
    const hint =
      rows.length > 0 || prefix === "" ? undefined : hintForSession(this.#ports, prefix as SessionKey);
    return {
      sessions: rows,
      ...rest,
      rules: this.#ports.kills.rules,
      ...(hint === undefined ? {} : { hint }),
    };
  }

  async #scopes(args: unknown): Promise<ScopesAnswer> {
    const wanted = readWanted(args);
    const { rows, ...rest } = await this.#everywhere("scopes.owned", wanted, () =>
      this.#scopeRows(wanted.prefix),
    );
    return { scopes: rows, ...rest };
  }

  #session(args: unknown): SessionAnswer & Placed {
    const key = new Given(args, ["key"]).session("key");
    return { ...showSession(this.#ports, key), ...this.#placed(key) };
  }

  #scope(args: unknown): ScopeAnswer & Placed {
    const key = new Given(args, ["key"]).text("key", keyCharsMax);
    if (!isScopeKey(key))
      refuse("this is no scope's key: those begin with @; gatehouse sessions show takes sessions");
    return { ...showScope(this.#ports, key), ...this.#placed(key) };
  }

  *#sessionRows(prefix: string): Generator<SessionRow> {
    const now = this.#ports.now();
    for (const listed of this.#ports.host.sessions(prefix)) yield sessionRow(this.#ports, listed, now);
  }

  *#scopeRows(prefix: string): Generator<ScopeRow> {
    for (const listed of this.#ports.host.scopes(prefix)) yield scopeRow(this.#ports, listed);
  }

  #placed(key: string): Placed {
    const place = this.#ports.cluster?.desk.placement(key);
    return place === undefined ? {} : { place };
  }

  /** What this node owns; all it has where it is alone, or knows no view. */
  #owned<Row extends { readonly key: string }>({ limit }: Wanted, list: () => Iterable<Row>): List<Row> {
    const { cluster } = this.#ports;
    const rows: (Row & Owned)[] = [];
    for (const row of list()) {
      const place = cluster?.desk.placement(row.key);
      if (place !== undefined && !place.isHere) continue;
      if (rows.length >= limit) return { rows, isCut: true };
      rows.push(place?.owner === undefined ? row : { ...row, owner: place.owner });
    }
    return { rows, isCut: false };
  }

  async #everywhere<Row extends { readonly key: string }>(
    command: string,
    wanted: Wanted,
    list: () => Iterable<Row>,
  ): Promise<List<Row>> {
    const own = this.#owned(wanted, list);
    const { cluster } = this.#ports;
    if (cluster === undefined) return own;
    const { prefix } = wanted;
    const limit = Math.min(wanted.limit, limits.deskRowsMax);
    // No text is empty, for the one that is asked.
    const asked = { limit, ...(prefix === "" ? {} : { prefix }) };
    const { said, missing } = await cluster.desk.everywhere(command, asked);
    const lists = [own, ...said.map((each) => readList<Row>(each))];
    const rows = lists.flatMap((each) => each.rows).sort((a, b) => (a.key < b.key ? -1 : 1));
    const isCut = lists.some((each) => each.isCut) || rows.length > wanted.limit;
    return { rows: rows.slice(0, wanted.limit), isCut, ...(missing.length === 0 ? {} : { missing }) };
  }
}

function readWanted(args: unknown): Wanted {
  const given = new Given(args, ["prefix", "limit"]);
  const limit = given.count("limit", limits.sessionsListedMax, limits.sessionsListedMax);
  return { prefix: given.optionalText("prefix", keyCharsMax) ?? "", limit };
}

/** What another node lists: shown, and nothing is decided by it. */
function readList<Row extends { readonly key: string }>({ rows, isCut }: JsonObject): List<Row> {
  const isRow = (row: unknown): row is Row =>
    typeof (row as { readonly key?: unknown } | null)?.key === "string";
  return { rows: (Array.isArray(rows) ? (rows as unknown[]) : []).filter(isRow), isCut: isCut === true };
}
