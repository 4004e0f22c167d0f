/**
 * What the k6 scripts share: where the gateway is, one call over HTTP, and how it ended.
 *
 * GATEHOUSE_TARGET names a JSON file {endpoints: [{persona, url, websocket}], key}: the ready line of `gatehouse start
 * --json` or of `npm run cluster -- --json`, or one that an operator has written. That variable is enough. More:
 *   GATEHOUSE_TOOL, GATEHOUSE_ARGUMENTS (JSON)   what is called; without them the list of tools is asked for, which
 *                                                reaches no server
 *   GATEHOUSE_KEY                                the key, where the file has none
 *   RATE, SECONDS, P99_MS                        calls a second (100), how long (30), what the slowest may take (500)
 *
 * 1. Calls go through all doors and all personas in turn, as behind a load balancer without affinity: one after the other
 *    at another node, so a door that is gone is followed by one that may be there.
 * 2. Each call has a number of its own, which is its id: an answer to another call is a failure.
 */
import exec from "k6/execution";
import http from "k6/http";
import { Counter, Rate, Trend } from "k6/metrics";
import { callBody, firstNumber, modernBody, modernHeaders } from "../workload.ts";

export interface Door {
  readonly persona: string;
  readonly url: string;
  readonly websocket: string | undefined;
}

interface Target {
  readonly endpoints?: readonly {
    readonly persona?: string;
    readonly url?: string;
    readonly websocket?: string;
  }[];
  readonly key?: string;
  readonly operators?: OperatorsTarget;
  readonly stopped?: Stopped;
}

