/**
 * What a node tells of its lines to NATS: in words for operators, and not the same thing more than once in limits.storeSayMs.
 * Owns what is known of the line for `gatehouse cluster status`. Does not own the line (cluster/natsline.ts).
 */
import type { RelayEvent } from "../../cluster/nats.ts";
import { permissionFault } from "../../cluster/natsfault.ts";
import { errors } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";

export class LineTold {
  server: string | undefined;
  version: string | undefined;
  /** What is wrong, until it is not any more. */
  fault: string | undefined;
  readonly #notice: (text: string) => void;
  readonly #now: () => number;
  readonly #saidAt = new Map<string, number>();

  /** @param now monotonic milliseconds */
  constructor(notice: (text: string) => void, now: () => number) {
    this.#notice = notice;
    this.#now = now;
  }

  told(event: RelayEvent): void {
    switch (event.kind) {
      case "unreachable":
      case "unfit":
        this.fault = `${event.error.message}; ${event.error.remedy ?? errors[event.error.code].do}`;
        return this.#say(event.kind, this.fault);
      case "refused":
        return this.#notice(`cluster: refused from ${event.from}: ${event.why} (${event.count} times)`);
      case "refused by server":
        return this.#say(event.kind, permissionFault(event.why));
      case "disconnected":
        [this.server, this.version] = [undefined, undefined];
        this.fault = `the line to NATS is down: ${event.why}`;
        return this.#say(event.kind, this.fault);
      case "connected":
        [this.server, this.version, this.fault] = [event.server, event.version, undefined];
        this.#saidAt.clear();
        return this.#notice(`cluster: connected to ${event.server}, NATS ${event.version}`);
      case "stalled":
        return this.#say(event.kind, `NATS is slow to take frames: ${event.unconfirmedBytes} bytes wait`);
      default:
        event satisfies never;
    }
  }

  /** Of the store's connection and its watch. */
  report(says: string): void {
    this.#say("store", says);
  }

  #say(kind: string, says: string): void {
    const now = this.#now();
    if (now - (this.#saidAt.get(kind) ?? Number.NEGATIVE_INFINITY) < limits.storeSayMs) return;
    this.#saidAt.set(kind, now);
    this.#notice(`cluster: ${says}`);
  }
}
