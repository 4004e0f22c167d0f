// Provides the programs that tests and `npm run cluster` start, and that npm does not carry: nats-server and k6; and for
// tests of existing DLP c-icap and presidio-analyzer.
//
//   npm run setup:tools -- [--units] [--json]
//
// Of nats-server and k6 the one on PATH if it is new enough, else one built with Go, once, kept in .tools/; c-icap from
// Debian's packages and presidio-analyzer through pip, pinned, in .tools/ alone. With --units only what unit tests start.
// Progress goes to standard error;
// with --json the one line on standard output is {command, commit, ok, figures}.
// Exit status: 0 they are there, 1 one cannot be had (the message says what to do), 2 misuse.
import { execFileSync } from "node:child_process";
import { provideCicap } from "./debian.ts";
import { provideTool } from "./provision.ts";
import { providePresidio } from "./pythonvenv.ts";
import { tools, toolsFolder } from "./tool.ts";

const words = process.argv.slice(2);
const json = words.includes("--json");
const onlyUnits = words.includes("--units");
const unknown = words.find((word) => word !== "--json" && word !== "--units");
if (unknown !== undefined) {
  process.stderr.write(`unknown option ${unknown}; known: --units, --json\n`);
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
const places = { path: process.env["PATH"] ?? "", folder: toolsFolder, env: process.env, say };
const wanted: readonly (readonly [
  name: string,
  provide: () => Promise<{ readonly version: string; readonly from: string; readonly path?: string }>,
])[] = [
  ...tools.map((tool) => [tool.name, () => provideTool(tool, places)] as const),
  ...(onlyUnits ? [] : [["c-icap", () => provideCicap(places)] as const, ["presidio-analyzer", () => providePresidio(places)] as const]), // prettier-ignore
];
for (const [name, provide] of wanted) {
  try {
    const { version, from, path } = await provide();
    say(`${name} ${version} (${from})${path === undefined ? "" : `: ${path}`}`);
    figures[name] = `${version} (${from})`;
  } catch (error) {
    isWhole = false;
    say(error instanceof Error ? error.message : String(error));
  }
}
finish(isWhole, { ...figures, tookMs: Date.now() - started });
