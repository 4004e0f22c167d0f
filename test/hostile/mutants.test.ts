/** Z3 would notice: with the persona guard switched off, the generated checks of paths.ts fail, each of them. */
import { afterEach, expect, test, vi } from "vitest";
import type * as Persona from "../../actors/guards/persona.ts";
import { Gateway } from "./gateway.ts";
import { allPaths, violations, walk } from "./paths.ts";

const mutant = vi.hoisted(() => ({
  guards: true,
  finds: "what is granted" as "what is granted" | "anything",
}));

vi.mock("../../actors/guards/persona.ts", async (importOriginal) => {
  const original = await importOriginal<typeof Persona>();
  const findGrant: typeof Persona.findGrant = (role, kind, name) => {
    const found = original.findGrant(role, kind, name);
    return found < 0 && mutant.finds === "anything"
      ? role.table.grants.findIndex((grant) => grant.kind === kind)
      : found;
  };
  const before: typeof Persona.persona.before = (own, call) =>
    mutant.guards ? original.persona.before(own, call) : undefined;
  return { ...original, findGrant, persona: { ...original.persona, before } };
});

let gateway: Gateway | undefined;
afterEach(() => gateway?.remove());

/** Which of the generated checks fail, of how many. */
async function failing(): Promise<{
  readonly failed: string[];
  readonly checks: number;
  readonly reached: number;
}> {
  gateway = await Gateway.start();
  await gateway.warm(gateway.key("first"));
  const paths = allPaths().filter(({ policy }) => policy === "governed");
  const walked = await walk(gateway, paths);
  return {
    failed: paths
      .filter((path, at) => violations(path, walked[at] as (typeof walked)[number]).length > 0)
      .map(({ what }) => what),
    checks: paths.length,
    reached: walked.filter(({ isReached }) => isReached).length,
  };
}

test("Z3: with the guard in place, and everything else of these mutants, no check fails", async () => {
  Object.assign(mutant, { guards: true, finds: "what is granted" });
  expect((await failing()).failed).toEqual([]);
});

test("Z3: a guard that always allows, in front of a table that names anything: every check fails", async () => {
  Object.assign(mutant, { guards: false, finds: "anything" });
  const { failed, checks, reached } = await failing();
  expect(failed).toHaveLength(checks);
  // A retry whose state belongs to another call is held up by its seal alone.
  expect(reached).toBe(checks - allPaths().filter(({ what }) => what.endsWith("as a retry")).length);
});

test("Z3: a guard that always allows: every check fails, although without a grant there is no tool to go to", async () => {
  Object.assign(mutant, { guards: false, finds: "what is granted" });
  const { failed, checks } = await failing();
  expect(failed).toHaveLength(checks);
});
