import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { Changes } from "../exchange/changes.ts";
import { Sealer } from "../exchange/seal.ts";
import { Courier } from "./courier.ts";
import { Neighbourhood } from "./neighbourhood.ts";

const [ann, eve] = ["ann", "eve"].map((name) => sessionKey("default", "p", name, undefined));
if (ann === undefined || eve === undefined) throw new Error("two keys were made");

/** What the node has sent, to nodes that do not answer. */
let sent: string[];
let courier: Courier;
let neighbours: Neighbourhood;

beforeEach(() => {
  sent = [];
  const send = (to: string, bytes: Uint8Array): void =>
    void sent.push(`${to} ${Buffer.from(bytes).toString()}`);
  courier = new Courier({ self: "n1", send, onFault: (fault) => { throw fault; } }); // prettier-ignore
  neighbours = new Neighbourhood({
    self: "n1",
    courier,
    sealer: new Sealer(randomBytes(32)),
    now: () => 0,
    eventTime: () => 0,
    ownerOf: () => "n2",
    isOwner: () => false,
    members: () => ["n1", "n2", "n3"],
    memory: () => [],
    resume: () => undefined,
    changes: new Changes(),
    give: () => undefined,
  });
});

afterEach(() => courier.close());

test("that a call is taken back is said to every other node once, answered or not", async () => {
  expect(neighbours.cancel(ann, "w", 7)).toBe(true);
  await delay(limits.letterAgainMs * 2);
  expect(sent.map((each) => each.slice(0, 2))).toEqual(["n2", "n3"]);
});

test("one session takes back so many calls in a second, and others theirs", () => {
  for (let n = 0; n < limits.cancelsPerSecondMax; n++) expect(neighbours.cancel(eve, `w${n}`, n)).toBe(true);
  const before = sent.length;
  expect(neighbours.cancel(eve, "w", "more")).toBe(false);
  expect(sent.length).toBe(before);
  expect(neighbours.cancel(ann, "w", 1)).toBe(true);
  neighbours.tick();
  expect(neighbours.cancel(eve, "w", "more")).toBe(true);
});

test("answers of one session wait so many for other nodes, and others theirs", async () => {
  const answer = { jsonrpc: "2.0", id: "ask-x.n2", result: {} } as const;
  const waiting = Array.from({ length: limits.lettersUnderWayMax }, () =>
    neighbours.reply("n2", eve, "w", answer),
  );
  await expect(neighbours.reply("n2", eve, "w", answer)).rejects.toMatchObject({ code: "OVERLOADED" });
  const own = neighbours.reply("n2", ann, "w", answer);
  expect(sent).toHaveLength(limits.lettersUnderWayMax + 1);
  courier.close();
  expect((await Promise.allSettled([...waiting, own])).every(({ status }) => status === "rejected")).toBe(
    true,
  );
  const after = neighbours.reply("n2", eve, "w", answer);
  expect(sent).toHaveLength(limits.lettersUnderWayMax + 2);
  courier.close();
  await expect(after).rejects.toMatchObject({ code: "DRAINING" });
});

test("a log level changes so often in a second, and is refused beyond it", async () => {
  const changes = Array.from({ length: limits.levelsPerSecondMax }, (_, n) => neighbours.change(eve, `w${n}`, "level", "info")); // prettier-ignore
  await expect(neighbours.change(eve, "w", "level", "error")).rejects.toMatchObject({ code: "THROTTLED" });
  const others = [neighbours.change(ann, "w", "level", "error"), neighbours.change(eve, "w", "closed", "")];
  expect(sent).toHaveLength(limits.levelsPerSecondMax + 2);
  courier.close();
  await Promise.allSettled([...changes, ...others]);
});
