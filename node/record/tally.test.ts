import { expect, test } from "vitest";
import type { RecordBody } from "../../protocol/record.ts";
import { RefusalTally } from "./tally.ts";

test("a flood of refusals is one record per code, and the next interval starts from nothing", () => {
  const records: RecordBody[] = [];
  const tally = new RefusalTally({ append: (body) => void records.push(body) }, () => 7);
  for (let at = 0; at < 1_000; at++) tally.count(at % 4 === 0 ? "REQUEST_SYNTAX" : "HOST_REFUSED");
  tally.flush();
  tally.flush();
  expect(records.map(({ kind, at, count, about }) => [kind, at, count, about?.["code"]])).toEqual([
    ["node", 7, 250, "REQUEST_SYNTAX"],
    ["node", 7, 750, "HOST_REFUSED"],
  ]);
});
