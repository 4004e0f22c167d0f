/**
 * Forms of words, by the rules of a language: what a lexicon need not write out. Owns endings, joined pronouns, German prefixes and
 * compounds. Does not own words: these are in lexicons/. Folded letters in, folded letters out. Pure.
 *
 * I1. A form stands for the word that it is made of and for nothing else; which forms count as things is the lexicon's to say first.
 */

type Ending = readonly [infinitive: RegExp, endings: readonly string[]];

const endings: Readonly<Record<string, readonly Ending[]>> = {
  fr: [
    [/er$/, ["e", "es", "ent", "ons", "ez", "ant", "era", "eront"]],
    [/ir$/, ["it", "issent", "issant", "ira", "iront"]],
  ],
  it: [
    [/are$/, ["a", "ano", "i", "ino", "ando", "era", "eranno", "hi", "hino"]],
    [/ere$/, ["e", "ono", "a", "ano", "endo", "era", "eranno"]],
    [/ire$/, ["e", "isce", "ono", "iscono", "isca", "endo", "ira", "iranno"]],
  ],
  es: [
    [/ar$/, ["a", "an", "e", "en", "ando", "ara", "aran", "emos", "amos"]],
    [/er$/, ["e", "en", "a", "an", "iendo", "era", "eran"]],
    [/ir$/, ["e", "en", "a", "an", "iendo", "ira", "iran"]],
  ],
};

/** The forms of a verb that a lexicon gives by its infinitive. */
export function formsOf(infinitive: string, language: string): readonly string[] {
  const found = endings[language]?.find(([ending]) => ending.test(infinitive) && infinitive.length > 4);
  return found === undefined ? [] : found[1].map((each) => infinitive.replace(found[0], each));
}

const italianPronouns = /^(.*[aei]r)(?:mi|ti|si|ci|vi|l[oaie]|gli|ne|(?:glie|me|te|se|ce|ve)(?:l[oaie]|ne))$/;
const spanishPronouns = /^(.*(?:[aei]r|ndo))(?:(?:me|te|se|nos)(?:l[aeo]s?)?|l[aeo]s?)$/;
/** "Resérvale", "mandagli": orders with a pronoun. */
const spanishOrders = /^(\p{L}{3,}[aei])(?:(?:me|te|se|nos)(?:l[aeo]s?)|l[aeo]s?)$/u;
const italianOrders = /^(\p{L}{3,}[aei])(?:gli|l[oaie]|(?:glie|me|te|ce)(?:l[oaie]|ne))$/u;
const particles = "an ab auf aus ein vor nach zu hin her mit weg um hoch hinzu heraus herunter hinaus raus zuruck weiter frei nieder zusammen fest bei bereit durch los herab hinein teil rein runter wieder entgegen dazu fern stumm voran".split(" "); // prettier-ignore
/** The same, the longest first. */
const germanTo = /^(herunter|zusammen|entgegen|heraus|hinaus|zuruck|weiter|nieder|bereit|hinein|runter|wieder|hinzu|durch|herab|stumm|voran|nach|hoch|raus|frei|fest|teil|rein|dazu|fern|auf|aus|ein|vor|hin|her|mit|weg|bei|los|an|ab|zu|um)zu(\p{L}{4,})$/u; // prettier-ignore
const germanDone = /^(herunter|zusammen|entgegen|heraus|hinaus|zuruck|weiter|nieder|bereit|hinein|runter|wieder|hinzu|durch|herab|stumm|voran|nach|hoch|raus|frei|fest|teil|rein|dazu|fern|auf|aus|ein|vor|hin|her|mit|weg|bei|los|an|ab|zu|um)?ge(\p{L}{3,}(?:t|en))$/u; // prettier-ignore

