/**
 * The risk score of a tool: 0 to 100 with reasons (docs/missions.md). Deterministic; no model, no clock. Pure.
 *
 * Owns: the points. Does not own what a tool's effect is (missions/effect.ts), what came of earlier calls (toolhistory.ts), nor
 * what an administrator makes of it: a score grants nothing and refuses nothing by itself.
 *
 * R1. The score is the sum of its reasons, at most 100: who reads the reasons can add them up.
 * R2. Whatever a server says of its tools only raises the score. No word of a description lowers it.
 * R3. An administrator's score replaces it, with its reason; what was found stays beside it.
 */
import type { CatalogueServer } from "../../protocol/catalogue.ts";
import type { Bucket } from "../../protocol/role.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import { cleanseText } from "../exchange/cleanse.ts";
import { givesOrders } from "../missions/effect.ts";
import { toolOf } from "../missions/tool.ts";
import type { CatalogueTool, Tool } from "../missions/tool.ts";
import type { EffectClass } from "../missions/verb.ts";
import { fold, nameWords } from "../missions/words.ts";
import { dataWords, openWords, recipientWords, softWords, tenantWords } from "./riskwords.data.ts";

export interface RiskSubject {
  readonly definition: CatalogueTool;
  /** As it is pinned: what of arguments and answers is declared. */
  readonly inputSchema?: unknown;
  readonly outputSchema?: unknown;
  readonly server?: Pick<CatalogueServer, "reach" | "environment" | "labels" | "isolation" | "credential" | "risk">; // prettier-ignore
  readonly history?: ToolHistory;
}

/** What records tell of a tool. */
export interface ToolHistory {
  readonly calls: number;
  readonly failures: number;
  /** How often its definition was found to differ from its pin. */
  readonly drifts: number;
  /** Types of sensitive data found in its arguments and answers. */
  readonly types: readonly string[];
}

export interface RiskReason {
  readonly points: number;
  readonly says: string;
}

export type RiskBand = "low" | "moderate" | "high" | "critical";

export interface Risk {
  readonly tool: string;
  readonly server: string;
  readonly effect: EffectClass;
  readonly score: number;
  readonly band: RiskBand;
  readonly reasons: readonly RiskReason[];
  /** The administrator's word, where `score` is that. */
  readonly override?: { readonly score: number; readonly reason: string };
  /** What the reasons add up to. */
  readonly found: number;
  readonly proposal: RiskProposal;
}

/** For a reviewer: a compiled role has the limits, and says where an approval is advised. */
export interface RiskProposal {
  readonly limits?: Bucket;
  readonly approval: boolean;
}

const effectPoints: { readonly [Effect in EffectClass]: number } = {
  read: 2,
  create: 20,
  update: 25,
  send: 35,
  delete: 40,
  pay: 45,
  permission: 45,
  unknown: 45,
  execute: 50,
};
const lasting: ReadonlySet<EffectClass> = new Set(["send", "delete", "pay", "permission", "execute", "unknown"]); // prettier-ignore
const scoreMax = 100;
const approvalFrom = 60;
const bands: readonly (readonly [RiskBand, from: number, limits: Bucket | undefined])[] = [
  ["critical", 75, { capacity: 2, perSecond: 0.05 }],
  ["high", 50, { capacity: 5, perSecond: 0.2 }],
  ["moderate", 25, { capacity: 10, perSecond: 1 }],
  ["low", 0, undefined],
];

