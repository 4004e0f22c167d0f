/**
 * The collections of documents that a node has open: what calls and answers are compared with. Owns the order in which a large
 * document is compared, and what that may take. Does not own the file (collection.ts), when it is opened (watched.ts), nor
 * the comparison (actors/dlp/fingerprint/).
 *
 * C1. All views of a document are read once, for all collections together.
 * C2. Others have their turn between the pieces of a large one.
 * C3. What is not compared to its end says so.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Excess } from "../../../actors/dlp/budget.ts";
import type { ExactResult } from "../../../actors/dlp/exact/matcher.ts";
import { PassageFinder, type Collection } from "../../../actors/dlp/fingerprint/passages.ts";
import { Views } from "../../../actors/dlp/fingerprint/views.ts";
import { limits } from "../../../protocol/limits.ts";
import type { Keyring } from "../../vault/keyring.ts";
import type { Comparison } from "../consulting.ts";
import { inflate } from "../ports.ts";
import { Watched } from "../watched.ts";
import { identityOf } from "../exact/sealedfile.ts";
import { openCollection } from "./collection.ts";

export interface CollectionPorts {
  readonly keyring: Keyring;
  /** For operators. */
  readonly notice: (text: string) => void;
}

const nothing: ExactResult = { findings: [] };

interface Standing {
  readonly name: string;
  readonly collection: Collection;
  readonly identity: string;
}

export class DocumentCollections implements Comparison {
  readonly #standing: Watched<Standing>;

  /** @throws GatewayError CONFIGURATION for a collection that cannot be opened */
  constructor(paths: readonly string[], { keyring, notice }: CollectionPorts) {
    this.#standing = new Watched(paths, (path) => opened(path, keyring), notice);
  }

  get isEmpty(): boolean {
    return this.#standing.isEmpty;
  }

  find(value: unknown): ExactResult {
    return this.isEmpty ? nothing : findPassages(value, this.#collections);
  }

  findInTurns(value: unknown): ExactResult | Promise<ExactResult> {
    return this.isEmpty ? nothing : inTurns(new PassageSearch(value, this.#collections));
  }

  get types(): readonly string[] {
    return this.#standing.all().map(({ collection }) => collection.type);
  }

  get identities(): readonly string[] {
    return this.#standing.all().map(({ identity }) => identity);
  }

  get #collections(): readonly Collection[] {
    return this.#standing.all().map(({ collection }) => collection);
  }

  close(): void {
    this.#standing.close();
  }
}

function opened(path: string, keyring: Keyring): Standing {
  const { collection, head, revoked } = openCollection(path, keyring);
  return { name: head.name, collection, identity: identityOf(head, revoked) };
}

/** Of a small document, at once. */
export function findPassages(value: unknown, collections: readonly Collection[]): ExactResult {
  const search = new PassageSearch(value, collections);
  const steps = search.steps();
  while (steps.next().done !== true);
  return search.result();
}

async function inTurns(search: PassageSearch): Promise<ExactResult> {
  let tookMs = 0;
  let began = performance.now();
  const steps = search.steps();
  while (steps.next().done !== true) {
    tookMs += performance.now() - began;
    if (tookMs > limits.dlpScanMs) return search.result({ budget: "time", max: limits.dlpScanMs });
    await nextTurn();
    began = performance.now();
  }
  return search.result();
}

/** One document and all collections. */
class PassageSearch {
  readonly #views: Views;
  readonly #finders: readonly PassageFinder[];

  constructor(value: unknown, collections: readonly Collection[]) {
    this.#finders = collections.map((each) => new PassageFinder(each));
    this.#views = new Views(value, inflate, Math.min(...collections.map(({ shape }) => shape.gram)));
  }

  /** One step for each piece. */
  *steps(): Generator<undefined> {
    let chars = 0;
    for (const view of this.#views.all()) {
      for (const finder of this.#finders) finder.start();
      for (const piece of view()) {
        for (let from = 0; from < piece.text.length;) {
          const to = endOf(piece.text, from + limits.fingerprintPieceChars - chars);
          for (const finder of this.#finders) finder.feed(piece, from, to);
          chars += to - from;
          from = to;
          if (chars < limits.fingerprintPieceChars) continue;
          chars = 0;
          yield;
        }
      }
      for (const finder of this.#finders) finder.end();
    }
  }

  result(spent?: Excess): ExactResult {
    // What was found before the time was up is told.
    if (spent !== undefined) for (const finder of this.#finders) finder.end();
    const all = this.#finders.flatMap((finder) => finder.findings(this.#views.leaves));
    const tooMany = all.length > limits.dlpFindingsMax ? ({ budget: "findings", max: limits.dlpFindingsMax } as const) : undefined; // prettier-ignore
    const exceeded = spent ?? this.#views.exceeded ?? tooMany;
    const findings = tooMany === undefined ? all : all.slice(0, limits.dlpFindingsMax);
    return exceeded === undefined ? { findings } : { findings, exceeded };
  }
}

/** Where a piece may end: not between the halves of a pair. */
function endOf(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? at + 1 : at;
}
