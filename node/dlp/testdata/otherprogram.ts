/** A thread's program as another version may have it: it reads the plan, and finds nothing. */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", () => parentPort?.postMessage({ findings: [], steps: 0 }));
parentPort?.postMessage("ready");
