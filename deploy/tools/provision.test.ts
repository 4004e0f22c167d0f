import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { goEnvironment } from "./gobuild.ts";
import type { GoBuild } from "./gobuild.ts";
import { provideTool } from "./provision.ts";
import type { Provided, Provision } from "./provision.ts";
import { keptBinary, natsServer } from "./tool.ts";

const provideNatsServer = (job: Provision): Promise<Provided> => provideTool(natsServer, job);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-tools-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder for PATH with a Go that ends as told. */
function go(script: string): string {
  const file = join(folder, "go");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return folder;
}

function provision(options: Partial<Provision>): Provision {
  return { path: folder, folder: join(folder, "tools"), env: process.env, say: () => undefined, ...options };
}

/** Puts down what a build of this version would, after a while. */
function builder(version: string): { builds: number; readonly build: (job: GoBuild) => Promise<void> } {
  const made = {
    builds: 0,
    build: async ({ into }: GoBuild): Promise<void> => {
      made.builds++;
      await delay(300);
      const file = join(into, "nats-server");
      writeFileSync(file, `#!/bin/sh\necho 'nats-server: v${version}'\n`);
      chmodSync(file, 0o755);
    },
  };
  return made;
}

test("of two at a time one builds, and both have it; a third finds it", async () => {
  const maker = builder(natsServer.version);
  const job = provision({ path: go("exit 1"), build: maker.build });
  const provided = await Promise.all([provideNatsServer(job), provideNatsServer(job)]);
  expect(provided.map(({ from }) => from).toSorted()).toEqual(["built", "kept"]);
  expect((await provideNatsServer(job)).from).toBe("kept");
  expect(maker.builds).toBe(1);
  expect(readdirSync(job.folder)).toHaveLength(1); // no lock, nothing half done
});

test("a kept binary that was changed is replaced, and so is what a killed run left", async () => {
  const maker = builder(natsServer.version);
  const job = provision({ path: go("exit 1"), build: maker.build });
  await provideNatsServer(job);
  writeFileSync(keptBinary(natsServer, job.folder), "cut");
  mkdirSync(join(job.folder, "build-Killed"));
  expect((await provideNatsServer(job)).from).toBe("built");
  expect((await provideNatsServer(job)).from).toBe("kept");
  expect(readdirSync(job.folder)).toHaveLength(1);
});

test("what is built and says another version is not kept", async () => {
  const job = provision({ path: go("exit 1"), build: builder("2.9.10").build });
  await expect(provideNatsServer(job)).rejects.toThrow(/says it is 2\.9\.10, not .*npm run setup:tools/s);
  expect(readdirSync(job.folder)).toEqual([]);
});

test("without Go the failure says what can be done", async () => {
  await expect(provideNatsServer(provision({ path: "" }))).rejects.toThrow(
    /no Go on PATH.*put nats-server .* on PATH; or install Go .*npm run setup:tools/s,
  );
});

test("a Go that fails is quoted, and nothing is left behind", async () => {
  const job = provision({ path: go("echo 'no route to the module proxy' >&2; exit 3") });
  await expect(provideNatsServer(job)).rejects.toThrow(/ended with 3:\nno route to the module proxy\n/);
  expect(readdirSync(job.folder)).toEqual([]);
});

test("Go is asked for the pinned version, into a folder of its own", async () => {
  const job = provision({ path: go('echo "asked $* into $GOBIN"; exit 3') });
  await expect(provideNatsServer(job)).rejects.toThrow(
    new RegExp(`asked install github\\.com/nats-io/nats-server/v2@v${natsServer.version} into .*build-`),
  );
});

test("a folder that cannot be made is an error, not a hang", async () => {
  writeFileSync(join(folder, "tools"), "a file");
  await expect(provideNatsServer(provision({ path: go("exit 1") }))).rejects.toThrow(/EEXIST|ENOTDIR/);
});

test("the caller's Go settings about their own code do not reach the build; those about the machine do", () => {
  const env = goEnvironment(
    { HOME: "h", GOFLAGS: "-mod=vendor", GOOS: "plan9", GOWORK: "w", GOPROXY: "p", GOTOOLCHAIN: "local" },
    "into",
  );
  expect(env).toMatchObject({ HOME: "h", GOBIN: "into", GOWORK: "off", GOFLAGS: "-trimpath" });
  expect(env).toMatchObject({ GOPROXY: "p", GOTOOLCHAIN: "local" });
  expect(env).not.toHaveProperty("GOOS");
});

test("without a home Go gets a place for its modules that can be deleted", () => {
  const env = goEnvironment({}, "into");
  expect(env["GOPATH"]).toBe(join("into", "go"));
  expect(env["GOFLAGS"]).toContain("-modcacherw");
});
