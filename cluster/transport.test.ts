import { describe } from "vitest";
import { transportCases } from "./transport.cases.ts";
import { MemoryNetwork } from "./transport.ts";

describe("memory", () => {
  transportCases(() => {
    const network = new MemoryNetwork<{ readonly text: string }>((run) => void setImmediate(run));
    return {
      connect: (id) => network.transport(id),
      settle: () => new Promise((done) => setImmediate(() => setImmediate(done))),
    };
  });
});
