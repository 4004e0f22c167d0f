/**
 * Reads one ICAP answer from bytes as they come. Owns: syntax and bounds. Does not own: the connection (connection.ts),
 * what an answer means (judgement.ts).
 *
 * R1. Strict: what RFC 3507 does not allow is a fault; nothing is guessed or repaired, no line ends in a bare LF.
 * R2. Bounded: heads, chunk lines and trailers by limits.ts, the body by `bodyBytesMax`; a body beyond it ends the
 *     reading with `isCut`, as it is certainly not the body that was sent.
 * R3. However the bytes are cut into pieces, the outcome is the same.
 *
 * @see RFC 3507 sections 4.3 to 4.5; RFC 9112 section 7.1 for chunks
 */
import { limits } from "../../../protocol/limits.ts";

/** What is wrong with an answer, in our own words. */
export class IcapFault extends Error {}

export interface IcapHead {
  readonly status: number;
  /** Names in lower case; of a name that comes twice, both values with a comma between. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface IcapAnswer extends IcapHead {
  /** First line of an encapsulated HTTP head, by kind. */
  readonly request: string | undefined;
  readonly response: string | undefined;
  readonly body: Buffer | undefined;
  /** The body was longer than could be; the rest was not read. */
  readonly isCut: boolean;
}

type State = "head" | "http" | "size" | "data" | "data end" | "trailer" | "done";
type Part = "req-hdr" | "res-hdr" | "req-body" | "res-body" | "opt-body" | "null-body";

const crlf = "\r\n";
const blank = Buffer.from("\r\n\r\n");
const statusLine = /^ICAP\/1\.0 ([1-5]\d\d)(?: [\x20-\x7e\x80-\xff]{0,256})?$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const partForm = /^(req-hdr|res-hdr|req-body|res-body|opt-body|null-body)=(\d{1,8})$/;
const chunkLine = /^([0-9a-fA-F]{1,8})(?:[ \t]*;[\t\x20-\x7e]*)?$/;

export class IcapReader {
  readonly #bodyBytesMax: number;
  #state: State = "head";
  #held: Buffer = Buffer.alloc(0);
  #head: IcapHead | undefined;
  #parts: readonly (readonly [Part, number])[] = [];
  #request: string | undefined;
  #response: string | undefined;
  readonly #body: Buffer[] = [];
  #bodyBytes = 0;
  #left = 0;
  #trailers = 0;
  #isCut = false;

  /** @param bodyBytesMax beyond which no more is read */
  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Known before the answer is whole. */
  get head(): IcapHead | undefined {
    return this.#head;
  }

  /** Bytes after the end of the answer: there must be none. Of an answer that was cut they are the rest. */
  get surplus(): number {
    return this.#state === "done" && !this.#isCut ? this.#held.length : 0;
  }

  /**
   * @returns the answer once it is whole
   * @throws IcapFault
   */
  feed(chunk: Buffer): IcapAnswer | undefined {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#state !== "done" && this.#step());
    return this.#state === "done" ? this.#whole() : undefined;
  }

