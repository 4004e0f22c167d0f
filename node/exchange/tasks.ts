/**
 * The task of a call, where a client passes its text in `_meta["io.gatehouse/task"]`: evidence for guard four. Owns what of a role's
 * grants a text speaks for, and keeps that for the next calls. Does not own the compiler (node/missions), nor what follows
 * (actors/behaviour/judge.ts).
 *
 * T1. A text only ever adds evidence against a call. Where the role trusts its clients (`sequence.task: trusted`) it also names
 *     destinations and may hand over to data: what an agent could write itself must not speak for it.
 * T2. It refuses nothing by itself, and is kept nowhere: a call's facts hold what followed from it.
 * T3. What is too long is no task: what it speaks for would be known by its beginning only.
 */
import { LRUCache } from "lru-cache";
import { foldedValue } from "../../actors/behaviour/asking.ts";
import { placesOf, type TaskPlaces } from "../../actors/behaviour/places.ts";
import { isDelegating } from "../../actors/behaviour/delegation.ts";
import { limits } from "../../protocol/limits.ts";
import type { CallTrace } from "../../protocol/trace.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import { compileMission } from "../missions/compile.ts";
import { namingOf, speakingOf } from "../missions/speaking.ts";
import type { CatalogueTool } from "../missions/tool.ts";
import { toolFromDefinition } from "../missions/toolsfile.ts";
import type { RoleInForce } from "./roles.ts";

export const taskMeta = "io.gatehouse/task";

export interface Task {
  /** Places of the grants that it speaks for. */
  readonly licensed: ReadonlySet<number>;
  /** Places of the grants for whose effect it has a word, or may have one. */
  readonly spoken: ReadonlySet<number>;
  /** By the place of a grant, whether it names what the tool is about. */
  readonly about: ReadonlyMap<number, CallTrace["about"]>;
  /** Its text, folded, where the role trusts it; else "". */
  readonly text: string;
  /** What it names, where the role trusts it. */
  readonly places: TaskPlaces | undefined;
  readonly isDelegating: boolean;
}

/** The tools of a role, as the compiler sees them. */
interface Described {
  readonly tools: readonly CatalogueTool[];
  /** Place of the grant, by server and tool. */
  readonly places: ReadonlyMap<string, number>;
  /** Places of grants of which nothing can be said: no tool, or not described. */
  readonly silent: readonly number[];
}

export class Tasks {
  readonly #known = new LRUCache<string, Task>({ max: limits.tasksKeptMax });
  readonly #described = new WeakMap<RoleInForce, Described>();

  /** @param meta of the request */
  of(role: RoleInForce, meta: unknown): Task | undefined {
    const text = isObject(meta) ? meta[taskMeta] : undefined;
    if (typeof text !== "string" || text.length > limits.taskCharsMax || text.trim() === "") return undefined;
    const key = `${role.digest} ${text}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const described = this.#described.get(role) ?? describe(role);
    this.#described.set(role, described);
    const made = readTask(described, role.table.sequence?.task === "trusted", text);
    this.#known.set(key, made);
    return made;
  }
}

function describe({ table, grants }: RoleInForce): Described {
  const tools: CatalogueTool[] = [];
  const places = new Map<string, number>();
  const silent: number[] = [];
  for (const [place, { kind, target, server }] of table.grants.entries()) {
    const definition = grants[place]?.definition;
    if (kind !== "tool" || definition === undefined) silent.push(place);
    else {
      tools.push(toolFromDefinition(target, definition, server));
      places.set(`${server} ${target}`, place);
    }
  }
  return { tools, places, silent };
}

function readTask({ tools, places, silent }: Described, isTrusted: boolean, text: string): Task {
  const licensed = new Set(silent);
  for (const { server, tool } of compileMission(text, tools).grants) {
    const place = places.get(`${server} ${tool}`);
    if (place !== undefined) licensed.add(place);
  }
  const spoken = new Set<number>();
  for (const { server, name } of tools.filter(speakingOf(text))) {
    const place = places.get(`${server} ${name}`);
    if (place !== undefined) spoken.add(place);
  }
  const about = new Map<number, CallTrace["about"]>();
  const naming = namingOf(text);
  for (const tool of tools) {
    const place = places.get(`${tool.server} ${tool.name}`);
    if (place !== undefined) about.set(place, naming(tool));
  }
  const folded = foldedValue(text);
  return {
    licensed,
    spoken,
    about,
    text: isTrusted ? folded : "",
    places: isTrusted ? placesOf(folded) : undefined,
    isDelegating: isTrusted && isDelegating(text),
  };
}
