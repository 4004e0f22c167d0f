/** A thread that scans: it says "ready" once, then a document in, its result out, one at a time. Does not own the order of documents (pool.ts). */
import { parentPort } from "node:worker_threads";
import { builtinScanner } from "./scanning.ts";
import type { Document } from "./pool.ts";

const scanner = builtinScanner();

parentPort?.on("message", (document: Document) => {
  const result = "text" in document ? scanner.scanText(document.text) : scanner.scanValue(document.value);
  parentPort?.postMessage(result);
});

parentPort?.postMessage("ready");
