// The MCP Inspector's command line: each operation is a run of its own, which connects, asks one thing and ends.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { toAnswer } from "./connection.ts";
import type { Connection, Target } from "./connection.ts";

const program = join(
  import.meta.dirname,
  "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
);
const runMs = 9_000; // less than the runner's bound for a step, so that the run is ended and its words are shown
const stderrCharsMax = 2_048;

/** @returns what it printed on stdout. @throws Error with the end of its stderr */
function run(args: readonly string[], home: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, "--cli", ...args], {
      env: { ...process.env, HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (stderr = (stderr + text).slice(-stderrCharsMax)));
    const limit = setTimeout(() => child.kill("SIGKILL"), runMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      // A tool result with isError has a status of its own, and the result on stdout all the same.
      if (code === 0 || stdout.trim().startsWith("{")) resolve(stdout);
      else reject(new Error(`inspector ended with ${code ?? "no status"}: ${stderr.trim()}`));
    });
  });
}

export interface InspectorDoor {
  readonly transport: "http" | "sse";
  readonly era: "legacy" | "modern";
}

/** Nothing is opened here: the first operation connects. */
export function inspector(target: Target, { transport, era }: InspectorDoor): Connection {
  const url = transport === "sse" ? target.sse : target.url;
  const common = [url, "--transport", transport, "--header", `Authorization: Bearer ${target.key}`];
  const ask = async (...args: readonly string[]): Promise<unknown> => {
    const options = ["--protocol-era", era, "--format", "json", "--quiet"];
    const stdout = await run([...common, ...args, ...options], target.home);
    const printed = JSON.parse(stdout) as { result?: unknown };
    return printed.result ?? printed;
  };
  return {
    revision: undefined,
    serverName: undefined,
    listTools: async () => {
      const { tools } = (await ask("--method", "tools/list")) as { tools: readonly { name: string }[] };
      return tools.map((tool) => tool.name);
    },
    callTool: async (name, args) => {
      const options = ["--tool-name", name, "--tool-args-json", JSON.stringify(args)];
      return toAnswer(await ask("--method", "tools/call", ...options));
    },
    close: () => Promise.resolve(),
  };
}
