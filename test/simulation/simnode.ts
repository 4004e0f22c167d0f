/** One simulated machine: its clock, its disk, its launcher, and the shipped step machine as its process. */
import { Host } from "../../cluster/host.ts";
import type { Floor } from "../../cluster/membership.ts";
import { MemoryPassivation } from "../../cluster/passivation.ts";
import { Peer } from "../../cluster/peer.ts";
import type { Input, Output } from "../../cluster/peer.ts";
import type { StreamBounds } from "../../cluster/streamoptions.ts";
import type { View } from "../../cluster/view.ts";
import { actor, callsOf, world } from "./load.ts";
import type { ActorState, Answer, AnyEffect, AnyEvent, Call, World } from "./load.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

export type SimPeer = Peer<ActorState, AnyEvent, AnyEffect, World, Call, Answer>;
export type SimInput = Input<Call, Answer, AnyEvent>;
export type SimOutput = Output<Call, Answer, AnyEvent, AnyEffect>;
export type SimHost = Host<ActorState, AnyEvent, AnyEffect, World>;

export interface NodePorts {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly shards: number;
  readonly shardOf: (key: string) => number;
  /** Carries out what a step asked for. */
  readonly act: (node: SimNode, output: SimOutput) => void;
  /** Told of each step, for the fingerprint. */
  readonly stepped: (node: SimNode, input: SimInput, outputs: readonly SimOutput[]) => void;
  readonly fault: (node: SimNode, fault: unknown) => void;
  /** States in memory; the others are put away, and brought back when they are needed. */
  readonly activeMax: number;
  readonly streams: StreamBounds | undefined;
  readonly decodeView: (row: Uint8Array) => View | undefined;
}

const tickMs = 100;

export const idOf = (index: number): string => `node-${index}`;
export const weightOf = (index: number): number => 1 + (index % 2);

export class SimNode {
  readonly id: string;
  readonly index: number;
  readonly #ports: NodePorts;
  #floor: Floor = { incarnation: 0, number: 0 };
  #peer: SimPeer | undefined;
  #host: SimHost | undefined;
  /** Which process it is: what was meant for another one is dropped. */
  process = 0;
  #startedAt = 0;
  /** Of its monotonic clock. */
  readonly rate: number;
  #pausedUntil = 0;
  readonly #waiting: SimInput[] = [];
  diskBusyUntil = 0;
  connectStallUntil = 0;
  /** Its next tick, in true time. */
  tickAt = 0;

  constructor(id: string, index: number, rate: number, ports: NodePorts) {
    this.id = id;
    this.index = index;
    this.rate = rate;
    this.#ports = ports;
  }

  get isUp(): boolean {
    return this.#peer !== undefined;
  }

  get isPaused(): boolean {
    return this.#ports.schedule.now < this.#pausedUntil;
  }

  get peer(): SimPeer | undefined {
    return this.#peer;
  }

  get host(): SimHost | undefined {
    return this.#host;
  }

  /** Its monotonic clock. */
  get now(): number {
    return (this.#ports.schedule.now - this.#startedAt) * this.rate + 1_000_000;
  }

  start(): void {
    this.process++;
    this.#startedAt = this.#ports.schedule.now;
    this.#pausedUntil = 0;
    this.#waiting.length = 0;
    this.diskBusyUntil = 0;
    this.connectStallUntil = 0;
    const { random, shards } = this.#ports;
    this.#host = new Host({
      actor,
      world,
      passivation: new MemoryPassivation(),
      onFault: (_key, fault) => this.#ports.fault(this, fault),
      activeMax: this.#ports.activeMax,
    });
    this.#peer = new Peer({
      id: this.id,
      weight: weightOf(this.index),
      shards,
      floor: this.#floor,
      host: this.#host,
      calls: callsOf(this.#ports.shardOf),
      mint: () => `${random.next().toString(36)}${random.next().toString(36)}`,
      decodeView: this.#ports.decodeView,
      // Most shards with sessions go in slices.
      ...(this.#ports.streams ?? { journalEntriesMax: 400, digestTurns: 50, fillStatesMax: 2 }),
    });
    this.#tick(this.process);
  }

  /** kill -9. */
  crash(): void {
    this.process++;
    this.#peer = undefined;
    this.#host = undefined;
    this.#waiting.length = 0;
  }

  pause(ms: number): void {
    const { schedule } = this.#ports;
    this.#pausedUntil = Math.max(this.#pausedUntil, schedule.now + ms);
    const { process } = this;
    schedule.at(this.#pausedUntil, () => {
      if (this.process !== process || this.isPaused) return;
      for (
        let next = this.#waiting.shift();
        next !== undefined && this.process === process;
        next = this.#waiting.shift()
      )
        this.#step(next);
    });
  }

  /** Gives an input to the process that there was when `process` was read. */
  give(process: number, input: SimInput): void {
    if (this.process !== process || this.#peer === undefined) return;
    if (this.isPaused || this.#waiting.length > 0) this.#waiting.push(input);
    else this.#step(input);
  }

  keepFloor(floor: Floor): void {
    this.#floor = floor;
  }

  #step(input: SimInput): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const { process } = this;
    try {
      const outputs = peer.step(input, this.now);
      this.#ports.stepped(this, input, outputs);
      for (const output of outputs) if (this.process === process) this.#ports.act(this, output);
    } catch (fault) {
      this.#ports.fault(this, fault);
    }
  }

  #tick(process: number): void {
    if (this.process !== process) return;
    if (!this.isPaused) this.give(process, { kind: "tick" });
    else if (!this.#waiting.some(({ kind }) => kind === "tick")) this.#waiting.push({ kind: "tick" });
    const { schedule } = this.#ports;
    this.tickAt = schedule.now + tickMs / this.rate;
    schedule.at(this.tickAt, () => this.#tick(process));
  }
}
