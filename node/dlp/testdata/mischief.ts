/** The thread's program, with what a test can ask it for: to hang, to die always, or to die the first time. */
import { existsSync, writeFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";

parentPort?.on("message", ({ text }: { text: string }) => {
  const [wish, file = ""] = text.trim().split(" ");
  if (wish === "hang") for (;;);
  if (wish === "die") process.exit(3);
  if (wish === "die-once" && !existsSync(file)) {
    writeFileSync(file, "");
    process.exit(3);
  }
});
await import("../worker.ts");
