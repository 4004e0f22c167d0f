/**
 * The load runs as one HTML page that needs nothing else: for each run what it was, which thresholds held, and plots of each
 * second. Pure: text in, text out.
 */
import type { K6Run, Second } from "./k6run.ts";

export interface LoadMark {
  /** Since the first second of the run. */
  readonly second: number;
  readonly says: string;
}

export interface LoadReport extends K6Run {
  readonly title: string;
  readonly marks: readonly LoadMark[];
  /** The settings that it ran with. */
  readonly settings: string;
}

const [width, height, left, bottom] = [760, 180, 56, 22];

export function loadPage(reports: readonly LoadReport[], about: string): string {
  const parts = reports.map(section);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gatehouse under load</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:15px/1.45 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1c2430;background:#fff}
h2{margin-top:2em} table{border-collapse:collapse} td,th{padding:.2em .8em .2em 0;text-align:left}
.bad{color:#b3261e;font-weight:600} .good{color:#1b6e3c} svg{display:block;margin:.6em 0} text{font-size:11px;fill:#4a5565}
@media(prefers-color-scheme:dark){body{color:#e4e7eb;background:#14181d} text{fill:#a8b2bf}}
</style></head><body><h1>Gatehouse under load</h1><p>${escaped(about)}</p>
${parts.join("\n")}
</body></html>
`;
}

function section(report: LoadReport): string {
  const { title, script, settings, thresholds, endings, answered, seconds, marks, fault } = report;
  if (fault !== undefined)
    return `<h2>${escaped(title)}</h2><p class="bad">${escaped(script)} did not run</p><pre>${escaped(fault)}</pre>`;
  const rows = thresholds.map(({ metric, says, isMet, measured }) => `<tr><td>${escaped(metric)}</td><td>${escaped(says)}</td><td>${measured === undefined ? "" : Math.round(measured * 100) / 100}</td><td class="${isMet ? "good" : "bad"}">${isMet ? "held" : "did not hold"}</td></tr>`); // prettier-ignore
  const ends = Object.entries(endings).map(([ending, count]) => `${escaped(ending)} ${count}`);
  return `<h2>${escaped(title)}</h2>
<p>${escaped(settings)}. ${answered} calls answered, p50 ${ms(report.p50Ms)}, p99 ${ms(report.p99Ms)}. How calls ended: ${ends.join(", ")}.</p>
<table><tr><th>metric</th><th>threshold</th><th>measured</th><th></th></tr>${rows.join("")}</table>
${plot("calls a second", seconds, marks, [
  { name: "answered", colour: "#2a6fdb", value: ({ answered: calls }) => calls },
  { name: "refused", colour: "#c77700", value: ({ refused }) => refused },
  { name: "failed", colour: "#b3261e", value: ({ failed }) => failed },
])}
${plot("ms", seconds, marks, [
  { name: "p50", colour: "#2a6fdb", value: ({ p50Ms }) => p50Ms },
  { name: "p99", colour: "#7b3fb5", value: ({ p99Ms }) => p99Ms },
])}`;
}

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly value: (second: Second) => number | undefined;
}

/** One plot: a line for each value, from zero to the largest one, with the marks as vertical lines. */
function plot(
  unit: string,
  seconds: readonly Second[],
  marks: readonly LoadMark[],
  lines: readonly Line[],
): string {
  const most = Math.max(1, ...lines.flatMap(({ value }) => seconds.map((second) => value(second) ?? 0)));
  const across = (second: number): number =>
    left + ((width - left) * second) / Math.max(1, seconds.length - 1);
  const up = (value: number): number => (height - bottom) * (1 - value / most) + 4;
  const paths = lines.map(({ colour, value }) => {
    const points = seconds.flatMap((second, at) => {
      const found = value(second);
      return found === undefined ? [] : [`${across(at).toFixed(1)},${up(found).toFixed(1)}`];
    });
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.join(" ")}"/>`;
  });
  const drawn = marks.map(({ second, says }) => `<line x1="${across(second).toFixed(1)}" x2="${across(second).toFixed(1)}" y1="0" y2="${height - bottom}" stroke="#888" stroke-dasharray="4 3"/><text x="${(across(second) + 4).toFixed(1)}" y="12">${escaped(says)}</text>`); // prettier-ignore
  const legend = lines.map(({ name, colour }, at) => `<text x="${left + 90 * at}" y="${height - 4}" style="fill:${colour}">${name}</text>`); // prettier-ignore
  const scale = `<text x="0" y="14">${Math.round(most)}</text><text x="0" y="${height - bottom}">0 ${escaped(unit)}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${escaped(unit)}">${scale}${paths.join("")}${drawn.join("")}${legend.join("")}</svg>`;
}

function ms(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)} ms` : "unknown";
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