export function riskOf(subject: RiskSubject): Risk {
  const { definition, server } = subject;
  const tool = toolOf(definition);
  const parameters = parametersOf(subject);
  const reasons = [
    ...effectReasons(tool),
    ...reachReasons(tool, subject, parameters),
    ...dataReasons(subject, parameters),
    ...openReasons(subject, parameters),
    ...wordReasons(tool, subject),
    ...historyReasons(subject.history),
  ].filter(({ points }) => points > 0);
  const found = Math.min(scoreMax, reasons.reduce((sum, { points }) => sum + points, 0)); // prettier-ignore
  const override = server?.risk !== undefined && Object.hasOwn(server.risk, definition.name) ? server.risk[definition.name] : undefined; // prettier-ignore
  const score = override?.score ?? found;
  const [band, , limits] = bands.find(([, from]) => score >= from) ?? ["low", 0, undefined];
  const proposal = { ...(limits === undefined ? {} : { limits }), approval: score >= approvalFrom && tool.effect !== "read" }; // prettier-ignore
  return { tool: definition.name, server: definition.server, effect: tool.effect, score, band, reasons, found, proposal, ...(override === undefined ? {} : { override }) }; // prettier-ignore
}

/** The riskiest first: what a reviewer has to look at. Equal ones by name, so that the order is the same everywhere. */
export function byRisk(one: Risk, other: Risk): number {
  if (one.score !== other.score) return other.score - one.score;
  const [a, b] = [`${one.server}/${one.tool}`, `${other.server}/${other.tool}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Parameter {
  readonly name: string;
  readonly words: readonly string[];
  readonly description: string;
  /** An enumeration, a pattern, a number: not any text. */
  readonly isBounded: boolean;
}

function parametersOf({ definition, inputSchema }: RiskSubject): readonly Parameter[] {
  const properties = isObject(inputSchema) && isObject(inputSchema["properties"]) ? inputSchema["properties"] : {}; // prettier-ignore
  return definition.parameters.map((name) => {
    const schema = isObject(properties[name]) ? properties[name] : {};
    const type = definition.types[name] ?? "";
    const isBounded = ["enum", "const", "pattern"].some((key) => schema[key] !== undefined) || /^(?:boolean|number|integer)$/.test(type); // prettier-ignore
    const description = typeof schema["description"] === "string" ? schema["description"] : "";
    return { name, words: nameWords(name), description, isBounded };
  });
}

function effectReasons(tool: Tool): readonly RiskReason[] {
  const { effect, definition } = tool;
  const isSoft = has(softWords, nameWords(definition.name));
  return [
    { points: effectPoints[effect], says: effect === "unknown" ? "what it does is unknown, which counts as a write" : `its effect is ${effect}` }, // prettier-ignore
    { points: lasting.has(effect) && !isSoft ? 10 : 0, says: "what it does cannot be taken back" },
    { points: definition.destructiveHint === true ? 5 : 0, says: "its server calls it destructive" },
  ];
}

function reachReasons(
  { effect }: Tool,
  { server }: RiskSubject,
  parameters: readonly Parameter[],
): readonly RiskReason[] {
  const isWrite = effect !== "read";
  const named = (words: string): Parameter | undefined => parameters.find((each) => !each.isBounded && has(words, each.words)); // prettier-ignore
  const tenant = named(tenantWords);
  const to = isWrite ? named(recipientWords) : undefined;
  return [
    { points: server?.reach === "external" ? (isWrite ? 10 : 5) : 0, says: "what it is given leaves the organisation" }, // prettier-ignore
    { points: server?.environment === "prod" && isWrite ? 5 : 0, says: "it works on what is in production" },
    { points: server?.credential === undefined ? 0 : 5, says: "it acts with a credential of the gateway, whoever calls" }, // prettier-ignore
    { points: server?.credential !== undefined && server.isolation === "shared" ? 3 : 0, says: "all sessions share its process and what its credential opens" }, // prettier-ignore
    {
      points: tenant === undefined ? 0 : 6,
      says: `the caller says whose data it is about (${shown(tenant)})`,
    },
    { points: to === undefined ? 0 : 6, says: `the caller says to whom it goes (${shown(to)})` },
  ];
}

function shown(parameter: Parameter | undefined): string {
  return parameter?.name.slice(0, 64) ?? "";
}

function dataReasons(
  { server, history, outputSchema, definition }: RiskSubject,
  parameters: readonly Parameter[],
): readonly RiskReason[] {
  const outputs = isObject(outputSchema) && isObject(outputSchema["properties"]) ? Object.keys(outputSchema["properties"]) : []; // prettier-ignore
  const words = [
    ...nameWords(definition.name),
    ...parameters.flatMap((each) => each.words),
    ...outputs.flatMap(nameWords),
  ];
  // "api_key" is one word to who reads it.
  const joined = new Set([...words, ...words.slice(1).map((word, at) => `${words[at] ?? ""}${word}`)]);
  const named = dataWords.flatMap(([what, points, list]) => {
    const word = list.split(" ").find((each) => joined.has(each));
    return word === undefined ? [] : [{ points, says: `its name or schema speaks of ${what} (${word})` }];
  });
  const labels = server?.labels ?? [];
  const types = history?.types ?? [];
  return [
    ...named,
    ...givenOut(definition),
    { points: labels.length > 0 ? 6 : 0, says: `the catalogue labels what it returns: ${labels.join(", ")}` },
    {
      points: Math.min(12, 4 * types.length),
      says: `records have found in it: ${types.slice(0, 5).join(", ")}`,
    },
  ];
}

/** A read that is named for secrets answers with them: with all of them where no argument says which. */
function givenOut(definition: CatalogueTool): readonly RiskReason[] {
  const words = nameWords(definition.name);
  const [, , secrets] = dataWords[0];
  const isSecret = has(secrets, [words.at(-1) ?? "", words.slice(-2).join("")]);
  if (!isSecret || toolOf(definition).effect !== "read") return [];
  return [
    { points: 25, says: "what it answers is secret, by its name" },
    { points: definition.parameters.length === 0 ? 12 : 0, says: "it takes nothing that says which, so it answers with all of them" }, // prettier-ignore
  ];
}

function openReasons({ inputSchema }: RiskSubject, parameters: readonly Parameter[]): readonly RiskReason[] {
  const open = parameters.filter(({ isBounded }) => !isBounded);
  const found = openWords.flatMap(([what, points, list]) => {
    const parameter = open.find(({ words }) => has(list, words));
    return parameter === undefined ? [] : [{ points, says: `it takes ${what} (${shown(parameter)})` }];
  });
  const [widest] = found;
  const further = isObject(inputSchema) ? inputSchema["additionalProperties"] : undefined;
  const isLoose = further !== undefined && further !== false;
  return [
    ...(widest === undefined ? [] : [widest]),
    { points: isLoose ? 6 : 0, says: "its schema takes arguments that it does not name" },
  ];
}

function wordReasons(tool: Tool, subject: RiskSubject): readonly RiskReason[] {
  const { definition, effect, note } = tool;
  const texts = [definition.description, ...parametersOf(subject).map(({ description }) => description)];
  const claims = definition.readOnlyHint === true && effect !== "read";
  return [
    { points: texts.some((text) => givesOrders(fold(text))) ? 25 : 0, says: "its description gives orders to its reader" }, // prettier-ignore
    { points: texts.some((text) => cleanseText(text) !== text) ? 15 : 0, says: "its description holds characters that nobody sees" }, // prettier-ignore
    { points: claims ? 10 : 0, says: "its server calls it a read, and its name or description does not" },
    { points: note === undefined || claims ? 0 : 10, says: note ?? "" },
  ];
}

const callsMin = 20;

function historyReasons(history: ToolHistory | undefined): readonly RiskReason[] {
  if (history === undefined) return [];
  const { calls, failures, drifts } = history;
  const percent = calls === 0 ? 0 : Math.round((100 * failures) / calls);
  const isFailing = calls >= callsMin && percent >= 20;
  return [
    { points: Math.min(15, 5 * drifts), says: `its definition has changed without an accept ${drifts === 1 ? "once" : `${drifts} times`}` }, // prettier-ignore
    { points: isFailing ? (percent >= 50 ? 8 : 4) : 0, says: `${percent} % of its calls on record fail` },
  ];
}

function has(list: string, words: readonly string[]): boolean {
  return list.split(" ").some((each) => words.includes(each));
}
