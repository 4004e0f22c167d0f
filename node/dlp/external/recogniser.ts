/**
 * The port to a recogniser outside this process: existing DLP over ICAP, Presidio, a webhook. Owns the words. Does not
 * own when one is asked and what follows (examiner.ts).
 *
 * N1. Each question ends in one opinion or one GatewayError, no later than its deadline.
 * N2. What is not understood whole is an error, never "nothing found".
 * N3. No opinion and no error holds a part of the text.
 */
import type { Level } from "../../../actors/dlp/detector.ts";

/** What an agent sends, or what it gets. */
export type Direction = "request" | "response";

export interface Question {
  readonly text: string;
  readonly direction: Direction;
  /** On the clock of performance.now(). */
  readonly deadlineMs: number;
}

export interface ExternalFinding {
  /** E.g. `presidio.email-address`, `webhook.case-number`. */
  readonly type: string;
  /** UTF-16 code units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly likelihood: Level;
}

export interface Opinion {
  readonly findings: readonly ExternalFinding[];
  /** The document as a whole must not pass: why, for operators, cleansed and bounded. */
  readonly blocked?: string;
}

export interface Recogniser {
  /** Whether it looks at what goes this way. */
  readonly directions: readonly Direction[];
  /** @throws GatewayError RECOGNISER_FAILED */
  examine(question: Question): Promise<Opinion>;
  /** Connects and asks what can be asked without a document. @returns what it says of itself, by name */
  probe(deadlineMs: number): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export const clean: Opinion = { findings: [] };
