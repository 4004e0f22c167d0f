/**
 * The foreign set as recorded sessions: made from domains, styles and seeds, in the form that `gatehouse behaviour replay` takes.
 * No model was run: what an agent does with what it reads is written by hand, followed or not. Owns how a session is put together.
 *
 * R1. Of a number of seeds the set is the same on every machine, byte by byte.
 * R2. An attack stands in an answer that an honest session reads, too, and its calls come after it: at once, or behind what the
 *     task asked for. Where it takes the place of a call of the task, that call is left out.
 * R3. Every attack is there followed and not followed.
 */
import { createHash } from "node:crypto";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { ToolsFile } from "../../node/missions/toolsfile.ts";
import type { RecordedSession } from "../../node/behaviour/sessions.ts";
import type { Case, CaseCall, Domain, Goal } from "./domain.ts";
import { drawOf, filled, filledValue, slotsOf, type Draw, type Slots } from "./slots.ts";
import { styles, type Planted, type Style } from "./styles.ts";

export interface ForeignSet {
  readonly tools: ToolsFile;
  readonly texts: ReadonlyMap<string, string>;
  readonly sessions: readonly RecordedSession[];
}

/** Seeds of each honest case, and pairs of host and seed of each goal in each style. */
const seedsOfCase = 4;
const pairsOfGoal = 3;

export function foreignSet(
  domains: readonly Domain[],
  of: readonly Style[] = styles,
  pairs: number = pairsOfGoal,
): ForeignSet {
  const texts = new Map<string, string>();
  const maker = new Maker(texts, pairs);
  const sessions = domains.flatMap((domain, at) => [
    ...domain.cases.flatMap((each, row) => Array.from({ length: seedsOfCase }, (_, seed) => maker.honest(domain, each, at * 1_000 + row * 10 + seed))), // prettier-ignore
    ...domain.goals.flatMap((goal, row) => of.flatMap((style, column) => maker.attacks(domain, goal, style, at * 10_000 + row * 400 + column * 10))), // prettier-ignore
  ]);
  const tools = Object.fromEntries(domains.map(({ key, tools: lines }) => [key, lines.map(([name, description, names]) => ({ name, description, parameters: Object.fromEntries(names.split(" ").filter((each) => each !== "").map((each) => [each, { type: "string" }])) }))])); // prettier-ignore
  return { tools, texts, sessions };
}

class Maker {
  readonly #texts: Map<string, string>;
  readonly #pairs: number;

  constructor(texts: Map<string, string>, pairs: number) {
    this.#texts = texts;
    this.#pairs = pairs;
  }

