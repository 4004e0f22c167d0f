import fc from "fast-check";
import { expect, test } from "vitest";
import { fixtureDetectors, fixtureScanner } from "./engine.fixture.ts";
import { Names } from "./names.ts";
import { makePlan, type Plan } from "./plan.ts";

const plan = makePlan(fixtureDetectors()) as Plan;
const scanner = fixtureScanner();

test.each(["created_at", "orderId", "status", "a.b-c"])("%s holds nothing", (name) => {
  expect(new Names(plan).read(name).isPlain).toBe(true);
});

test.each(["A12345678", "123-45-6789", "ghx_0", "x=3D", "q\\u0041", "Schlüssel", "1.2.3.4", "c2VjcmV0IHRva2Vu", "a.b.c.d.e.f.g.h.i"])(
  "%s may hold something",
  (name) => {
    expect(new Names(plan).read(name).isPlain).toBe(false);
  },
); // prettier-ignore

test("nothing is found in a name that holds nothing, whatever stands above it", () => {
  const part = fc.constantFrom("ssn", "passport", "card", "1", "12345678", "123456789", "A", "x", "_", "-", ".", "4111", "1111", "AB12", "AKX0123456789ABC"); // prettier-ignore
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
  let plain = 0;
  fc.assert(
    fc.property(name, (text) => {
      if (!new Names(plan).read(text).isPlain) return;
      plain++;
      for (const above of ["ssn", "passport", "card"]) {
        // A space in it makes it no plain name, and else changes nothing of what stands in it.
        const { findings } = scanner.scanValue({ [above]: { [`${text} `]: true } });
        expect(findings).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
  expect(plain).toBeGreaterThan(20);
});
