import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { Failures } from "./failures.ts";
import type { RefusalReport } from "./failures.ts";

const now = 1_800_000_000_000;
let reports: RefusalReport[];
let failures: Failures;

beforeEach(() => {
  reports = [];
  failures = new Failures((report) => reports.push(report));
});

const fail = (address: string, times: number, at = now): void => {
  for (let n = 0; n < times; n++) failures.count(address, "key.unknown", "/t/default/p/a", at);
};

test("the twentieth bad credential within a minute holds the address until the minute is over", () => {
  fail("192.0.2.1", limits.authFailuresMax - 1);
  expect(failures.heldMs("192.0.2.1", now)).toBe(0);
  fail("192.0.2.1", 1, now + 59_000);
  expect(failures.heldMs("192.0.2.1", now + 59_000)).toBe(1000);
  expect(failures.heldMs("192.0.2.1", now + 60_000)).toBe(0);
  expect(failures.heldMs("192.0.2.2", now + 59_000)).toBe(0);
});

test("a slow trickle never holds an address", () => {
  for (let n = 0; n < 200; n++) {
    fail("192.0.2.1", 1, now + n * 3200);
    expect(failures.heldMs("192.0.2.1", now + n * 3200)).toBe(0);
  }
});

test("a clock that stepped back holds nobody longer than a minute", () => {
  fail("192.0.2.1", limits.authFailuresMax);
  expect(failures.heldMs("192.0.2.1", now - 86_400_000)).toBe(limits.authWindowMs);
});

test("only bad credentials hold: not missing ones, and not the held requests themselves", () => {
  for (let n = 0; n < 100; n++)
    for (const why of [
      "credential.missing",
      "address.held",
      "token.unreachable",
      "token.busy",
      "key.store",
      "token.scope",
    ] as const)
      failures.count("192.0.2.1", why, "/t/default/p/a", now);
  expect(failures.heldMs("192.0.2.1", now)).toBe(0);
});

test.each([
  ["::ffff:192.0.2.1", "192.0.2.1", true],
  ["::FFFF:192.0.2.1", "192.0.2.1", true],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["2001:db8::1", "2001:db8::ffff:0:0:2", true],
  ["::1", "::2", true],
  ["::1", "2001:db8::1", false],
  ["192.0.2.1", "192.0.2.2", false],
])("%s and %s are one network: %s", (one, other, same) => {
  fail(one, limits.authFailuresMax);
  expect(failures.heldMs(other, now) > 0).toBe(same);
});

test("any number of addresses costs bounded memory, the oldest goes first", () => {
  fail("192.0.2.1", limits.authFailuresMax);
  for (let n = 0; n < limits.authAddressesMax - 1; n++) fail(`10.0.${n >> 8}.${n & 255}`, 1);
  expect(failures.heldMs("192.0.2.1", now)).toBeGreaterThan(0);
  fail("192.0.2.9", 1);
  expect(failures.heldMs("192.0.2.1", now)).toBe(0);
});

test("equal refusals within 10 s are one report at once and one with the count of the rest", () => {
  fail("192.0.2.1", 15);
  expect(reports).toEqual([
    {
      at: now,
      from: "192.0.2.1",
      code: "TOKEN_INVALID",
      why: "key.unknown",
      endpoint: "/t/default/p/a",
      count: 1,
    },
  ]);
  failures.flush(now + limits.refusalIntervalMs - 1);
  expect(reports.length).toBe(1);
  failures.flush(now + limits.refusalIntervalMs);
  expect(reports.slice(1).map(({ count }) => count)).toEqual([14]);
  failures.flush(now + 10 * limits.refusalIntervalMs);
  expect(reports.length).toBe(2);
});

test("every refusal is in exactly one report, whatever comes when from where", () => {
  const event = fc.record({
    address: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1"),
    why: fc.constantFrom("key.unknown", "token.expired", "credential.missing"),
    stepMs: fc.integer({ min: 0, max: 15_000 }),
    flush: fc.boolean(),
  } as const);
  const isWhole = (
    events: readonly {
      address: string;
      why: "key.unknown" | "token.expired" | "credential.missing";
      stepMs: number;
      flush: boolean;
    }[],
  ): boolean => {
    let reported = 0;
    const counted = new Failures(({ count }) => (reported += count));
    let at = now;
    for (const { address, why, stepMs, flush } of events) {
      at += stepMs;
      counted.count(address, why, "/t/default/p/a", at);
      if (flush) counted.flush(at);
    }
    counted.flush(at + limits.refusalIntervalMs);
    return reported === events.length;
  };
  expect(() => fc.assert(fc.property(fc.array(event, { maxLength: 200 }), isWhole))).not.toThrow();
});

test("a flood from ever new addresses loses no count", () => {
  const total = limits.authAddressesMax + 500;
  for (let n = 0; n < total; n++) fail(`10.0.${n >> 8}.${n & 255}`, 2);
  failures.flush(now + limits.refusalIntervalMs);
  expect(reports.reduce((sum, { count }) => sum + count, 0)).toBe(2 * total);
});
