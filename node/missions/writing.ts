/**
 * How a mission is written, before its words are looked at: letters that are not what they look like. A forbidding word that is
 * spelled so that a person reads it and a program does not would turn into a grant. Pure.
 */

/** Pictures are put together with joiners and selectors, and have none inside words. */
const pictures = /\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f\u200d]*/gu;
const hidden = /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]|[\u{e0000}-\u{e0fff}]/u; // prettier-ignore
/** No line and no tab: a word that one cuts looks whole. */
const control = /(?![\t\n\v\f\r\u0085])\p{Cc}/u;
const words = /[\p{L}\p{M}\p{N}]+/gu;
const latin = /\p{Script=Latin}/u;
/** Scripts whose letters pass for Latin ones. */
const alike = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u; // prettier-ignore

/** @returns what is wrong, in words for the author; undefined for nothing */
export function disguiseIn(text: string): string | undefined {
  for (const [at, line] of text
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    const bare = line.replace(pictures, " ");
    if (bare.includes("\ufffd"))
      return `Line ${at + 1} of the mission holds bytes that are no UTF-8 (shown as U+FFFD). Save it as UTF-8: a word that they stand in is not read.`;
    const found = (hidden.exec(bare) ?? control.exec(bare))?.[0].codePointAt(0);
    if (found !== undefined)
      return `Line ${at + 1} of the mission holds a character that nobody sees (U+${found.toString(16).toUpperCase().padStart(4, "0")}). Take it out: a word that it cuts is not read as the word that it looks like.`;
    for (const [word] of bare.matchAll(words))
      if (latin.test(word) && alike.test(word))
        return `Line ${at + 1} of the mission has letters of two scripts in one word, "${word.slice(0, 40)}". Write it anew: it is not read as the word that it looks like.`;
  }
  return undefined;
}
