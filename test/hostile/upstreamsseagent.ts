/** An agent of HTTP+SSE for the tests of hostile servers. The others are in upstreamagent.ts. */
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { eventsOf } from "./upstreamagent.ts";
import { later } from "./upstreamstand.ts";

/** An agent of HTTP+SSE (2024-11-05), after initialize. */
export class SseAgent {
  on: ((message: JsonObject) => void) | undefined;
  /** Where it posts, if not where its stream is. */
  postAt: string | undefined;
  readonly initialized: Promise<void>;
  /** The stream has ended. */
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;
  readonly #url: URL;
  readonly #key: string;
  readonly #waiting = new Map<unknown, (answer: JsonObject) => void>();
  #post = "";
  #lastId = 0;
  #stopped: Promise<void> | undefined;
  #goOn: () => void = () => undefined;

  private constructor(url: URL, key: string, response: Response) {
    this.#url = url;
    this.#key = key;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    const opened = this.#read(response);
    this.initialized = opened.then(() => this.#initialize());
  }

  static async open(url: string, key: string): Promise<SseAgent> {
    const at = new URL(url.replace(/mcp$/, "sse"));
    const controller = new AbortController();
    later(() => controller.abort());
    const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
    const agent = new SseAgent(at, key, await fetch(at, { headers, signal: controller.signal }));
    await agent.initialized;
    return agent;
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.#stopped = new Promise((resolve) => (this.#goOn = resolve));
  }

  resume(): void {
    this.#stopped = undefined;
    this.#goOn();
  }

  async request(method: string, params: JsonObject): Promise<JsonObject> {
    const id = ++this.#lastId;
    const answered = new Promise<JsonObject>((resolve) => this.#waiting.set(id, resolve));
    await this.#send({ jsonrpc: "2.0", id, method, params });
    return answered;
  }

  async #send(message: JsonObject): Promise<void> {
    const headers = { authorization: `Bearer ${this.#key}`, "content-type": "application/json" };
    const response = await fetch(new URL(this.#post, this.postAt ?? this.#url), {
      method: "POST",
      headers,
      body: JSON.stringify(message),
    });
    if (response.status !== 202) throw new Error(`POST got ${response.status}: ${await response.text()}`);
    await response.text();
  }

  /** Answers a question, or says something. */
  say(message: JsonObject): Promise<void> {
    return this.#send(message);
  }

  async #initialize(): Promise<void> {
    const clientInfo = { name: "hostile-test", version: "1" };
    await this.request("initialize", { protocolVersion: "2024-11-05", capabilities: {}, clientInfo });
    await this.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** Resolves with the first event, which says where to post; goes on reading. */
  #read(response: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      const read = async (): Promise<void> => {
        for await (const { data } of eventsOf(response)) {
          await this.#stopped;
          if (this.#post === "") {
            this.#post = data;
            resolve();
          } else if (data !== "") this.#take(JSON.parse(data) as JsonObject);
        }
      };
      read().catch(reject).finally(this.#end);
    });
  }

  #take(message: JsonObject): void {
    this.on?.(message);
    if (message["method"] === undefined) this.#waiting.get(message["id"])?.(message);
  }
}
