/** The simulated network: each frame has its own fate. */
import type { Transport } from "../../cluster/transport.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

export interface Weather {
  loss: number;
  duplication: number;
  /** Probability of a delay of up to tailMs. */
  tail: number;
  tailMs: number;
}

export class SimNetwork<Frame> {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #listeners = new Map<string, (from: string, frame: Frame) => void>();
  /** "from>to": what goes this way is lost. */
  readonly #cuts = new Map<string, number>();
  readonly #delays = new Map<string, { readonly until: number; readonly by: number }>();
  readonly weather: Weather = { loss: 0, duplication: 0, tail: 0, tailMs: 0 };

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  transport(id: string): Transport<Frame> {
    return {
      send: (to, frame) => this.#send(id, to, frame),
      listen: (onFrame) => {
        this.#listeners.set(id, onFrame);
        return () => {
          if (this.#listeners.get(id) === onFrame) this.#listeners.delete(id);
        };
      },
    };
  }

  cut(from: string, to: string, ms: number): void {
    const way = `${from}>${to}`;
    this.#cuts.set(way, Math.max(this.#cuts.get(way) ?? 0, this.#schedule.now + ms));
  }

  /** What goes this way in the next `ms` comes later than it would. */
  delay(from: string, to: string, ms: number, by: number): void {
    this.#delays.set(`${from}>${to}`, { until: this.#schedule.now + ms, by });
  }

  heal(): void {
    this.#cuts.clear();
    this.#delays.clear();
    Object.assign(this.weather, { loss: 0, duplication: 0, tail: 0, tailMs: 0 });
  }

  #send(from: string, to: string, frame: Frame): void {
    if (from === to) return this.#schedule.after(0.01, () => this.#listeners.get(to)?.(from, frame));
    const way = this.#cuts.size + this.#delays.size === 0 ? "" : `${from}>${to}`;
    if (way !== "" && (this.#cuts.get(way) ?? 0) > this.#schedule.now) return;
    const { loss, duplication, tail, tailMs } = this.weather;
    if (loss > 0 && this.#random.chance(loss)) return;
    const delay = way === "" ? undefined : this.#delays.get(way);
    const slow = delay !== undefined && delay.until > this.#schedule.now ? delay.by : 0;
    const times = duplication > 0 && this.#random.chance(duplication) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const late = tail > 0 && this.#random.chance(tail) ? this.#random.between(0, tailMs) : 0;
      this.#schedule.after(this.#random.between(0.2, 1.5) + late + slow, () =>
        this.#listeners.get(to)?.(from, frame),
      );
    }
  }
}