/** What a word is without what is joined to it: pronouns, "zu". @returns undefined for nothing */
export function withoutJoined(word: string, language: string): string | undefined {
  if (language === "it") {
    const bare = italianPronouns.exec(word)?.[1];
    return bare === undefined ? italianOrders.exec(word)?.[1] : `${bare}e`;
  }
  if (language === "es") return (spanishPronouns.exec(word) ?? spanishOrders.exec(word))?.[1];
  if (language !== "de") return undefined;
  const [, prefix = "", rest] = germanTo.exec(word) ?? [];
  return rest === undefined ? undefined : prefix + rest;
}

/** Vowels of German verbs, by the form that has them; folded, so that "hält" is regular. */
const germanStems: readonly (readonly [forms: RegExp, stem: string])[] = [
  [/^(?:nimm|nomm)/, "nehm"],
  [/^(?:gib|gab)/, "geb"],
  [/^(?:sieh|sah)/, "seh"],
  [/^lies/, "les"],
  [/^(?:spricht|sprich|sproch)/, "sprech"],
  [/^(?:bricht|brich|broch)/, "brech"],
  [/^(?:wirf|worf)/, "werf"],
  [/^(?:triff|troff)/, "treff"],
  [/^(?:hilf|holf)/, "helf"],
  [/^(?:tritt)/, "tret"],
  [/^(?:schliff)/, "schleif"],
  [/^(?:schoben)/, "schieb"],
  [/^(?:schlossen)/, "schliess"],
  [/^(?:schrieben)/, "schreib"],
  [/^(?:wiesen)/, "weis"],
  [/^(?:zogen)/, "zieh"],
  [/^(?:strichen)/, "streich"],
  [/^(?:boten)/, "biet"],
  [/^(?:glichen)/, "gleich"],
  [/^(?:gangen)/, "geh"],
  [/^(?:bracht)/, "bring"],
  [/^(?:liehen)/, "leih"],
  [/^(?:sandt)/, "send"],
  [/^(?:bunden)/, "bind"],
  [/^(?:rissen)/, "reiss"],
];

/** The stem of a German form, without its ending where there is one. */
function germanStem(form: string): string {
  const strong = germanStems.find(([forms]) => forms.test(form));
  return strong === undefined ? form.replace(/(?:est|et|en|(?<!s)st|e|t)$/, "") : strong[1];
}

/**
 * The verb of a German participle ("angelegt", "abgeschlossen", "verschoben"): a deed only where it is one that is to be done
 * ("werden").
 */
export function germanParticiple(word: string): string | undefined {
  const [, prefix = "", rest] = germanDone.exec(word) ?? [];
  // "gelegten" is of what was.
  if (rest !== undefined) return /[^lr]ten$/.test(rest) ? undefined : prefix + germanStem(rest);
  const [, bound = "", strong] = germanBound.exec(word) ?? [];
  return strong === undefined ? undefined : bound + germanStem(strong);
}

/** Verbs whose first part stays where it is, and whose participle has no "ge". */
const germanBound = /^(ver|be|er|ent|zer|uber|unter|wider)(\p{L}{3,}(?:en|t))$/u;

/** The end of a part of a sentence, where what was split off a German verb stands. */
const splitEnd = new Set([",", ";", ":", ".", "(", ")", "und", "oder", "sowie", "wenn", "sobald", "falls", "bevor", "damit", "wie", "als"]); // prettier-ignore

/**
 * A German verb whose first part stands at the end of the clause ("legt Termine … an"): the two put together.
 *
 * @param tokens  words and signs of the text from the verb on, folded
 * @param is      whether a word is a verb that is known
 */
export function rejoined(tokens: readonly string[], is: (verb: string) => boolean): string | undefined {
  const [verb = ""] = tokens;
  if (verb.length < 3 || !/^\p{L}/u.test(verb)) return undefined;
  const stem = germanStem(verb);
  for (let at = 1; at < Math.min(tokens.length, splitAheadWords); at++) {
    const particle = tokens[at] ?? "";
    if (/[.;:]/.test(particle)) return undefined;
    const isAtEnd = at === tokens.length - 1 || splitEnd.has(tokens[at + 1] ?? "");
    if (isAtEnd && particles.includes(particle) && is(particle + stem)) return particle + stem;
  }
  return undefined;
}

