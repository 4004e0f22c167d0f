/**
 * Words of missions and of tool names: folding, splitting and English stems. Nothing here depends on the machine's language.
 */

/** Lower case without accents, so that "Réserver" and "reserver" are one word. */
export function fold(text: string): string {
  return text
    // Italian "né" forbids, and "ne" is a pronoun.
    .replace(/(?<!\p{L})n[éè](?!\p{L})/giu, "ne'")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replaceAll("œ", "oe")
    .replace(/[’‘`]/g, "'")
    .replace(/[‹›]/g, " ")
    .replace(/\be[- ]mail/g, "email")
    .replace(/\be[- ]?post\b/g, "email")
    .replace(
      /\b(?:standing orders?|ordin[ei] permanent[ei]|ordenes permanentes|orden permanente)\b/g,
      "standingorder",
    )
    .replace(/\b(?:ordre du jour|ordine del giorno|orden del dia)\b/g, "agenda")
    .replace(
      /(?<![a-z])(?:pull|merge)[ _-]?requests?(?![a-z])|\bdemandes? (?:de fusion|de tirage)\b|\brichiest[ae] di (?:pull|merge)\b|\bsolicitud(?:es)? de (?:extraccion|fusion|cambios)\b/g,
      "pullrequest",
    ) // prettier-ignore
    .replace(/\b(?:mots?) de passe\b/g, "motdepasse")
    .replace(/\brendez[- ]vous\b/g, "rendezvous")
    .replace(/(?<![a-z])(medical|patient)[ _]records?(?![a-z])/g, (_, whose: string) =>
      whose === "patient" ? "patient_medicalrecord" : "medicalrecord",
    ) // prettier-ignore
    .replace(/\bdossiers? medica(?:l|ux)\b/g, "dossiermedical")
    .replace(/\bcartell[ae] clinic(?:a|he)\b/g, "cartellaclinica")
    .replace(/\bhistorial(?:es)? (?:medico|clinico)s?\b/g, "historialmedico")
    .replace(/\b(?:fiche|bulletin)s? de paie\b/g, "bulletindepaie")
    .replace(/\bbust[ae] paga\b/g, "bustapaga")
    .replace(/\bcartes? (?:bancaires?|de credit)\b/g, "cartebancaire")
    .replace(/\bnotes? de frais\b/g, "notesdefrais")
    .replace(/\bcontatt[oi] commercial[ei]\b|\bpotenzial[ei] client[ei]\b/g, "contattocommerciale")
    .replace(/\bclientes? potencial(?:es)?\b/g, "clientepotencial")
    .replace(/\bmail[- ]order\b/g, "shop")
    .replace(/\b(?:codigos? postal(?:es)?|codes? posta(?:l|ux)|(?:zip|postal) codes?|codic[ei] postal[ei])\b/g, "zip")
    .replace(/\b(?:pay|wage) (?:rise|raise|increase|cut)s?\b/g, "salary")
    .replace(/\bteam leads?\b/g, "supervisor")
    .replace(/\bpatient(?:'s|s')? (?:files?|charts?|histor(?:y|ies))\b|\bmedical (?:files?|charts?|histor(?:y|ies))\b/g, "patient_medicalrecord")
    .replace(/\b(employee|personnel|staff|customer|client|member)(?:'s|s')? (?:files?|records?)\b/g, "$1")
    .replace(/\b(?:dossiers?|fiches?) (?:du |des |de la |de )?(patient\p{L}*)\b/gu, "$1 dossiermedical")
    .replace(/\b(?:dossiers?|fiches?) (?:du |des |de la |de |de l'|d'un |d'une )?(salarie\p{L}*|employe\p{L}*|client\p{L}*|prospect\p{L}*)\b/gu, "$1")
    .replace(/\b(?:schede?|fascicol[oi]|cartell[ae]) (?:del |della |dei |delle |di un |di )?(pazient[ei])\b/g, "$1 cartellaclinica")
    .replace(/\b(?:schede?|fascicol[oi]|cartell[ae]) (?:del |della |dei |delle |di un |di )?(dipendent[ei]|client[ei])\b/g, "$1")
    .replace(/\b(?:fichas?|expedientes?|historial(?:es)?) (?:del? |de la |de los |de un )?(pacientes?)\b/g, "$1 historialmedico")
    .replace(/\b(?:fichas?|expedientes?) (?:del? |de la |de los |de un )?(emplead\p{L}*|client\p{L}*)\b/gu, "$1")
    .replace(/\b(?:time|days?) off\b/g, "vacation")
    .replace(/\bpay[ -](?:slips?|stubs?)\b/g, "payslip")
    .replace(/\b(?:access )?rights\b/g, "permission")
    .replace(/\b(set|log|sign)(?:ting|ging|ing)? (up|in|out)\b/g, "$1$2");
}

/** Letter runs and numbers of a folded text, in order. */
export function wordsOf(folded: string): readonly string[] {
  return folded.match(/\p{L}+|\d+(?:[.,]\d+)*/gu) ?? [];
}

/** Words as above, and the signs between them. */
export function signsOf(folded: string): readonly string[] {
  return folded.match(/\p{L}+|\d+(?:[.,]\d+)*|[,;:.()]/gu) ?? [];
}

/** The words of an identifier: camelCase, snake_case, dots and dashes. */
export function nameWords(name: string): readonly string[] {
  return wordsOf(
    fold(name.replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2").replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")),
  );
}

/** The first suffix that fits and leaves three letters goes; then a final e. Never a word in `ss`. */
export function englishStem(word: string): string {
  if (word.length < 4 || word.endsWith("ss")) return word;
  if (word.length === 4) return dropE(word.endsWith("s") ? word.slice(0, -1) : word);
  for (const [suffix, instead] of suffixes)
    if (word.endsWith(suffix) && word.length - suffix.length >= 3) {
      const rest = word.slice(0, -suffix.length) + instead;
      return dropE(suffix === "ing" || suffix === "ings" || suffix === "ed" ? undoubled(rest) : rest);
    }
  return dropE(word);
}

const suffixes = [["ings", ""], ["ies", "y"], ["sses", "ss"], ["ing", ""], ["ed", ""], ["es", "e"], ["s", ""]] as const; // prettier-ignore

function dropE(word: string): string {
  return word.length > 4 && word.endsWith("e") ? word.slice(0, -1) : word;
}

function undoubled(word: string): string {
  const [last, before] = [word.at(-1), word.at(-2)];
  return last === before && last !== "l" && last !== "s" ? word.slice(0, -1) : word;
}
