/**
 * The scope actor: what sessions share, for one tenant, agent, user, persona or tool; its key says which
 * (protocol/scope.ts). Owns the order of its turns. Does not own rate tokens (scopes/budget.ts), labels (scopes/taint.ts),
 * nor the way that words take (cluster/messages.ts).
 *
 * C1. A turn answers the session that brought it, and nobody else; but a change of a tool's breaker is told to all who call it.
 * C2. A word that comes again, or late, changes nothing that the first one did not.
 * C3. A scope whose past is lost grants nothing that may have been granted, and has every label (law 2).
 */
import { formOf, whoOf } from "../protocol/scope.ts";
import type { Rule } from "../protocol/verdict.ts";
import type { Actor } from "./actor.ts";
import { seconds } from "./guards/breaker.ts";
import { ask, giveBack, loseBudget } from "./scopes/budget.ts";
import { create, freezeScope, scopeVersion, thawScope } from "./scopes/state.ts";
import type { ScopeState } from "./scopes/state.ts";
import { everyTaint, raise, readFor } from "./scopes/taint.ts";
import { alarmWords, tally } from "./scopes/tally.ts";
import { learn, leaseProbe, loseProber, sayTrip, watch } from "./scopes/trip.ts";
import type { ScopeWord, SessionWord } from "./scopes/word.ts";

export type { ScopeState } from "./scopes/state.ts";

/** What may happen to a scope. `from` is the key of the session that speaks. */
export type ScopeEvent =
  | ({ readonly at: number; readonly from: string } & ScopeWord)
  /** What it gave, and to whom, is lost with the machines that knew. */
  | { readonly kind: "lost"; readonly at: number };

export type ScopeEffect =
  | { readonly kind: "answer"; readonly to: string; readonly word: SessionWord }
  /** To be told to operators. */
  | { readonly kind: "alert"; readonly rule: Rule; readonly says: string };

function decide(scope: ScopeState, event: ScopeEvent): readonly ScopeEffect[] {
  switch (event.kind) {
    case "ask":
      return [answer(event.from, ask(scope, event.from, event, event.at))];
    case "return":
      giveBack(scope, event.from, event);
      return [];
    case "watch":
      watch(scope, event.from, event.at);
      return [answer(event.from, sayTrip(scope, event.scope, false))];
    case "outcome":
      return onOutcome(scope, event);
    case "probe": {
      watch(scope, event.from, event.at);
      const isProbe = leaseProbe(scope, event.from, event.openMs, event.at);
      return [answer(event.from, sayTrip(scope, event.scope, isProbe))];
    }
    case "raise":
      raise(scope, event.labels, whoOf(event.from));
      return [answer(event.from, { kind: "raised", labels: event.labels })];
    case "read":
      return [answer(event.from, { kind: "heard", labels: readFor(scope, whoOf(event.from), event.apart) })];
    case "count":
      return onCount(scope, event);
    case "lost":
      loseBudget(scope, event.at);
      loseProber(scope, event.at);
      scope.taints = everyTaint;
      scope.tallies.clear();
      return [];
    default:
      return event satisfies never;
  }
}

function onOutcome(scope: ScopeState, event: Extract<ScopeEvent, { kind: "outcome" }>): ScopeEffect[] {
  const { openings } = scope;
  watch(scope, event.from, event.at);
  const isNews = learn(scope, event.from, event, event.at);
  const told = isNews ? [...scope.watchers.keys()] : [event.from];
  const effects: ScopeEffect[] = told.map((to) => answer(to, sayTrip(scope, event.scope, false)));
  if (scope.openings > openings) effects.push({ kind: "alert", rule: "breaker.tool", says: `its server failed ${event.failures} times in a row, for several sessions; nobody calls it for ${seconds(scope.until - event.at)}` }); // prettier-ignore
  return effects;
}

function onCount(scope: ScopeState, event: Extract<ScopeEvent, { kind: "count" }>): ScopeEffect[] {
  const effects: ScopeEffect[] = [];
  const form = formOf(event.scope);
  // A user has several personas, and what is usual in one is not in another.
  const persona = form === "user" ? `${event.from.split("/")[1] ?? ""} ` : "";
  for (const item of event.items) {
    const tallied = tally(scope, `${persona}${item.class}`, item, event.day);
    const { alarm, until } = tallied;
    if (alarm !== undefined && form !== "tenant" && form !== "agent")
      effects.push({ kind: "alert", rule: `tally.${form}`, says: alarmWords(item.class, tallied) });
    if (until > event.at)
      effects.push(answer(event.from, { kind: "counted", scope: event.scope, class: item.class, until }));
  }
  return effects;
}

function answer(to: string, word: SessionWord): ScopeEffect {
  return { kind: "answer", to, word };
}

export const scope: Actor<ScopeState, ScopeEvent, ScopeEffect, unknown> = {
  stateVersion: scopeVersion,
  create,
  decide,
  // Who reads changes nothing.
  isJournalled: ({ kind }) => kind !== "read",
  dueAt: () => undefined,
  timeEvent: (at) => ({ kind: "lost", at }),
  isLasting: () => false,
  freeze: freezeScope,
  essence: freezeScope,
  thaw: thawScope,
};
