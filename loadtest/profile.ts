/**
 * Takes a CPU profile of a running process from outside, through its inspector, for exactly as long as an act takes.
 * The process must have been started with --inspect=127.0.0.1:0; nothing in it knows about it.
 */
import type { CpuProfile } from "./stages.ts";

const answerMs = 30_000;
/** Finer than V8's default of 1 ms, so that small stages show; much finer, and the sampling itself doubles the figures. */
const samplingUs = 500;

/** The inspector's address in a line of stderr, if it is that line. */
export function inspectorUrl(line: string): string | undefined {
  return /^Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[\w-]+)$/.exec(line)?.[1];
}

export async function profileWhile<Result>(
  url: string,
  act: () => Promise<Result>,
): Promise<{ readonly profile: CpuProfile; readonly result: Result }> {
  const inspector = await Inspector.open(url);
  try {
    await inspector.ask("Profiler.enable", {});
    await inspector.ask("Profiler.setSamplingInterval", { interval: samplingUs });
    await inspector.ask("Profiler.start", {});
    const result = await act();
    const { profile } = (await inspector.ask("Profiler.stop", {})) as { profile: CpuProfile };
    return { profile, result };
  } finally {
    inspector.close();
  }
}

class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #lastId = 0;

  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`no inspector at ${url}`)));
    });
    return new Inspector(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (message.id === undefined) return;
      this.#waiting.get(message.id)?.(message.result);
      this.#waiting.delete(message.id);
    });
  }

  ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the inspector does not answer ${method}`)), answerMs);
      this.#waiting.set(id, (result) => {
        clearTimeout(late);
        resolve(result);
      });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}
