import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { Admission, type Room } from "./admission.ts";
import { SocketInlet } from "./socketinlet.ts";

const small = limits.smallBodyBytes;
const round = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
afterEach(() => void vi.useRealTimers());

/** A socket that is read while it may be: its messages come chunk by chunk. */
class Line {
  readonly taken: { readonly first: number; readonly bytes: number; readonly hasRoom: boolean }[] = [];
  readonly rooms: (Room | undefined)[] = [];
  readonly inlet: SocketInlet;
  isRead = true;
  isStalled = false;
  readonly #raw = Object.assign(new EventEmitter(), { bytesRead: 0 });

  constructor(admission: Admission, owner: string, holds = false) {
    this.inlet = new SocketInlet({
      admission,
      owner,
      raw: this.#raw as unknown as Socket,
      read: (isRead) => void (this.isRead = isRead),
      isPaused: () => false,
      take: (data, room) => {
        this.taken.push({ first: data[0] ?? 0, bytes: data.length, hasRoom: room !== undefined });
        if (holds) this.rooms.push(room?.hold());
      },
      stalled: () => void (this.isStalled = true),
    });
  }

  /** Bytes of a message that is not whole. */
  part(bytes: number): void {
    this.#raw.bytesRead += bytes;
    this.#raw.emit("data");
  }

  whole(data: Buffer): void {
    this.#raw.bytesRead += data.length;
    this.inlet.message(data);
    this.#raw.emit("data");
  }

  pong(): void {
    this.#raw.bytesRead += 6;
    this.inlet.control(Buffer.alloc(0));
    this.#raw.emit("data");
  }
}

test("whatever comes on whatever sockets: each message is handed on once, in its order, a large one with room, and none is left", async () => {
  const message = fc.record({ line: fc.nat(2), bytes: fc.constantFrom(0, 1, small, small + 1, 4 * small, limits.bodyBytesMax), waits: fc.boolean() }); // prettier-ignore
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
      const admission = new Admission({ ownBytesMax: limits.bodyBytesMax, allBytesMax: 2 * limits.bodyBytesMax, spareBytes: 0 }); // prettier-ignore
      const lines = ["ann", "ann", "bob"].map((owner) => new Line(admission, owner));
      const sent = lines.map((): { first: number; bytes: number; hasRoom: boolean }[] => []);
      for (const [at, { line, bytes, waits }] of messages.entries()) {
        const data = Buffer.alloc(bytes, at + 1);
        sent[line]?.push({ first: data[0] ?? 0, bytes, hasRoom: bytes > small });
        lines[line]?.whole(data);
        expect(admission.bytes).toBeLessThanOrEqual(2 * limits.bodyBytesMax);
        if (waits) await round();
      }
      // Behind a body that took long all else has as long: how many rounds that is depends on the machine.
      const isOpen = (): boolean => admission.bytes > 0 || lines.some(({ taken }, at) => taken.length < (sent[at]?.length ?? 0)); // prettier-ignore
      for (let each = 0; each < 100_000 && isOpen(); each++) await round();
      for (let each = 0; each < 2; each++) await round();
      expect(lines.map(({ taken }) => taken)).toEqual(sent);
      expect([admission.bytes, admission.waiting, ...lines.map(({ isRead }) => isRead)]).toEqual([0, 0, true, true, true]); // prettier-ignore
    }),
    { numRuns: 50 },
  );
});

test("a message that shows to be large is not read on until there is room, and then is", async () => {
  const admission = new Admission();
  const lines = Array.from({ length: 5 }, () => new Line(admission, "ann", true));
  for (const line of lines) line.part(small + 1);
  expect(lines.map(({ isRead }) => isRead)).toEqual([true, true, true, true, false]);
  lines[0]?.whole(Buffer.alloc(limits.bodyBytesMax));
  await round();
  // It was handed on, and is not judged yet.
  expect([lines[0]?.taken.length, lines[4]?.isRead]).toEqual([1, false]);
  lines[0]?.rooms[0]?.leave();
  expect(lines[4]?.isRead).toBe(true);
  for (const { inlet } of lines) inlet.close();
  expect(admission.bytes).toBe(0);
});

test("a large message that is not whole in time ends its socket; pongs are none, however many come", () => {
  vi.useFakeTimers();
  const admission = new Admission();
  const [slow, quiet] = [new Line(admission, "ann"), new Line(admission, "ann")];
  slow.part(small + 1);
  for (let at = 0; at < small; at++) quiet.pong();
  vi.advanceTimersByTime(limits.requestTimeoutMs + 1);
  expect([slow.isStalled, quiet.isStalled]).toEqual([true, false]);
});

test("the largest message fits into an agent's room", () => {
  expect(limits.bodyBytesMax).toBeLessThanOrEqual(limits.unjudgedBytesPerPrincipalMax);
  expect(limits.bodyBytesMax).toBeLessThanOrEqual(limits.unjudgedSpareBytes);
});
