/**
 * Patterns under hostile text: twice the text takes about twice the time. CPU time of the best of several runs counts, and only what
 * takes long enough to be measured is judged, so that a busy machine does not decide.
 */
import { expect, test } from "vitest";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";

/** Each is repeated to the length of the text. */
const seeds = [
  "a", "1", "A", "-", "1 ", "1-", "a@", "@", "a.", "1.", "eyJ", "token=", "password:", "curl -u", "0x", "+1 ", "http://a:", "name: A ",
  "-----BEGIN ", "a b c ", "1/", "A1 ", "0:", "::", "{", '"kty":"RSA"', "kind: Secret", "basic ", "sk-", "<<", "a=", "://a:b@", "SG.", "$", "_",
] as const; // prettier-ignore

const textChars = 4_000;
/** Below this a run is too short to be compared. */
const judgedMs = 3;
/** Twice the text: 2 is linear, 4 is quadratic. */
const growthMax = 3;

function text(seed: string, chars: number): string {
  return seed.repeat(Math.ceil(chars / seed.length)).slice(0, chars);
}

/** Of this process's own CPU: what others do on the machine does not count. */
function scanMs(pattern: RegExp, within: string): number {
  const start = process.cpuUsage();
  for (const _ of within.matchAll(pattern));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** How much longer twice the text takes, each at the best of runs that take turns. */
function growth(pattern: RegExp, seed: string, chars = textChars): number {
  const [once, twice] = [text(seed, chars), text(seed, 2 * chars)];
  let [shorter, longer] = [Infinity, Infinity];
  for (let round = 0; round < 9; round++) {
    shorter = Math.min(shorter, scanMs(pattern, once));
    longer = Math.min(longer, scanMs(pattern, twice));
  }
  return longer / shorter;
}

/** One attempt that shows proportion is enough: noise only ever adds. */
function isProportional(pattern: RegExp, seed: string, chars: number): boolean {
  return [1, 2, 3, 4].some(() => growth(pattern, seed, chars) <= growthMax);
}

test.each(builtinDetectors(ports).map((detector) => [detector.id, detector] as const))(
  "%s takes time in proportion to the text, whatever the text",
  (_, { pattern: source, flags }) => {
    const pattern = new RegExp(source, `g${flags}`);
    const slow = seeds.filter((seed) => scanMs(pattern, text(seed, 2 * textChars)) > judgedMs);
    const grown = slow.filter(
      (seed) => growth(pattern, seed) > growthMax && growth(pattern, seed) > growthMax,
    );
    expect(grown).toEqual([]);
  },
);

test("a pattern that is quadratic is noticed", () => {
  expect(isProportional(/a{0,9000}!/g, "a", 700)).toBe(false);
});
