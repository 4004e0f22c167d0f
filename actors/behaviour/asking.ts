/**
 * From the arguments of a call to values with hashes. Owns what is a destination, what names something, and what needs no source
 * because the task text, the mission or the role has it. Does not own where values were seen (slots.ts) nor the judgement.
 *
 * A1. Numbers and texts are values, and names of members that are addresses; truth values are none. Content that is too long is
 *     looked at by its beginning. Of too many values those that say where a call goes are kept, and that one of these was not
 *     looked at is a fact (`cut`).
 */
import { limits } from "../../protocol/limits.ts";
import type { CallTrace, TraceForm, TracedValue } from "../../protocol/trace.ts";
import { argumentNameCharsMost, namesAddressee, namesDestination, namesPlaceToFetch, wordsOf } from "./argumentnames.ts"; // prettier-ignore
import { undisguised, ungrouped } from "./disguise.ts";
import { kinshipOf } from "./kinship.ts";
import { rivalOf, type TaskPlaces } from "./places.ts";
import { betweenNames, listedOf, namesListedIn, untold, writtenName, type Written } from "./things.ts";
import { tablePlaces, type WordHash } from "./wordhash.ts";
import { WordRun } from "./wordrun.ts";

const mail = /^[\p{L}\p{N}_.+'-]+@[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+$/u;
const iban = /^[a-z]{2}\d{2}[a-z0-9]{8,30}$/;
const [ibanCharsMin, ibanCharsMost] = [12, 34];
const url = /^(?:https?:\/\/|www\.)\S+$/;
const isOfLocal = /[\p{L}\p{N}_.+'-]/u;
const isBehindHost = /[/?#\s]/;
const isOfDomain = /[\p{L}\p{N}_.-]/u;
/** RFC 5321, section 4.5.3.1, and as much of a domain as is worth a look. */
const localCharsMost = 64;
const domainCharsMost = 128;
const namesSomething = /[\d@./_-]/;
const textCharsMost = 160;
/** A longer run without a blank is content, not a name. Deep paths and URLs are shorter. */
const nameCharsMost = 1_024;
/** As much of a value as is folded. */
const foldedCharsMost = 4_096;
/** Several addresses in one value. */
const listed = /[,;]\s*\S+@/;
/** So far into a text addresses are looked for; a longer one is not known to its end. */
const addressedCharsMost = 16 * 1024;
const pairsMost = 12;
/** A whole of more words is hashed letter by letter. */
const wholeWordsMost = 12;
/** A path may have blanks, and not so many that it is a sentence. */
const blanksMost = 16;
/** Hashes of one call: with what stands around them they fit into limits.callFactsBytesMax. */
const hashesMost = 512;
/** Destinations of one call that are compared with what is known. */
const destinationsMost = 512;
const depthMost = 8;
const none: readonly string[] = [];
const nothingKnown: KnownTexts = { mission: "" };

/** Texts that values need no other source than. Folded, each with its kind. */
export interface KnownTexts {
  readonly mission: string;
  /** What the task text names by itself: not what the role's mission does. */
  readonly places?: TaskPlaces | undefined;
  /**
   * Whether the role or the baseline knows it as a destination.
   *
   * @param whole its hash, by which a baseline knows it
   */
  knows?(value: string, whole: number): "role" | "baseline" | undefined;
  /** Whether the role lists it, also where it is no destination to other rules: `recipient_id`. */
  lists?(value: string): boolean;
}

/** Which thing it is can be told when all of a call's values are known. */
type MadeValue = Omit<TracedValue, "thing"> & { thing: number | undefined };

/** What an argument is called, looked at once. */
interface ArgumentName {
  /** As much of it as a trace holds. */
  readonly at: string;
  readonly words: readonly number[];
  readonly isDestination: boolean;
  readonly isAddressee: boolean;
  readonly isFetch: boolean;
  /** Hash of it, as that of a place. */
  readonly place: number;
}

/** Names of arguments come from agents: no more than so many are kept. */
const namesMost = 1_024;

export class CallReader {
  readonly #hash: WordHash;
  readonly #run: WordRun;
  readonly #names = new Map<string, ArgumentName>();
  #values: MadeValue[] = [];
  /** By value: what tells it from all others; undefined where its hash does. */
  #written: (Written | undefined)[] = [];
  #isCut = false;
  #hasMore = false;
  #fetches = false;
  #hashes = 0;
  #looked = 0;

  constructor(hash: WordHash) {
    this.#hash = hash;
    this.#run = new WordRun(hash, 64);
  }

  read(args: unknown, known: KnownTexts): CallTrace {
    [this.#values, this.#written] = [[], []];
    this.#isCut = this.#hasMore = this.#fetches = false;
    this.#hashes = this.#looked = 0;
    if (typeof args === "object" && args !== null)
      for (const [name, value] of Object.entries(args)) {
        this.#member(name, name, known);
        this.#value(name, value, known, 0);
      }
    const values = this.#withThings();
    return {
      key: this.#hash.id,
      values,
      cut: this.#isCut ? true : undefined,
      fetches: this.#fetches ? true : undefined,
      more: this.#isCut || this.#hasMore ? true : undefined,
    };
  }

  /** Only where the call is counted by its values. What was disguised is a thing by all that was given. */
  #withThings(): readonly TracedValue[] {
    const values = this.#values;
    if (this.#written.every((each) => each === undefined) || listedOf(values).length === 0) return values;
    for (const [at, value] of values.entries()) {
      const { text, disguise } = this.#written[at] ?? {};
      if (text === undefined) continue;
      const hash = this.#hash.exactly(text);
      value.thing = disguise === undefined ? hash : this.#hash.pair(hash, this.#hash.exactly(disguise));
    }
    return values;
  }

  /** The values of arguments that say where a call goes, folded. @param isWrite of a read, only addresses */
  destinations(args: unknown, isWrite: boolean): readonly string[] {
    const found: string[] = [];
    const note = (value: string): undefined => void found.push(value);
    const trace = this.read(args, { mission: "", knows: note });
    return isWrite || trace.fetches === true ? found : [];
  }

  #value(name: string, value: unknown, known: KnownTexts, depth: number): void {
    if (typeof value === "string" && value !== "") this.#text(name, value, known);
    else if (typeof value === "number") this.#text(name, String(value), known);
    else if (typeof value === "object" && value !== null) {
      if (depth >= depthMost) return void (this.#isCut = true);
      if (Array.isArray(value))
        for (const each of value as unknown[]) this.#value(name, each, known, depth + 1);
      else
        for (const [key, each] of Object.entries(value)) {
          if (/\d/.test(key)) this.#hasMore = true; // {"T-17": 1}: no value says what it is about.
          this.#member(name, key, known);
          this.#value(key, each, known, depth + 1);
        }
    }
  }

  /** A map from addresses to something: {"anna@…": "cc"}. */
  #member(name: string, key: string, known: KnownTexts): void {
    if (key.length < 6) return;
    const folded = foldedValue(ungrouped(undisguised(key)));
    if (formOf(folded) !== undefined || mayHoldAddress(folded)) this.#text(name, key, known);
  }

  #text(name: string, given: string, among: KnownTexts): void {
    const plain = undisguised(given);
    const known = plain === given ? among : { ...nothingKnown, places: among.places };
    const text = ungrouped(plain).trim();
    const folded = foldedValue(text);
    if (folded === "") return;
    const argument = this.#name(name);
    const written = { text: writtenName(text), disguise: plain === given ? undefined : given };
    if (argument.isDestination && text.length > foldedCharsMost) this.#isCut = true;
    if (argument.isDestination && folded.includes("@") && listed.test(folded)) {
      this.#list(argument, folded.split(/[,;]\s*/), known, written, /[,;]\s*/);
    } else {
      const form = formOf(folded);
      const names = form === undefined && folded.length <= foldedCharsMost ? namesListedIn(folded) : none;
      if (names.length > 0) this.#list(argument, names, known, written, betweenNames);
      else this.#one(argument, folded, form, known, written);
      // A text may hold an address, be it short: where it sends its reader is looked at by itself.
      if (form === undefined && (folded.length >= foldedCharsMost || mayHoldAddress(folded)))
        for (const found of addressesIn(text.slice(0, addressedCharsMost).toLowerCase())) {
          if (this.#looked > destinationsMost) return;
          this.#one(argument, found, formOf(found), known, { text: found, disguise: undefined });
        }
    }
  }

  /** @param between what stands between names: they are as many as written as they are folded */
  #list(argument: ArgumentName, names: readonly string[], known: KnownTexts, { text, disguise }: Written, between: RegExp): void {
    if (text.length > foldedCharsMost) this.#hasMore = true;
    const written = text.slice(0, foldedCharsMost).split(between);
    const parts = between === betweenNames ? written.filter((part) => part !== "") : written;
    for (const [at, name] of names.entries())
      this.#one(argument, name, formOf(name), known, { text: writtenName(parts[at] ?? name), disguise });
  } // prettier-ignore

  #one(
    argument: ArgumentName,
    value: string,
    form: TraceForm | undefined,
    known: KnownTexts,
    written: Written,
  ): void {
    const { at, isDestination: isNamedSo, isFetch, place } = argument;
    const isDestination = form !== undefined || isNamedSo;
    if (isFetch) this.#fetches = true;
    if (this.#isFull && !isDestination) return void (this.#hasMore = true);
    if (isDestination && ++this.#looked > destinationsMost) return void (this.#isCut = true);
    const run = this.#run;
    const isName = isNameOfThing(value) || isSpacedPath(value);
    run.read(value, Math.min(value.length, isName ? nameCharsMost : textCharsMost));
    if (run.length === 0) return;
    // A word is hashed by its beginning: long names that differ at their ends are different things all the same.
    const isLong = isName && (value.length > textCharsMost || run.length > wholeWordsMost);
    const whole = isLong ? this.#hash.of(value) : run.length > 1 && run.length <= wholeWordsMost ? run.whole(0, run.length) : run.hashAt(0); // prettier-ignore
    const source = known.mission !== "" && isIn(known.mission, value, form !== undefined) ? "mission" : isDestination ? known.knows?.(value, whole) : argument.isAddressee && known.lists?.(value) === true ? "role" : undefined; // prettier-ignore
    const is = isDestination ? "destination" : isName ? "id" : "text";
    while (this.#isFull)
      if (source !== undefined) return void (this.#hasMore = true);
      else if (!this.#giveWay()) return void (this.#isCut = true);
    const words = this.#words(run);
    if (form === "url") words.push(this.#hash.of(value.replace(/^https?:\/\//, "")));
    const pairs = this.#pairs(argument.words, run);
    this.#hashes += 1 + words.length + pairs.length;
    // A longer one has no place for each letter in the table of hashes.
    const isOneWord = run.length === 1 && run.lengthAt(0) === value.length && value.length <= tablePlaces;
    this.#written.push(untold(written, value, form, isOneWord));
    const isStranger = source === undefined;
    const hasOrigin = isStranger && (form === "url" || (form === undefined && isFetch));
    const mayBeKin = isStranger && form !== undefined && known.mission !== "";
    this.#values.push({
      at,
      is,
      form,
      whole,
      words,
      pairs,
      known: source,
      origin: hasOrigin ? originOf(value, this.#hash) : undefined,
      akin: mayBeKin ? kinshipOf(value, form, known.mission) : undefined,
      place: is === "text" || known.places === undefined ? undefined : place,
      rival: isStranger && is !== "text" && known.places !== undefined ? rivalOf(value, form, known.places) : undefined, // prettier-ignore
      thing: undefined,
    });
  }

  get #isFull(): boolean {
    return this.#values.length >= limits.traceValuesMax || this.#hashes >= hashesMost;
  }

  /** What says not where a call goes gives way to what does, and a known destination to one that is not. */
  #giveWay(): boolean {
    const values = this.#values;
    const content = values.findLastIndex(({ is }) => is !== "destination");
    const place = content >= 0 ? content : values.findLastIndex(({ known }) => known !== undefined);
    const [gone] = place < 0 ? [] : values.splice(place, 1);
    if (gone === undefined) return false;
    this.#written.splice(place, 1);
    this.#hasMore = true;
    this.#hashes -= 1 + gone.words.length + gone.pairs.length;
    return true;
  }

  #words(run: WordRun): number[] {
    if (run.length === 1) return [run.hashAt(0)];
    const words: number[] = [];
    for (let at = 0; at < run.length && words.length < pairsMost; at++)
      if (run.isName(at) && run.lengthAt(at) >= 4) words.push(run.hashAt(at));
    return words;
  }

  #pairs(name: readonly number[], run: WordRun): number[] {
    const pairs: number[] = [];
    if (run.length > 1)
      for (let at = 0; at + 1 < run.length && at < pairsMost; at++) pairs.push(run.pairAt(at));
    else if (run.lengthAt(0) < 5) for (const word of name) pairs.push(this.#hash.pair(word, run.hashAt(0)));
    return pairs;
  }

  /** "file_id" of "13" is looked for as "file 13" and "id 13". */
  #name(name: string): ArgumentName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const parts = wordsOf(name);
    const made = { at: name.slice(0, argumentNameCharsMost), words: parts.map((word) => this.#hash.of(word)), isDestination: namesDestination(name), isAddressee: namesAddressee(name), isFetch: namesPlaceToFetch(name), place: this.#hash.of(`place ${parts.join(" ")}`) }; // prettier-ignore
    if (this.#names.size < namesMost) this.#names.set(name, made);
    return made;
  }
}

/** Mail addresses and URLs inside a text, folded. From what marks one outwards, so that a long run without a mark costs nothing. */
function* addressesIn(text: string): Generator<string> {
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    let from = at;
    while (from > 0 && at - from < localCharsMost && isOfLocal.test(text.charAt(from - 1))) from--;
    let to = at + 1;
    while (to < text.length && to - at < domainCharsMost && isOfDomain.test(text.charAt(to))) to++;
    const found = text.slice(from, to).replace(/[.-]+$/, "");
    if (mail.test(found)) yield found;
  }
  for (const [found] of text.matchAll(/(?:https?:\/\/|www\.)[^\s"'<>)\]]{4,120}/g))
    yield found.replace(/[.,;:!?]+$/, "");
}

/** A path is a name, blanks in it or not. */
function isSpacedPath(value: string): boolean {
  if (value.length > nameCharsMost || !value.includes(" ") || !/[/\\]/.test(value)) return false;
  if (/[\n@]|:\/\//.test(value) || (value.match(/\s/g)?.length ?? 0) > blanksMost) return false;
  const first = value.search(/[/\\]/);
  const isRooted = /^(?:~|\.{1,2})?\/\S|^[a-z]:\\|^\\\\/.test(value) && /[/\\]/.test(value.slice(first + 2));
  return isRooted || /\.\w{1,8}$/.test(value);
}

export function foldedValue(text: string): string {
  const folded = text.trim().slice(0, foldedCharsMost).trim().toLowerCase();
  return folded.endsWith("/") ? folded.replace(/\/+$/, "") : folded;
}

function mayHoldAddress(folded: string): boolean {
  return folded.includes("@") || folded.includes("://") || folded.includes("www.");
}

/** Whether it names something: one word with a digit or a sign in it. */
function isNameOfThing(value: string): boolean {
  if (value.length < 4 || value.length > nameCharsMost) return false;
  let names = false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code > 127) return !/\s/.test(value) && namesSomething.test(value);
    if (code === 32 || (code >= 9 && code <= 13)) return false;
    // Digits and @ . / _ -
    names ||= (code >= 45 && code <= 57) || code === 64 || code === 95;
  }
  return names;
}

/** The host of a URL: who makes one up on a host that a text named carries something there. */
function originOf(value: string, hash: WordHash): number | undefined {
  const host = hostOf(value);
  return host === "" || host === value ? undefined : hash.of(host);
}

/** As who fetches it understands it: without a login, a port and escapes; a scheme may be missing. */
function hostOf(value: string): string {
  const address = value.includes("://") ? value : `https://${value.replace(/^[/\\]*/, "")}`;
  const [from, to] = hostPlace(address, 0, address.length);
  const written = address.slice(from, to);
  // Letters beyond ASCII are compared as they stand in texts.
  return /[^\0-\x7f]/.test(written) ? written : (URL.parse(address)?.hostname ?? written); // prettier-ignore
}

/** From where to where the host of a URL stands that begins at a place; nothing where none begins. */
export function hostPlace(text: string, from: number, to: number): readonly [number, number] {
  const scheme = text.indexOf("://", from);
  if (scheme < 0 || scheme - from > 5) return [from, from];
  let start = scheme + 3;
  let at = start;
  // What stands before an @ is a name to log in with.
  for (; at < to && !isBehindHost.test(text.charAt(at)); at++) if (text.charAt(at) === "@") start = at + 1;
  for (at = start; at < to && isOfDomain.test(text.charAt(at));) at++;
  return [start, at];
}

function formOf(value: string): TraceForm | undefined {
  const hasAt = value.includes("@");
  if (!hasAt && !value.includes(".")) return isIban(value) ? "iban" : undefined;
  if (value.length > 254) return url.test(value.slice(0, 254)) ? "url" : undefined;
  if (hasAt && mail.test(value)) return "mail";
  return (value.startsWith("http") || value.startsWith("www.")) && url.test(value) ? "url" : undefined;
}

function isIban(value: string): boolean {
  return value.length >= ibanCharsMin && value.length <= ibanCharsMost && iban.test(value);
}

/**
 * A short value counts only as a word of its own: "13" is not in "2013". So does an address, of which a part is another one:
 * bob@example.co is not in bob@example.com.
 */
function isIn(text: string, value: string, isAddress: boolean): boolean {
  if (isAddress && value.length > textCharsMost) return false;
  const needle = value.slice(0, textCharsMost);
  if (needle.length >= 6 && !isAddress) return text.includes(needle);
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1))
    if (!isWordAt(text, at - 1) && !isWordAt(text, at + needle.length) && !(isAddress && isJoined(text, at, at + needle.length))) return true; // prettier-ignore
  return false;
}

/** Whether an address goes on in front of a place, or behind another. */
function isJoined(text: string, from: number, to: number): boolean {
  if (from > 0 && /[\w.+%'@-]/.test(text[from - 1] ?? "") && isWordAt(text, from - 2)) return true;
  return /[.@_+%-]/.test(text[to] ?? "") && isWordAt(text, to + 1);
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /[\p{L}\p{N}]/u.test(text[at] ?? "");
}