const splitAheadWords = 16;

/** Of a compound: head and tail this long at least. */
const headMin = 3;
const tailMin = 5;

/** The last parts that a German word may be a compound of, the longest first: "Kundenrechnung" is a kind of bill. */
export function* tailsOf(word: string): Generator<string> {
  for (let at = headMin; at <= Math.min(word.length - tailMin, compoundHeadMax); at++) yield word.slice(at);
}

/** Letters of the first part that are looked behind. */
const compoundHeadMax = 24;

/** Plurals by their ending, the first that fits. */
const plurals: { readonly [language: string]: readonly (readonly [ending: RegExp, plural: string])[] } = {
  fr: [[/([sxz])$/, "$1"], [/al$/, "aux"], [/(eau|eu)$/, "$1x"], [/$/, "s"]],
  it: [[/([cg])o$/, "$1hi"], [/io$/, "i"], [/([cg])a$/, "$1he"], [/([cg])ia$/, "$1e"], [/a$/, "e"], [/[oe]$/, "i"], [/$/, ""]],
  es: [[/z$/, "ces"], [/([aeiou])$/, "$1s"], [/s$/, "s"], [/$/, "es"]],
}; // prettier-ignore
/** A second one that is as usual: "medico, medici", "turista, turisti", "farmacia, farmacie". */
const rarerPlurals: typeof plurals = {
  fr: [[/al$/, "als"]],
  it: [[/([cg])o$/, "$1i"], [/([cg])ia$/, "$1ie"], [/ista$/, "isti"]],
  es: [[/es$/, "eses"]],
}; // prettier-ignore
const germanPersons = /(?:er|ent|ant|ist|or|at)$/;

/**
 * A noun, folded, and its plurals. A German one has its plural ending behind a stroke ("Schicht/en"), and the endings of its cases; a person
 * is a woman too.
 */
export function pluralsOf(noun: string, language: string): readonly string[] {
  if (language !== "de") {
    const forms = [plurals, rarerPlurals].flatMap((rules) => {
      const found = rules[language]?.find(([ending]) => ending.test(noun));
      return found === undefined ? [] : [noun.replace(found[0], found[1])];
    });
    return [...new Set([noun, ...forms])];
  }
  const [base = "", ...endings] = noun.split("/");
  const many = endings.length === 0 ? [base] : endings.map((ending) => base + ending);
  const cases = many.flatMap((form) => (/[ns]$/.test(form) ? [form] : [form, `${form}n`]));
  const women = germanPersons.test(base) ? [`${base}in`, `${base}innen`] : [];
  return [...new Set([base, `${base}s`, `${base}es`, ...cases, ...women])];
}

const participles: { readonly [language: string]: RegExp } = { fr: /(?:ees?|es)$/, it: /(?:at|it|ut)[oaie]$/, es: /(?:ad|id)[oa]s?$/ }; // prettier-ignore

/** Whether a word may be a participle that says of the thing before it what was done with it ("entradas publicadas", "articles publiés"). */
export function tellsOf(word: string, thing: string, language: string): boolean {
  const isAlike = language === "it" || word.endsWith("s") === /[sx]$/.test(thing);
  // "Tu publies" has the ending of a participle: only behind a thing in the plural.
  return isAlike && participles[language]?.test(word) === true;
}

/** The infinitive of a German word that tells what was ("veröffentlichte Beiträge"), if it may be one; "beantworten" is none. */
export function germanPast(word: string): string | undefined {
  const [, stem] = /^(\p{L}{3,}?)te[nrms]?$/u.exec(word) ?? [];
  return stem === undefined ? undefined : `${stem}en`;
}
