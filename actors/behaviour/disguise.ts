/**
 * Texts as a person, a model or a tool would read them, where they are written otherwise: hidden characters, letters of full width,
 * an at sign in words or escapes, account numbers in groups. Who follows an order writes the address out plainly, so both sides of
 * a comparison are looked at in this form. Pure. Does not own what a word is (wordrun.ts).
 *
 * G1. What has none of that costs one pass of a pattern and stays the same text.
 * G2. A disguised value is never a known one: who compares with what a role names takes the text as it came. Groups are no disguise.
 */

const [ibanCharsMin, ibanCharsMost] = [15, 34];

/** Seen by nobody: soft hyphen, joiners, marks of direction, selectors, tags. */
const hidden = /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]|\udb40[\udc00-\uddef]/g; // prettier-ignore
const disguised = /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufe6b\ufeff\uff01-\uffa0\ud835\udb40]|%40|&#|&commat|[([{]\s?(?:at|dot)\s?[)\]}]/i; // prettier-ignore
/** Of it, what is one unit. */
const veiling =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufe6b\ufeff\uff01-\uffa0\ud835\udb40]/;
const at = /%40|&#0{0,4}64;?|&#x0{0,4}40;?|&commat;?|\s?[([{]\s?at\s?[)\]}]\s?/gi;
const dot = /&#0{0,4}46;?|&#x0{0,4}2e;?|\s?[([{]\s?dot\s?[)\]}]\s?/gi;
const wide = /[\ufe6b\uff01-\uffa0]|\ud835[\udc00-\udfff]/g;
const grouped = /\b[a-z]{2}\d{2}(?:[ -][a-z0-9]{4}){2,7}(?:[ -][a-z0-9]{1,3}\b)?/gi;

/** Whether a unit other than a bracket may stand in a text that is disguised. */
export function mayVeil(unit: string): boolean {
  return unit === "%" || unit === "&" || veiling.test(unit);
}

export function undisguised(text: string): string {
  if (!disguised.test(text)) return text;
  return text
    .replace(hidden, "")
    .replace(wide, (letter) => letter.normalize("NFKC"))
    .replace(at, "@")
    .replace(dot, ".");
}

/** With account numbers in one piece. Only what keeps its check digits is one. */
export function ungrouped(text: string): string {
  if (text.length < ibanCharsMin + 3) return text;
  return text.replace(grouped, (found) => {
    const parts = found.split(/[ -]/);
    // The words behind one look like its last groups.
    for (let count = parts.length; count > 2; count--) {
      const value = parts.slice(0, count).join("");
      if (value.length < ibanCharsMin) break;
      if (value.length <= ibanCharsMost && isChecked(value)) return [value, ...parts.slice(count)].join(" ");
    }
    return found;
  });
}

/** ISO 7064, modulo 97, as ISO 13616 has it for account numbers. */
function isChecked(value: string): boolean {
  let rest = 0;
  for (const sign of value.slice(4) + value.slice(0, 4)) {
    const digit = Number.parseInt(sign, 36);
    rest = (rest * (digit > 9 ? 100 : 10) + digit) % 97;
  }
  return rest === 1;
}
