/**
 * The open-calls guard: how many calls of one session may be under way at once, and which. Every call that enters
 * leaves exactly once; an answer to a call that is not open finds nothing here.
 */
import type { Guard, OpenCall } from "./guard.ts";

export interface OpenCallsState {
  /** In the order of their entry. Replaced and never written: most sessions have none, and share the empty one. */
  open: readonly OpenCall[];
}

export const noCalls: readonly OpenCall[] = Object.freeze([]);

export const openCalls = {
  start: (): OpenCallsState => ({ open: noCalls }),

  before({ open }, { role }) {
    if (open.length < role.openCallsMax) return undefined;
    const says = `There are ${open.length} calls under way, which is as many as allowed. Wait for an answer.`;
    return { kind: "deny", rule: "session.open-calls", says };
  },

  enter(own, _call, entered) {
    own.open = own.open.length === 0 ? [entered] : [...own.open, entered];
  },
} as const satisfies Guard<OpenCallsState>;

/** Takes a call out. Undefined when it is not open. */
export function leave(own: OpenCallsState, op: string): OpenCall | undefined {
  const { open } = own;
  const left = open.find((each) => each.op === op);
  if (left !== undefined) own.open = open.length === 1 ? noCalls : open.filter((each) => each !== left);
  return left;
}
