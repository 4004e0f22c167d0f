import { describe } from "vitest";
import { wordsCases } from "./words.cases.ts";
import { MemoryWords } from "./words.ts";

describe("memory", () => {
  wordsCases(() => {
    const words = new MemoryWords((run) => void setImmediate(run));
    return {
      connect: (id) => words.node(id),
      settle: () => new Promise((done) => setImmediate(() => setImmediate(done))),
    };
  });
});
