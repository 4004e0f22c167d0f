/**
 * Lines of a file or of standard input, also where they are packed with gzip or zlib. Owns what is said of bytes that have no lines,
 * and the bound on one line. Does not own what stands in them (scan.ts).
 *
 * T1. Nothing is held of the source but a line: a log of any size goes through, packed or not.
 * T2. What cannot be read as lines says once what it is and what to do.
 */
import { pipeline, Readable } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import { limits } from "../../protocol/limits.ts";
import { formOf, isPack, startBytes } from "./filetext.ts";

/** Why there are no lines, or no more of them: in words for people. */
export class NoLines extends Error {
  override readonly name = "NoLines";
}

/**
 * What stands between line feeds, and between nothing else: in a text of JSON a line may hold other ends of lines as they are. Of a line
 * with more than `charsMax` characters so many come, and one.
 *
 * @throws NoLines
 */
export async function* linesOf(source: AsyncIterable<Uint8Array>, charsMax: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let parts: string[] = [];
  let chars = 0;
  const add = (part: string): void => {
    if (chars <= charsMax) parts.push(part.slice(0, charsMax + 1 - chars));
    chars += part.length;
  };
  for await (const chunk of unpacked(source)) {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    add(first);
    for (const next of rest) {
      yield parts.join("");
      parts = [];
      chars = 0;
      add(next);
    }
  }
  add(decoder.decode());
  yield parts.join("");
}

async function* unpacked(source: AsyncIterable<Uint8Array>, layer = 0): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  while (head.length < startBytes) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const whole = joined(head, chunks);
  const isZlib = head[0] === 0x78 && (0x7800 + (head[1] ?? 0)) % 31 === 0;
  if (!isPack(head) && !isZlib) {
    const form = formOf(head) ?? (isWide(head) ? "it is UTF-16, or no text: turn it into UTF-8" : undefined);
    if (form !== undefined) throw new NoLines(form);
    return yield* whole;
  }
  const most = limits.dlpDecodeDepthMax;
  if (layer >= most) throw new NoLines(`it is packed more than ${most} times over: unpack it first`);
  // What breaks on the way shows to whoever reads.
  const inside = pipeline(Readable.from(whole, { objectMode: false }), isZlib ? createInflate() : createGunzip(), () => undefined); // prettier-ignore
  try {
    yield* unpacked(inside, layer + 1);
  } catch (thrown) {
    if (thrown instanceof NoLines) throw thrown;
    const pack = isZlib ? "zlib" : "gzip";
    throw new NoLines(`it is packed with ${pack}, and damaged or cut short: pack it anew`, { cause: thrown });
  }
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** A line of JSON begins with a sign of ASCII, or with a mark: of UTF-16 it has a nought beside it. */
function isWide([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0; // prettier-ignore
}
