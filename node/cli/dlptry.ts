/**
 * `gatehouse dlp try PERSONA TOOL FILE`: what would be found in a document, and what the role would have done about it, as
 * arguments of the tool and as its answer. The persona's recognisers are asked, and indices and fingerprints looked at, as on
 * the road of a call; no server and no node is reached. Tokens are made under a key that is thrown away.
 *
 * 1. A recogniser without a verdict is named, with the reason, and the exit status is 1: what was tried is then not what a
 *    call would meet.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { judgeAnswer, judgeScan, argumentActions } from "../../actors/guards/data.ts";
import { compileRole, findGrant, grantAt } from "../../actors/guards/persona.ts";
import type { CompiledGrant } from "../../actors/guards/role.ts";
import type { DataAction, DataDirection } from "../../protocol/datarules.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedAnswerBounds } from "../../protocol/jsonbounds.ts";
import { didYouMean, list, quote, whyUnread } from "../catalogue/fault.ts";
import { loadCatalogue, loadRole, roleNames, type CatalogueConfiguration } from "../config.ts";
import { Scans } from "../dlp/opening.ts";
import { ScanPool } from "../dlp/pool.ts";
import {
  charsOf,
  Screening,
  type Consultation,
  type Screened,
  type Screener,
} from "../exchange/screening.ts";
import { Dialer } from "../upstream/dialer.ts";
import { Keyring } from "../vault/keyring.ts";
import { MasterKey } from "../vault/masterkey.ts";
import { Tokens } from "../vault/token.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { Faults, openVaultOf } from "./project.ts";
import { columns, line as tableLine } from "./table.ts";

interface Tried {
  readonly way: DataDirection;
  readonly screened: Screened;
  readonly actions: readonly DataAction[];
  readonly refusal: string | undefined;
  readonly after: unknown;
}

export async function tryCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [persona, tool, file, ...more] = new Arguments(argv, [], []).rest;
  if (persona === undefined || tool === undefined || file === undefined || more.length > 0)
    throw new Misuse("dlp try takes a persona, one of its tools and a file with a JSON value or a text (- is standard input)"); // prettier-ignore
  const catalogue = openCatalogue(io);
  const grant = grantOf(persona, tool, catalogue);
  const { value, fault } = read(file);
  const around = openAround(catalogue, io);
  const tried: Tried[] = [];
  try {
    const screening = screeningWith(around);
    const by: Screener = { tenant: "default", persona, policy: grant.data };
    for (const way of ["arguments", "answers"] as const) tried.push(await tryWay(way, value, { screening, by, grant, consulting: around?.scans.consulting })); // prettier-ignore
  } finally {
    await around?.close();
  }
  if (!io.json && fault !== undefined) io.out(`It is no JSON value, and is tried as one text: ${fault.says}`);
  for (const each of tried) say(each, io);
  const [args, answers] = tried;
  const unexamined = tried.reduce((sum, { screened }) => sum + withoutVerdict(screened).length, 0);
  return finish(io, "dlp try", unexamined === 0, { arguments: args?.screened.rows.rows.length ?? 0, answers: answers?.screened.rows.rows.length ?? 0, unexamined }); // prettier-ignore
}

interface Around {
  readonly scans: Scans;
  close(): Promise<void>;
}

/** What looks at documents beside our own scan; undefined where nothing is configured. @throws GatewayError CONFIGURATION that says what to do */
function openAround(project: CatalogueConfiguration, io: CliIo): Around | undefined {
  const { external, exact, documents, types, allow } = project.settings.dlp;
  if (Object.keys(external).length + exact.length + documents.length + types.length + allow.length === 0) return undefined; // prettier-ignore
  const dialer = new Dialer();
  const scans = new Scans(project, { dialer, vault: openVaultOf(project, io), env: io.env, notice: () => undefined }); // prettier-ignore
  return {
    scans,
    close: async () => {
      await scans.close();
      await dialer.close();
    },
  };
}

function screeningWith(around: Around | undefined): Screening {
  const tokens = new Tokens(new Keyring(new MasterKey(randomBytes(32))), "default");
  const pool = around?.scans.pool ?? new ScanPool({ threads: 1 });
  return new Screening({ scan: pool.scan.bind(pool), scanNow: (document) => pool.now(document), traitsOf: pool.traitsOf, tokens: () => tokens }); // prettier-ignore
}

interface TryPorts {
  readonly screening: Screening;
  readonly by: Screener;
  readonly grant: CompiledGrant;
  readonly consulting: Consultation | undefined;
}

