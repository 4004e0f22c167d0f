/**
 * The value of a JSON text whose grammar was checked, read by ourselves. For texts with an escape sequence in a key, which
 * JSON.parse takes for another key once it has seen one that looks like the beginning of what is written: whoever sends
 * `{"k":1,"\\":2}` would change what others mean by `{"k":1,"\u0061":2}` (json.ts, J1).
 *
 * @see https://github.com/nodejs/node/issues/63785
 */
import type { Json } from "./json.ts";

const quote = 0x22;
const backslash = 0x5c;

/**
 * @param text checked by json.ts, but for control characters in strings; no key is `__proto__`
 * @throws SyntaxError for such a control character
 */
export function readChecked(text: string): Json {
  return new Reading(text).value();
}

class Reading {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Json {
    switch (this.#next()) {
      case "{":
        return this.#object();
      case "[":
        return this.#array();
      case '"':
        return this.#string();
      default:
        return this.#word();
    }
  }

  /** The character that follows white space. */
  #next(): string {
    while (/[ \n\r\t]/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }

  #object(): Json {
    const object: Record<string, Json> = {};
    this.#at++;
    while (this.#next() !== "}") {
      if (this.#next() === ",") this.#at++;
      this.#next();
      const key = this.#string();
      this.#next();
      this.#at++;
      object[key] = this.value();
    }
    this.#at++;
    return object;
  }

  #array(): Json {
    const items: Json[] = [];
    this.#at++;
    while (this.#next() !== "]") {
      if (this.#next() === ",") this.#at++;
      items.push(this.value());
    }
    this.#at++;
    return items;
  }

  /** A string alone has no key, so JSON.parse reads it right. */
  #string(): string {
    const start = this.#at++;
    for (let unit = this.#unit(); unit !== quote; unit = this.#unit()) this.#at += unit === backslash ? 2 : 1;
    return JSON.parse(this.#text.slice(start, ++this.#at)) as string;
  }

  #unit(): number {
    return this.#text.charCodeAt(this.#at);
  }

  /** A number, true, false or null. */
  #word(): Json {
    const start = this.#at;
    while (/[\w+.-]/.test(this.#text.charAt(this.#at))) this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as Json;
  }
}
