/**
 * A way to a server that can be cut: TCP in the middle, which hands on bytes as they are. Cut, it hands on nothing in either
 * direction and closes nothing, as a network does that loses every packet.
 */
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

export class ChaosProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isCut = false;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, connect(port, "127.0.0.1")));
  }

  /** @param port of the server, on this machine */
  static async open(port: number): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(port);
    await new Promise<void>((done) => proxy.#server.listen(0, "127.0.0.1", done));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#isCut = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** What waited comes through, late. */
  heal(): void {
    this.#isCut = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  close(): void {
    this.#server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (bytes: Buffer) => void to.write(bytes));
      from.on("error", end);
      from.on("close", end);
    }
    if (this.#isCut) for (const socket of pair) socket.pause();
  }
}
