/** What must hold of what sessions share (scopes): rate tokens of a tool, and labels of an agent. A part of oracle.ts. */
import { covers } from "../../actors/labels.ts";
import type { Labels } from "../../actors/labels.ts";
import { scopeKey } from "../../protocol/scope.ts";
import { isSharedKey, sharedBuckets, toolNamed, toolScopeOf } from "./load.ts";
import type { Call } from "./load.ts";

export class SharedOracle {
  /** By agent: labels that answers to any of its sessions have shown. */
  readonly #shown = new Map<string, Labels>();
  /** By operation: what had been shown when its agent made it. */
  readonly #before = new Map<string, Labels>();
  readonly #decidedAt = new Map<string, number>();
  /** By scope of a tool of which sessions share tokens: when the calls were decided that went out. */
  readonly #made = new Map<string, { readonly tool: string; readonly at: number[] }>();
  /** That went out, of tools of all kinds. */
  calls = 0;

  begun(op: string, key: string): void {
    if (isSharedKey(key)) this.#before.set(op, this.#shown.get(scopeKey(key, "agent")) ?? []);
  }

  forget(op: string): void {
    this.#before.delete(op);
    this.#decidedAt.delete(op);
  }

  decided(op: string, now: number): void {
    if (this.#before.has(op)) this.#decidedAt.set(op, now);
  }

  /** @returns what is wrong */
  wrote(op: string, key: string, { facts }: Call, labels: Labels): string | undefined {
    const before = this.#before.get(op);
    if (before === undefined) return undefined;
    this.calls++;
    if (sharedBuckets[facts.name] !== undefined) {
      const scope = scopeKey(key, toolScopeOf(facts.name));
      const made = this.#made.get(scope) ?? { tool: facts.name, at: [] };
      this.#made.set(scope, made);
      made.at.push(this.#decidedAt.get(op) ?? 0);
    }
    if (toolNamed(facts.name).isRepeatable || covers(labels, before)) return undefined;
    return `called ${facts.name} for ${key} with labels [${labels.join()}], and its agent had been shown [${before.join()}]`;
  }

  released(key: string, labels: Labels): void {
    if (!isSharedKey(key)) return;
    const agent = scopeKey(key, "agent");
    const known = this.#shown.get(agent) ?? [];
    if (!covers(known, labels)) this.#shown.set(agent, [...new Set([...known, ...labels])]);
  }

  /** @param slackOf milliseconds by which clocks of events may have run ahead, at the owners of a scope */
  end(slackOf: (key: string) => number): string[] {
    return [...this.#made].flatMap(([scope, { tool, at: made }]) => {
      const bucket = sharedBuckets[tool];
      if (bucket === undefined) return [];
      // Tokens go to sessions before they are used, all in all at most a part of the bucket ahead of need.
      const slack = (bucket.perSecond * slackOf(scope)) / 1_000;
      const full = bucket.capacity * 1.05 + slack + 1;
      let [tokens, at] = [full, 0];
      for (const decidedAt of made.sort((one, other) => one - other)) {
        tokens = Math.min(full, tokens + ((decidedAt - at) * bucket.perSecond * 1.02) / 1_000) - 1;
        at = decidedAt;
        if (tokens < -0.001)
          return [`${tool} (${scope}) was overspent by all sessions together: ${made.length} calls`];
      }
      return [];
    });
  }
}
