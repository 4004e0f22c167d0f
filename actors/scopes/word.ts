/**
 * What sessions and scopes say to each other. Every word may be lost, doubled or late, and is understood all the same: it
 * names the line of a lease that it is about, and counts from that line's beginning.
 */
import type { TallyItem } from "../../protocol/accumulation.ts";
import type { Labels } from "../labels.ts";

/** A session to one of its scopes. `scope` is how the session names it (protocol/scope.ts). */
export type ScopeWord =
  /** What it holds and has used of a lease; it needs `calls` rate tokens now, and takes some ahead of need. */
  | {
      readonly kind: "ask";
      readonly scope: string;
      readonly line: number;
      readonly granted: number;
      readonly spent: number;
      readonly calls: number;
      readonly capacity: number;
      readonly perSecond: number;
    }
  /** The line is over; what it did not use goes back. */
  | { readonly kind: "return"; readonly line: number; readonly spent: number }
  /** To a tool's scope: it calls the tool, and wants to hear of its breaker. */
  | { readonly kind: "watch"; readonly scope: string }
  /** To a tool's scope: what became of a call, where that matters to others. "unknown" shows nothing. */
  | {
      readonly kind: "outcome";
      readonly scope: string;
      readonly failed: "yes" | "no" | "unknown";
      readonly isProbe: boolean;
      readonly failures: number;
      readonly openMs: number;
    }
  /** To a tool's scope whose breaker is half-open: may I try? */
  | { readonly kind: "probe"; readonly scope: string; readonly openMs: number }
  /** To its agent's scope: labels that it has. */
  | { readonly kind: "raise"; readonly labels: Labels }
  /** To its agent's scope: which labels does it have for me? `apart`: other users' do not count. */
  | { readonly kind: "read"; readonly apart: boolean }
  /** To a scope that counts by the day: what was read on that day, and what would be too much of it. */
  | {
      readonly kind: "count";
      readonly scope: string;
      readonly day: number;
      readonly items: readonly TallyItem[];
    };

/** A scope to one of its sessions. */
export type SessionWord =
  /** The line has been granted so much since it began. Not enough: more comes after `waitMs`. */
  | {
      readonly kind: "granted";
      readonly scope: string;
      readonly line: number;
      readonly granted: number;
      readonly ahead: number;
      readonly waitMs: number;
    }
  /** How a tool's breaker stands, since when. `probe`: this session may try once, until then; 0: it may not. */
  | {
      readonly kind: "tripped";
      readonly scope: string;
      readonly isFailing: boolean;
      readonly isOpen: boolean;
      readonly until: number;
      readonly probe: number;
      readonly since: number;
    }
  /** Its labels are known here. */
  | { readonly kind: "raised"; readonly labels: Labels }
  /** What other sessions of the agent have read. */
  | { readonly kind: "heard"; readonly labels: Labels }
  /** More of a class was read than is usual or allowed: no more reads of it until then. */
  | { readonly kind: "counted"; readonly scope: string; readonly class: string; readonly until: number };
