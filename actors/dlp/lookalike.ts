/**
 * Letters of other scripts that look like Latin ones, and the words in which they stand for them. Does not own: that a finding
 * stands where the disguise does (encoding.ts).
 *
 * L1. A word counts as a disguise when it holds a Latin letter or a digit beside them and no letter that looks like none: a
 *     word of another language is left as it is.
 */

/** Cyrillic and Greek letters, each with the Latin one behind it. */
export const alikeScripts = "аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdһhԛqԝwαaβbεeηnιiκkμuνvοoρpτtυuχxγyωwАaВbЕeКkМmНhОoРpСcТtУyХxІiЈjЅsΑaΒbΕeΖzΗhΙiΚkΜmΝnΟoΡpΤtΥyΧx"; // prettier-ignore

/** By letter: the one that it looks like, of the same case. */
const latin = new Map<string, string>();
for (let at = 0; at < alikeScripts.length; at += 2) {
  const [letter, like] = [alikeScripts.charAt(at), alikeScripts.charAt(at + 1)];
  latin.set(letter, letter === letter.toLowerCase() ? like : like.toUpperCase());
}

/** Whether a text begins with such a letter. */
export function isAlike(text: string): boolean {
  return latin.has(text.charAt(0));
}

const around = 64;
const latinSign = /[A-Za-z0-9_]/;
const joint = /[A-Za-z0-9_@.+/=-]/;
const letter = /\p{L}/u;

/** What letters of a text stand for; the letters themselves where they are of their own language. */
export function latinOf(text: string, start: number, end: number): string {
  const own = text.slice(start, end);
  let isMixed = false;
  for (const step of [-1, 1])
    for (let at = step < 0 ? start - 1 : end, count = 0; count < around; at += step, count++) {
      const char = text.charAt(at);
      if (joint.test(char)) isMixed ||= latinSign.test(char);
      else if (!latin.has(char)) {
        if (letter.test(char)) return own;
        break;
      }
    }
  return isMixed ? own.replaceAll(/./g, (char) => latin.get(char) ?? char) : own;
}
