/**
 * Microsoft Presidio over REST (POST /analyze) as a recogniser.
 *
 * Presidio counts code points; findings here count UTF-16 code units.
 *
 * @see the OpenAPI description of presidio-analyzer
 */
import { z } from "zod";
import type { Level } from "../../../actors/dlp/detector.ts";
import { limits } from "../../../protocol/limits.ts";
import type { RecogniserSettings } from "../../../protocol/recognisers.ts";
import type { Dialer, DialPolicy } from "../../upstream/dialer.ts";
import { failed, JsonPost } from "./post.ts";
import type { Direction, Opinion, Question, Recogniser } from "./recogniser.ts";

type PresidioSettings = NonNullable<RecogniserSettings["presidio"]>;

/** It adds explanations and metadata of its own, which are not read. */
const answerSchema = z
  .array(
    z.looseObject({
      entity_type: z.string().regex(/^[A-Za-z0-9_]{1,64}$/),
      start: z.int().min(0),
      end: z.int().min(0),
      score: z.number().min(0).max(1),
    }),
  )
  .max(limits.recogniserFindingsMax);

export class PresidioRecogniser implements Recogniser {
  readonly directions: readonly Direction[];
  readonly #post: JsonPost;
  readonly #settings: PresidioSettings;

  constructor(
    settings: PresidioSettings,
    directions: readonly Direction[],
    dialer: Dialer,
    policy: DialPolicy,
  ) {
    // prettier-ignore
    this.directions = directions;
    this.#settings = settings;
    this.#post = new JsonPost(dialer, settings.url, policy);
  }

  async examine({ text, deadlineMs }: Question): Promise<Opinion> {
    const { language, entities, scoreMin } = this.#settings;
    const shown = text.toWellFormed();
    const body = JSON.stringify({ text: shown, language, score_threshold: scoreMin, ...(entities === undefined ? {} : { entities }) }); // prettier-ignore
    const read = answerSchema.safeParse(await this.#post.ask(body, [], deadlineMs));
    if (!read.success) throw failed("its answer is no list of findings as Presidio gives them");
    const units = codeUnits(shown);
    const findings = read.data.flatMap(({ entity_type: entity, start, end, score }) => {
      const [from, to] = [units(start), units(end)];
      if (from === undefined || to === undefined || start >= end)
        throw failed("it found something outside the text");
      if (score < scoreMin) return [];
      return [{ type: `presidio.${entity.toLowerCase().replaceAll("_", "-")}`, start: from, end: to, likelihood: levelOf(score) }]; // prettier-ignore
    });
    return { findings };
  }

  async probe(deadlineMs: number): Promise<Readonly<Record<string, string>>> {
    const { findings } = await this.examine({ text: "write to probe@gatehouse.dev", direction: "request", deadlineMs }); // prettier-ignore
    return { analyze: `answers; ${findings.length} findings in a text with one mail address` };
  }

  async close(): Promise<void> {
    await this.#post.close();
  }
}

/** Presidio's score: 1 after a checksum, 0.4 and more where a word of context stood near, less for a bare shape. */
export function levelOf(score: number): Level {
  if (score >= 0.95) return 5;
  if (score >= 0.75) return 4;
  if (score >= 0.5) return 3;
  return score >= 0.3 ? 2 : 1;
}

/** From a place counted in code points to one in UTF-16 code units; undefined beyond the end. */
export function codeUnits(text: string): (points: number) => number | undefined {
  if (!/[\ud800-\udbff]/.test(text)) return (points) => (points <= text.length ? points : undefined);
  const places = new Uint32Array(text.length + 1);
  let points = 0;
  for (let at = 0; at < text.length; points++) {
    places[points] = at;
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  places[points] = text.length;
  return (asked) => (asked <= points ? places[asked] : undefined);
}
