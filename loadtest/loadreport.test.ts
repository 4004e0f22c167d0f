import { expect, test } from "vitest";
import type { LoadReport } from "./loadreport.ts";
import { loadPage } from "./loadreport.ts";

const report: LoadReport = {
  script: "nodeloss",
  title: "A node is lost",
  settings: "100 calls/s, 20 s",
  marks: [{ second: 1, says: "kill -9 of <n3>" }],
  seconds: [
    { answered: 10, refused: 0, failed: 0, p50Ms: 2, p99Ms: 4 },
    { answered: 0, refused: 0, failed: 2, p50Ms: undefined, p99Ms: undefined },
    { answered: 5, refused: 1, failed: 0, p50Ms: 3, p99Ms: 8 },
  ],
  thresholds: [{ metric: "gatehouse_failed", says: "rate==0", isMet: false }],
  endings: { ok: 15, "<script>": 2 },
  answered: 15,
  p50Ms: 2,
  p99Ms: 8,
  fault: undefined,
};

test("the page says which threshold did not hold, and draws each second that there are figures of", () => {
  const page = loadPage([report], "a machine");
  expect(page).toContain("did not hold");
  const drawn = [...page.matchAll(/points="(?<points>[^"]*)"/g)].map(({ groups }) => groups?.["points"]?.split(" ").length); // prettier-ignore
  // answered, refused and failed of three seconds; p50 and p99 of two.
  expect(drawn).toEqual([3, 3, 3, 2, 2]);
});

test("nothing that a run says becomes part of the page's own text", () => {
  const page = loadPage(
    [
      { ...report, title: "<b>", fault: undefined },
      { ...report, fault: "<img>" },
    ],
    "<i>",
  );
  for (const tag of ["<script>", "<n3>", "<b>", "<img>", "<i>"]) expect(page).not.toContain(tag);
});

test("a script that did not run is told with k6's own words", () => {
  expect(loadPage([{ ...report, fault: "k6 ended with 107" }], "")).toContain("k6 ended with 107");
});