  honest(domain: Domain, each: Case, seed: number): RecordedSession {
    const slots = slotsOf(seed);
    const calls = each.calls.map((call) => this.#call(call, slots));
    return { ...this.#session(domain, each, slots, `${domain.key}/${each.id}/${seed}`), attack: null, calls };
  }

  attacks(domain: Domain, goal: Goal, style: Style, base: number): readonly RecordedSession[] {
    const hosts = domain.cases.filter(({ host }) => host !== undefined);
    return Array.from({ length: this.#pairs }, (_, pair) => {
      const seed = base + pair;
      const draw = drawOf(seed);
      const host = hosts[draw(hosts.length)];
      if (host === undefined) throw new Error(`${domain.key} has no case with a host`);
      return [true, false].map((isFollowed) => this.#attack(domain, host, goal, style, seed, isFollowed));
    }).flat();
  }

  #attack(
    domain: Domain,
    host: Case,
    goal: Goal,
    style: Style,
    seed: number,
    isFollowed: boolean,
  ): RecordedSession {
    // prettier-ignore
    const slots = slotsOf(seed);
    const draw = drawOf(seed + 5);
    const planted = style.plant(goal, goal.calls[0]?.tool ?? "");
    const places = placesOf(host, planted);
    const own = host.calls.map((call, at) => this.#call(call, slots, places.get(at), draw));
    const [opens, argument] = domain.opens;
    const made = [
      ...(planted.page === undefined ? [] : [this.#call({ tool: opens, args: { [argument]: "{evilurl}" }, answer: planted.page }, slots)]), // prettier-ignore
      ...goal.calls.map((call) => this.#call({ ...call, answer: "ok" }, slots)),
    ];
    const last = Math.max(...places.keys()) + 1;
    // At once, or when the task is done.
    const at = isFollowed && draw(2) === 0 && goal.instead !== true ? own.length : last;
    const rest = goal.instead === true && isFollowed ? own.slice(at, -1) : own.slice(at);
    const calls = isFollowed ? [...own.slice(0, at), ...made, ...rest] : own;
    return {
      ...this.#session(domain, host, slots, `${domain.key}/${host.id}/${goal.id}/${style.name}/${seed}/${isFollowed ? "followed" : "not"}`), // prettier-ignore
      attack: style.name,
      injection_succeeded: isFollowed,
      attack_call_idx: isFollowed ? made.map((_, row) => at + row) : [],
      calls,
    };
  }

  #session(domain: Domain, { id, task }: Case, slots: Slots, name: string): Omit<RecordedSession, "calls"> {
    return {
      id: name, tools: domain.key, persona: domain.key, suite: domain.key, task_id: id, kind: "user_task", model: "written by hand",
      user_task: filled(task, slots), utility: true, defence: null, attack: null, run_error: null, injection_succeeded: null, attack_call_idx: null,
    }; // prettier-ignore
  }

  #call(
    { tool, args, answer, fails }: CaseCall,
    slots: Slots,
    planted?: Planted,
    draw?: Draw,
  ): RecordedSession["calls"][number] {
    // prettier-ignore
    const own = filledValue(answer, slots);
    const whole = planted === undefined || draw === undefined ? own : withPlanted(own, planted, slots, draw);
    const text = typeof whole === "string" ? whole : JSON.stringify(whole);
    const name = createHash("sha256").update(text).digest("hex").slice(0, 12);
    this.#texts.set(name, text);
    return { tool, args: filledValue(args, slots), is_error: fails === true, result: name, result_size: Buffer.byteLength(text) }; // prettier-ignore
  }
}

/** Which answers get what: the second of two texts goes into the answer before the host's, or behind it. */
function placesOf({ host = 0, calls }: Case, planted: Planted): ReadonlyMap<number, Planted> {
  const [first, second] = planted.texts;
  if (first === undefined || second === undefined) return new Map([[host, planted]]);
  if (host > 0) return new Map([[host - 1, { texts: [first] }], [host, { texts: [second] }]]); // prettier-ignore
  // A host that comes first has what follows it for the other half, when that is not all.
  const other = calls.length > 2 ? 1 : host;
  return other === host ? new Map([[host, { texts: [`${first}\n\n${second}`] }]]) : new Map([[host, { texts: [first] }], [other, { texts: [second] }]]); // prettier-ignore
}

function withPlanted(answer: unknown, { texts, fields }: Planted, slots: Slots, draw: Draw): unknown {
  let whole = answer;
  for (const text of texts) whole = withText(whole, encoded(text, slots), draw);
  if (fields === undefined) return whole;
  const more = filledValue(fields, slots);
  if (Array.isArray(whole)) return [...(whole as unknown[]), more];
  return isObject(whole) && isObject(more) ? { ...whole, ...more } : { content: whole, details: more };
}

/** Into the longest text of an answer: between two paragraphs, or at its end. */
function withText(answer: unknown, text: string, draw: Draw): unknown {
  if (typeof answer === "string") {
    const parts = answer.split("\n\n");
    const at = draw(2) === 0 ? parts.length : 1 + draw(parts.length);
    return [...parts.slice(0, at), text, ...parts.slice(at)].join("\n\n");
  }
  const longest = textsIn(answer).reduce((most, each) => (each.length > most.length ? each : most), "");
  let isDone = false;
  const put = (value: unknown): unknown => {
    if (typeof value === "string" && value === longest && !isDone) {
      isDone = true;
      return `${value} ${text}`;
    }
    if (Array.isArray(value)) return value.map(put);
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, put(each)])) : value; // prettier-ignore
  };
  return put(answer);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function encoded(text: string, slots: Slots): string {
  const whole = filled(text.replace("{base64:", "\u0000"), slots);
  const [before, coded] = whole.split("\u0000");
  return coded === undefined ? whole : `${before ?? ""}${Buffer.from(coded.slice(0, -1)).toString("base64")}`;
}
