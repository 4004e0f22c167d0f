/**
 * What guard four (the sequence) sees of values: keyed hashes of words and of pairs of words, never the words. Facts of a turn:
 * made at node/exchange where the values are at hand, judged by actors/behaviour. Bounded by rows of sequenceLimitTable.
 *
 * Who makes one gives it every member in one order, `undefined` where there is nothing: code that meets objects with members left
 * out in many ways looks each member up anew, and a call was judged half as fast for it. As JSON they are the same.
 */

/** What a value can be wholly. */
export const traceForms = ["mail", "iban", "url"] as const;
export type TraceForm = (typeof traceForms)[number];

/** How an address may be related to what the task text names. */
export const traceKinships = ["kin", "alike"] as const;
export type TraceKinship = (typeof traceKinships)[number];

/** By what a task text names another value for the place of one: an address of its form, a name made like it. */
export const traceRivals = ["form", "shape"] as const;
export type TraceRival = (typeof traceRivals)[number];

/** One argument of a call that is worth a look. */
export interface TracedValue {
  /** Name of the argument, at most 64 characters. */
  readonly at: string;
  /** `destination`: it says where something goes; `id`: it names something; `text`: anything else. */
  readonly is: "destination" | "id" | "text";
  readonly form?: TraceForm | undefined;
  /** Hash of all of its words together. */
  readonly whole: number;
  /** Hashes of its words that name something by themselves. */
  readonly words: readonly number[];
  /** Hashes of neighbouring words; of a value of one short word, with the words of the argument's name. */
  readonly pairs: readonly number[];
  /** It needs no source: the task text or mission has it, the role lists it, the persona's baseline knows it. */
  readonly known?: "mission" | "role" | "baseline" | undefined;
  /** Of a URL: hash of its beginning up to the host, where there is more of it. */
  readonly origin?: number | undefined;
  /** The task text has part of this address: `kin`, a name or a domain of it; `alike`, the same name at another domain. */
  readonly akin?: TraceKinship | undefined;
  /** Hash of the argument's name: values of one place are told by it. */
  readonly place?: number | undefined;
  /** It is not of the task text, which names another value that may stand here. */
  readonly rival?: TraceRival | undefined;
  /** Hash of it as it is written, where calls are counted by it and `whole` does not tell it from all others. */
  readonly thing?: number | undefined;
}

export interface CallTrace {
  /** Id of the key of the hashes. */
  readonly key: string;
  readonly values: readonly TracedValue[];
  /** Of the values that say where the call goes there were more, deeper or longer ones than may be looked at. */
  readonly cut?: true | undefined;
  /** The tool goes to an address that its arguments name, whatever its effect. */
  readonly fetches?: true | undefined;
  /** Of the values, whatever they say, not all are here. */
  readonly more?: true | undefined;
  /** A task text that the role trusts is known: what it says for a call counts, too. */
  readonly tasked?: true | undefined;
  /** The task text of the session speaks for no such call: evidence, never a reason to refuse by itself. */
  readonly outside?: true | undefined;
  /** But it has a word for what the call does, or cannot be wholly understood: `outside` proves less. */
  readonly spoken?: true | undefined;
  /** Whether the task text names what the tool is about; where the tool's name says what that is. */
  readonly about?: "named" | "unnamed" | undefined;
  /** Hash of the name of the tool, as the agent knows it: a text that holds it speaks to an agent. */
  readonly tool?: number | undefined;
  /** The task text hands over to data: "do what the mail says". */
  readonly delegated?: true | undefined;
  /** The persona has a baseline of destinations. */
  readonly learned?: true | undefined;
}

export interface AnswerTrace {
  readonly key: string;
  /** Eight base64url characters each: a hash of 32 bits and 16 bits about it (actors/behaviour/mark.ts). */
  readonly marks: string;
  /** Not all of it was read. */
  readonly cut?: true;
  /** Most different directive words that stood together in it. */
  readonly directive: number;
}
