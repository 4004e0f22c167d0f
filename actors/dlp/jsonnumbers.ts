/**
 * Numbers in a text that is JSON, as tools give it beside structured content. Owns which span lies in a number. A mask, a token or
 * words in the place of one would make a text that no client can read.
 */

const opens = /^\s*[[{]/;
const numberLike = /^[-+.\deE]+$/;

export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * @param spans in any order
 * @returns by their order the whole number that a span is part of; undefined where it is none, and for a text that is not JSON
 */
export function numbersAround(text: string, spans: readonly Place[]): readonly (Place | undefined)[] {
  const none = spans.map(() => undefined);
  if (!opens.test(text) || !spans.some(({ start, end }) => numberLike.test(text.slice(start, end)))) return none; // prettier-ignore
  if (!isJson(text)) return none;
  const isInString = stringsOf(text);
  return spans.map(({ start, end }) => {
    if (!numberLike.test(text.slice(start, end)) || isInString(start)) return undefined;
    let [from, to] = [start, end];
    while (from > 0 && numberLike.test(text.charAt(from - 1))) from--;
    while (to < text.length && numberLike.test(text.charAt(to))) to++;
    return { start: from, end: to };
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a place lies between two quotes. @param text is JSON, where a quote that ends no string is escaped */
function stringsOf(text: string): (at: number) => boolean {
  const quotes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 92) at++;
    else if (unit === 34) quotes.push(at);
  }
  return (place) => {
    let [low, high] = [0, quotes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((quotes[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low % 2 === 1;
  };
}
