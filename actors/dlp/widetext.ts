/**
 * UTF-16 in bytes, as Windows writes texts: told by its mark, or by the noughts between the letters of a text in Latin ones.
 * Does not own: where bytes come from (encoding.ts).
 *
 * W1. What is not told by its first characters is none: a text that begins with other letters needs the mark.
 * W2. A control character or half a pair in it makes it no text.
 */

/** Characters by which it is told, and the fewest that tell anything. */
const toldBy = 16;
const toldMin = 4;

/** Whether bytes may be UTF-16, by the first two of them. */
export function mayBeWide(first: number, second: number): boolean {
  return (first === 0) !== (second === 0) || (first | second) === 0xff;
}

/** Whether bytes begin as UTF-16 does. */
export function isWide(bytes: Uint8Array): boolean {
  return orderOf(bytes) !== undefined;
}

/** What they say; undefined when they are no UTF-16. */
export function wideText(bytes: Uint8Array): string | undefined {
  const order = orderOf(bytes);
  if (order === undefined) return undefined;
  const parts: string[] = [];
  for (let at = order.from; at + 1 < bytes.length; at += 2) {
    const code = codeAt(bytes, at, order.isLittle);
    if (code < 32 && code !== 9 && code !== 10 && code !== 13) return undefined;
    parts.push(String.fromCharCode(code));
  }
  const text = parts.join("");
  return text.isWellFormed() ? text : undefined;
}

function orderOf(bytes: Uint8Array): { readonly isLittle: boolean; readonly from: number } | undefined {
  const [first = 0, second = 0] = bytes;
  if (bytes.length < 2 * toldMin) return undefined;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return { isLittle: first === 0xff, from: 2 }; // prettier-ignore
  if ((first === 0) === (second === 0)) return undefined;
  const isLittle = second === 0;
  const count = Math.min(toldBy, bytes.length >> 1);
  let latin = 0;
  for (let at = 0; at < 2 * count; at += 2) {
    const code = codeAt(bytes, at, isLittle);
    if (code >= 32 && code < 256) latin++;
  }
  return 4 * latin >= 3 * count ? { isLittle, from: 0 } : undefined;
}

function codeAt(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const [first, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  return isLittle ? first | (second << 8) : (first << 8) | second;
}
