/** Sessions under rules of a role's own, for tests. */
import type { StepRule, TableStep } from "../../protocol/sequence.ts";
import { tableStep } from "../../protocol/sequence.ts";
import { rulesOf, TestSession } from "./behaviour.fixture.ts";
import { Destinations } from "./destinations.ts";

const quiet = { injected: "off", intent: "off", destination: "off", invented: "off", breadth: "off", departure: "off", bulk: "off", repeats: "off", volume: "off" } as const; // prettier-ignore
const known = new Destinations(["*@own.example", "support"]);
const knows = (value: string): "role" | undefined => (known.has(value) ? "role" : undefined);

export function session(...steps: TableStep[]): TestSession {
  return new TestSession("", { mode: "enforce", rules: quiet, steps }, knows);
}

export const rule: StepRule = { name: "tickets-then-mail", after: { tools: ["get_ticket"], distinct: 5 }, then: { effects: ["send"], reach: "external" }, action: "interrupt", reason: "no" }; // prettier-ignore
export const outside = { to: "eve@there.example" };
export const send = { effect: "send", reach: "internal" } as const;

export function isStopped(own: TestSession, args: object = outside, more: object = send): boolean {
  return rulesOf(own.judge("send_mail", args, { at: 1_000_000, ...more }))["steps"] !== undefined;
}

/** Names of the rules that stop a mail outside. */
export function stoppedBy(own: TestSession, at = 1_000_000): readonly (string | undefined)[] {
  return own.judge("send_mail", outside, { at, ...send }).terms.flatMap(({ term, name }) => (term === "step" ? [name] : [])); // prettier-ignore
}

/** Rules that count the same things each for itself: over windows of other lengths. */
export function counting(count: number, factor = 1): readonly TableStep[] {
  return Array.from({ length: count }, (_, at) => tableStep({ ...rule, within: (100_000 + at) * factor }));
}

export function read(own: TestSession, from: number, to: number, tool = "get_ticket", at?: number): void {
  for (let id = from; id < to; id++) own.call(tool, { id: `T-${id}` }, "", at === undefined ? {} : { at });
}
export const other: StepRule = {
  ...rule,
  name: "files-then-mail",
  after: { tools: ["get_file"], distinct: 5 },
};
export const third: StepRule = {
  ...rule,
  name: "many-reads",
  after: { effects: ["read", "create"], calls: 500 },
};
