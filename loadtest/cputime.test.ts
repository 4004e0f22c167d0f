import { expect, test } from "vitest";
import { cpuSeconds, readCpuSeconds, readMachineCpuSeconds } from "./cputime.ts";

test("a program's name cannot shift the fields", () => {
  const stat = "42 (a ) b (c) S 1 42 42 0 -1 4194304 900 0 0 0 250 50 0 0 20 0 11 0 1000 2000 300";
  expect(readCpuSeconds(stat)).toBe(3);
});

test("idle and waiting time of the machine are not busy time", () => {
  expect(readMachineCpuSeconds("cpu  100 10 200 9000 500 5 15 70 0 0\ncpu0 1 1 1 1\n")).toBe(4);
});

test("work shows in the time of the process that does it", () => {
  const before = cpuSeconds(process.pid);
  const until = performance.now() + 100;
  while (performance.now() < until);
  expect(cpuSeconds(process.pid) - before).toBeGreaterThan(0.02);
});
