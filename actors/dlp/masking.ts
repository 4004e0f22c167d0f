/**
 * Masks: a value of which so much stays that people can tell it from others, and so little that it is of no use. Shape
 * stays: length, separators, kind of characters.
 *
 * K1. A mask has as many code points as the value, and every separator where it was, but for backslashes before what is
 *     hidden: a line end written as two characters would become an escape that JSON within a text does not have.
 * K2. Never more than four characters, and never more than a third of them, stay of what a mask hides; of an e-mail
 *     address its domain stays besides.
 */

const star = "*";
/** Of what hides the rest by its end. */
const keptMax = 4;

/** @param type id of the detector @param isSecret nothing of it stays */
export function mask(value: string, type: string, isSecret = false): string {
  const family = type.slice(type.lastIndexOf(".") + 1);
  if (/email/.test(family) && value.includes("@")) return maskEmail(value);
  if (isSecret) return hidden(value, 0);
  return hidden(value, keptMax);
}

function maskEmail(value: string): string {
  const at = value.lastIndexOf("@");
  return hidden(value.slice(0, at), 1, true) + value.slice(at);
}

/** Hides letters and digits but the last ones (the first, `fromStart`). */
function hidden(value: string, most: number, fromStart = false): string {
  const points = [...value];
  const counted = points.filter(isHidden).length;
  const kept = Math.min(most, Math.floor(counted / 3));
  let seen = 0;
  const masked = points
    .map((point) => {
      if (!isHidden(point)) return point;
      const place = seen++;
      return (fromStart ? place < kept : place >= counted - kept) ? point : star;
    })
    .join("");
  return masked.replace(/\\+(?=\*)/g, (backslashes) => star.repeat(backslashes.length));
}

const isHidden = (point: string): boolean => /[\p{L}\p{N}\p{M}\p{S}_=+]/u.test(point);
