/**
 * What a lexicon is, and a lexicon made ready: which concepts and verb groups a word stands for. One file for each language
 * lies in lexicons/; concepts and groups are the same words in all of them.
 */
import type { Pattern } from "./anyof.ts";
import { deeds, germanForms, infinitivesOf } from "./deeds.ts";
import { formsOf, germanParticiple, rejoined, tailsOf, withoutJoined } from "./inflection.ts";
import { loanwords } from "./lexicons/loanwords.data.ts";
import { ownName } from "./things.ts";
import type { Thing } from "./things.ts";
import type { VerbGroup } from "./verb.ts";
import { isVerbGroup } from "./verb.ts";
import { englishStem, fold, signsOf } from "./words.ts";

/** Lines of words. `word*` is a beginning, `*word*` stands anywhere in a compound; all of them folded (words.ts). */
export interface Lexicon {
  readonly language: string;
  /** Function words, by which the language is known. */
  readonly common: string;
  readonly concepts: { readonly [concept: string]: string };
  /** Words that mean many things, by what they may be about: counted where the mission speaks of that elsewhere too. */
  readonly hints: { readonly [concept: string]: string };
  readonly verbs: { readonly [group: string]: string };
  /** Nouns of action: they count where a light verb stands in the same clause ("process refunds"). */
  readonly nouns: { readonly [group: string]: string };
  readonly light: string;
  /** Forms that tell what was, beside those in -ed (English): they license no write. */
  readonly past: string;
  readonly passive: string;
  readonly questions: string;
  /** Before a word that may be a verb these make it a noun. */
  readonly determiners: string;
  /** Patterns over folded text. */
  readonly negations: Pattern;
  readonly notNegations: RegExp;
  /** Forbids all of its sentence, also what stands before it ("deleting files is forbidden"). */
  readonly forbids: Pattern;
  /** Forbids nothing of the rest: "but it may …". */
  readonly but: RegExp;
  readonly exceptions: RegExp;
  /** A number follows it that caps an amount. */
  readonly caps: RegExp;
  readonly readOnly: RegExp;
  /** The mission hands its decisions to a text that is not here. */
  readonly handling: RegExp;
  /** Sentences that ask for everything, or speak to the compiler. */
  readonly widening: RegExp;
  /** Verbs of several words ("calls … off"), over folded text, with the verb of the lexicon that each is. */
  readonly phrases: readonly (readonly [RegExp, string])[];
  readonly conjunctions: string;
  /** Headings, and lines that end in a colon. `mustNot` is tried first. */
  readonly sections: { readonly [section in Section]: RegExp };
}

export type Section = "purpose" | "may" | "mustNot" | "sources" | "limits";

/** Words of one kind by what they stand for. */
export class Terms<Name extends string> {
  readonly #exact = new Map<string, ReadonlySet<Name>>();
  readonly #alone = new Map<Name, ReadonlySet<Name>>();
  readonly #beginnings = new Map<string, ReadonlySet<Name>>();
  readonly #inside: [string, Name][] = [];
  /** Their places by their first letters: of three hundred few begin anywhere in a word (a German mission in 2/3 of the time). */
  readonly #insideAt = new Map<string, number[]>();
  /** Of the beginnings: no longer one is looked for, however long a word is. */
  #longestChars = 0;
  readonly #isEnglish: boolean;

  constructor(
    lines: { readonly [name: string]: string },
    language: string,
    isName: (name: string) => name is Name,
  ) {
    this.#isEnglish = language === "en";
    for (const [name, line] of Object.entries(lines))
      for (const word of isName(name) ? fold(line).split(/\s+/) : []) this.#add(word, name as Name);
  }

  /** A word more, exactly as it is. */
  learn(word: string, name: Name): void {
    const found = this.#exact.get(word);
    if (found !== undefined) this.#exact.set(word, new Set([...found, name]));
    else {
      // Words of one thing share a set: there are thousands of them.
      const alone = this.#alone.get(name) ?? new Set([name]);
      this.#alone.set(name, alone);
      this.#exact.set(word, alone);
    }
  }

