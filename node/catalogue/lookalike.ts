/**
 * Names that look alike to people. An agent's user approves what is read on a screen, so two exposed names of one
 * persona must differ for the eye, not only for a program (checklist T2).
 *
 * After UTS #39, section 4, cut down to the scripts that imitate Latin in practice: Latin itself, Cyrillic, Greek,
 * Armenian, and full-width and mathematical forms (those by NFKC). Not covered: scripts whose letters resemble Latin
 * only in some fonts.
 *
 * @see https://www.unicode.org/reports/tr39/
 */

/** What looks like each Latin letter, digit or pair. Case is kept: I and l meet, I and i do not. */
const imitations: { readonly [latin: string]: string } = {
  a: "аαɑ",
  A: "АΑ",
  B: "ВΒ",
  c: "сϲᴄ",
  C: "СϹ",
  d: "ԁ",
  e: "еҽ",
  E: "ЕΕ",
  f: "ƒք",
  g: "ɡց",
  G: "Ԍ",
  h: "һհ",
  H: "НΗ",
  i: "іιıɩі",
  j: "јϳ",
  J: "Ј",
  k: "кκĸ",
  K: "КΚ",
  l: "I1|ІΙӀӏǀӀ",
  M: "МΜ",
  n: "ոпη",
  N: "Ν",
  o: "оοσօ",
  O: "0ОΟՕ",
  p: "рρ",
  P: "РΡ",
  q: "ԛգզ",
  r: "гᴦ",
  rn: "m",
  s: "ѕꜱ",
  S: "ЅՏ",
  t: "тτ",
  T: "ТΤ",
  u: "υսᴜ",
  U: "Ս",
  v: "νѵᴠ",
  V: "Ѵ",
  w: "ԝωᴡա",
  W: "Ԝ",
  x: "хχ",
  X: "ХΧ",
  y: "уγү",
  Y: "УΥҮ",
  z: "ᴢ",
  Z: "Ζ",
  "-": "‐‑‒–—−",
  _: "ˍ",
  ".": "․",
};

const latinOf = new Map(
  Object.entries(imitations).flatMap(([latin, others]) =>
    [...others].map((other): [string, string] => [other, latin]),
  ),
);

const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{e0000}-\u{e0fff}]/u;
const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];

/** Two names with a key in common look alike: the same but for case and form, or the same to the eye. */
export function lookKeys(name: string): readonly [folded: string, skeleton: string] {
  const visible = [...name].filter((char) => !invisible.test(char)).join("");
  const bare = visible.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFKC");
  const skeleton = [...bare].map((char) => latinOf.get(char) ?? char).join("");
  return [`=${bare.toLowerCase()}`, `~${skeleton.toLowerCase()}`];
}

/** Why a name must not be shown to an agent or its user at all; undefined when it may. */
export function deception(name: string): string | undefined {
  if (invisible.test(name)) return "has a character that cannot be seen";
  if (/^\s|\s$/u.test(name)) return "starts or ends with a blank";
  if (scripts.filter((script) => script.test(name)).length > 1) return "mixes letters of two scripts";
  return undefined;
}
