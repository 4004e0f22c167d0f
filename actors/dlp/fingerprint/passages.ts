/**
 * Finds passages of documents in the texts of another: where prints of both are the same. Pure. Does not own: prints
 * (winnower.ts, prints.ts), views and places (views.ts).
 *
 * P1. A passage of a document that stands in a view, of as many letters and digits as its collection says, is found.
 * P2. What is found covers all of the passage: up to a window more on either side, as nobody knows where the copy begins.
 * P3. Of what overlaps in one text one finding is told.
 */
import type { Level } from "../detector.ts";
import type { Finding } from "../scanner.ts";
import type { Prints } from "./prints.ts";
import { endOf, startOf, type Leaf, type Piece } from "./views.ts";
import { Winnower, type PrintShape, type PrintSink } from "./winnower.ts";

export interface Collection {
  /** The type of findings. */
  readonly type: string;
  readonly shape: PrintShape;
  readonly key: Uint32Array;
  readonly prints: Prints;
  readonly isRevoked: (document: number) => boolean;
}

/** A passage in one leaf. */
interface Part {
  readonly leaf: number;
  readonly start: number;
  readonly end: number;
  readonly level: Level;
}

interface Place {
  readonly text: number;
  readonly at: number;
}

const aloneLevel = 4;
const surelyLevel = 5;

/** Looks in the views of one document, one after the other, for passages of one collection. */
export class PassageFinder implements PrintSink {
  readonly #of: Collection;
  readonly #winnower: Winnower;
  #pieces: Piece[] = [];
  #parts: Part[] = [];
  /** Where the open passage begins, and how many prints it has; the winnower watches for its last symbol. */
  #from: Place | undefined;
  #prints = 0;

  constructor(of: Collection) {
    this.#of = of;
    this.#winnower = new Winnower(of.shape, of.key, this);
  }

  /** For another view. */
  start(): void {
    this.#winnower.start();
    this.#pieces = [];
    this.#from = undefined;
    this.#prints = 0;
  }

  feed(piece: Piece, from = 0, to = piece.text.length): void {
    if (this.#pieces.at(-1) !== piece) this.#pieces.push(piece);
    this.#winnower.feed(piece.text, from, to, this.#pieces.length - 1);
  }

  /** A view was read to its end. */
  end(): void {
    if (this.#from !== undefined) this.#close();
  }

  /** By leaf and place. @param leaves of the views */
  findings(leaves: readonly Leaf[]): readonly Finding[] {
    const parts = this.#parts.toSorted((one, other) => one.leaf - other.leaf || one.start - other.start);
    const whole: Part[] = [];
    for (const part of parts) {
      const before = whole.at(-1);
      if (before === undefined || before.leaf !== part.leaf || before.end < part.start) whole.push(part);
      else whole[whole.length - 1] = { ...before, end: Math.max(before.end, part.end), level: before.level > part.level ? before.level : part.level }; // prettier-ignore
    }
    return whole.map(({ leaf, start, end, level }) => {
      const { path, inKey } = leaves[leaf] ?? { path: "", inKey: false };
      return { type: this.#of.type, start, end, likelihood: level, path, ...(inKey ? { inKey } : {}) };
    });
  }

  print(high: number, low: number, end: number): void {
    const { prints, isRevoked, shape } = this.#of;
    if (!prints.has(high, low, isRevoked)) return;
    const winnower = this.#winnower;
    const first = Math.max(0, end - shape.gram + 1 - (shape.window - 1));
    if (this.#from !== undefined && first > winnower.watched + 1) this.#close();
    this.#from ??= this.#placeOf(first);
    this.#prints++;
    winnower.watched = end + shape.window - 1;
    // The last symbol read is the last of the window: it may be the one that is watched for.
    if (winnower.watched === winnower.count - 1) this.#keepPlace();
  }

  #keepPlace(): void {
    const { text, at } = this.#placeOf(this.#winnower.count - 1);
    this.#winnower.watchedText = text;
    this.#winnower.watchedPlace = at;
  }

  #placeOf(symbol: number): Place {
    const ring = symbol % this.#winnower.texts.length;
    return { text: this.#winnower.texts[ring] ?? 0, at: this.#winnower.places[ring] ?? 0 };
  }

  #close(): void {
    const winnower = this.#winnower;
    const from = this.#from;
    // A text may end before the window does.
    if (winnower.watched >= winnower.count) this.#keepPlace();
    const to = { text: winnower.watchedText, at: winnower.watchedPlace };
    const level = this.#prints > 1 ? surelyLevel : aloneLevel;
    this.#from = undefined;
    this.#prints = 0;
    if (from === undefined) return;
    for (let text = from.text; text <= to.text; text++) {
      const piece = this.#pieces[text];
      if (piece === undefined || piece.text === "") continue;
      const start = startOf(piece, text === from.text ? from.at : 0);
      const end = endOf(piece, text === to.text ? to.at : piece.text.length - 1);
      if (end > start) this.#parts.push({ leaf: piece.leaf, start, end, level });
    }
  }
}
