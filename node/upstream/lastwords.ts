/**
 * What a child said on its standard error while it started: the few lines from which an operator sees why it did not.
 * The cause mostly stands before a long stack and after some greeting, so lines that sound like one are kept first,
 * then the beginning, then the end.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { stderrMark } from "./stdio.ts";
import { visibleLine } from "./text.ts";

interface Said {
  /** Counts lines, from 0. */
  readonly at: number;
  readonly text: string;
}

const linesMax = limits.stderrHeardLinesMax;
const beginningMax = 2;
const causesMax = linesMax / 2;
const soundsLikeCause = /error|cannot|not found|no such|denied|refused|fail|missing|invalid/i;
/** A frame of a stack tells where, and not why. */
const isFrame = (text: string): boolean => /^at\s/.test(text);

export class LastWords {
  #count = 0;
  readonly #beginning: Said[] = [];
  readonly #causes: Said[] = [];
  #end: Said[] = [];

  /** Takes a line of the log. @returns the line as it was */
  take(line: string): string {
    if (!line.startsWith(stderrMark)) return line;
    const text = visibleLine(line.slice(stderrMark.length), limits.stderrHeardCharsMax).trim();
    if (text === "") return line;
    const said = { at: this.#count++, text };
    if (this.#beginning.length < beginningMax) this.#beginning.push(said);
    if (this.#causes.length < causesMax && !isFrame(text) && soundsLikeCause.test(text))
      this.#causes.push(said);
    this.#end = [...this.#end, said].slice(-linesMax);
    return line;
  }

  /** In the order they were said, at most limits.stderrHeardLinesMax. */
  get lines(): readonly string[] {
    const end = this.#end.toReversed();
    const telling = end.filter(({ text }) => !isFrame(text));
    const chosen = new Map<number, string>();
    for (const { at, text } of [...this.#causes, ...this.#beginning, ...telling, ...end])
      if (chosen.size < linesMax) chosen.set(at, text);
    return [...chosen].sort(([one], [other]) => one - other).map(([, text]) => text);
  }

  /** The error with these lines, for operators. */
  with(error: unknown): unknown {
    const heard = this.lines;
    if (!(error instanceof GatewayError) || heard.length === 0) return error;
    const { code, detail, data } = error;
    return new GatewayError(code, detail, { cause: error, data, heard });
  }
}
