/**
 * Recorded sessions from files: lines of JSON, packed or not, written by others. Owns what of a line counts, and that a line which
 * is none is told with its place. Does not own what is made of them (replayer.ts).
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { limits } from "../../protocol/limits.ts";
import { whyUnread } from "../catalogue/fault.ts";

const callSchema = z.object({
  tool: z.string().max(4_096),
  args: z.unknown().optional(),
  result_size: z.number().nonnegative().nullish(),
  is_error: z.boolean().nullish(),
  result: z.string().max(256).nullish(),
});

/** What only an evaluation reads may be anything: a replay does not depend on it. */
const label = <Of extends z.ZodType>(of: Of) => of.nullish().catch(null);

const sessionSchema = z.object({
  id: z.string().min(1).max(4_096),
  tools: z.string(),
  calls: z.array(callSchema).max(limits.replayCallsMax),
  user_task: label(z.string()),
  persona: label(z.string()),
  suite: label(z.string()),
  task_id: label(z.union([z.string(), z.number()])),
  kind: label(z.string()),
  model: label(z.string()),
  defence: label(z.string()),
  attack: label(z.string()),
  injection_succeeded: label(z.boolean()),
  utility: label(z.boolean()),
  run_error: label(z.string()),
  attack_call_idx: label(z.array(z.number())),
});
export type RecordedSession = z.infer<typeof sessionSchema>;

/** What is wrong with a file, and where. */
export class RecordedFault extends Error {}

function textOf(path: string): string {
  const whole = bytesOf(path);
  if (whole.length > limits.replayFileBytesMax)
    throw new RecordedFault(`${path} has more than ${limits.replayFileBytesMax} bytes; split it`);
  return whole.toString("utf8");
}

function bytesOf(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return isPacked ? gunzipSync(bytes, { maxOutputLength: limits.replayFileBytesMax }) : bytes;
  } catch (error) {
    throw new RecordedFault(`${path} ${whyUnread(error)}`, { cause: error });
  }
}

function* linesOf(path: string): Generator<{ readonly line: string; readonly place: string }> {
  const text = textOf(path);
  for (let from = 0, row = 1; from < text.length; row++) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? undefined : end).trim();
    if (line !== "") yield { line, place: `${path}, line ${row}` };
    from = end < 0 ? text.length : end + 1;
  }
}

export function* sessionsOf(path: string): Generator<RecordedSession> {
  for (const { line, place } of linesOf(path)) {
    const parsed = sessionSchema.safeParse(json(line, place));
    if (!parsed.success) throw new RecordedFault(`${place}: ${parsed.error.issues[0]?.path.join(".") ?? ""} ${parsed.error.issues[0]?.message ?? ""}`); // prettier-ignore
    yield parsed.data;
  }
}

const textSchema = z.object({ h: z.string(), text: z.string() });

/** Texts by their hash. */
export function textsOf(path: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { line, place } of linesOf(path)) {
    const parsed = textSchema.safeParse(json(line, place));
    if (!parsed.success) throw new RecordedFault(`${place}: {"h","text"} is wanted, each a text`);
    texts.set(parsed.data.h, parsed.data.text);
  }
  return texts;
}

function json(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new RecordedFault(`${place}: no JSON`);
  }
}

export { textOf as fileText };
