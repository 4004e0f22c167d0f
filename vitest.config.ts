import { randomInt } from "node:crypto";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

const seedMax = 2 ** 31 - 1;

/** One seed for every property and simulation of a run; the line below makes any failure repeatable. */
const seed = Number(process.env["GATEHOUSE_TEST_SEED"] ?? randomInt(1, seedMax));
if (!Number.isSafeInteger(seed) || seed < 1 || seed > seedMax) {
  throw new Error(`GATEHOUSE_TEST_SEED must be a whole number from 1 to ${seedMax}`);
}
process.stdout.write(`seed ${seed} (repeat this run with GATEHOUSE_TEST_SEED=${seed})\n`);

const notOurs = ["**/node_modules/**", "dist/**"];
/** What crosses the floors; `npm run check` leaves it to `npm test`. */
const crossing = ["loadtest/**/*.test.ts", "deploy/**/*.test.ts", "test/**/*.test.ts"];
/** They start processes or take seconds; `npm run check` leaves them to `npm test`, or it would take five minutes. */
const longOfUnits = [
  "bin/*.test.ts",
  "cluster/{archivestream,natscredit,shard}.test.ts",
  "node/config.test.ts",
  "node/cli/**/*.test.ts",
  "node/cluster/{conductor,copying,courier,nodepeer,streamsocket}.test.ts",
  "node/control/{approvalhook,grpc}.test.ts",
  "node/dlp/{pool,external/*,fingerprint/collection}.test.ts",
  "node/record/{crash,recorder,recovery,verify}.test.ts",
  "node/upstream/**/*.test.ts",
];
/** They start nodes or servers, and look at times and memory: one after the other, when nothing else runs. */
const aloneOfUnits = ["cluster/{jetstream,jetstreamcluster,fencestream,membership}.test.ts"];
const aloneOfCrossing = [
  "test/*.test.ts",
  "test/cluster/**/*.test.ts",
  "test/hostile/{slow,kill}.test.ts",
  "deploy/**/*.test.ts",
];

/** Projects of one group run together, groups one after the other. */
function project(
  name: string,
  groupOrder: number,
  include: string[],
  exclude: string[],
  isolate = true,
): TestProjectConfiguration {
  const maxWorkers = groupOrder === 1 ? 2 : 1;
  return {
    extends: true,
    test: { name, include, exclude: [...notOurs, ...exclude], isolate, maxWorkers, sequence: { groupOrder } },
  };
}

export default defineConfig({
  test: {
    setupFiles: ["test/seed.ts"],
    provide: { seed },
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 5_000,
    allowOnly: false,
    projects: [
      // One process for many files: modules are loaded and compiled once, which takes a third of the time.
      project("units", 1, ["**/*.test.ts"], [...crossing, ...longOfUnits, ...aloneOfUnits], false),
      project("long units", 1, longOfUnits, []),
      project("crossing", 1, crossing, aloneOfCrossing),
      project("units alone", 2, aloneOfUnits, []),
      project("crossing alone", 2, aloneOfCrossing, []),
    ],
  },
});
