/**
 * Reads CSV (RFC 4180) as it comes, row by row. Owns syntax and bounds; does not own what the columns mean.
 *
 * V1. Strict: a row with more or fewer fields than the first, a quote in the middle of a field, text after a closing quote,
 *     bytes that are no UTF-8, or a quote that is never closed is a fault that names line and column.
 * V2. It holds one chunk and one row.
 */
import { limits } from "../../../protocol/limits.ts";

export class CsvFault extends Error {}

export class CsvReader {
  readonly #delimiter: number;
  readonly #onRow: (fields: readonly string[], line: number) => void;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #fields: string[] = [];
  #field = "";
  #state: "start" | "plain" | "quoted" | "closed" = "start";
  #hasReturn = false;
  /** Of the field in quotes that was begun last. */
  #quoteLine = 0;
  #line = 1;
  #rowLine = 1;
  #width = 0;

  /** @param onRow called with each row, the first one (names of columns) included; line counts from 1 */
  constructor(delimiter: "," | ";" | "\t" | "|", onRow: (fields: readonly string[], line: number) => void) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#onRow = onRow;
  }

  /** @throws CsvFault */
  feed(bytes: Uint8Array): void {
    this.#read(this.#decode(bytes, true));
  }

  /** @throws CsvFault */
  end(): void {
    this.#read(this.#decode(new Uint8Array(), false));
    if (this.#hasReturn) throw this.#fault("a carriage return stands alone");
    if (this.#state === "quoted")
      throw this.#fault(`a quote is never closed; it was opened in line ${this.#quoteLine}`);
    if (this.#state !== "start" || this.#fields.length > 0) this.#endRow();
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch {
      throw this.#fault("bytes that are no UTF-8 come after it");
    }
  }

  #read(text: string): void {
    let from = 0; // of the part of the field that is in this chunk
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (this.#state === "quoted") {
        if (unit === 10) this.#line++;
        if (unit !== 34) continue;
        this.#keep(text.slice(from, at));
        this.#state = "closed";
        continue;
      }
      if (this.#hasReturn && unit !== 10) throw this.#fault("a carriage return stands alone");
      if (unit === this.#delimiter || unit === 10 || unit === 13) {
        if (this.#state === "plain") this.#keep(text.slice(from, at));
        this.#separate(unit);
      } else if (unit === 34) from = this.#quote(at);
      else if (this.#state === "closed") throw this.#fault("text follows a closing quote");
      else if (this.#state === "start") {
        this.#state = "plain";
        from = at;
      }
    }
    if (this.#state === "plain" || this.#state === "quoted") this.#keep(text.slice(from));
  }

  /** @returns where the rest of the field begins */
  #quote(at: number): number {
    if (this.#state === "plain") throw this.#fault("a quote stands in a field that does not begin with one");
    if (this.#state === "closed") this.#keep('"');
    else this.#quoteLine = this.#line;
    this.#state = "quoted";
    return at + 1;
  }

  #separate(unit: number): void {
    if (unit === 13) {
      this.#hasReturn = true;
      return this.#endField();
    }
    if (unit === this.#delimiter) {
      this.#endField();
      // What follows is a field, also when nothing does.
      this.#state = "start";
      return;
    }
    if (!this.#hasReturn) this.#endField();
    this.#hasReturn = false;
    this.#line++;
    this.#endRow(true);
  }

  #keep(part: string): void {
    this.#field += part;
    if (this.#field.length > limits.exactFieldCharsMax) throw this.#fault(`the field is longer than ${limits.exactFieldCharsMax} characters`); // prettier-ignore
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = "";
    this.#state = "start";
    if (this.#fields.length > limits.exactFieldsMax) throw this.#fault(`the row has more than ${limits.exactFieldsMax} fields`); // prettier-ignore
  }

  #endRow(isEnded = false): void {
    if (!isEnded) this.#endField();
    const fields = this.#fields;
    const line = this.#rowLine;
    this.#fields = [];
    this.#rowLine = this.#line;
    if (fields.length === 1 && fields[0] === "") return; // an empty line
    if (this.#width === 0) {
      this.#width = fields.length;
      if (fields[0]?.startsWith("\ufeff") === true) fields[0] = fields[0].slice(1);
    } else if (fields.length !== this.#width)
      throw new CsvFault(
        `line ${line}: the row has ${fields.length} fields, and the first row ${this.#width}`,
      );
    this.#onRow(fields, line);
  }

  #fault(says: string): CsvFault {
    return new CsvFault(`line ${this.#line}, column ${this.#fields.length + 1}: ${says}`);
  }
}
