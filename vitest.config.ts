import { randomInt } from "node:crypto";
import { defineConfig } from "vitest/config";

const seedMax = 2 ** 31 - 1;

/** One seed for every property and simulation of a run; the line below makes any failure repeatable. */
const seed = Number(process.env["GATEHOUSE_TEST_SEED"] ?? randomInt(1, seedMax));
if (!Number.isSafeInteger(seed) || seed < 1 || seed > seedMax) {
  throw new Error(`GATEHOUSE_TEST_SEED must be a whole number from 1 to ${seedMax}`);
}
process.stdout.write(`seed ${seed} (repeat this run with GATEHOUSE_TEST_SEED=${seed})\n`);

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**"],
    setupFiles: ["test/seed.ts"],
    provide: { seed },
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    allowOnly: false,
  },
});
