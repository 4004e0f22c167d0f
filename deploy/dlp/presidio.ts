/** presidio: the real presidio-analyzer as a child process, behind the REST of Presidio (presidio.py). For tests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { watchOver } from "../cluster/serverprocess.ts";
import { requirePresidio } from "../tools/pythonvenv.ts";

const startMsMax = 60_000;

export interface RunningPresidio {
  readonly url: string;
  readonly pause: () => void;
  readonly resume: () => void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @throws Error that names the remedy when it is not there */
export async function startPresidio(): Promise<RunningPresidio> {
  const child = spawn(requirePresidio(), [join(import.meta.dirname, "presidio.py")], {
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const warden = watchOver(child);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    warden.kill();
  };
  const timer = setTimeout(() => child.kill("SIGKILL"), startMsMax);
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    const { port } = JSON.parse(line) as { port: number };
    return {
      url: `http://127.0.0.1:${port}/analyze`,
      pause: () => void child.kill("SIGSTOP"),
      resume: () => void child.kill("SIGCONT"),
      [Symbol.asyncDispose]: stop,
    };
  }
  clearTimeout(timer);
  await stop();
  throw new Error(`presidio-analyzer does not serve:\n${errors}`);
}
