/** A gateway in small: starts children, says their pids, and ends as told. */
import { serverSchema } from "../../../protocol/catalogue.ts";
import { openPool } from "../pool.ts";

const [mode = "stay", homes = ""] = process.argv.slice(2);
const stdio = (kind: string): unknown => ({ transport: { stdio: { command: "node", args: ["./rawchild.ts", kind] } } });
const entries = mode === "exit" ? { polite: stdio("plain"), stubborn: stdio("ignore-eof") } : { polite: stdio("plain") };
const servers = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, serverSchema.parse(entry)]));
const pool = openPool({ catalogue: { servers }, folder: new URL(".", import.meta.url).pathname, env: { PATH: "/usr/bin:/bin" }, homes });
const pids: string[] = [];
pool.on("log", ({ line }) => {
  if (line.startsWith("stderr: pid ")) pids.push(line.slice("stderr: pid ".length));
});
for (const name of Object.keys(servers)) await pool.session(name, "agent", {});
while (pids.length < Object.keys(servers).length) await new Promise((resolve) => setTimeout(resolve, 10));
process.stdout.write(`${pids.join(" ")}\n`, () => {
  if (mode === "exit") process.exit(0);
});
