import { spawn } from "node:child_process";
import fs from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readRecords } from "./reader.ts";
import { makeFolder, openRecorder } from "./testdata/recording.ts";
import { verifyFolder } from "./verify.ts";

const program = fileURLToPath(new URL("./testdata/append-loop.ts", import.meta.url));

/** Runs the loop until `isEnough` of its output, and a little longer; kills it; returns whole lines of output. */
async function runAndKill(
  command: string,
  args: readonly string[],
  isEnough: (out: string) => boolean,
): Promise<string[]> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  const closed = new Promise<void>((resolve) => {
    child.on("close", () => resolve());
  });
  while (child.exitCode === null && !isEnough(out)) await setTimeout(5);
  await setTimeout(Math.random() * 50);
  child.kill("SIGKILL");
  await closed;
  expect(child.signalCode).toBe("SIGKILL");
  return out.split("\n").slice(0, -1);
}

test("after kill -9 every record that was announced as written is there, and the folder verifies", async () => {
  const folder = makeFolder();
  for (const incarnation of ["run-1", "run-2", "run-3"]) {
    const args = [program, folder, incarnation];
    const lines = await runAndKill(process.execPath, args, (out) => out.length > 20_000);
    const announced = lines.map((line) => line.replace("ok ", ""));
    expect(announced.length).toBeGreaterThan(500);

    const recorder = openRecorder(folder, `${incarnation}-after`);
    const open = new Set(recorder.openIntents.map((record) => record.op as string));
    await recorder.close();
    const { ok, findings } = verifyFolder(folder);
    expect(findings).toEqual([]);
    expect(ok).toBe(true);

    const intents = new Set(
      Array.from(readRecords(folder, { kind: "intent" }), (record) => record.op as string),
    );
    const outcomes = new Set(
      Array.from(readRecords(folder, { kind: "outcome" }), (record) => record.op as string),
    );
    expect(announced.filter((op) => !intents.has(op))).toEqual([]);
    expect(Array.from(intents).filter((op) => open.has(op) === outcomes.has(op))).toEqual([]);
  }
  fs.rmSync(folder, { recursive: true });
});

test("a file system that takes only half of a write loses nothing that was announced, and records again", async () => {
  const folder = makeFolder();
  // The shell's limit on the size of a file ends a write half-way, as a full disk does.
  const args = ["-c", 'ulimit -f 40 && exec "$0" "$@"', process.execPath, program, folder, "run-1"];
  const isEnough = (out: string): boolean => /refused[^]*\nok/.test(out);
  const lines = await runAndKill("sh", args, isEnough);
  const announced = lines.filter((line) => line.startsWith("ok ")).map((line) => line.slice(3));
  const refused = lines.filter((line) => line.startsWith("refused ")).map((line) => line.slice(8));
  await openRecorder(folder, "after").close();
  expect(verifyFolder(folder).findings).toEqual([]);
  const intents = new Set(
    Array.from(readRecords(folder, { kind: "intent" }), (record) => record.op as string),
  );
  expect(announced.filter((op) => !intents.has(op))).toEqual([]);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.filter((op) => intents.has(op))).toEqual([]);
  fs.rmSync(folder, { recursive: true });
});