/** Where the nodes hear operators' programs, and the files of one: absolute, or beside this script. */
export interface OperatorsTarget {
  readonly addresses: readonly string[];
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An agent that a run may stop, and let go again. */
export interface Stopped {
  readonly agent: string;
  readonly key: string;
}

const file = __ENV["GATEHOUSE_TARGET"];
if (file === undefined)
  throw new Error(
    "set GATEHOUSE_TARGET to a JSON file {endpoints, key}, such as the ready line of `gatehouse start --json`",
  );
const target = readTarget(file, open(file));
const key = __ENV["GATEHOUSE_KEY"] ?? target.key;
if (key === undefined)
  throw new Error(`${file} has no key, as in a cluster: set GATEHOUSE_KEY to one of gatehouse keys create`);

export const operators = target.operators;
export const stopped = target.stopped;

/** A cluster's nodes say a line or two before the ready line. */
function readTarget(name: string, text: string): Target {
  for (const line of [text, ...text.split("\n")]) {
    try {
      const value = JSON.parse(line) as Target | null;
      if (value?.endpoints !== undefined) return value;
    } catch {
      continue;
    }
  }
  throw new Error(`${name} holds no JSON {endpoints: [{persona, url}], key}`);
}

/** @returns the doors of one persona, or of all but the stand's own noisy ones */
function doorsOf(persona?: string): readonly Door[] {
  const doors: Door[] = [];
  for (const { persona: name, url, websocket } of target.endpoints ?? [])
    if (
      name !== undefined &&
      url !== undefined &&
      (persona === undefined ? !noisy.has(name) : name === persona)
    )
      doors.push({ persona: name, url, websocket });
  if (doors.length === 0)
    throw new Error(`${file} names no endpoint of ${persona ?? "a persona"} with a url`);
  return interleaved(doors);
}

/** The nodes' doors in turn: the first of each, the second of each, and so on. */
function interleaved(all: readonly Door[]): readonly Door[] {
  const byNode = new Map<string, Door[]>();
  for (const door of all) {
    const [, , origin = ""] = door.url.split("/");
    byNode.set(origin, [...(byNode.get(origin) ?? []), door]);
  }
  const nodes = [...byNode.values()];
  const most = Math.max(...nodes.map(({ length }) => length));
  return Array.from({ length: most }, (_, at) => nodes.flatMap((doors) => doors.slice(at, at + 1))).flat();
}

const noisy: ReadonlySet<string> = new Set(["runaway", "slow"]);
export const doors = doorsOf();
export const doorsFor = (persona: string): readonly Door[] => doorsOf(persona);

const number = (name: string, fallback: number): number => {
  const value = Number(__ENV[name] ?? fallback);
  if (!(value > 0)) throw new Error(`${name} takes a number above 0, not ${__ENV[name]}`);
  return value;
};
export const rate = number("RATE", 100);
export const seconds = number("SECONDS", 30);
export const p99Ms = number("P99_MS", 500);
/** Beyond it k6 counts calls as dropped, which fails a run: the machine or the gateway is too slow for the rate. */
export const usersMax = Math.max(50, rate * 2);

const [tool, given] = [__ENV["GATEHOUSE_TOOL"], __ENV["GATEHOUSE_ARGUMENTS"]];
/** Only the stand's own upstream takes calls that bear their number. */
const isNumbered = given === undefined;
const method = tool === undefined ? "tools/list" : "tools/call";

/** Time of a call that ended as it should, in ms. */
export const callMs = new Trend("gatehouse_call", true);
/** Calls that ended as they should not: without an answer, with that of another call, or refused for no reason. */
export const failed = new Rate("gatehouse_failed");
/** Refusals, by code. */
export const refused = new Counter("gatehouse_refused");

/** Over all scenarios of a script: no number is used twice in a run. */
export function numberOfCall(offset = 0): number {
  return firstNumber + offset + exec.scenario.iterationInTest;
}

export function bodyOf(n: number, named = tool): string {
  if (named === undefined) return modernBody(n, "tools/list", {});
  if (isNumbered) return callBody(named, n);
  return modernBody(n, "tools/call", { name: named, arguments: JSON.parse(given) as unknown });
}

export function credential(of = key): Record<string, string> {
  return { authorization: `Bearer ${of}` };
}

interface Answer {
  readonly id?: number;
  readonly error?: { readonly data?: { readonly code?: string } };
  readonly result?: { readonly _meta?: { readonly "io.gatehouse/verdict"?: { readonly code?: string } } };
}

/** @returns "ok", the code of a refusal, or what was wrong */
export function endingOf(n: number, text: string | null): string {
  if (text === null || text === "") return "no answer";
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch {
    return "no JSON";
  }
  const code = answer.error?.data?.code ?? answer.result?._meta?.["io.gatehouse/verdict"]?.code;
  if (code !== undefined) return code;
  if (answer.error !== undefined) return "an error without a code";
  return answer.id === n && answer.result !== undefined ? "ok" : "another call's answer";
}

/** One call over HTTP, under the target's key or another. @returns how it ended */
export function post(
  door: Door,
  n: number,
  named = tool,
  by = key,
): { readonly ending: string; readonly ms: number } {
  const headers = { ...modernHeaders(named === undefined ? method : "tools/call", named), ...credential(by) };
  // A refusal is an answer: what it means is judged here and not by its status.
  const params = { headers, timeout: "60s", responseCallback: http.expectedStatuses({ min: 200, max: 599 }) };
  const response = http.post(door.url, bodyOf(n, named), params);
  const ending = endingOf(n, typeof response.body === "string" ? response.body : null);
  return { ending, ms: response.timings.duration };
}

/**
 * Counts a call.
 *
 * @param expected codes of refusals that are as it should be, besides an answer
 */
export function count(ending: string, ms: number, expected: readonly string[] = []): void {
  const isFine = ending === "ok" || expected.includes(ending);
  failed.add(!isFine, { ending });
  if (ending === "ok") callMs.add(ms);
  else refused.add(1, { code: ending });
}

/** The call that is due, through the door whose turn it is. */
export function callInTurn(expected: readonly string[] = []): void {
  const n = numberOfCall();
  const door = doors[n % doors.length];
  if (door === undefined) throw new Error("no door");
  const { ending, ms } = post(door, n);
  count(ending, ms, expected);
}
