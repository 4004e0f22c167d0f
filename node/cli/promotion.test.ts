/** What a person has to have seen before a baseline is in force: what crept into it, and on how little it was measured. */
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { knownRule, train } from "../../actors/behaviour/training.ts";
import type { SessionSummary } from "../../actors/behaviour/summary.ts";
import type { Baseline } from "../../protocol/baseline.ts";
import { limits } from "../../protocol/limits.ts";
import { runShadow } from "../baseline/shadow.ts";
import { BaselineStore } from "../baseline/store.ts";
import { cli } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

const [honest, evil] = [7, 666];

function session(user: string, day: number, destinations: readonly number[]): SessionSummary {
  return { tenant: "default", persona: "reader", user, day, incident: "", tools: [{ tool: "mail send", calls: 1, errors: 0, bytes: 10, objects: 1, destinations, provenance: [0, 1, 0, 0, 0, 0] }] }; // prettier-ignore
}

/** A hundred days of four users; two of them, in the same hands, write to the attacker's place now and then, from the first day on. */
function drifted(first: number, days: number): readonly SessionSummary[] {
  return Array.from({ length: days * 4 }, (_, at) => {
    const day = first + Math.floor(at / 4);
    const isPoisoned = at % 4 < 2 && Math.floor(at / 4) % 25 === 3;
    return session(`u${at % 4}`, day, isPoisoned ? [honest, evil] : [honest]);
  });
}

function learn(summaries: readonly SessionSummary[]): Baseline {
  return train({ tenant: "default", persona: "reader", summaries, days: [], known: knownRule, approved: [] })
    .baseline;
}

function project(): { readonly store: BaselineStore; readonly promote: (version: string, ...more: string[]) => Promise<{ status: number; out: string; err: string }> } {
  const toy = new ToyProject();
  const store = new BaselineStore(join(toy.folder, ".gatehouse", "baselines"));
  const promote = async (version: string, ...more: string[]) => {
    const { status, out, err } = await cli(toy.folder, ["baseline", "promote", "reader", version, "--reason", "r", ...more], env); // prettier-ignore
    return { status, out: out.join("\n"), err: err.join("\n") };
  };
  return { store, promote };
} // prettier-ignore

describe("training sessions that drift slowly, of two users, from the first day on,", () => {
  const baseline = learn(drifted(20_000, 100));

  test("reach what may become known, which no rule of counting can tell from honest use", () => {
    expect(baseline.destinations.map(([hash]) => hash)).toEqual([honest, evil]);
  });

  test("are shown to who puts it in force, the rarest first, and nothing is in force before he says how many he saw", async () => {
    const { store, promote } = project();
    const { baseline: measured } = runShadow(baseline, { summaries: drifted(20_100, 30), days: [], unread: 0, role: "" }, undefined); // prettier-ignore
    const version = store.save(measured);
    for (const more of [[], ["--destinations", "1"]]) {
      const { status, out, err } = await promote(version, ...more);
      expect(status).toBe(2);
      expect(out).toMatch(/becomes known: destination 666, \d sessions of 2 users on \d days\n.*destination 7,/); // prettier-ignore
      expect(err).toContain("--destinations 2");
      expect(store.inForce("reader")).toBeUndefined();
    }
    expect((await promote(version, "--destinations", "2")).status).toBe(0);
    expect(store.inForce("reader")).toBe(version);
  });

  test("that come once a clean baseline is in force stand out alone", async () => {
    const { store, promote } = project();
    const clean = store.save(learn(drifted(20_004, 20)));
    expect((await promote(clean, "--unmeasured", "--destinations", "1")).status).toBe(0);
    const { out, err } = await promote(store.save(baseline), "--unmeasured");
    expect(out.match(/becomes known/g)).toHaveLength(1);
    expect([out.includes("666"), err.includes("--destinations 1")]).toEqual([true, true]);
  });
});

describe("a shadow run", () => {
  const least = limits.baselineShadowSessionsMin;
  test.each([
    [1, 2],
    [least - 1, 2],
    [least, 0],
  ])("of %i sessions: promote ends with %i", async (sessions, status) => {
    const { store, promote } = project();
    const summaries = Array.from({ length: sessions }, (_, at) => session(`u${at % 3}`, 20_200 + at, [honest])); // prettier-ignore
    const { baseline } = runShadow(
      learn(drifted(20_004, 20)),
      { summaries, days: [], unread: 0, role: "" },
      undefined,
    );
    const said = await promote(store.save(baseline), "--destinations", "1");
    expect([said.status, said.err.includes(`${least} are the least`)]).toEqual([status, status !== 0]);
  });
});
