import { describe } from "vitest";
import { storeCases } from "./store.cases.ts";
import { MemoryStore } from "./store.ts";

describe("memory", () => {
  storeCases(() => ({
    store: new MemoryStore({ later: (run) => void setImmediate(run), now: () => Date.now() }),
    settle: () => new Promise((done) => setImmediate(() => setImmediate(done))),
  }));
});
