import { inspect } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { endpointFor } from "./issuer.fixture.ts";
import type { Principal } from "./principal.ts";
import { Tickets } from "./ticket.ts";

const support = endpointFor("support");
const sales = endpointFor("sales");
const now = 1_800_000_000_000;
const makePrincipal = (agent: string): Principal => ({
  tenant: "default",
  agent,
  user: undefined,
  by: "key",
  id: agent,
  expires: now + 10_000,
  issuer: undefined,
  personas: ["support", "sales"],
  audience: undefined,
});
const ann = makePrincipal("ann");
let gone: Set<Principal>;
let tickets: Tickets;

beforeEach(() => {
  gone = new Set();
  tickets = new Tickets((principal, at) => !gone.has(principal) && at < principal.expires);
});

test("a ticket gives the very principal that asked for it, once", () => {
  const text = tickets.issue(ann, support, now);
  expect(text).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(tickets.redeem(text, support, now)).toBe(ann);
  expect(tickets.redeem(text, support, now)).toBeUndefined();
});

test("of 100 who redeem one ticket at once, one gets in", async () => {
  for (let round = 0; round < 20; round++) {
    const text = tickets.issue(ann, support, now);
    const found = await Promise.all(
      Array.from({ length: 100 }, async (_, turn) => {
        for (let step = 0; step < (turn * 7) % 5; step++) await Promise.resolve();
        return tickets.redeem(text, support, now);
      }),
    );
    expect(found.filter((one) => one !== undefined)).toEqual([ann]);
  }
});

test("another endpoint refuses a ticket, and that uses it up, also where its principal may go there", () => {
  for (const wrong of [sales, endpointFor("support", "other"), endpointFor("support", "default", "server")]) {
    const text = tickets.issue(ann, support, now);
    expect(tickets.redeem(text, wrong, now)).toBeUndefined();
    expect(tickets.redeem(text, support, now)).toBeUndefined();
  }
});

test("a ticket ends after 30 s to the millisecond", () => {
  const long = { ...ann, expires: now + 3_600_000 };
  const [one, two] = [tickets.issue(long, support, now), tickets.issue(long, support, now)];
  expect(tickets.redeem(one, support, now + limits.ticketMs - 1)).toBe(long);
  expect(tickets.redeem(two, support, now + limits.ticketMs)).toBeUndefined();
});

test("a ticket does not outlive its credential", () => {
  const [one, two] = [tickets.issue(ann, support, now), tickets.issue(ann, support, now)];
  expect(tickets.redeem(one, support, ann.expires)).toBeUndefined();
  gone.add(ann);
  expect(tickets.redeem(two, support, now)).toBeUndefined();
});

test.each(["", "a", "a".repeat(22), "a".repeat(23), "__proto__", "a".repeat(1_000_000), "é".repeat(22)])(
  "a text that was never issued gives nobody (%#)",
  (text) => {
    tickets.issue(ann, support, now);
    expect(tickets.redeem(text, support, now)).toBeUndefined();
    expect(tickets.size).toBe(1);
  },
);

test("one principal holds at most 256 and pushes out only its own", () => {
  const other = tickets.issue(makePrincipal("bob"), support, now);
  const texts = Array.from({ length: 1000 }, () => tickets.issue(ann, support, now));
  expect(tickets.size).toBe(1 + limits.connectionsPerPrincipalMax);
  expect(
    tickets.redeem(texts[1000 - limits.connectionsPerPrincipalMax - 1] ?? "", support, now),
  ).toBeUndefined();
  expect(tickets.redeem(texts[1000 - limits.connectionsPerPrincipalMax] ?? "", support, now)).toBe(ann);
  expect(tickets.redeem(other, support, now)?.agent).toBe("bob");
});

test("a node holds at most 10,000, and those that ended make room by themselves", () => {
  const first = tickets.issue(ann, support, now);
  for (let n = 0; n < limits.ticketsMax; n++) tickets.issue(makePrincipal(`a${n}`), support, now);
  expect(tickets.size).toBe(limits.ticketsMax);
  expect(tickets.redeem(first, support, now)).toBeUndefined();
  tickets.issue(ann, support, now + limits.ticketMs);
  expect(tickets.size).toBe(1);
});

test("memory holds no ticket, and tickets do not repeat", () => {
  const texts = Array.from({ length: 200 }, () => tickets.issue(ann, support, now));
  const shown = inspect(tickets, { depth: 10, showHidden: true });
  expect(texts.filter((text) => shown.includes(text))).toEqual([]);
  expect(new Set(texts).size).toBe(200);
});
