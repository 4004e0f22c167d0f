import fc from "fast-check";
import { expect, test } from "vitest";
import { readAddress } from "./routes.ts";

test("path and query are what was sent, cut at the first question mark", () => {
  expect(readAddress({ url: "/p/x/../reader/mcp?a=1?b#c" })).toEqual({
    path: "/p/x/../reader/mcp",
    query: "a=1?b#c",
  });
  expect(readAddress({ url: "/p/%2e/mcp" })).toEqual({ path: "/p/%2e/mcp", query: "" });
  expect(readAddress({})).toEqual({ path: "/", query: "" });
});

test("no address is changed on the way: the parts give the whole again", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (rest) => {
      const url = `/${rest}`;
      const { path, query } = readAddress({ url });
      expect(url.includes("?") ? `${path}?${query}` : path).toBe(url);
      expect(path).not.toContain("?");
    }),
  );
});
