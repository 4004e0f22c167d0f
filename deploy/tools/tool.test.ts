import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  findTool,
  isNewEnough,
  k6,
  keptBinary,
  keptFolder,
  keptRecord,
  natsServer,
  requireTool,
  sha256Of,
  thisPlace,
  tools as all,
  versionIn,
} from "./tool.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-tools-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says it is this version, as the real one says it. */
function program(name: string, says: string, mode = 0o755): string {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  const file = join(place, "nats-server");
  writeFileSync(file, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(file, mode);
  return place;
}

function kept(record: Readonly<Record<string, string>> = {}): string {
  const tools = join(folder, "tools");
  mkdirSync(keptFolder(natsServer, tools), { recursive: true });
  writeFileSync(keptBinary(natsServer, tools), "bytes of a server");
  const good = {
    version: natsServer.version,
    place: thisPlace,
    sha256: sha256Of(keptBinary(natsServer, tools)),
  };
  writeFileSync(keptRecord(natsServer, tools), JSON.stringify({ ...good, ...record }));
  return tools;
}

describe("the one on PATH", () => {
  test("is used when it is new enough", async () => {
    const path = program("new", "nats-server: v2.11.0");
    const found = await findTool(natsServer, { path, folder: kept() });
    expect(found).toEqual({ path: join(path, "nats-server"), version: "2.11.0", from: "PATH" });
  });

  test.each([
    ["is too old", "nats-server: v2.10.29"],
    ["is a pre-release of the least version", "nats-server: v2.11.0-RC.1"],
    ["says something else", "hello"],
  ])("is not used when it %s", async (_why, says) => {
    const found = await findTool(natsServer, { path: program("other", says), folder: kept() });
    expect(found?.from).toBe("kept");
  });

  test("is the first that can be executed, as a shell would take it", async () => {
    const path = [
      program("not-executable", "nats-server: v2.99.0", 0o644),
      join(folder, "nowhere"),
      program("first", "nats-server: v2.12.1"),
      program("second", "nats-server: v2.13.1"),
    ].join(delimiter);
    expect((await findTool(natsServer, { path, folder: kept() }))?.version).toBe("2.12.1");
  });
});

describe("the kept one", () => {
  const nothing = { path: "" };

  test("is used while its bytes are the recorded ones", async () => {
    const tools = kept();
    expect((await findTool(natsServer, { ...nothing, folder: tools }))?.path).toBe(
      keptBinary(natsServer, tools),
    );
    writeFileSync(keptBinary(natsServer, tools), "bytes of another");
    expect(await findTool(natsServer, { ...nothing, folder: tools })).toBeUndefined();
  });

  test.each([{ version: "2.15.0" }, { place: "plan9-mips" }, { sha256: "" }])(
    "is not used when its record says %o",
    async (record) => {
      expect(await findTool(natsServer, { ...nothing, folder: kept(record) })).toBeUndefined();
    },
  );

  test("is not used when its record cannot be read", async () => {
    const tools = kept();
    writeFileSync(keptRecord(natsServer, tools), "{");
    expect(await findTool(natsServer, { ...nothing, folder: tools })).toBeUndefined();
  });
});

test("without any, the failure names the command that brings one", async () => {
  const places = { path: "", folder: join(folder, "empty") };
  await expect(requireTool(natsServer, places)).rejects.toThrow(
    /none in .*empty\. Run: npm run setup:tools$/,
  );
});

describe("versions", () => {
  test("only what the server itself prints is one", () => {
    expect(versionIn(natsServer, "nats-server: v2.15.1\n")).toBe("2.15.1");
    expect(versionIn(natsServer, "nats-server: v2.15.1-RC.2\n")).toBe("2.15.1-RC.2");
    for (const other of ["nats-server: 2.15.1", "v2.15.1", "nats-server: v2.15", "xnats-server: v2.15.1 "])
      expect(versionIn(natsServer, other)).toBeUndefined();
  });

  test("each tool's is read as it prints it", () => {
    expect(versionIn(k6, "k6 v1.8.1 (go1.26.8, linux/amd64)\nExtensions:\n")).toBe("1.8.1");
    expect(versionIn(k6, "k6 1.8.1")).toBeUndefined();
    for (const tool of all) expect(isNewEnough(tool, tool.version)).toBe(true);
  });

  test("are compared number by number, not as text", () => {
    const part = fc.nat({ max: 200 });
    const [major = 0, minor = 0] = natsServer.versionMin.split(".").map(Number);
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        expect(isNewEnough(natsServer, `${a}.${b}.${c}`)).toBe(a > major || (a === major && b >= minor));
      }),
    );
  });
});
