/**
 * seed: gives every property of a run the seed that vitest.config.ts printed.
 * A simulation asks for the same one: `inject("seed")` from vitest.
 */
import { configureGlobal, readConfigureGlobal } from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    readonly seed: number;
  }
}

configureGlobal({ ...readConfigureGlobal(), seed: inject("seed") });
