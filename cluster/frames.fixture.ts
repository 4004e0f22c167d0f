/** Frames of every kind and shape, for properties of the codec and of what carries it. */
import fc from "fast-check";
import type { Ending, Frame, FrameBody } from "./exchange.ts";
import { FrameCodec, uncheckedBodies } from "./frames.ts";
import type { Opaque } from "./framereader.ts";
import type { Entry } from "./journal.ts";
import { shardCount } from "./shard.ts";

export interface TestCall {
  readonly tool: string;
  readonly body: string;
}

export interface TestEvent {
  readonly kind: string;
  readonly at: number;
}

export type TestFrame = Frame<TestCall, string, TestEvent>;

function checked<T>(is: (value: unknown) => boolean): Opaque<T> {
  const bodies = uncheckedBodies<T>();
  return {
    pack: (value) => bodies.pack(value),
    unpack: (bytes) => {
      const value = bodies.unpack(bytes);
      return is(value) ? value : undefined;
    },
  };
}

/** An object with exactly these members, each of its type. */
const shaped =
  (shape: Readonly<Record<string, string>>) =>
  (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).sort().join() === Object.keys(shape).sort().join() &&
    Object.entries(value).every(([name, member]) => typeof member === shape[name]);

export const testCodec = (): FrameCodec<TestCall, string, TestEvent> =>
  new FrameCodec({
    call: checked<TestCall>(shaped({ tool: "string", body: "string" })),
    answer: checked<string>((value) => typeof value === "string"),
    event: checked<TestEvent>(shaped({ kind: "string", at: "number" })),
  });

const natural = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 127, 128, 2 ** 31, 2 ** 32, 2 ** 53 - 1),
);
const op = fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 });
const key = fc.oneof(op, fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 300 }));
const shard = fc.nat(shardCount - 1);
const text = fc.string({ unit: "grapheme", maxLength: 80 });
const call = fc.record({ tool: text, body: text });
const event = fc.record({ kind: text, at: natural });
const id = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const address = fc.record({ id, incarnation: natural });

const placed = { shard, epoch: natural };
const entry: fc.Arbitrary<Entry<TestEvent>> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("turn" as const),
      ...placed,
      n: natural,
      key,
      event,
      opens: op,
      closes: op,
      drops: fc.constant(true as const),
    },
    { requiredKeys: ["kind", "shard", "epoch", "n", "key", "event"] },
  ),
  fc.record({
    kind: fc.constant("fill" as const),
    ...placed,
    n: natural,
    isFirst: fc.boolean(),
    isLast: fc.boolean(),
    states: fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 300 })), { maxLength: 4 }),
    operations: fc.array(
      fc.record({
        op,
        key,
        at: fc.double({ noNaN: true, noDefaultInfinity: true }).map((at) => at + 0),
        isOpen: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
  }),
  fc.record({ kind: fc.constant("digest" as const), ...placed, digest: fc.nat(0xffff_ffff) }),
  fc.record({
    kind: fc.constant("kept" as const),
    ...placed,
    former: fc.record({ epoch: natural, n: natural }),
  }),
);

const ending: fc.Arbitrary<Ending<string>> = fc.oneof(
  fc.record({ kind: fc.constant("answered" as const), answer: text }),
  fc.record(
    {
      kind: fc.constant("refused" as const),
      why: fc.constantFrom("verdict" as const, "fence" as const, "no owner" as const, "unreachable" as const, "overload" as const, "cancelled" as const, "unrecorded" as const), // prettier-ignore
      answer: text,
    },
    { requiredKeys: ["kind", "why"] },
  ),
  fc.constant({ kind: "unknown" as const }),
);

const body: fc.Arbitrary<FrameBody<TestCall, string, TestEvent>> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("present" as const),
      op,
      key,
      shard,
      call,
      opened: natural,
      epoch: natural,
      configuration: natural,
    },
    { requiredKeys: ["kind", "op", "key", "shard", "opened", "epoch", "configuration"] },
  ),
  fc.record({ kind: fc.constant("accepted" as const), op, epoch: natural }),
  fc.record({ kind: fc.constant("redirect" as const), op, view: natural }),
  fc.record({ kind: fc.constant("busy" as const), op }),
  fc.record({ kind: fc.constant("answer" as const), op, epoch: natural, ending }),
  fc.record({
    kind: fc.constant("journal" as const),
    stream: natural,
    first: natural,
    entries: fc.array(entry, { maxLength: 8 }),
    isUrgent: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("ack" as const),
    stream: natural,
    upTo: natural,
    faulty: fc.array(shard, { maxLength: 8 }),
  }),
  fc.record({
    kind: fc.constant("note" as const),
    op,
    epoch: natural,
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({ kind: fc.constant("cancel" as const), op }),
  fc.record({ kind: fc.constant("letter" as const), bytes: fc.uint8Array({ maxLength: 300 }) }),
);

export const testFrames: fc.Arbitrary<TestFrame> = fc.record({ from: address, to: address, body });
