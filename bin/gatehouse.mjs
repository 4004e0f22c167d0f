#!/usr/bin/env -S node --no-memory-reducer
/**
 * gatehouse: the program. It checks the Node.js it runs on, then hands its arguments to node/cli/program.ts (in a checkout)
 * or dist/node/cli/program.js (in a package, because Node.js strips no types below node_modules).
 *
 * Everything here must parse on Node.js 18, or the guard could not explain itself.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const nodeMajorMin = 24;
/** docs/cli.md: misuse. A fault of ours is none of its three statuses, so it has sysexits.h's EX_SOFTWARE. */
const exitMisuse = 2;
const exitSoftware = 70;

async function gatehouse(argv) {
  const source = new URL("../node/cli/program.ts", import.meta.url);
  const built = new URL("../dist/node/cli/program.js", import.meta.url);
  const inCheckout = existsSync(fileURLToPath(source));

  if (Number.parseInt(process.versions.node, 10) < nodeMajorMin) {
    return refuse(
      `Gatehouse needs Node.js ${nodeMajorMin} or newer, and this is ${process.versions.node} (${process.execPath}).`,
      inCheckout
        ? "In a checkout, `npm run -s gatehouse -- <arguments>` brings the right one by itself."
        : `Install Node.js ${nodeMajorMin}, put it first on PATH, and run this again.`,
    );
  }
  if (!inCheckout && !existsSync(fileURLToPath(built))) {
    return refuse(
      "Neither node/cli/program.ts nor dist/node/cli/program.js lies beside bin/: this copy is incomplete.",
      "Check the repository out again, or reinstall the package.",
    );
  }
  let program;
  try {
    program = await import(inCheckout ? source.href : built.href);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !/package/.test(error.message)) throw error;
    return refuse(
      `A dependency is not installed: ${error.message.split("\n")[0]}`,
      inCheckout
        ? "`npm run -s gatehouse -- <arguments>` installs what is missing first; so does `npm ci --omit=dev --ignore-scripts`."
        : "Reinstall the package.",
    );
  }
  return program.run(argv, process.env);
}

function refuse(what, remedy) {
  process.stderr.write(`gatehouse: ${what}\n${remedy}\n`);
  return exitMisuse;
}

gatehouse(process.argv.slice(2)).then(
  (exitCode) => process.exit(exitCode),
  (error) => {
    // main() answers every foreseen failure with an exit code, so this is a fault of ours.
    process.stderr.write(`gatehouse: internal error, please report it.\n${error?.stack ?? String(error)}\n`);
    process.exit(exitSoftware);
  },
);
