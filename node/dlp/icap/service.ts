/**
 * One ICAP service: a URL that is asked about documents of one direction. Owns its connections, what it says of itself
 * (OPTIONS), and its clean verdicts. Does not own what an answer means (judgement.ts), when it is left alone (examiner.ts).
 *
 * S1. Never more connections than the server and we allow; who waits for one waits no longer than its deadline.
 * S2. A clean verdict is remembered for the very same bytes, and only while the service's ISTag is the same. A block is not
 *     remembered.
 * S3. What the service says of itself is asked anew when its time is over and when its ISTag has changed.
 * S4. A question is asked a second time only when a connection that had been used before ended without one byte.
 *
 * @see RFC 3507 sections 4.7 (ISTag), 4.10 (OPTIONS)
 */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { LRUCache } from "lru-cache";
import { GatewayError } from "../../../protocol/errors.ts";
import { limits } from "../../../protocol/limits.ts";
import { clean } from "../external/recogniser.ts";
import type { Direction, Opinion } from "../external/recogniser.ts";
import { BrokenAnswer, IcapConnection } from "./connection.ts";
import { judge, judgeHead } from "./judgement.ts";
import { IcapFault } from "./reader.ts";
import type { IcapAnswer } from "./reader.ts";
import { writeDocument, writeOptions } from "./request.ts";
import type { IcapTarget, Shown } from "./request.ts";

export interface IcapOptions {
  readonly allows204: boolean;
  /** Bytes it wants to see first. */
  readonly preview: number | undefined;
  readonly connectionsMax: number;
  readonly istag: string;
  readonly service: string;
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
  readonly give: (connection: IcapConnection) => void;
  readonly fail: (error: unknown) => void;
}

export class IcapService {
  readonly #target: IcapTarget;
  readonly #direction: Direction;
  readonly #dial: () => Socket;
  readonly #idle: IcapConnection[] = [];
  readonly #open = new Set<IcapConnection>();
  readonly #waiting = new Set<Waiting>();
  readonly #clean = new LRUCache<string, true>({ max: limits.recogniserCleanMax });
  #options: { readonly said: Promise<IcapOptions>; readonly untilMs: number } | undefined;
  #connectionsMax = limits.recogniserConnectionsMax;
  #istag = "";
  #isClosed = false;

  /** @param dial opens a connection to the target; may throw GatewayError */
  constructor(target: IcapTarget, direction: Direction, dial: () => Socket) {
    this.#target = target;
    this.#direction = direction;
    this.#dial = dial;
  }

