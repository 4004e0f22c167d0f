/**
 * Who listens to one session, and for what. Owns: filters, and which resources must be subscribed for all of them
 * together. A resource update reaches only those who named exactly its URI: a server may report parts of what was
 * subscribed, but nobody judged whether the listener may see those.
 */
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { tell } from "./events.ts";
import type { Changed, SubscriptionFilter, UpstreamSubscription } from "./upstream.ts";

type Listener = (method: string, params: JsonObject) => void;

const listChanged: ReadonlyMap<string, Changed> = new Map([
  ["notifications/tools/list_changed", "tools"],
  ["notifications/prompts/list_changed", "prompts"],
  ["notifications/resources/list_changed", "resources"],
]);

/** What a notification says has changed; undefined when it says something else. */
export function whatChanged(method: string): Changed | undefined {
  return listChanged.get(method);
}

/** Whether a listener with this filter should hear of a notification. */
export function passes(filter: SubscriptionFilter, method: string, params: JsonObject): boolean {
  const what = whatChanged(method);
  if (what !== undefined) return filter[what] === true;
  if (method === "notifications/resources/updated") {
    const { uri } = params;
    return typeof uri === "string" && filter.uris?.includes(uri) === true;
  }
  if (method === "notifications/message") return filter.logs === true;
  return method === "notifications/elicitation/complete";
}

/** A filter with at most limits.upstreamUrisMax resources. */
export function bounded(filter: SubscriptionFilter): SubscriptionFilter {
  const { uris } = filter;
  if (uris === undefined || uris.length <= limits.upstreamUrisMax) return filter;
  return { ...filter, uris: uris.slice(0, limits.upstreamUrisMax) };
}

export class Subscribers {
  readonly #entries = new Map<Listener, SubscriptionFilter>();
  readonly #uses = new Map<string, number>();
  readonly #follow: (uri: string, isWanted: boolean) => void;

  /** @param follow told when the first listener wants a resource, and when the last no longer does */
  constructor(follow: (uri: string, isWanted: boolean) => void) {
    this.#follow = follow;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Resources that somebody wants. */
  get uris(): readonly string[] {
    return [...this.#uses.keys()];
  }

  add(filter: SubscriptionFilter, on: Listener): UpstreamSubscription {
    // A listener may be given twice; each subscription is its own.
    const own: Listener = (method, params) => on(method, params);
    const set = (next: SubscriptionFilter): void => {
      const before = this.#entries.get(own)?.uris ?? [];
      const kept = bounded(next);
      this.#entries.set(own, kept);
      this.#count(kept.uris ?? [], 1);
      this.#count(before, -1);
    };
    set(filter);
    return {
      update: (next) => {
        if (this.#entries.has(own)) set(next);
      },
      close: () => {
        const before = this.#entries.get(own)?.uris ?? [];
        if (this.#entries.delete(own)) this.#count(before, -1);
      },
    };
  }

  deliver(method: string, params: JsonObject): void {
    for (const [on, filter] of this.#entries)
      if (passes(filter, method, params)) tell(() => on(method, params));
  }

  #count(uris: readonly string[], by: 1 | -1): void {
    for (const uri of new Set(uris)) {
      const uses = (this.#uses.get(uri) ?? 0) + by;
      if (uses > 0) this.#uses.set(uri, uses);
      else this.#uses.delete(uri);
      if (uses === 0 || (uses === 1 && by === 1)) this.#follow(uri, uses > 0);
    }
  }
}
