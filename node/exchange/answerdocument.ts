/**
 * An answer as it is searched: without bytes that are no text, and with the text that bytes of a resource are. Owns which is
 * which. Does not own the search (screening.ts).
 *
 * A1. Whether bytes are a text is seen in the bytes, not in what the server calls them. What is called a text and is not
 *     valid UTF-8 cannot be searched, and says so.
 * A2. Places in the document are places in the answer.
 */
import { isUtf8 } from "node:buffer";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";

export interface AnswerDocument {
  readonly value: JsonObject;
  /** Images, audio and bytes of another kind. */
  readonly media: number;
  /** Why it cannot be searched. */
  readonly fault: string | undefined;
  /** Places of what was taken out or decoded; empty for most answers. */
  readonly changed: readonly string[];
}

interface Reading {
  media: number;
  fault: string | undefined;
  readonly changed: string[];
}

/** Lists of blocks, by the member of a result that they stand in. */
const blockLists = ["content", "contents", "messages"] as const;

export function documentOf(result: JsonObject): AnswerDocument {
  const reading: Reading = { media: 0, fault: undefined, changed: [] };
  let value: Record<string, unknown> | undefined;
  for (const name of blockLists) {
    const blocks = result[name];
    if (!Array.isArray(blocks)) continue;
    const read = (blocks as unknown[]).map((block, at) => readBlock(block, `/${name}/${at}`, reading));
    if (reading.changed.length > 0) value = { ...(value ?? result), [name]: read };
  }
  // Sealed by us, for us.
  if (typeof result["requestState"] === "string") {
    const { requestState: _, ...rest } = value ?? result;
    value = rest;
  }
  return { value: value ?? result, ...reading };
}

/** A content block, a resource's contents, or a message that holds a block. */
function readBlock(block: unknown, path: string, reading: Reading): unknown {
  if (!isObject(block)) return block;
  if (isObject(block["content"]) && block["role"] !== undefined)
    return { ...block, content: readBlock(block["content"], `${path}/content`, reading) };
  if ((block["type"] === "image" || block["type"] === "audio") && typeof block["data"] === "string") {
    reading.media++;
    reading.changed.push(`${path}/data`);
    return { ...block, data: "" };
  }
  if (isObject(block["resource"]))
    return { ...block, resource: readBlock(block["resource"], `${path}/resource`, reading) };
  if (typeof block["blob"] !== "string") return block;
  const text = textOf(block["blob"]);
  if (text === undefined) {
    if (isCalledText(block["mimeType"])) reading.fault ??= "bytes that are called a text and are not valid UTF-8"; // prettier-ignore
    reading.media++;
  }
  reading.changed.push(`${path}/blob`);
  return { ...block, blob: text ?? "" };
}

/** Undefined for bytes that are no text. */
function textOf(base64: string): string | undefined {
  const bytes = Buffer.from(base64, "base64");
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  return /[\u0000-\u0008\u000e-\u001a]/.test(text) ? undefined : text;
}

function isCalledText(type: unknown): boolean {
  return typeof type === "string" && /^text\/|[/+](?:json|xml|yaml|csv)\b/i.test(type);
}

/** The answer with what a search has changed in its document. */
export function restored(result: JsonObject, { changed }: AnswerDocument, rewritten: unknown): JsonObject {
  const out = rewritten as Record<string, unknown>;
  const isSealed = typeof result["requestState"] === "string";
  const value = isSealed ? { ...out, requestState: result["requestState"] } : out;
  for (const path of changed) put(value, result, path.slice(1).split("/"));
  return value;
}

/** Puts bytes back in their place: those that were left out as they were, those that are a text as it is now. */
function put(value: unknown, result: unknown, [segment = "", ...rest]: readonly string[]): void {
  const [into, from] = [value as Record<string, unknown>, result as Record<string, unknown>];
  if (into === undefined || from === undefined) return;
  if (rest.length > 0) return put(into[segment], from[segment], rest);
  const text = into[segment];
  into[segment] = segment === "blob" && typeof text === "string" && text !== "" ? Buffer.from(text, "utf8").toString("base64") : from[segment]; // prettier-ignore
}

/** Without bytes that nobody looks into: each block says what it was. */
export function withoutMedia(result: JsonObject): JsonObject {
  const out: Record<string, unknown> = { ...result };
  for (const name of blockLists) {
    const blocks = result[name];
    if (Array.isArray(blocks)) out[name] = (blocks as unknown[]).map(withoutBytes);
  }
  return out;
}

function withoutBytes(block: unknown): unknown {
  if (!isObject(block)) return block;
  if (isObject(block["content"])) return { ...block, content: withoutBytes(block["content"]) };
  const { type } = block;
  if (type === "image" || type === "audio") return { type: "text", text: `[${type} withheld: bytes that nobody looks into may not pass]` }; // prettier-ignore
  if (isObject(block["resource"])) return { ...block, resource: withoutBytes(block["resource"]) };
  if (typeof block["blob"] !== "string" || textOf(block["blob"]) !== undefined) return block;
  const { blob: _, ...rest } = block;
  return { ...rest, text: "[bytes withheld: what nobody looks into may not pass]" };
}
