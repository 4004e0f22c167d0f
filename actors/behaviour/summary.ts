/**
 * What one session, or one day of it, contributes to a baseline: counts per tool, where its calls sent something, and whether
 * it may be learned from at all. Owns how calls become counts. Does not own where they come from (node/baseline, the trainer of
 * a replay), nor what is learned (baseline.ts).
 *
 * S1. Numbers and keyed hashes only: no argument, no answer.
 * S2. Bounded, whatever the session did: further tools are summed up under one name, further objects count no more.
 * S3. A session that was stopped for what it did is an incident, and stays one.
 */
import { limits } from "../../protocol/limits.ts";

/** Where the values of a call that matter came from, the worst of them: most trusted first. */
export const provenances = ["none", "mission", "structured", "text", "directive", "unseen"] as const;
export type Provenance = (typeof provenances)[number];

/** Why nothing may be learned from it; "" for nothing. */
export const incidents = ["", "quarantine", "interrupt", "kill"] as const;
export type Incident = (typeof incidents)[number];

/** What one call adds. */
export interface SummaryCall {
  /** `SERVER TARGET`: the tool as the upstream knows it. */
  readonly tool: string;
  /** Keyed hashes of what it names; at least one, or the call counts as no object. */
  readonly objects: readonly number[];
  /** Keyed hashes of where it sends something. */
  readonly destinations: readonly number[];
  readonly provenance: Provenance;
}

export interface ToolSummary {
  readonly tool: string;
  readonly calls: number;
  readonly errors: number;
  /** Of answers. */
  readonly bytes: number;
  /** Different ones. */
  readonly objects: number;
  /** Sorted; but those that stood near directive words where they came from. */
  readonly destinations: readonly number[];
  /** Calls by place in `provenances`. */
  readonly provenance: readonly number[];
}

export interface SummaryHead {
  readonly tenant: string;
  readonly persona: string;
  /** For whom it acted, or which agent when for nobody: what counts as one user. */
  readonly user: string;
  /** UTC days since 1 January 1970, of the events' own times. */
  readonly day: number;
}

export interface SessionSummary extends SummaryHead {
  readonly incident: Incident;
  /** Sorted by name. */
  readonly tools: readonly ToolSummary[];
}

/** Of tools beyond limits.summaryToolsMax: no server's name is empty. */
export const otherTools = " ";

export const dayMs = 86_400_000;

export function dayOf(at: number): number {
  return Math.floor(at / dayMs);
}

interface Row {
  calls: number;
  errors: number;
  bytes: number;
  readonly objects: Set<number>;
  readonly destinations: Set<number>;
  readonly provenance: number[];
}

/** Sums up a session call by call. */
export class Summing {
  readonly #head: SummaryHead;
  readonly #rows = new Map<string, Row>();
  #incident: Incident = "";

  constructor(head: SummaryHead) {
    this.#head = head;
  }

  /** A call that was let through. */
  call({ tool, objects, destinations, provenance }: SummaryCall): void {
    const row = this.#row(tool);
    row.calls++;
    const place = provenances.indexOf(provenance);
    row.provenance[place] = (row.provenance[place] ?? 0) + 1;
    for (const each of objects) if (row.objects.size < limits.summaryObjectsMax) row.objects.add(each);
    // What a text told the agent to write to is nothing that the persona knows.
    if (provenance === "directive") return;
    for (const each of destinations)
      if (row.destinations.size < limits.summaryDestinationsMax) row.destinations.add(each);
  }

  /** Its answer. */
  answer(tool: string, isError: boolean, bytes: number): void {
    const row = this.#row(tool);
    if (isError) row.errors++;
    row.bytes += bytes;
  }

  incident(kind: Incident): void {
    if (incidents.indexOf(kind) > incidents.indexOf(this.#incident)) this.#incident = kind;
  }

  finish(): SessionSummary {
    const tools = [...this.#rows].map(([tool, row]): ToolSummary => {
      const { calls, errors, bytes } = row;
      const destinations = [...row.destinations].sort((one, other) => one - other);
      return { tool, calls, errors, bytes, objects: row.objects.size, destinations, provenance: row.provenance }; // prettier-ignore
    });
    tools.sort((one, other) => (one.tool < other.tool ? -1 : 1));
    return { ...this.#head, incident: this.#incident, tools };
  }

  #row(tool: string): Row {
    const known = this.#rows.get(tool);
    if (known !== undefined) return known;
    const name = this.#rows.size < limits.summaryToolsMax ? tool : otherTools;
    const row = this.#rows.get(name) ?? {
      calls: 0,
      errors: 0,
      bytes: 0,
      objects: new Set(),
      destinations: new Set(),
      provenance: provenances.map(() => 0),
    };
    this.#rows.set(name, row);
    return row;
  }
}

/** All of a session's tools together. */
export function wholeOf({
  tools,
}: SessionSummary): Pick<ToolSummary, "calls" | "errors" | "bytes" | "objects"> {
  const whole = { calls: 0, errors: 0, bytes: 0, objects: 0 };
  for (const { calls, errors, bytes, objects } of tools) {
    whole.calls += calls;
    whole.errors += errors;
    whole.bytes += bytes;
    whole.objects += objects;
  }
  return whole;
}
