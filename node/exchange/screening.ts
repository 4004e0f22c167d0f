/**
 * Searching what passes: documents in, what was found as facts for a turn, and the document again with what was withheld.
 * Owns the way from a scan to facts and back. Does not own the search (actors/dlp, dlp/pool.ts), what follows from it
 * (actors/guards/data.ts), and how tokens are made (vault/token.ts).
 *
 * G1. A document that was not searched to its end, for whatever reason, says so in its facts; a turn refuses it by default.
 * G2. Values stay here: facts hold types, counts and places.
 * G3. Small documents are searched before the call returns: no promise. Large ones on threads (dlp/pool.ts).
 */
import { credentialGroups } from "../../actors/dlp/detector.ts";
import { countedOnce } from "../../actors/dlp/mirrored.ts";
import { isChange } from "../../actors/dlp/policy.ts";
import type { DataPolicy } from "../../actors/dlp/policy.ts";
import { rowsOf, type Rows, type TraitsOf } from "../../actors/dlp/rows.ts";
import type { Finding, ScanResult } from "../../actors/dlp/scanner.ts";
import { withhold, type Marked } from "../../actors/dlp/withholding.ts";
import { argumentActions } from "../../actors/guards/data.ts";
import type { CompiledGrant } from "../../actors/guards/role.ts";
import type { DataAction, DataDirection } from "../../protocol/datarules.ts";
import type { OutsideFacts, ScanFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Document, Outcome } from "../dlp/pool.ts";
import type { Tokens } from "../vault/token.ts";
import { findTokens, hasToken, openTokens, type FoundTokens } from "./tokens.ts";

export interface ScreeningPorts {
  readonly scan: (agent: string, document: Document, chars: number, done: (outcome: Outcome) => void) => void;
  /** For a stream that would read on after a message that was searched on a thread (dlp/pace.ts). */
  readonly turn?: (agent: string) => Promise<void> | undefined;
  /** Here and now, whatever its size. */
  readonly scanNow: (document: Document) => ScanResult;
  readonly traitsOf: TraitsOf;
  readonly tokens: (tenant: string) => Pick<Tokens, "make" | "open">;
  readonly consultation?: Consultation | undefined;
  /** For metrics. */
  readonly onScan?: (way: DataDirection, tookMs: number, unscanned: string | undefined) => void;
}

/** What looks at documents beside our own scan (dlp/consulting.ts). */
export interface Consultation {
  /** A promise only where somebody outside is asked, or where the document is large. @param persona whose document it is */
  join(own: Scan | Promise<Scan>, value: unknown, chars: number, way: DataDirection, persona: string): Scan | Promise<Scan>; // prettier-ignore
  /** For what comes too late to ask anybody. */
  joinNow(own: Scan, way: DataDirection, persona: string): Scan;
  /** What indices and fingerprints find in a short text, at once. */
  compare(text: string): readonly Finding[];
}

/** A document that was searched. */
export interface Scan {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  readonly unscanned: string | undefined;
  readonly tookMs: number;
  readonly outside?: OutsideFacts;
}

/** A scan read by the rules of one grant. */
export interface Screened {
  readonly scan: Scan;
  readonly rows: Rows;
  readonly tokens: FoundTokens | undefined;
  /** Undefined where there is nothing to decide on. */
  readonly facts: ScanFacts | undefined;
}

/** For whom, and by whose rules. */
export interface Screener {
  readonly tenant: string;
  readonly persona: string;
  readonly policy: DataPolicy;
}

const noRows: Rows = { rows: [], rowOf: [], isOverflown: false };

export class Screening {
  readonly #ports: ScreeningPorts;

  constructor(ports: ScreeningPorts) {
    this.#ports = ports;
  }

  get traitsOf(): TraitsOf {
    return this.#ports.traitsOf;
  }

  /** A promise while a stream of this agent should not read on. */
  turn(agent: string): Promise<void> | undefined {
    return this.#ports.turn?.(agent);
  }