async function tryWay(
  way: DataDirection,
  value: unknown,
  { screening, by, grant, consulting }: TryPorts,
): Promise<Tried> {
  if (!grant.data.scans(way)) return { way, screened: screening.read({ value, findings: [], unscanned: undefined, tookMs: 0 }, by), actions: [], refusal: undefined, after: value }; // prettier-ignore
  const own = screening.scanNow(value, 0, way);
  const scan = await (consulting?.join(own, value, charsOf(value), way, by.persona) ?? own);
  const screened = screening.read(scan, by);
  const facts = screened.facts ?? { tookMs: 0 };
  const answer = judgeAnswer(facts, grant);
  const actions = way === "answers" ? answer.actions : argumentActions(facts, grant).found;
  const refusal = (way === "answers" ? answer.refusal : judgeScan(facts, grant))?.says;
  const after = refusal === undefined ? screening.rewrite(screened, "default", actions) : undefined;
  return { way, screened, actions, refusal, after };
}

/** Recognisers that said nothing, and why. */
function withoutVerdict({
  scan: { outside },
}: Screened): readonly { readonly recogniser: string; readonly says: string }[] {
  // prettier-ignore
  const { refused, unexamined = [] } = outside ?? {};
  return refused?.why === "no verdict" ? [refused, ...unexamined] : unexamined;
}

function say({ way, screened, actions, refusal, after }: Tried, io: CliIo): void {
  const rows = screened.rows.rows.map((row, at) => ({ ...row, action: actions[at] ?? "detect" }));
  const unscanned = screened.facts?.unscanned;
  const { outside } = screened.scan;
  if (io.json)
    return io.out(JSON.stringify({ way, found: rows, ...(outside === undefined ? {} : { outside }), ...(unscanned === undefined ? {} : { unscanned }), ...(refusal === undefined ? { after } : { refusal }) })); // prettier-ignore
  io.out(way === "arguments" ? "As arguments:" : "As an answer:");
  const cells = rows.map(({ type, likelihood, count, path, action }) => [`  ${type}`, `${likelihood} of 5`, `${count}`, action, path]); // prettier-ignore
  for (const line of rows.length === 0 ? ["  nothing is found"] : columns(["  type", "likelihood", "count", "action", "first at"], cells)) io.out(line); // prettier-ignore
  if (outside?.refused?.why === "blocked") io.out(tableLine(`  ${outside.refused.recogniser} blocks it: ${outside.refused.says}`)); // prettier-ignore
  for (const { recogniser, says } of withoutVerdict(screened)) io.out(tableLine(`  ${recogniser} gave no verdict: ${says}`)); // prettier-ignore
  io.out(refusal === undefined ? `  passes as: ${JSON.stringify(after)}` : `  refused: ${refusal}`);
}

function openCatalogue(io: CliIo): CatalogueConfiguration {
  const catalogue = loadCatalogue(io.folder);
  if ("personasFolder" in catalogue) return catalogue;
  throw new Faults(catalogue);
}

function grantOf(persona: string, tool: string, catalogue: CatalogueConfiguration) {
  const known = roleNames(catalogue);
  if (!known.includes(persona)) throw new Misuse(`there is no role ${quote(persona)}. ${didYouMean(persona, known)}Known: ${list(known)}`); // prettier-ignore
  const file = join(catalogue.personasFolder, `${persona}.role.yaml`);
  const loaded = loadRole(file, file, catalogue);
  if (!("resolved" in loaded)) throw new Faults(loaded);
  const { table } = loaded.resolved;
  const compiled = compileRole(table);
  if (Array.isArray(compiled)) throw new Error("a role that was resolved does not compile");
  const index = findGrant(compiled, "tool", tool);
  const names = table.grants.map(({ name }) => name);
  if (index < 0) throw new Misuse(`${quote(tool)} does not exist for ${quote(persona)}. ${didYouMean(tool, names)}Granted: ${list(names)}`); // prettier-ignore
  return grantAt(compiled, index);
}

/** A JSON value; anything else is a text. Of one that begins as a value, what is wrong with it. */
function read(file: string): { readonly value: unknown; readonly fault?: JsonFault } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file === "-" ? 0 : file));
  } catch (cause) {
    const named = file === "-" ? "standard input" : quote(file);
    throw new Misuse(`${named} ${cause instanceof TypeError ? "is no text in UTF-8: save it as that" : whyUnread(cause)}`); // prettier-ignore
  }
  const value = parseStrict(text, relayedAnswerBounds);
  if (!(value instanceof JsonFault)) return { value };
  return /^\s*[[{]/.test(text) ? { value: text, fault: value } : { value: text };
}
