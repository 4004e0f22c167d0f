import { expect, test } from "vitest";
import { completed, missingOptionals } from "./lockfile.ts";
import type { Lockfile } from "./lockfile.ts";

const optionalDependencies = {
  "@a/linux-x64-gnu": "1.2.3",
  "@a/linux-arm64-musl": "1.2.3",
  "@a/darwin-arm64": "^1.2.3",
};

const lock: Lockfile = {
  packages: {
    "node_modules/a": { version: "1.2.3", dev: true, optionalDependencies },
    "node_modules/b/node_modules/@a/linux-x64-gnu": { version: "1.2.3" },
  },
};

test("an optional package counts as locked wherever in the tree it lies", () => {
  expect(missingOptionals(lock)).toEqual([
    { name: "@a/linux-arm64-musl", version: "1.2.3", dev: true },
    { name: "@a/darwin-arm64", version: "1.2.3", dev: true },
  ]);
});

test("a completed lockfile lacks nothing, keeps what it had, and is in npm's order", () => {
  const after = completed(lock);
  expect(missingOptionals(after)).toEqual([]);
  expect(after.packages).toMatchObject(lock.packages);
  expect(Object.keys(after.packages)).toEqual(
    Object.keys(after.packages).toSorted((a, b) => a.localeCompare(b, "en")),
  );
});

test("an added entry is confined to the platform of its name", () => {
  const { packages } = completed(lock);
  expect(packages["node_modules/@a/linux-arm64-musl"]).toEqual({
    version: "1.2.3",
    cpu: ["arm64"],
    dev: true,
    libc: ["musl"],
    optional: true,
    os: ["linux"],
  });
});

test("a package whose name says no platform is not guessed at", () => {
  const odd = { packages: { "node_modules/a": { optionalDependencies: { fast: "1.0.0" } } } };
  expect(() => completed(odd)).toThrow(/fast@1\.0\.0.*by hand/);
});
