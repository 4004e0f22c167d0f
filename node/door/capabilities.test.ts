import fc from "fast-check";
import { expect, test } from "vitest";
import { readCapabilities } from "./capabilities.ts";

test("what MCP has is read, with its parts", () => {
  const declared = {
    roots: { listChanged: true },
    sampling: { tools: {}, context: {} },
    elicitation: { form: {}, url: {} },
  };
  expect(readCapabilities(declared)).toEqual(declared);
  expect(readCapabilities({ elicitation: {}, sampling: {} })).toEqual({ elicitation: {}, sampling: {} });
});

test("nothing that an agent made up is passed on, neither beside nor inside what MCP has", () => {
  const declared = {
    experimental: { secret: "x" },
    extensions: { "io.modelcontextprotocol/tasks": {} },
    elicitation: { form: { secret: "x" }, other: {} },
    roots: { listChanged: "yes" },
    sampling: true,
  };
  expect(readCapabilities(declared)).toEqual({ elicitation: { form: {} }, roots: {} });
});

test("what is declared has a few meanings at most, so that sessions kept by it are few", () => {
  const meanings = new Set<string>();
  const name = fc.constantFrom(
    "roots",
    "sampling",
    "elicitation",
    "experimental",
    "extensions",
    "__proto__",
    "toString",
  );
  const part = fc.constantFrom("listChanged", "context", "tools", "form", "url", "x", "constructor");
  const value = fc.oneof(fc.constant({}), fc.constant(true), fc.string(), fc.integer());
  fc.assert(
    fc.property(fc.dictionary(name, fc.oneof(fc.dictionary(part, value), value)), (declared) => {
      meanings.add(JSON.stringify(readCapabilities(declared)));
    }),
    { numRuns: 3_000 },
  );
  // Absent or present; roots once more with its flag, the others with each of two parts.
  expect(meanings.size).toBeLessThanOrEqual(3 * 5 * 5);
});
