/**
 * From a CPU profile to the table "where a call's time goes": each sample is given to one stage of the road.
 *
 * 1. A sample belongs to the innermost frame that is ours or the HTTP client's; what Node.js and V8 do below it (a
 *    socket's write, JSON.parse) is done for it. `own` is the part in which such a frame itself was on top.
 * 2. A sample without such a frame is what Node.js does around us, and gets a row of its own.
 * 3. Idle time is no one's and is left out.
 */

/** The part of the DevTools protocol's Profile that is read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples?: readonly number[];
  /** Microseconds between the samples. */
  readonly timeDeltas?: readonly number[];
}

export interface StageRow {
  readonly stage: string;
  /** Microseconds: with what Node.js does for it, and without. */
  readonly allUs: number;
  readonly ownUs: number;
}

/** A function, counted apart for each stage that it works for. */
export interface FunctionRow {
  readonly name: string;
  readonly place: string;
  readonly stage: string;
  readonly selfUs: number;
}

/** A function of ours with what Node.js and V8 do for it. */
export interface CallerRow {
  readonly name: string;
  readonly place: string;
  readonly allUs: number;
  readonly ownUs: number;
}

export interface Breakdown {
  readonly totalUs: number;
  readonly stages: readonly StageRow[];
  readonly functions: readonly FunctionRow[];
  readonly callers: readonly CallerRow[];
}

/** First match wins. Paths are relative to the repository. */
const stageOfPath: readonly (readonly [RegExp, string])[] = [
  [/^node\/door\//, "door"],
  [/^node\/identity\//, "identity"],
  [/^node\/exchange\/facts\.ts$|^protocol\/canonical\.ts$/, "facts"],
  [/^node\/exchange\/answer\.ts$/, "answer"],
  [/^protocol\/(?:json|jsonrpc|header|uri)\.ts$/, "parse"],
  [/^node\/exchange\/|^protocol\//, "exchange"],
  [/^actors\/|^cluster\//, "turn"],
  [/^node\/record\//, "record"],
  [/^node\/upstream\/|^node\/vault\//, "upstream"],
  [/node_modules\/undici\//, "upstream (undici)"],
  [
    /^node\/telemetry\/|^node\/console|^node_modules\/(?:prom-client|@opentelemetry|hdr-histogram-js)\//,
    "telemetry",
  ],
  [/^node\/|^bin\//, "wiring"],
  [/node_modules\//, "packages"],
];

/** Rows for samples that have no frame of ours: by the frame nearest to the top that says something. */
const aroundUs: readonly (readonly [RegExp, string])[] = [
  [/^\(garbage collector\)/, "garbage collector"],
  [/^\(program\)/, "native: event loop, system calls, HTTP parser"],
  [/_http_|internal\/http/, "Node.js: HTTP server"],
  [/node:net|stream|node:events/, "Node.js: sockets and streams"],
  [/node:/, "Node.js: ticks, timers, the rest"],
];

/** @param root URL of the repository, with a slash at its end */
export function breakDown(profile: CpuProfile, root: string): Breakdown {
  const parents = new Map<number, number>();
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node.id);

  const selfUs = new Map<number, number>();
  const { samples = [], timeDeltas = [] } = profile;
  for (const [at, id] of samples.entries()) {
    // A delta is the time since the sample before; the stack seen there is taken to have lasted until this one.
    const lasted = Math.max(0, timeDeltas[at + 1] ?? 0);
    selfUs.set(id, (selfUs.get(id) ?? 0) + lasted);
  }

  const stages = new Map<string, { allUs: number; ownUs: number }>();
  const functions = new Map<string, FunctionRow>();
  const callers = new Map<string, CallerRow>();
  let totalUs = 0;
  for (const [id, us] of selfUs) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === "(idle)" || us === 0) continue;
    totalUs += us;
    const { stage, caller } = stageOf(id, frames, parents, root);
    const ownUs = caller === undefined || caller === frame ? us : 0;
    const row = stages.get(stage) ?? { allUs: 0, ownUs: 0 };
    stages.set(stage, { allUs: row.allUs + us, ownUs: row.ownUs + ownUs });
    const top = { ...named(frame, root), stage };
    const key = `${top.name} ${top.place} ${stage}`;
    functions.set(key, { ...top, selfUs: (functions.get(key)?.selfUs ?? 0) + us });
    if (caller === undefined) continue;
    const inner = named(caller, root);
    const innerKey = `${inner.name} ${inner.place}`;
    const before = callers.get(innerKey) ?? { ...inner, allUs: 0, ownUs: 0 };
    callers.set(innerKey, { ...before, allUs: before.allUs + us, ownUs: before.ownUs + ownUs });
  }
  return {
    totalUs,
    stages: [...stages].map(([stage, row]) => ({ stage, ...row })).sort((a, b) => b.allUs - a.allUs),
    functions: [...functions.values()].sort((a, b) => b.selfUs - a.selfUs),
    callers: [...callers.values()].sort((a, b) => b.allUs - a.allUs),
  };
}

type Frame = CpuProfile["nodes"][number]["callFrame"];

function named(frame: Frame, root: string): { readonly name: string; readonly place: string } {
  const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
  return {
    name,
    place: frame.url === "" ? "native" : `${relativePath(frame.url, root)}:${frame.lineNumber + 1}`,
  };
}

/** `caller` is the innermost frame that is ours, or undici's; undefined when there is none. */
function stageOf(
  leaf: number,
  frames: ReadonlyMap<number, Frame>,
  parents: ReadonlyMap<number, number>,
  root: string,
): { readonly stage: string; readonly caller: Frame | undefined } {
  for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
    const caller = frames.get(id);
    const path = relativePath(caller?.url ?? "", root);
    const stage = path.startsWith("node:")
      ? undefined
      : stageOfPath.find(([pattern]) => pattern.test(path))?.[1];
    if (stage !== undefined) return { stage, caller };
  }
  for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
    const frame = frames.get(id);
    const text = `${frame?.functionName ?? ""} ${frame?.url ?? ""}`;
    const row = aroundUs.find(([pattern]) => pattern.test(text))?.[1];
    if (row !== undefined) return { stage: row, caller: undefined };
  }
  return { stage: "V8: the rest", caller: undefined };
}

function relativePath(url: string, root: string): string {
  return url.startsWith(root) ? url.slice(root.length) : url;
}
