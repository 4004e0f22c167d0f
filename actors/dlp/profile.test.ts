import fc from "fast-check";
import { expect, test } from "vitest";
import { dlpActions } from "../../protocol/profile.ts";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { actionOf, builtinProfiles, fits } from "./profile.ts";

const detectors = builtinDetectors(ports);
const profiles = new Map(builtinProfiles.map((profile) => [profile.id, profile]));

function action(profileId: string, typeId: string, level: number, count = 1): string | undefined {
  const [profile, type] = [profiles.get(profileId), detectors.find(({ id }) => id === typeId)];
  if (profile === undefined || type === undefined)
    throw new Error(`${profileId} or ${typeId} does not exist`);
  return actionOf(profile, type, level, count);
}

test("every rule of every profile fits a type, and every type it names exists", () => {
  for (const profile of builtinProfiles) {
    for (const rule of profile.rules) {
      expect(detectors.filter((type) => fits(rule, type))).not.toEqual([]);
      const named = [...(rule.types ?? []), ...(rule.except ?? [])];
      const unknown = named.filter(
        (name) =>
          !detectors.some(
            ({ id }) => id === name || (name.endsWith("*") && id.startsWith(name.slice(0, -1))),
          ),
      );
      expect(unknown).toEqual([]);
    }
  }
});

test("more likelihood or more findings never weaken an action", () => {
  const strength = (name: string | undefined): number =>
    name === undefined ? -1 : dlpActions.findIndex((each) => each === name);
  fc.assert(
    fc.property(
      fc.constantFrom(...builtinProfiles),
      fc.constantFrom(...detectors),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 600 }),
      (profile, type, level, count) => {
        const here = strength(actionOf(profile, type, level, count));
        expect(strength(actionOf(profile, type, level + 1, count))).toBeGreaterThanOrEqual(here);
        expect(strength(actionOf(profile, type, level, count + 50))).toBeGreaterThanOrEqual(here);
      },
    ),
  );
});

test.each([
  ["pci-dss", "card.cvv", 3, 1, "block"],
  ["pci-dss", "pan.visa", 3, 1, "mask"],
  ["pci-dss", "pan.visa", 3, 50, "block"],
  ["pci-dss", "pan.visa", 1, 1, undefined],
  ["pci-dss", "github.pat_classic", 5, 1, undefined],
  ["hipaa", "us.mbi", 3, 1, "redact"],
  ["gdpr", "email", 4, 1, "tokenise"],
  ["gdpr", "ethnicity_ctx", 3, 1, "redact"],
  ["soc2", "github.pat_classic", 4, 1, "block"],
  ["secrets", "x509.certificate", 2, 1, "detect"],
  ["secrets", "pem.rsa", 4, 1, "block"],
] as const)("%s does with %s at level %d, found %d times: %s", (profile, type, level, count, does) => {
  expect(action(profile, type, level, count)).toBe(does);
});
