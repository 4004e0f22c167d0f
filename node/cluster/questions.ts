/**
 * Questions of a server to an agent whose door is another node's: from the owner of the call to the door as a note of
 * the call, the agent's answer back as a letter.
 *
 * A note may get lost, so a question is sent until its door says that it is being asked. The door asks once.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { rpcCodes } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { CancelSignal } from "../upstream/upstream.ts";
import type { AskAnswer, Exchange } from "../exchange/exchange.ts";
import type { Courier } from "./courier.ts";

/** What a note to a door holds that is a question. */
const mark = "io.gatehouse/question";
const asking = "question.asking";
const answered = "question.answered";

interface Open {
  readonly op: string;
  timer: NodeJS.Timeout | undefined;
  readonly resolve: (answer: AskAnswer) => void;
}

export class Questions {
  readonly #self: string;
  readonly #courier: Courier;
  /** At the owner, by operation and number. */
  readonly #open = new Map<string, Open>();
  /** At the door: what has been asked already. */
  readonly #asked = new Set<string>();
  #number = 0;

  /** @param self this node's name */
  constructor(self: string, courier: Courier) {
    this.#self = self;
    this.#courier = courier;
    courier.on(asking, (_from, { question }) => {
      const open = this.#open.get(String(question));
      clearTimeout(open?.timer);
      return undefined;
    });
    courier.on(answered, (_from, { question, answer }) => {
      const read = readAnswer(answer);
      if (read !== undefined) this.#open.get(String(question))?.resolve(read);
      return {};
    });
  }

  /** At the owner. @param note gives the door's node something of the call */
  put(
    op: string,
    note: (message: JsonObject) => void,
    method: string,
    params: JsonObject,
    signal: CancelSignal,
  ): Promise<AskAnswer> {
    const question = `${op} ${++this.#number}`;
    return new Promise<AskAnswer>((resolve, reject) => {
      const settle = (act: () => void): void => {
        if (!this.#open.delete(question)) return;
        clearTimeout(open.timer);
        clearTimeout(late);
        signal.removeEventListener("abort", cancel);
        act();
      };
      const cancel = (): void => settle(() => reject(new GatewayError("CANCELLED")));
      const late = setTimeout(() => settle(() => resolve({ error: { code: rpcCodes.gatewayFailure, message: "nobody answered in time" } })), limits.askTimeoutMs); // prettier-ignore
      late.unref();
      const open: Open = { op, timer: undefined, resolve: (answer) => settle(() => resolve(answer)) };
      const say = (): void => {
        note({ [mark]: question, owner: this.#self, method, params });
        open.timer = setTimeout(say, limits.letterAgainMsMax).unref();
      };
      this.#open.set(question, open);
      signal.addEventListener("abort", cancel, { once: true });
      say();
    });
  }

  /**
   * At the door: asks the agent, if a note is a question.
   *
   * @returns false for a note of another kind
   */
  take(exchange: Exchange, note: JsonObject): boolean {
    const question = note[mark];
    if (typeof question !== "string") return false;
    const { owner, method, params } = note;
    if (typeof owner !== "string" || typeof method !== "string" || !isObject(params)) return true;
    this.#courier.tell(owner, asking, { question });
    if (this.#asked.has(question) || !exchange.asks) return true;
    this.#asked.add(question);
    // The same note may still be under way when it has been answered.
    const forget = (): void =>
      void setTimeout(() => this.#asked.delete(question), limits.letterKeptMs).unref();
    const answer = (given: AskAnswer): Promise<unknown> => this.#courier.ask(() => owner, answered, { question, answer: given }); // prettier-ignore
    exchange
      .ask(method, params)
      .then(answer)
      // Its call has ended, or its owner is gone: nobody waits for it any more.
      .catch(() => undefined)
      .finally(forget);
    return true;
  }
}

function readAnswer(value: unknown): AskAnswer | undefined {
  if (!isObject(value)) return undefined;
  const { result, error } = value;
  if (isObject(result)) return { result };
  if (!isObject(error)) return undefined;
  const { code, message, data } = error;
  if (typeof code !== "number" || typeof message !== "string") return undefined;
  return { error: { code, message, ...(data === undefined ? {} : { data }) } };
}
