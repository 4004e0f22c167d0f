/**
 * What must hold of calls that wait for a person, whoever owns the session by then. A part of oracle.ts. It knows what agents
 * asked, what people said and what went out; it does not use the guard that decides (actors/guards/stepup.ts).
 *
 * Q1. A call of a tool that asks goes out only by an approval to which a person has said yes before, in time.
 * Q2. By one approval one call goes out, once: through take-overs, hand-overs and lost pasts.
 * Q3. It is of the session, tool and arguments that were asked for, under a role under which it was asked for.
 */
import type { AnyEffect } from "../../actors/roster.ts";
import { askedMinutes, isAskedTool } from "./load.ts";
import type { Call } from "./load.ts";

export interface Asked {
  readonly key: string;
  readonly tool: string;
  readonly plan: string;
  readonly digest: string;
  /** Roles under which it was parked: more than one, if an owner that had parked it was lost with that. */
  readonly roles: Set<string>;
  /** When it was parked last. */
  at: number;
  saidYes: number;
  usedBy: string;
}

interface Use {
  readonly id: string | undefined;
  readonly role: string;
}

/** Clocks of events, and of nodes that were cut off for a while, differ from true time. */
const slackMs = 6_000;

export class ApprovalOracle {
  readonly #calls = new Map<string, { readonly key: string; readonly call: Call }>();
  readonly #asked = new Map<string, Asked>();
  #parked: string[] = [];
  /** By node and operation: by what the turn let it pass. */
  readonly #uses = new Map<string, Use>();
  readonly figures = { parkedCalls: 0, approvedCalls: 0, approvalsUsedTwice: 0, approvalsMisfit: 0 };

  begun(op: string, key: string, call: Call): void {
    if (isAskedTool(call.facts.name)) this.#calls.set(op, { key, call });
  }

  asked(id: string): Asked | undefined {
    return this.#asked.get(id);
  }

  /** Those that were parked since it was asked last. */
  parked(): readonly string[] {
    const parked = this.#parked;
    this.#parked = [];
    return parked;
  }

  said(id: string, is: "approved" | "denied", now: number): void {
    const asked = this.#asked.get(id);
    if (asked !== undefined && is === "approved") asked.saidYes = Math.min(asked.saidYes, now);
  }

  /** A turn was taken at a node. @param role of the session, behind it */
  acted(node: string, effects: readonly AnyEffect[], role: () => string, now: number): void {
    for (const effect of effects) {
      if (effect.kind !== "reply") continue;
      const { op, verdict } = effect;
      const begun = this.#calls.get(op);
      if (begun === undefined) continue;
      if (verdict.kind === "allow") this.#uses.set(`${node} ${op}`, { id: verdict.approval, role: role() });
      else if (verdict.kind === "park" && verdict.approval === op) this.#park(op, role(), now);
      else if (verdict.kind === "deny" && verdict.rule === "approval.used") this.figures.approvalsUsedTwice++;
      else if (verdict.kind === "deny" && /^approval.(arguments|role|unknown)$/.test(verdict.rule)) this.figures.approvalsMisfit++; // prettier-ignore
    }
  }

  /** @returns what is wrong */
  wrote(node: string, op: string, key: string, { facts }: Call, clockSlack: number): string | undefined {
    if (!isAskedTool(facts.name)) return undefined;
    this.figures.approvedCalls++;
    const use = this.#uses.get(`${node} ${op}`);
    const asked = this.#asked.get(use?.id ?? "");
    const what = `called ${facts.name} for ${key} (${op})`;
    if (use?.id === undefined || asked === undefined) return `${what} without an approval`;
    const by = `${what} by the approval ${use.id}`;
    const isLate = asked.saidYes > asked.at + askedMinutes * 60_000 + slackMs + clockSlack;
    if (asked.saidYes === Number.POSITIVE_INFINITY) return `${by}, to which nobody has said yes`;
    if (isLate) return `${by}, to which somebody said yes when it was over`;
    if (asked.usedBy !== "") return `${by}, which ${asked.usedBy} has used`;
    asked.usedBy = op;
    if (asked.key !== key || asked.tool !== facts.name || asked.digest !== facts.digest) return `${by}, which is for another call`; // prettier-ignore
    if (!asked.roles.has(use.role)) return `${by}, which was asked for under ${[...asked.roles].join()}, and not under ${use.role}`; // prettier-ignore
    return undefined;
  }

  #park(op: string, role: string, now: number): void {
    const begun = this.#calls.get(op);
    if (begun === undefined) return;
    const known = this.#asked.get(op);
    if (known !== undefined) {
      known.roles.add(role);
      known.at = now;
      return;
    }
    const { key, call } = begun;
    const { name: tool, digest } = call.facts;
    const plan = call.value ?? "";
    this.#asked.set(op, { key, tool, plan, digest, roles: new Set([role]), at: now, saidYes: Number.POSITIVE_INFINITY, usedBy: "" }); // prettier-ignore
    this.#parked.push(op);
    this.figures.parkedCalls++;
  }
}
