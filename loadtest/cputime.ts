/** CPU time of a process, all its threads, as Linux accounts it: utime + stime of /proc/PID/stat. */
import { readFileSync } from "node:fs";

/** USER_HZ: the unit of /proc, 100 on every Linux port that Node.js runs on, whatever the kernel's own clock. */
const ticksPerSecond = 100;

/** @returns seconds; NaN when there is no such process any more */
export function cpuSeconds(pid: number): number {
  try {
    return readCpuSeconds(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return Number.NaN;
  }
}

/** @param stat the line; the second field is a name in parentheses in which anything may stand */
export function readCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // proc_pid_stat(5): utime is field 14, stime 15; `fields` begins with field 3.
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** CPU time of the whole machine that was not idle, in seconds: what others took from a run shows in it. */
export function machineCpuSeconds(): number {
  return readMachineCpuSeconds(readFileSync("/proc/stat", "latin1"));
}

/** @param stat the file; its first line is user, nice, system, idle, iowait, irq, softirq, steal, ... (proc_stat(5)) */
export function readMachineCpuSeconds(stat: string): number {
  const [, user, nice, system, , , irq, softirq, steal] = (stat.split("\n")[0] ?? "")
    .split(/\s+/)
    .map(Number);
  return (
    [user, nice, system, irq, softirq, steal].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) /
    ticksPerSecond
  );
}

/** Resident memory in MiB; NaN when there is no such process any more. */
export function residentMiB(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return Number(kib) / 1024;
  } catch {
    return Number.NaN;
  }
}
