/** How large a JSON text from outside may be, and what in it (json.ts holds them while it reads). */
import { limits } from "./limits.ts";

/** Bounds of one text. Lengths are UTF-16 units, which never exceed the bytes of the same text in UTF-8. */
export interface JsonBounds {
  /** The whole text. */
  readonly textUnitsMax: number;
  /** Nested objects and arrays: `[[]]` has depth 2. A few hundred at most, because the scan recurses. */
  readonly depthMax: number;
  /** Keys of all objects together. */
  readonly keysMax: number;
  /** Elements of all arrays together. */
  readonly itemsMax: number;
  /** One string value, as written between its quotes. */
  readonly stringUnitsMax: number;
  /**
   * This program has written it: an integer beyond 2^53-1 passes in the digits that JSON.stringify gives a double. An
   * agent's `1e20` is one of those once a node has sent it on to another.
   */
  readonly isOwnText?: true;
}

/** Elements of an agent's message: `[{},{},...]` costs about 20 bytes of heap for each byte of text. */
export const messageItemsMax = 100_000;
/** One string of an agent's message: half of the largest body, enough for a file that a tool should write. */
export const messageStringUnitsMax = 2 * 1024 * 1024;
/** Keys of an answer, whose rows repeat theirs: one for each 64 bytes of the largest answer. */
export const answerKeysMax = 250_000;
/** Elements of an answer: columns of figures, embeddings. */
export const answerItemsMax = 1_000_000;
/** One string of an answer: 9 MiB of binary data in base64. */
export const answerStringUnitsMax = 12 * 1024 * 1024;
/** One key: those of schemas and `_meta` are far shorter; it bounds what a comparison of keys may cost. */
export const keyUnitsMax = 1_024;
/** One number as written: a double needs 25 characters at most; more only cost time to round. */
export const numberUnitsMax = 128;

/** Bounds of a message from an agent. */
export const messageBounds: JsonBounds = {
  textUnitsMax: limits.bodyBytesMax,
  depthMax: limits.jsonDepthMax,
  keysMax: limits.jsonKeysMax,
  itemsMax: messageItemsMax,
  stringUnitsMax: messageStringUnitsMax,
};

/** Bounds of a message from an upstream. */
export const answerBounds: JsonBounds = {
  textUnitsMax: limits.answerBytesMax,
  depthMax: limits.jsonDepthMax,
  keysMax: answerKeysMax,
  itemsMax: answerItemsMax,
  stringUnitsMax: answerStringUnitsMax,
};

/** Bounds of an agent's message that another node has read and written again: only numbers become longer by that. */
export const relayedBounds: JsonBounds = {
  ...messageBounds,
  textUnitsMax: limits.relayFrameBytesMax,
  isOwnText: true,
};

/** Bounds of an upstream's message that another node has read and written again. */
export const relayedAnswerBounds: JsonBounds = { ...answerBounds, isOwnText: true };
