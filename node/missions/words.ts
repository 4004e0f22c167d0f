/**
 * Words of missions and of tool names: folding, splitting and English stems. Nothing here depends on the machine's language.
 */

/** Names of several words that are one word to the lexicons. In order: each sees what those before it have put in. */
const oneWord: readonly (readonly [RegExp, string])[] = [
  [/\be[- ]mail/g, "email"],
  [/\be[- ]?post\b/g, "email"],
  // By what somebody is found, and no mail.
  [/\bemail[- ]address(?:es)?\b/g, "address"],
  [/\bemail-?adresse(n?)\b/g, "adresse$1"],
  [/\badresses? (?:email|mail|electroniques?|courriel)\b/g, "adresse"],
  [/\bindirizz[oi] (?:email|mail|di posta(?: elettronica)?)\b/g, "indirizzo"],
  [/\bdireccion(?:es)? de (?:correo|email)(?: electronico)?\b/g, "direccion"],
  [/\b(?:standing orders?|ordin[ei] permanent[ei]|ordenes permanentes|orden permanente)\b/g, "standingorder"],
  [/\b(?:ordre du jour|ordine del giorno|orden del dia)\b/g, "agenda"],
  [/(?<![a-z])(?:pull|merge)[ _-]?requests?(?![a-z])|\bdemandes? (?:de fusion|de tirage)\b|\brichiest[ae] di (?:pull|merge)\b|\bsolicitud(?:es)? de (?:extraccion|fusion|cambios)\b/g, "pullrequest"],
  [/\b(?:mots?) de passe\b/g, "motdepasse"],
  [/\brendez[- ]vous\b/g, "rendezvous"],
  [/(?<![a-z])patient[ _]records?(?![a-z])/g, "patient_medicalrecord"],
  [/(?<![a-z])medical[ _]records?(?![a-z])/g, "medicalrecord"],
  [/\bdossiers? medica(?:l|ux)\b/g, "dossiermedical"],
  [/\bcartell[ae] clinic(?:a|he)\b/g, "cartellaclinica"],
  [/\bhistorial(?:es)? (?:medico|clinico)s?\b/g, "historialmedico"],
  [/\b(?:fiche|bulletin)s? de paie\b/g, "bulletindepaie"],
  [/\bbust[ae] paga\b/g, "bustapaga"],
  [/\bcartes? (?:bancaires?|de credit)\b/g, "cartebancaire"],
  [/\bnotes? de frais\b/g, "notesdefrais"],
  [/\bcontatt[oi] commercial[ei]\b|\bpotenzial[ei] client[ei]\b/g, "contattocommerciale"],
  [/\bclientes? potencial(?:es)?\b/g, "clientepotencial"],
  [/\bmail[- ]order\b/g, "shop"],
  [/\b(coches?|vehiculos?|furgonetas?|voitures?|vehicules?|auto|veicol[oi]|furgon[ei]) (?:de alquiler|de location|a noleggio)\b/g, "$1"],
  [/\b(?:codigos? postal(?:es)?|codes? posta(?:l|ux)|(?:zip|postal) codes?|codic[ei] postal[ei])\b/g, "zip"],
  [/\b(?:pay|wage) (?:rise|raise|increase|cut)s?\b/g, "salary"],
  [/\bteam leads?\b/g, "supervisor"],
  [/\bpatient(?:'s|s')? (?:files?|charts?|histor(?:y|ies))\b|\bmedical (?:files?|charts?|histor(?:y|ies))\b/g, "patient_medicalrecord"],
  [/\b(employee|personnel|staff|customer|client|member)(?:'s|s')? (?:files?|records?)\b/g, "$1"],
  [/\b(?:dossiers?|fiches?) (?:du |des |de la |de )?(patient\p{L}*)\b/gu, "$1 dossiermedical"],
  [/\b(?:dossiers?|fiches?) (?:du |des |de la |de |de l'|d'un |d'une )?(salarie\p{L}*|employe\p{L}*|client\p{L}*|prospect\p{L}*)\b/gu, "$1"],
  [/\b(?:schede?|fascicol[oi]|cartell[ae]) (?:del |della |dei |delle |di un |di )?(pazient[ei])\b/g, "$1 cartellaclinica"],
  [/\b(?:schede?|fascicol[oi]|cartell[ae]) (?:del |della |dei |delle |di un |di )?(dipendent[ei]|client[ei])\b/g, "$1"],
  [/\b(?:fichas?|expedientes?|historial(?:es)?) (?:del? |de la |de los |de un )?(pacientes?)\b/g, "$1 historialmedico"],
  [/\b(?:fichas?|expedientes?) (?:del? |de la |de los |de un )?(emplead\p{L}*|client\p{L}*)\b/gu, "$1"],
  [/\b(?:time|days?) off\b/g, "vacation"],
  [/\bpay[ -](?:slips?|stubs?)\b/g, "payslip"],
  [/\b(?:access )?rights\b/g, "permission"],
  [/\b(set|log|sign)(?:ting|ging|ing)? (up|in|out)\b/g, "$1$2"],
]; // prettier-ignore

/** Lower case without accents, so that "Réserver" and "reserver" are one word. */
export function foldLetters(text: string): string {
  return (
    text
      // Italian "né" forbids, and "ne" is a pronoun.
      .replace(/(?<!\p{L})n[éè](?!\p{L})/giu, "ne'")
      // German "zählen" counts, and "zahlen" pays.
      .replace(/zähl/giu, "zaehl")
      .normalize("NFKD")
      .replace(/\p{M}+/gu, "")
      .toLowerCase()
      .replaceAll("ß", "ss")
      .replaceAll("œ", "oe")
      .replace(/[’‘`]/g, "'")
      .replace(/[‹›]/g, " ")
  );
}

/** The same, and names of several words made one. */
export function fold(text: string): string {
  return oneWord.reduce((folded, [words, word]) => folded.replace(words, word), foldLetters(text));
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
