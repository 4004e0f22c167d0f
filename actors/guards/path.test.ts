import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isInside, normalisePath } from "./path.ts";

const folders = ["/srv/data"];

describe("isInside", () => {
  test.each([
    "/srv/data",
    "/srv/data/",
    "/srv/data/a.txt",
    "/srv//data///a",
    "/srv/data/./a/../b",
    "/srv/data/a/..",
    "/srv/x/../data/a",
    "/../srv/data/a",
    "/srv/data/..a",
    "/srv/data/a..",
    "/srv/data/...",
    "/srv/data/ä b-1_2.txt",
    "/srv/data/50%",
  ])("takes %j", (path) => {
    expect(isInside(path, folders)).toBe(true);
  });

  test.each([
    ["a folder whose name only begins alike", "/srv/database/a"],
    ["a folder above", "/srv"],
    ["dots that lead out", "/srv/data/../secret"],
    ["dots that lead out and look back in", "/srv/data/../../srv/other"],
    ["dots behind the prefix", "/srv/data/a/../../other"],
    ["a trailing ..", "/srv/data/.."],
    ["a relative path", "srv/data/a"],
    ["a relative path with a dot", "./srv/data/a"],
    ["an empty path", ""],
    ["the home folder", "~/data"],
    ["a home folder inside", "/srv/data/~root"],
    ["a NUL", "/srv/data/a\u0000.txt"],
    ["a line feed", "/srv/data/a\nb"],
    ["a C1 control character", "/srv/data/a\u0085b"],
    ["a backslash", "/srv/data\\..\\secret"],
    ["an encoded slash", "/srv/data/..%2fsecret"],
    ["an encoded slash in capitals", "/srv/data/..%2Fsecret"],
    ["encoded dots", "/srv/data/%2e%2e/secret"],
    ["a half encoded dot", "/srv/data/.%2e/secret"],
    ["an encoded backslash", "/srv/data/..%5csecret"],
    ["an encoded NUL", "/srv/data/a%00.txt"],
    ["twice encoded dots", "/srv/data/%252e%252e/secret"],
    ["full-width dots and slash", "/srv/data/\uff0e\uff0e\uff0fsecret"],
    ["a two-dot leader", "/srv/data/\u2025/secret"],
    ["one-dot leaders", "/srv/data/\u2024\u2024/secret"],
    ["a full-width backslash", "/srv/data/..\uff3csecret"],
    ["a full-width tilde", "/srv/data/\uff5eroot"],
    ["another case", "/SRV/data/a"],
    ["a Windows path", "C:/srv/data/a"],
    ["a file URL", "file:///srv/data/a"],
  ])("refuses %s", (_why, path) => {
    expect(isInside(path, folders)).toBe(false);
  });

  test("the root holds every absolute path", () => {
    expect(isInside("/a/b", ["/"])).toBe(true);
    expect(isInside("a", ["/"])).toBe(false);
  });

  test("a decomposed letter is the composed one", () => {
    expect(isInside("/srv/da\u0308ta/x", ["/srv/d\u00e4ta"])).toBe(true);
  });

  const piece = fc.constantFrom("srv", "data", "a", "b.c", ".", "..", "", "...", "x y", "ä");
  const written = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("/")}`);

  test("agrees with a walk of the folder tree", () => {
    fc.assert(
      fc.property(written, (path) => {
        const at: string[] = [];
        for (const name of path.split("/")) {
          if (name === "..") at.pop();
          else if (name !== "" && name !== ".") at.push(name);
        }
        expect(isInside(path, folders)).toBe(at[0] === "srv" && at[1] === "data");
      }),
      { numRuns: 2_000 },
    );
  });

  test("a normal path is normal again, and holds no empty, . or .. segment", () => {
    fc.assert(
      fc.property(written, (path) => {
        const normal = normalisePath(path) ?? "";
        expect(normalisePath(normal)).toBe(normal);
        expect(normal).not.toMatch(/\/\/|\/\.{1,2}(?:\/|$)|.\/$/);
      }),
    );
  });
});