  get counts(): { readonly open: number; readonly waiting: number; readonly remembered: number } {
    return { open: this.#open.size, waiting: this.#waiting.size, remembered: this.#clean.size };
  }

  /** @throws GatewayError RECOGNISER_FAILED */
  async examine(text: string, deadlineMs: number): Promise<Opinion> {
    const options = await this.options(deadlineMs);
    const shown: Shown = { direction: this.#direction, body: Buffer.from(text, "utf8") };
    const digest = createHash("sha256").update(shown.body).digest("base64");
    if (this.#clean.get(digest) === true) return clean;
    const request = writeDocument(this.#target, shown, options);
    const bodyBytesMax = shown.body.length + limits.icapBodySlackBytes;
    try {
      const answer = await this.#ask(request.first, request.rest, bodyBytesMax, deadlineMs);
      this.#noteTag(answer);
      const blocked = judge(answer, shown, request.allows204);
      if (blocked !== undefined) return { findings: [], blocked: blocked.says };
      if (this.#istag !== "") this.#clean.set(digest, true);
      return clean;
    } catch (error) {
      const told = error instanceof BrokenAnswer && error.head !== undefined ? judgeHead(error.head) : undefined; // prettier-ignore
      if (told !== undefined) return { findings: [], blocked: told.says };
      throw failure(error);
    }
  }

  /** What the service says of itself. @throws GatewayError RECOGNISER_FAILED */
  async options(deadlineMs: number): Promise<IcapOptions> {
    if (this.#options === undefined || performance.now() >= this.#options.untilMs) {
      const said = this.#askOptions(deadlineMs);
      this.#options = { said, untilMs: performance.now() + limits.icapOptionsMs };
    }
    const asked = this.#options;
    try {
      return await asked.said;
    } catch (error) {
      // Whoever comes next asks anew.
      if (this.#options === asked) this.#options = undefined;
      throw failure(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#open) connection.close();
    for (const { timer, fail } of this.#waiting) {
      clearTimeout(timer);
      fail(new IcapFault("the gateway is closing"));
    }
    this.#waiting.clear();
  }

  async #askOptions(deadlineMs: number): Promise<IcapOptions> {
    const answer = await this.#ask(writeOptions(this.#target), undefined, limits.icapHttpHeadBytesMax, deadlineMs); // prettier-ignore
    const { options, holdsMs } = readOptions(answer, this.#direction);
    if (this.#options !== undefined)
      this.#options = { ...this.#options, untilMs: performance.now() + holdsMs };
    this.#connectionsMax = options.connectionsMax;
    this.#noteTag(answer, true);
    return options;
  }

  /** Another ISTag: the service has other rules now. */
  #noteTag({ headers }: IcapAnswer, isOptions = false): void {
    const istag = headers.get("istag") ?? "";
    if (istag === this.#istag) return;
    this.#istag = istag;
    this.#clean.clear();
    if (!isOptions) this.#options = undefined;
  }

  async #ask(
    first: Buffer,
    rest: Buffer | undefined,
    bodyBytesMax: number,
    deadlineMs: number,
  ): Promise<IcapAnswer> {
    // prettier-ignore
    for (;;) {
      const connection = await this.#take(deadlineMs);
      const { isUsed } = connection;
      try {
        const answer = await connection.ask(first, rest, bodyBytesMax, deadlineMs - performance.now());
        this.#free(connection);
        return answer;
      } catch (error) {
        const isStale = error instanceof BrokenAnswer && error.isUnheard && !error.isTimeout && isUsed;
        if (!isStale) throw error;
      }
    }
  }

  async #take(deadlineMs: number): Promise<IcapConnection> {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop())
      if (kept.isReusable) return kept;
    if (this.#open.size < this.#connectionsMax) return this.#connect();
    if (this.#waiting.size >= limits.recogniserWaitingMax) throw new IcapFault("too many questions wait for a connection to it"); // prettier-ignore
    return new Promise((give, fail) => {
      const late = (): void => {
        this.#waiting.delete(waiting);
        fail(new IcapFault("no connection to it became free in time"));
      };
      const timer = setTimeout(late, Math.max(0, deadlineMs - performance.now()));
      const waiting: Waiting = { timer, give, fail };
      this.#waiting.add(waiting);
    });
  }

  #connect(): IcapConnection {
    if (this.#isClosed) throw new IcapFault("the gateway is closing");
    const connection = new IcapConnection(this.#dial(), (gone) => {
      this.#open.delete(gone);
      this.#serve();
    });
    this.#open.add(connection);
    return connection;
  }

  #free(connection: IcapConnection): void {
    if (!connection.isReusable) return;
    this.#idle.push(connection);
    this.#serve();
  }

  /** Gives a connection to whoever waits longest, when there is one or may be one. */
  #serve(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#isClosed) return;
    const kept = this.#idle.pop();
    if (kept?.isReusable !== true && this.#open.size >= this.#connectionsMax) return;
    this.#waiting.delete(next);
    clearTimeout(next.timer);
    try {
      next.give(kept?.isReusable === true ? kept : this.#connect());
    } catch (error) {
      next.fail(error);
    }
  }
}

/** @throws IcapFault when the service cannot be used for this direction */
function readOptions(
  { status, headers }: IcapAnswer,
  direction: Direction,
): { readonly options: IcapOptions; readonly holdsMs: number } {
  if (status === 404) throw new IcapFault("it has no such service (ICAP 404): check the path of the URL");
  if (status !== 200) throw new IcapFault(`it answered OPTIONS with ICAP ${status}`);
  const method = direction === "request" ? "REQMOD" : "RESPMOD";
  const methods = (headers.get("methods") ?? "").split(",").map((each) => each.trim().toUpperCase());
  if (!methods.includes(method)) throw new IcapFault(`the service does not do ${method}: it is the wrong URL for a ${direction}`); // prettier-ignore
  const all = (headers.get("transfer-complete") ?? "").trim() === "*";
  const preview = readNumber(headers.get("preview"), limits.icapPreviewBytesMax);
  const ttl = readNumber(headers.get("options-ttl"), limits.icapOptionsMs / 1000);
  const most = readNumber(headers.get("max-connections"), limits.recogniserConnectionsMax);
  const options = {
    allows204: /(?:^|[,\s])204(?:$|[,\s])/.test(headers.get("allow") ?? ""),
    preview: all ? undefined : preview,
    connectionsMax: Math.max(1, most ?? limits.recogniserConnectionsMax),
    istag: headers.get("istag") ?? "",
    service: (headers.get("service") ?? "").slice(0, limits.dlpNameCharsMax),
  };
  return { options, holdsMs: (ttl ?? limits.icapOptionsMs / 1000) * 1000 };
}

/** A whole number of at most `max`; undefined when there is none. @throws IcapFault */
function readNumber(text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw new IcapFault("a number in its answer to OPTIONS cannot be read");
  return Math.min(Number(text), max);
}

function failure(error: unknown): GatewayError {
  if (error instanceof GatewayError && error.code === "RECOGNISER_FAILED") return error;
  if (error instanceof IcapFault || error instanceof BrokenAnswer || error instanceof GatewayError)
    return new GatewayError("RECOGNISER_FAILED", error.message, { cause: error });
  throw error;
}
