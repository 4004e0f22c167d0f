/**
 * Writes ICAP requests. Owns: how a document is put into an HTTP message for the service to look at. Does not own: what
 * the service may be asked (service.ts).
 *
 * Q1. No byte of the document stands outside the body, so none can act as a header.
 *
 * @see RFC 3507 sections 4.4.1, 4.5, 4.8 to 4.10
 */
import type { Direction } from "../external/recogniser.ts";

export interface IcapTarget {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** As it stands in the request line. */
  readonly url: string;
}

export interface IcapRequest {
  readonly first: Buffer;
  /** What follows when the server says 100 Continue; nothing when it must not say so. */
  readonly rest: Buffer | undefined;
  /** 204 is an answer to it. */
  readonly allows204: boolean;
}

/** What was shown to the service; what comes back is compared with it. */
export interface Shown {
  readonly direction: Direction;
  readonly body: Buffer;
}

export const requestLine = "POST http://gatehouse.invalid/ HTTP/1.1";
export const responseStatus = 200;
const agent = "User-Agent: gatehouse";

export function writeOptions({ url, host, port }: IcapTarget): Buffer {
  return head([`OPTIONS ${url} ICAP/1.0`, `Host: ${hostHeader(host, port)}`, agent, "Encapsulated: null-body=0"]); // prettier-ignore
}

/** @param preview bytes that the server wants to see first; undefined when it wants all */
export function writeDocument(
  { url, host, port }: IcapTarget,
  { direction, body }: Shown,
  { preview, allows204 }: { readonly preview: number | undefined; readonly allows204: boolean },
): IcapRequest {
  const own = [`Host: gatehouse.invalid`, "Content-Type: text/plain; charset=utf-8", `Content-Length: ${body.length}`]; // prettier-ignore
  const isRequest = direction === "request";
  const asked = isRequest
    ? head([requestLine, ...own])
    : head(["GET http://gatehouse.invalid/ HTTP/1.1", "Host: gatehouse.invalid"]);
  const answered = isRequest ? Buffer.alloc(0) : head([`HTTP/1.1 ${responseStatus} OK`, ...own.slice(1)]);
  const parts = isRequest
    ? `req-hdr=0, req-body=${asked.length}`
    : `req-hdr=0, res-hdr=${asked.length}, res-body=${asked.length + answered.length}`;
  const shown = preview === undefined ? body.length : Math.min(preview, body.length);
  const lines = [
    `${isRequest ? "REQMOD" : "RESPMOD"} ${url} ICAP/1.0`,
    `Host: ${hostHeader(host, port)}`,
    agent,
    ...(allows204 ? ["Allow: 204"] : []),
    ...(preview === undefined ? [] : [`Preview: ${shown}`]),
    `Encapsulated: ${parts}`,
  ];
  const isAll = shown === body.length;
  const end = preview !== undefined && isAll ? "0; ieof\r\n\r\n" : "0\r\n\r\n";
  const first = Buffer.concat([head(lines), asked, answered, chunk(body.subarray(0, shown)), Buffer.from(end)]); // prettier-ignore
  const rest = isAll ? undefined : Buffer.concat([chunk(body.subarray(shown)), Buffer.from("0\r\n\r\n")]);
  return { first, rest, allows204: allows204 || preview !== undefined };
}

function head(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function chunk(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

function hostHeader(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
