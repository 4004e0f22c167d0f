// Provides the programs that tests and `npm run cluster` start, and that npm does not carry: nats-server and k6.
//
//   npm run setup:tools -- [--json]
//
// Of each the one on PATH if it is new enough, else one built with Go, once, kept in .tools/. Progress goes to standard error;
// with --json the one line on standard output is {command, commit, ok, figures}.
// Exit status: 0 they are there, 1 one cannot be had (the message says what to do), 2 misuse.
import { execFileSync } from "node:child_process";
import { provideTool } from "./provision.ts";
import { tools, toolsFolder } from "./tool.ts";

const words = process.argv.slice(2);
const json = words.includes("--json");
const unknown = words.find((word) => word !== "--json");
if (unknown !== undefined) {
  process.stderr.write(`unknown option ${unknown}; known: --json\n`);
  process.exit(2);
}

function commit(): string {
  try {
    const git = ["rev-parse", "--short", "HEAD"];
    return execFileSync("git", git, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

function finish(ok: boolean, figures: Readonly<Record<string, string | number>>): void {
  if (json)
    process.stdout.write(`${JSON.stringify({ command: "setup:tools", commit: commit(), ok, figures })}\n`);
  process.exitCode = ok ? 0 : 1;
}

// `exit` handlers release the lock and end the build.
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  // prettier-ignore
  process.once(signal, () => process.exit(status));

const started = Date.now();
const say = (text: string): void => void process.stderr.write(`setup:tools: ${text}\n`);
const figures: Record<string, string | number> = {};
let isWhole = true;
for (const tool of tools) {
  try {
    const { path, version, from } = await provideTool(tool, {
      path: process.env["PATH"] ?? "",
      folder: toolsFolder,
      env: process.env,
      say,
    });
    say(`${tool.name} ${version} (${from}): ${path}`);
    figures[tool.name] = `${version} (${from})`;
  } catch (error) {
    isWhole = false;
    say(error instanceof Error ? error.message : String(error));
  }
}
finish(isWhole, { ...figures, tookMs: Date.now() - started });
