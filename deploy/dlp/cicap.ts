/**
 * cicap: the real c-icap of Debian as a child process, with a service that passes everything (`echo`) and Debian's content
 * filter (`block`), which blocks a marker or writes over it. For tests; on a port of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { watchOver } from "../cluster/serverprocess.ts";
import { requireCicap } from "../tools/debian.ts";
import type { Cicap } from "../tools/debian.ts";

const startMsMax = 20_000;

export interface RunningCicap {
  /** Of a service by name; there is no `nothing`. */
  url(service: "echo" | "block" | "nothing"): string;
  /** Stops all its processes where they are, until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the filter looks for. */
export const marker = "TOP-SECRET-1234";

/** What the filter does with the marker. */
export type FilterAction = "block" | "replace";

function configuration(folder: string, port: number, { root }: Cicap, action: FilterAction): string {
  const modules = join(root, "usr/lib/x86_64-linux-gnu/c_icap");
  return `PidFile ${folder}/pid
CommandsSocket ${folder}/ctl
Timeout 30
KeepAliveTimeout 30
MaxKeepAliveRequests 20
StartServers 1
MaxServers 1
MinSpareThreads 2
MaxSpareThreads 24
ThreadsPerChild 24
Port 127.0.0.1:${port}
TmpDir ${folder}
ModulesDir ${modules}
ServicesDir ${modules}
TemplateDir ${join(root, "usr/share/c_icap/templates/")}
TemplateDefaultLanguage en
LoadMagicFile ${join(root, "etc/c-icap/c-icap.magic")}
ServerLog ${folder}/server.log
DebugLevel 1
Service echo srv_echo.so
Service filter srv_content_filtering.so
srv_content_filtering.MaxBodyData 4M
srv_content_filtering.Match Marker body /TOP-SECRET-[0-9]{4}/ score=10 info{Mask}="###"
srv_content_filtering.Profile default ${action} score{Marker>1}${action === "replace" ? " replaceInfo=Mask" : ""}
ServiceAlias block filter
`;
}

/** @throws Error that names the remedy when c-icap is not there */
export async function startCicap(action: FilterAction = "block"): Promise<RunningCicap> {
  const cicap = requireCicap();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-cicap-"));
  const port = await freePort();
  const config = join(folder, "c-icap.conf");
  writeFileSync(config, configuration(folder, port, cicap, action));
  const child = spawn(cicap.binary, ["-N", "-f", config], {
    env: { LD_LIBRARY_PATH: cicap.libraries },
    stdio: "ignore",
    detached: true,
  });
  const warden = watchOver(child);
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    // Its children end with it only when it is asked; the group has them all.
    signal(child.pid, "SIGCONT");
    signal(child.pid, "SIGTERM");
    await Promise.race([ended, delay(3000)]);
    signal(child.pid, "SIGKILL");
    await ended;
    warden.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + startMsMax;
  while (!(await answers(port))) {
    if (child.exitCode === null && Date.now() < until) {
      await delay(50);
      continue;
    }
    const log = readLog(folder);
    await stop();
    throw new Error(`c-icap does not serve:\n${log}`);
  }
  return {
    url: (service) => `icap://127.0.0.1:${port}/${service}`,
    pause: () => signal(child.pid, "SIGSTOP"),
    resume: () => signal(child.pid, "SIGCONT"),
    [Symbol.asyncDispose]: stop,
  };
}

/** To the group that `pid` leads: c-icap works in children of its own. */
function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    return; // all of it has ended
  }
}

function readLog(folder: string): string {
  try {
    return readFileSync(join(folder, "server.log"), "utf8").split("\n").slice(-12).join("\n");
  } catch {
    return "it wrote no log";
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
