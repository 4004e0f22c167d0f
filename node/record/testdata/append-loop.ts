/**
 * A process that records until it is killed, and prints each operation once its `written` callback has come: "ok <op>",
 * or "refused <op>". For crash.test.ts. Arguments: folder, incarnation.
 */
import fs from "node:fs";
import { op, openRecorder, outcome, intent } from "./recording.ts";

const [folder = "", incarnation = ""] = process.argv.slice(2);
const recorder = openRecorder(folder, incarnation, { segmentBytes: 65_536 });
const salt = Number(incarnation.replace(/\D/g, "")) * 10_000_000;
let number = salt;

function tick(): void {
  const size = 1 + (number % 13);
  for (let count = 0; count < size; count++) {
    const id = (number += 1);
    recorder.append(intent(id, id % 9), "written", (fault) => {
      fs.writeSync(1, `${fault === undefined ? "ok" : "refused"} ${op(id)}\n`);
      if (fault === undefined && id % 3 !== 0) recorder.append(outcome(id, id % 9), "written");
    });
  }
  setImmediate(tick);
}
tick();
