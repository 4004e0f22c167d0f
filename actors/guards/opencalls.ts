/**
 * The open-calls guard: how many calls of one session may be under way at once, and which. Every call that enters
 * leaves exactly once; an answer to a call that is not open finds nothing here.
 */
import type { Guard, OpenCall } from "./guard.ts";

export interface OpenCallsState {
  /** In the order of their entry. Most sessions have none, and share the one empty list, which is never written to. */
  open: OpenCall[];
}

export const noCalls: OpenCall[] = [];
Object.freeze(noCalls);

export const openCalls = {
  start: (): OpenCallsState => ({ open: noCalls }),

  before({ open }, { role }) {
    if (open.length < role.openCallsMax) return undefined;
    const says = `There are ${open.length} calls under way, which is as many as allowed. Wait for an answer.`;
    return { kind: "deny", rule: "session.open-calls", says };
  },

  enter(own, _call, entered) {
    if (own.open === noCalls) own.open = [entered];
    else own.open.push(entered);
  },
} as const satisfies Guard<OpenCallsState>;

/** Takes a call out; the others keep their order. Undefined when it is not open. */
export function leave(own: OpenCallsState, op: string): OpenCall | undefined {
  const { open } = own;
  for (let at = 0; at < open.length; at++) {
    const left = open[at];
    if (left === undefined || left.op !== op) continue;
    if (open.length === 1) own.open = noCalls;
    else open.splice(at, 1);
    return left;
  }
  return undefined;
}
