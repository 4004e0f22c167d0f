/**
 * Asks the recognisers outside about a document, and says what follows when one has no verdict. Owns: which are asked for
 * whom, their breakers and time. Does not own: how one is asked (icap/, presidio.ts, webhook.ts), what follows from a
 * finding (the host's policy), the record.
 *
 * X1. Each document gets one examination, no later than the deadline; nothing is thrown.
 * X2. Without a verdict a document is refused, unless the persona's mode for that recogniser says otherwise: `open` lets it
 *     pass on our own scan and says so in `unexamined`; `local` never shows that persona's documents to it.
 * X3. A document that cannot be shown (too large, too deep) has no verdict.
 * X4. A recogniser that says "block" is obeyed in every mode that asks it.
 */
import type { Finding } from "../../../actors/dlp/scanner.ts";
import type { OutsideRefusal } from "../../../protocol/facts.ts";
import { GatewayError } from "../../../protocol/errors.ts";
import { limits } from "../../../protocol/limits.ts";
import type { Document } from "../pool.ts";
import { RecogniserBreaker } from "./breaker.ts";
import type { Direction, ExternalFinding, Opinion, Recogniser } from "./recogniser.ts";
import { render } from "./rendering.ts";
import type { Rendering } from "./rendering.ts";

/** What follows without a verdict. */
export type Failing = "closed" | "open" | "local";

export interface Appointed {
  readonly name: string;
  readonly recogniser: Recogniser;
  readonly waitMs: number;
  readonly failing: Failing;
  /** By persona, instead of `failing`. */
  readonly personas: Readonly<Record<string, Failing>>;
}

export interface Examination {
  readonly findings: readonly Finding[];
  readonly refused?: OutsideRefusal;
  /** Recognisers that gave no verdict and were passed over, as the mode says: to be recorded. */
  readonly unexamined: readonly { readonly recogniser: string; readonly says: string }[];
}

interface Post extends Appointed {
  readonly breaker: RecogniserBreaker;
}

const nothing: Examination = { findings: [], unexamined: [] };

export class Examiner {
  readonly #posts: readonly Post[];
  readonly #now: () => number;

  /** @param now monotonic milliseconds */
  constructor(appointed: readonly Appointed[], now: () => number = () => performance.now()) {
    this.#now = now;
    this.#posts = appointed.map((each) => ({ ...each, breaker: new RecogniserBreaker(now) }));
  }

  /** Whether anybody is asked: a caller may save itself the wait. */
  asks(persona: string, direction: Direction): boolean {
    return this.#posts.some((post) => isAsked(post, persona, direction));
  }

  /** @param waitMs at most; each recogniser may have less of its own */
  async examine(
    document: Document,
    direction: Direction,
    persona: string,
    waitMs: number,
  ): Promise<Examination> {
    // prettier-ignore
    const posts = this.#posts.filter((post) => isAsked(post, persona, direction));
    if (posts.length === 0) return nothing;
    const rendering = render(document);
    const asked = posts.map((post) => this.#ask(post, rendering, direction, waitMs));
    const findings: Finding[] = [];
    const unexamined: { recogniser: string; says: string }[] = [];
    let refused: OutsideRefusal | undefined;
    for (const [at, opinion] of (await Promise.all(asked)).entries()) {
      const post = posts[at];
      if (post === undefined) continue;
      const recogniser = post.name;
      if (opinion instanceof GatewayError) {
        const says = opinion.detail ?? opinion.message;
        if (modeOf(post, persona) === "open") unexamined.push({ recogniser, says });
        else refused ??= { recogniser, why: "no verdict", says };
        continue;
      }
      if (opinion.blocked !== undefined) refused = { recogniser, why: "blocked", says: opinion.blocked };
      findings.push(...opinion.findings.flatMap((finding) => placed(finding, rendering)));
    }
    return { findings, unexamined, ...(refused === undefined ? {} : { refused }) };
  }

  /** Of a document that nobody can be shown any more: what follows is as without a verdict. */
  unasked(direction: Direction, persona: string, says: string): Examination {
    const posts = this.#posts.filter((post) => isAsked(post, persona, direction));
    const closed = posts.find((post) => modeOf(post, persona) !== "open");
    const unexamined = posts.filter((post) => modeOf(post, persona) === "open").map(({ name }) => ({ recogniser: name, says })); // prettier-ignore
    return { findings: [], unexamined, ...(closed === undefined ? {} : { refused: { recogniser: closed.name, why: "no verdict", says } }) }; // prettier-ignore
  }

  async close(): Promise<void> {
    await Promise.all(this.#posts.map(({ recogniser }) => recogniser.close()));
  }

  async #ask(
    post: Post,
    rendering: Rendering | undefined,
    direction: Direction,
    waitMs: number,
  ): Promise<Opinion | GatewayError> {
    // prettier-ignore
    if (rendering === undefined) return failed(`the document is larger than ${limits.recogniserTextCharsMax} characters or deeper than ${limits.dlpDepthMax} levels`); // prettier-ignore
    const pass = post.breaker.enter();
    if (pass === undefined) return failed(`it kept failing and is left alone for ${Math.ceil(post.breaker.waitMs / 1000)} s`); // prettier-ignore
    const deadlineMs = this.#now() + Math.min(post.waitMs, waitMs);
    try {
      const opinion = await post.recogniser.examine({ text: rendering.text, direction, deadlineMs });
      post.breaker.leave(pass, true);
      return opinion;
    } catch (error) {
      post.breaker.leave(pass, false);
      // A bug of ours must not let a document pass either: it is an error here as well, and says so.
      return error instanceof GatewayError ? error : failed("our own fault in asking it", error);
    }
  }
}

function isAsked(post: Appointed, persona: string, direction: Direction): boolean {
  return modeOf(post, persona) !== "local" && post.recogniser.directions.includes(direction);
}

function modeOf({ failing, personas }: Appointed, persona: string): Failing {
  return Object.hasOwn(personas, persona) ? (personas[persona] ?? failing) : failing;
}

function failed(says: string, cause?: unknown): GatewayError {
  return new GatewayError("RECOGNISER_FAILED", says, { cause });
}

function placed(
  { type, start, end, likelihood }: ExternalFinding,
  rendering: Rendering | undefined,
): readonly Finding[] {
  // prettier-ignore
  const places = rendering?.locate(start, end) ?? [];
  return places.map((place) => ({ type, likelihood, ...place }));
}