  #add(word: string, name: Name): void {
    if (word.startsWith("*")) this.#addInside(word.replaceAll("*", ""), name);
    else if (word.endsWith("*")) {
      insert(this.#beginnings, word.slice(0, -1), name);
      this.#longestChars = Math.max(this.#longestChars, word.length - 1);
    } else insert(this.#exact, this.#isEnglish ? englishStem(word) : word, name);
  }

  #addInside(part: string, name: Name): void {
    const head = part.slice(0, headChars);
    this.#insideAt.set(head, [...(this.#insideAt.get(head) ?? []), this.#inside.length]);
    this.#inside.push([part, name]);
  }

  /** In the order of the lexicon. */
  #insideIn(word: string): ReadonlySet<Name> {
    const places: number[] = [];
    for (let at = 0; at + headChars <= word.length && this.#inside.length > 0; at++)
      for (const place of this.#insideAt.get(word.slice(at, at + headChars)) ?? [])
        if (word.startsWith(this.#inside[place]?.[0] ?? "", at)) places.push(place);
    const found = places.sort((a, b) => a - b).map((place) => this.#inside[place]?.[1]);
    return new Set(found.filter((name) => name !== undefined));
  }

  find(word: string): ReadonlySet<Name> {
    const exact = this.#exact.get(this.#isEnglish ? englishStem(word) : word);
    const longest = this.#longest(word);
    if (exact !== undefined && longest !== undefined) return new Set([...exact, ...longest]);
    if (exact !== undefined || longest !== undefined) return exact ?? longest ?? new Set<Name>();
    return this.#insideIn(word);
  }

  /** Verbs whose infinitive stands here get their other forms, but those that are taken. */
  inflect(language: string, isTaken: (form: string) => boolean): void {
    // What is put in below has no forms of its own.
    const given = [...this.#exact];
    for (const [word, names] of given)
      for (const form of formsOf(word, language))
        if (!this.#exact.has(form) && !isTaken(form))
          for (const name of names) insert(this.#exact, form, name);
  }

  /** By the last part of a German compound, the longest that is known. */
  findTail(word: string): ReadonlySet<Name> {
    for (const tail of tailsOf(word)) {
      const found =
        this.#exact.get(tail) ?? this.#longest(tail, tail.length - compoundEndingMax) ?? this.#insideOf(tail);
      if (found !== undefined) return found;
    }
    return new Set<Name>();
  }

  /** How many of its first letters a line has. */
  knownChars(word: string): number {
    if (this.#exact.has(word)) return word.length;
    for (let length = Math.min(word.length, this.#longestChars); length >= 3; length--)
      if (this.#beginnings.has(word.slice(0, length))) return length;
    // Found anywhere in it.
    return word.length;
  }

  /** A part that stands anywhere ends a compound too. */
  #insideOf(tail: string): ReadonlySet<Name> | undefined {
    const found = this.#inside.filter(([part]) => tail.startsWith(part) && tail.length - part.length <= compoundEndingMax); // prettier-ignore
    return found.length === 0 ? undefined : new Set(found.map(([, name]) => name));
  }

  #longest(word: string, least = 3): ReadonlySet<Name> | undefined {
    for (let length = Math.min(word.length, this.#longestChars); length >= Math.max(3, least); length--) {
      const found = this.#beginnings.get(word.slice(0, length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Of words that stand for things: those that no verb has a form like. */
const thingEnding = /(?:[ae]n[cz][ae]|[ae]ncia|ment|m?iento|[ts]ion|[tsz]ione|cion|tur[ae]|dad|eur|euse|rice|ier|iere|ien|ienne|ain|tore|dora?|ist[ae]|aire)(?:s|es)?$|(?:[ae]nze|menti|[tsz]ioni|ture|tori|trici|ieri|ist[ei])$/; // prettier-ignore
const germanVerbEnding = /(?:e|en|n|t|st|te|ten|end)$/;

const germanThing = /.{4}(?:ung|ungen|heit|heiten|keit|keiten|tion|tionen|schaft|schaften)$/;

/** Letters of an ending that makes a thing of a verb, at least. */
const endingMin = 2;

/** Letters of a last part that is looked for where the first is known. */
const compoundTailMin = 6;

/** Letters of a part that is looked for anywhere, at least (lexicons.test.ts). */
const headChars = 3;

/** How far the first part of a German verb is looked for. */
const apartChars = 160;

/** Letters that an ending adds to a beginning: "rechnung*" in "rechnungen". */
const compoundEndingMax = 3;

function insert<Name>(map: Map<string, ReadonlySet<Name>>, key: string, name: Name): void {
  map.set(key, new Set([...(map.get(key) ?? []), name]));
}

export class ReadyLexicon {
  readonly source: Lexicon;
  readonly concepts: Terms<string>;
  readonly hints: Terms<string>;
  readonly verbs: Terms<VerbGroup>;
  readonly nouns: Terms<VerbGroup>;
  readonly #words = new Map<string, ReadonlySet<string>>();
  /** Words of things that begin as a verb does. */
  readonly #noVerbs = new Set<string>();
  /** Words of things by what tools call each, in English. */
  readonly #heads = new Map<string, string>();

  constructor(source: Lexicon) {
    const { language } = source;
    this.source = source;
    this.concepts = new Terms(source.concepts, language, (name): name is string => name !== "");
    this.hints = new Terms(source.hints, language, (name): name is string => name !== "");
    this.verbs = new Terms(source.verbs, language, isVerbGroup);
    this.nouns = new Terms(source.nouns, language, isVerbGroup);
    for (const kind of [
      "common",
      "light",
      "past",
      "passive",
      "questions",
      "determiners",
      "conjunctions",
    ] as const)
      this.#words.set(kind, new Set(fold(source[kind]).split(/\s+/)));
    // In German they would be last parts of compounds too.
    if (language !== "en" && language !== "de") {
      const foreign = Object.entries(loanwords).flatMap(([concept, line]) => line.split(" ").map((word) => [concept, word] as const)); // prettier-ignore
      const strange = foreign.filter(([, word]) => !this.is("common", word) && !this.#hasTerm(word));
      for (const [concept, word] of strange) this.concepts.learn(word, concept);
    }
    this.#learnDeeds();
    this.verbs.inflect(language, (form) => this.concepts.find(form).size > 0 || this.is("common", form) || this.is("past", form)); // prettier-ignore
  }

  /** Verbs of all languages' table, but those that stand for something here already. */
  #learnDeeds(): void {
    const { language } = this.source;
    const isTaken = (word: string): boolean => this.#hasTerm(word) || this.is("common", word) || this.is("light", word); // prettier-ignore
    const words = deeds.flatMap(({ group, words: each }) => (each[language as keyof typeof each] ?? []).map((word) => [group, word] as const)); // prettier-ignore
    const free = words.filter(([, word]) => !isTaken(word));
    // What is learned here is taken from then on, and may be of a second group.
    const own = new Set(free.map(([, word]) => word));
    for (const [group, word] of free)
      for (const form of language === "de" ? germanForms(word) : [word])
        if (!isTaken(form) || own.has(form)) this.verbs.learn(language === "en" ? englishStem(form) : form, group); // prettier-ignore
  }

  /**
   * Things that it has no word for yet (things.ts, T2). A word that may be a verb stays one, but for those that end as things do.
   *
   * @param english  has the concepts of what tools are about; with its own things, or not yet
   */
  learnThings(things: readonly Thing[], english: ReadyLexicon): void {
    const { language } = this.source;
    for (const { head, words, sure } of things) {
      const concepts = [...english.concepts.find(head)].filter((concept) => !concept.startsWith("="));
      const hints = concepts.length > 0 ? [] : [...english.hints.find(head)];
      const names = concepts.length + hints.length > 0 ? concepts : [ownName(head)];
      for (const word of words[language] ?? []) {
        if (this.is("common", word)) continue;
        const form = language === "en" ? englishStem(word) : word;
        this.#heads.set(form, head);
        const isVerb = this.verbsOf(word).size > 0;
        if (this.#means(word) || (isVerb && !this.#endsAsThing(word, sure[language]))) continue; // prettier-ignore
        if (isVerb) this.#noVerbs.add(word);
        for (const name of names) this.concepts.learn(form, name);
        for (const hint of hints) this.hints.learn(form, hint);
      }
    }
  }

  /** Whether a word stands for something by the lexicon itself. */
  #means(word: string): boolean {
    return [...this.concepts.find(word)].some((each) => !each.startsWith("=")) || this.hints.find(word).size > 0; // prettier-ignore
  }

  /** "Zähler" and "Schreibtisch" are no forms of "zählen" and "schreiben", nor "lectura" of "leer". */
  #endsAsThing(word: string, sure?: ReadonlySet<string>): boolean {
    const { language } = this.source;
    if (sure?.has(word) === true) return true;
    const behindChars = word.length - this.verbs.knownChars(word);
    // "Retour" is what the lexicon calls a deed, letter by letter.
    if (language === "en" || behindChars < endingMin) return false;
    if (language !== "de") return thingEnding.test(word);
    return !germanVerbEnding.test(word) || behindChars >= compoundTailMin - 1;
  }

  /** What tools call the thing of a word; of a German compound the thing of its last part. */
  headOf(word: string): string | undefined {
    const own = this.#heads.get(this.source.language === "en" ? englishStem(word) : word);
    if (own !== undefined || this.source.language !== "de") return own;
    for (const tail of tailsOf(word)) {
      const found = this.#heads.get(tail);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #hasTerm(word: string): boolean {
    return [this.concepts, this.hints, this.verbs, this.nouns].some((terms) => terms.find(word).size > 0);
  }

  is(
    kind: "common" | "light" | "past" | "passive" | "questions" | "determiners" | "conjunctions",
    word: string,
  ): boolean {
    const words = this.#words.get(kind);
    return words !== undefined && (words.has(word) || (kind === "light" && this.#isLight(word)));
  }

  /** "effectu*" stands for all its forms. */
  #isLight(word: string): boolean {
    const words = this.#words.get("light") ?? [];
    return [...words].some((each) => each.endsWith("*") && word.startsWith(each.slice(0, -1)));
  }

  /** What a word is about; of a German compound that nothing else is said of, what its last part is. */
  conceptsOf(word: string): ReadonlySet<string> {
    const found = this.concepts.find(word);
    if (found.size === 0 && this.source.language === "fr" && word.endsWith("aux")) return this.concepts.find(`${word.slice(0, -2)}l`); // prettier-ignore
    if (this.source.language !== "de" || this.is("common", word)) return found;
    // "Flugbuchung" is about a flight, and is a booking.
    if (found.size > 0) return this.concepts.knownChars(word) > word.length - compoundTailMin ? found : new Set([...found, ...this.concepts.findTail(word)]); // prettier-ignore
    return this.verbsOf(word).size > 0 || this.nouns.find(word).size > 0
      ? found
      : this.concepts.findTail(word);
  }

  /** What a word does, also with pronouns or "zu" joined to it. @param isToBeDone "werden" stands in the clause */
  verbsOf(word: string, isToBeDone = false): ReadonlySet<VerbGroup> {
    // "Buchungen" are things: what they do counts as a noun of action does.
    if (this.#noVerbs.has(word) || (this.source.language === "de" && germanThing.test(word))) return new Set<VerbGroup>(); // prettier-ignore
    const found = this.verbs.find(word);
    if (found.size > 0) return found;
    const bare = withoutJoined(word, this.source.language) ?? (isToBeDone ? germanParticiple(word) : undefined); // prettier-ignore
    return bare === undefined ? found : this.#verbOfStem(bare);
  }

  /** A verb by its infinitive or, in German, by its stem. */
  #verbOfStem(stem: string): ReadonlySet<VerbGroup> {
    const found = this.verbs.find(stem);
    if (found.size > 0 || this.source.language !== "de") return found;
    return infinitivesOf(stem).map((each) => this.verbs.find(each)).find(({ size }) => size > 0) ?? found; // prettier-ignore
  }

  /** What a German verb does whose first part stands at the end of its clause. @param text  from the verb on, folded */
  verbsApart(text: string): ReadonlySet<VerbGroup> {
    const none = new Set<VerbGroup>();
    if (this.source.language !== "de") return none;
    const signs = signsOf(text.slice(0, apartChars));
    // "Ordner … ein" is no "einordnen".
    if (this.conceptsOf(signs[0] ?? "").size > 0) return none;
    const verb = rejoined(signs, (each) => this.#verbOfStem(each).size > 0);
    return verb === undefined ? none : this.#verbOfStem(verb);
  }

  /** Whether it knows the word at all. */
  knows(word: string): boolean {
    return (
      this.is("common", word) ||
      this.conceptsOf(word).size > 0 ||
      this.hints.find(word).size > 0 ||
      this.verbsOf(word).size > 0 ||
      this.nouns.find(word).size > 0
    );
  }
}