  /** @returns false when more bytes are needed */
  #step(): boolean {
    switch (this.#state) {
      case "head":
        return this.#readHead();
      case "http":
        return this.#readHttp();
      case "size":
        return this.#readSize();
      case "data":
        return this.#readData();
      case "data end":
        return this.#readDataEnd();
      case "trailer":
        return this.#readTrailer();
      case "done":
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  #readHead(): boolean {
    const max = limits.icapHeadBytesMax;
    const end = this.#held.indexOf(blank);
    if (end > max || (end < 0 && this.#held.length > max)) throw new IcapFault(`its head is longer than ${max} bytes`); // prettier-ignore
    if (end < 0) return false;
    const [first = "", ...lines] = this.#take(end + blank.length).toString("latin1").slice(0, -blank.length).split(crlf); // prettier-ignore
    const status = statusLine.exec(first)?.[1];
    if (status === undefined) throw new IcapFault("its first line is no ICAP/1.0 status line");
    this.#head = { status: Number(status), headers: readHeaders(lines) };
    this.#parts = readParts(this.#head);
    this.#state = this.#parts.some(([part]) => part.endsWith("-hdr")) ? "http" : this.#afterHeads();
    return true;
  }

  #afterHeads(): State {
    const last = this.#parts.at(-1)?.[0];
    return last === undefined || last === "null-body" ? "done" : "size";
  }

  #readHttp(): boolean {
    const length = this.#parts.at(-1)?.[1] ?? 0;
    if (this.#held.length < length) return false;
    const heads = this.#take(length);
    for (const [at, [part, from]] of this.#parts.entries()) {
      if (!part.endsWith("-hdr")) continue;
      const head = heads.subarray(from, this.#parts[at + 1]?.[1]);
      const line = firstLine(head);
      if (part === "req-hdr") this.#request = line;
      else this.#response = line;
    }
    this.#state = this.#afterHeads();
    return true;
  }

  #readSize(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    const size = chunkLine.exec(line)?.[1];
    if (size === undefined) throw new IcapFault("the size of a chunk is no number in hex");
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailer" : "data";
    if (this.#bodyBytes + this.#left <= this.#bodyBytesMax) return true;
    this.#isCut = true;
    this.#state = "done";
    return true;
  }

  #readData(): boolean {
    if (this.#held.length === 0) return false;
    const bytes = this.#take(Math.min(this.#left, this.#held.length));
    this.#body.push(bytes);
    this.#bodyBytes += bytes.length;
    this.#left -= bytes.length;
    if (this.#left === 0) this.#state = "data end";
    return true;
  }

  #readDataEnd(): boolean {
    if (this.#held.length < crlf.length) return false;
    if (this.#take(crlf.length).toString("latin1") !== crlf) throw new IcapFault("a chunk is longer than its size says"); // prettier-ignore
    this.#state = "size";
    return true;
  }

  #readTrailer(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    if (line === "") this.#state = "done";
    else if (++this.#trailers > limits.icapTrailersMax) throw new IcapFault("it has too many trailers");
    else if (!headerLine.test(line)) throw new IcapFault("a trailer is no header line");
    return true;
  }

  #line(): string | undefined {
    const max = limits.icapChunkLineBytesMax;
    const end = this.#held.indexOf(crlf);
    if (end > max || (end < 0 && this.#held.length > max + 1)) throw new IcapFault(`the size line of a chunk is longer than ${max} bytes`); // prettier-ignore
    return end < 0 ? undefined : this.#take(end + crlf.length).toString("latin1").slice(0, -crlf.length); // prettier-ignore
  }

  #take(bytes: number): Buffer {
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    return taken;
  }

  #whole(): IcapAnswer {
    const head = this.#head ?? { status: 0, headers: new Map() };
    const hasBody = this.#parts.some(([part]) => part.endsWith("-body") && part !== "null-body");
    const body = hasBody ? Buffer.concat(this.#body) : undefined;
    return { ...head, request: this.#request, response: this.#response, body, isCut: this.#isCut };
  }
}

function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  if (lines.length > limits.headerCountMax) throw new IcapFault(`it has more than ${limits.headerCountMax} headers`); // prettier-ignore
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = headerLine.exec(line) ?? [];
    if (name === "") throw new IcapFault("a line of its head is no header");
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** The parts that the Encapsulated header names, in their order: heads, then one body. */
function readParts({ status, headers }: IcapHead): readonly (readonly [Part, number])[] {
  const listed = headers.get("encapsulated");
  if (listed === undefined || listed === "") return [];
  const parts = listed.split(",").map((text): readonly [Part, number] => {
    const [, part, offset] = partForm.exec(text.trim()) ?? [];
    if (part === undefined) throw new IcapFault("its Encapsulated header cannot be read");
    return [part as Part, Number(offset)];
  });
  for (const [at, [part, offset]] of parts.entries()) {
    const isLast = at === parts.length - 1;
    if (isLast !== part.endsWith("-body"))
      throw new IcapFault("its Encapsulated header does not end in one body");
    const before = parts[at - 1]?.[1];
    if (before === undefined ? offset !== 0 : offset <= before) throw new IcapFault("the offsets of its Encapsulated header do not rise from 0"); // prettier-ignore
    if (offset > limits.icapHttpHeadBytesMax) throw new IcapFault(`its HTTP heads are longer than ${limits.icapHttpHeadBytesMax} bytes`); // prettier-ignore
  }
  if (new Set(parts.map(([part]) => part)).size !== parts.length) throw new IcapFault("its Encapsulated header names a part twice"); // prettier-ignore
  const [last] = parts.at(-1) ?? [];
  if (status === 204 && last !== "null-body") throw new IcapFault("it says 204 and has a body all the same");
  return parts;
}

function firstLine(head: Buffer): string {
  const text = head.toString("latin1");
  if (!text.endsWith(`${crlf}${crlf}`))
    throw new IcapFault("an HTTP head does not end where its offset says");
  const [line = "", ...rest] = text.slice(0, -blank.length).split(crlf);
  if (!rest.every((each) => /^[\t\x20-\x7e\x80-\xff]*$/.test(each) && each !== "")) throw new IcapFault("an HTTP head has a line that is none"); // prettier-ignore
  return line;
}