  /**
   * Searches a JSON value.
   *
   * @param agent whose turn it is, where documents wait for a thread
   */
  scan(
    agent: string,
    value: unknown,
    chars: number,
    way: DataDirection,
    persona: string,
  ): Scan | Promise<Scan> {
    const own = this.#own(agent, value, chars, way);
    const { consultation } = this.#ports;
    return consultation === undefined ? own : consultation.join(own, value, chars, way, persona);
  }

  #own(agent: string, value: unknown, chars: number, way: DataDirection): Scan | Promise<Scan> {
    const began = performance.now();
    if (chars <= limits.dlpInlineCharsMax) return this.#ended(value, this.#ports.scanNow({ value }), began, way); // prettier-ignore
    return new Promise(
      (resolve) =>
      this.#ports.scan(agent, { value }, chars, (outcome) => resolve(this.#ended(value, outcome, began, way))), // prettier-ignore
    );
  }

  /** The same at once, for what comes too late for a thread. @param persona where it is one's document: of pinned texts it is nobody's */
  scanNow(value: unknown, chars: number, way: DataDirection, persona?: string): Scan {
    const began = performance.now();
    const outcome = chars <= limits.screenLateCharsMax ? this.#ports.scanNow({ value }) : { unscanned: "too late" as const }; // prettier-ignore
    const own = this.#ended(value, outcome, began, way);
    const { consultation } = this.#ports;
    return consultation === undefined || persona === undefined
      ? own
      : consultation.joinNow(own, way, persona);
  }

  /** A text that follows on others: for what was cut in two between them. */
  scanText(text: string): readonly Finding[] {
    const { findings } = this.#ports.scanNow({ text });
    const compared = this.#ports.consultation?.compare(text) ?? [];
    return compared.length === 0 ? findings : [...findings, ...compared];
  }

  /** Where credentials stand in a text, as likely ones. */
  credentialsIn(text: string): readonly Finding[] {
    const { traitsOf } = this.#ports;
    return this.scanText(text).filter(({ type, likelihood }) => likelihood >= 3 && credentialGroups.has(traitsOf(type)?.group ?? "")); // prettier-ignore
  }

  #ended(
    value: unknown,
    outcome: Outcome | { readonly unscanned: "too late" },
    began: number,
    way: DataDirection,
  ): Scan {
    const tookMs = performance.now() - began;
    const [findings, unscanned] = "unscanned" in outcome ? [[], outcome.unscanned] : [outcome.findings, outcome.exceeded === undefined ? undefined : `more ${outcome.exceeded.budget} than a scan may take`]; // prettier-ignore
    this.#ports.onScan?.(way, tookMs, unscanned);
    return { value, findings, unscanned, tookMs };
  }

  /** What a turn sees of a scan. @param more facts of the document that no scan tells */
  read(
    scan: Scan,
    { tenant, policy }: Screener,
    more: Pick<ScanFacts, "media" | "isFixed"> & { readonly fault?: string | undefined } = {},
  ): Screened {
    const { fault, ...about } = more;
    const tokens = hasToken(scan.value) ? findTokens(scan.value, this.#ports.tokens(tenant), this.#ports.traitsOf) : undefined; // prettier-ignore
    if (
      scan.findings.length === 0 &&
      scan.unscanned === undefined &&
      scan.outside === undefined &&
      fault === undefined &&
      tokens === undefined &&
      about.media === undefined
    )
      // prettier-ignore
      return { scan, rows: noRows, tokens, facts: undefined };
    const found = tokens === undefined ? scan.findings : scan.findings.filter((finding) => !tokens.covers(finding)); // prettier-ignore
    const findings = countedOnce(scan.value, found);
    const kept = findings === scan.findings ? scan : { ...scan, findings };
    const rows = rowsOf(findings, this.#ports.traitsOf, policy.levelMin);
    return { scan: kept, rows, tokens, facts: this.#facts(kept, rows, tokens, fault, about) };
  }

  /** Guard five's keyed hashes belong here: `scan.value` and `scan.findings` (or `tokens.opened`) have the values. */
  #facts(
    { unscanned, outside, tookMs }: Scan,
    { rows, isOverflown }: Rows,
    tokens: FoundTokens | undefined,
    fault: string | undefined,
    about: Pick<ScanFacts, "media" | "isFixed">,
  ): ScanFacts | undefined {
    const tooMany = isOverflown ? "more kinds of data than a decision may look at" : tokens?.isCut === true ? "more tokens than are tried" : undefined; // prettier-ignore
    const why = fault ?? unscanned ?? tooMany;
    const has = {
      ...(rows.length === 0 ? {} : { found: rows }),
      ...(why === undefined ? {} : { unscanned: why }),
      ...(outside === undefined ? {} : { outside }),
      ...(tokens === undefined || tokens.rows.length === 0 ? {} : { tokens: tokens.rows }),
      ...(tokens === undefined || tokens.bad === 0 ? {} : { badTokens: tokens.bad }),
      ...(about.media === undefined ? {} : { media: about.media }),
    };
    if (Object.keys(has).length === 0) return undefined;
    const fixed = about.isFixed === true ? { isFixed: true as const } : {};
    return { ...has, ...fixed, tookMs: Math.round(tookMs * 1000) / 1000 };
  }

  /**
   * The document without what is withheld, and with values in the place of tokens.
   *
   * @param actions by row @param modes by type of token
   */
  rewrite(
    { scan, rows, tokens }: Screened,
    tenant: string,
    actions: readonly DataAction[],
    modes: readonly ("open" | "keep")[] = [],
  ): unknown {
    const marked: Marked[] = [];
    for (const [at, finding] of scan.findings.entries()) {
      const row = rows.rowOf[at] ?? -1;
      const action = actions[row];
      if (action === undefined || !isChange(action)) continue;
      marked.push({ ...finding, action, isSecret: credentialGroups.has(rows.rows[row]?.group ?? "") });
    }
    const own = this.#ports.tokens(tenant);
    // A server says the same twice, in a text and as a value: a token costs as much as the search of half a page.
    const made = new Map<string, string | undefined>();
    const tokenise = (type: string, value: string): string | undefined => {
      const key = `${type}\0${value}`;
      if (!made.has(key)) made.set(key, own.make({ type, value }));
      return made.get(key);
    };
    const changed = withhold(scan.value, marked, { tokenise });
    return withValues(changed, tokens, modes);
  }

  /** A call's arguments with values in the place of tokens, as its tool would get them: for a guard that looks at values. */
  opened(
    screened: Screened | undefined,
    args: JsonObject | undefined,
    grant: CompiledGrant,
  ): JsonObject | undefined {
    const { tokens, facts } = screened ?? {};
    if (tokens === undefined || facts === undefined || args === undefined) return args;
    return withValues(args, tokens, argumentActions(facts, grant).tokens) as JsonObject;
  }
}

/** @param modes by type of token */
function withValues(
  value: unknown,
  tokens: FoundTokens | undefined,
  modes: readonly ("open" | "keep")[],
): unknown {
  if (tokens === undefined || !modes.includes("open")) return value;
  const isOpened = (type: string): boolean => modes[tokens.rows.findIndex((row) => row.type === type)] === "open"; // prettier-ignore
  return openTokens(value, tokens, isOpened);
}

/** Characters of a value's names, texts and numbers, roughly as its JSON has them. */
export function charsOf(value: unknown): number {
  if (typeof value === "string") return value.length + 3;
  if (typeof value !== "object" || value === null) return 8;
  let chars = 2;
  if (Array.isArray(value)) for (const each of value as unknown[]) chars += charsOf(each);
  else for (const [name, member] of Object.entries(value)) chars += name.length + 4 + charsOf(member);
  return chars;
}
