/** What a character is to the pass: part of a run of letters and digits, or a hint that the text must be decoded. */

export const digit = 1;
const capital = 2;
export const small = 4;
export const alphanumeric = digit | capital | small;
const letters = alphanumeric;
/** Beyond ASCII, and controls: the text may be disguised by letters that look alike or by characters that show nothing. */
export const foreign = 8;
/** `%`, `&`, `\`: the text may hold escapes. */
export const escaping = 16;
/** A quote or the end of a line: the text may have fields of its own. */
export const parting = 32;
/** `=`, which begins what is quoted-printable. */
export const equals = 64;

// What is exported is looked up at each use, in this file too; what is not, is known to the compiler.
const kinds = Uint8Array.from({ length: 0x1_0000 }, (_, code) => {
  if (code >= 48 && code <= 57) return digit;
  if (code >= 65 && code <= 90) return capital;
  if (code >= 97 && code <= 122) return small;
  if (code > 126 || (code < 32 && code !== 9 && code !== 10 && code !== 13)) return foreign;
  if (code === 10 || code === 34) return parting;
  if (code === 61) return equals;
  return code === 37 || code === 38 || code === 92 ? escaping : 0;
});

export const kindOf = kinds;

/** The same, with a bit at `insideShift` for what belongs to a run. */
export const insideShift = 7;
export const readAs = kindOf.map((kind) => ((kind & alphanumeric) === 0 ? kind : kind | (1 << insideShift)));

/** Both cases of a letter in lower case, where each is one code unit and the capital has no other small letter; of sigma and sharp s all that there are. */
export function caseForms(char: string): readonly string[] {
  if (char === "σ" || char === "ς") return ["σ", "ς", "Σ"];
  if (char === "ß") return ["ß", "ẞ"];
  const upper = char.toUpperCase();
  return upper !== char && upper.length === 1 && upper.toLowerCase() === char ? [char, upper] : [char];
}

export function isAlphanumeric(code: number): boolean {
  return ((kinds[code] ?? 0) & letters) !== 0;
}

/** As `\b` means it. */
export function isBoundary(text: string, at: number): boolean {
  return isWordCode(text.charCodeAt(at)) !== isWordCode(at > 0 ? text.charCodeAt(at - 1) : 32);
}

/** As `\w` means it. */
export function isWordCode(code: number): boolean {
  return code === 95 || isAlphanumeric(code);
}

/** Whether a code point shows nothing, a control that is no blank among them. */
export function isHidden(point: number): boolean {
  return hidden.test(String.fromCodePoint(point));
}

const hidden = /[\p{Default_Ignorable_Code_Point}\p{Cf}\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/u;
