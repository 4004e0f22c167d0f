/** A thread that scans: it says "ready" once, then a document in, its result out, one at a time. Between documents it warms up. Does not own the order of documents (pool.ts). */
import { parentPort, workerData } from "node:worker_threads";
import { unpackPlan, type PackedPlan } from "../../actors/dlp/packedplan.ts";
import { Scanner } from "../../actors/dlp/scanner.ts";
import { limits } from "../../protocol/limits.ts";
import { dlpPorts, inflate } from "./ports.ts";
import type { Document } from "./pool.ts";
import { warmUp } from "./warmup.ts";

const scanner = new Scanner(unpackPlan(workerData as PackedPlan, dlpPorts), inflate);

parentPort?.on("message", (document: Document) => {
  const result = "text" in document ? scanner.scanText(document.text) : scanner.scanValue(document.value);
  parentPort?.postMessage(result);
});

parentPort?.postMessage("ready");

const pieces = warmUp(scanner);
const goOn = (): void => {
  if (pieces.next().done !== true) setTimeout(goOn, limits.dlpWarmPauseMs);
};
setTimeout(goOn, limits.dlpWarmAfterMs);
