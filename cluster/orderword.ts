/**
 * A word about orders as bytes: a JSON list of its number, what its sender has heard of others, orders, and how long ago the
 * sender has seen the store. Owns the form and its bounds. Does not own what orders say (orders.ts).
 *
 * O1. What is read is a word of exactly this form, or nothing. Nothing throws, whatever the bytes are.
 * O2. Values that follow the known ones are a newer version's, and are passed over. An older version's word does not say when
 *     it has seen the store, which counts as never.
 */
import { isUtf8 } from "node:buffer";
import { isName } from "../protocol/id.ts";
import { isJsonArray, JsonFault, parseStrict, type Json } from "../protocol/json.ts";
import type { JsonBounds } from "../protocol/jsonbounds.ts";
import { limits } from "../protocol/limits.ts";

/** The last word that a node has heard of another. */
export interface Heard {
  readonly id: string;
  readonly boot: number;
  readonly count: number;
}

export interface Order {
  /** Key of its row. */
  readonly key: string;
  readonly text: string;
}

export interface OrderWord {
  /** Words of one process, in turn from 1. */
  readonly count: number;
  readonly heard: readonly Heard[];
  readonly orders: readonly Order[];
  /** Milliseconds since its sender had seen every row of the store; undefined when it does not say. */
  readonly storeAgeMs: number | undefined;
}

const bounds: JsonBounds = {
  textUnitsMax: limits.wordBytesMax,
  depthMax: 4,
  keysMax: 1,
  itemsMax: 4 * limits.clusterMembersMax + 64,
  stringUnitsMax: 2 * limits.orderBytesMax,
};

/** Of a row, and of an order in a word. */
const keyPattern = /^[a-z]{1,16}\.[\w-]{1,64}$/;

export function encodeOrderWord({ count, heard, orders, storeAgeMs }: OrderWord): Uint8Array {
  const pairs = heard.map((each) => [each.id, each.boot, each.count]);
  const texts = orders.map(({ key, text }) => [key, text]);
  return Buffer.from(JSON.stringify([count, pairs, texts, storeAgeMs ?? null]), "utf8");
}

export function decodeOrderWord(bytes: Uint8Array): OrderWord | undefined {
  if (bytes.length > limits.wordBytesMax || !isUtf8(bytes)) return undefined;
  const value = parseStrict(Buffer.from(bytes).toString("utf8"), bounds);
  if (value instanceof JsonFault || !isJsonArray(value)) return undefined;
  const [count, pairs, texts, age] = value;
  if (!isCount(count) || !isJsonArray(pairs) || !isJsonArray(texts)) return undefined;
  const heard = pairs.map(readHeard);
  const orders = texts.map(readOrder);
  const isSound = heard.every((each) => each !== undefined) && orders.every((each) => each !== undefined);
  const storeAgeMs = isAge(age) ? age : undefined;
  return isSound ? { count, heard, orders, storeAgeMs } : undefined;
}

function readHeard(value: Json): Heard | undefined {
  if (!isJsonArray(value)) return undefined;
  const [id, boot, count] = value;
  return typeof id === "string" && isName(id) && isCount(boot) && isCount(count)
    ? { id, boot, count }
    : undefined;
}

function readOrder(value: Json): Order | undefined {
  if (!isJsonArray(value)) return undefined;
  const [key, text] = value;
  if (typeof key !== "string" || !keyPattern.test(key) || typeof text !== "string") return undefined;
  return text.length <= limits.orderBytesMax ? { key, text } : undefined;
}

function isAge(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
