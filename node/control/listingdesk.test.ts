/** Lists of several nodes as one: at a real host, with other nodes' answers as they may come. */
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Placement } from "../cluster/clusterdesk.ts";
import { cleanUp, key, openDesk } from "./desk.fixture.ts";
import { ListingDesk, type SessionsAnswer } from "./listingdesk.ts";
import { HostedSessions } from "./sessionviews.ts";

afterEach(cleanUp);

const ann = key("reader", "ann");
const bob = key("reader", "bob");

interface Others {
  /** Keys that this node owns; all others are n2's. */
  readonly here: readonly string[];
  readonly said?: readonly JsonObject[];
  readonly missing?: readonly string[];
}

async function listed({ here, said = [], missing = [] }: Others, args: JsonObject = {}) {
  const desk = openDesk();
  await desk.call(ann, "list");
  await desk.call(bob, "list");
  const asked: unknown[] = [];
  const placement = (of: string): Placement => {
    const isHere = here.includes(of);
    return { shard: 1, isHere, owner: isHere ? "n1" : "n2", inSync: true };
  };
  const { host, kills, roles } = desk;
  const listing = new ListingDesk({
    host: new HostedSessions(host),
    kills,
    roles,
    ledgerKey: () => "k",
    now: () => desk.at,
    cluster: { desk: { placement, everywhere: async (command, given) => (asked.push([command, given]), { said, heard: [], missing }) } }, // prettier-ignore
  });
  const commands = new Map(listing.commands);
  const answer = (await commands.get("sessions.list")?.(args)) as SessionsAnswer;
  // As the other nodes do with what they are asked.
  const [[, given] = []] = asked as [string, unknown][];
  return { answer, asked, owned: await commands.get("sessions.owned")?.(given) };
}

describe("sessions list in a cluster", () => {
  test("is what each node owns: what this one only has a copy of comes from its owner, once", async () => {
    const row = { key: bob, isActive: true, isReadable: true, killedBy: "", openCalls: 0, openBreakers: 0, stoppedUntil: 0, owner: "n2" }; // prettier-ignore
    const { answer, asked, owned } = await listed({ here: [ann], said: [{ rows: [row], isCut: false }] });
    expect(answer.sessions.map(({ key: each, owner }) => [each, owner])).toEqual([[ann, "n1"], [bob, "n2"]]); // prettier-ignore
    expect([answer.isCut, answer.missing]).toEqual([false, undefined]);
    expect(asked).toEqual([["sessions.owned", { limit: 1_000 }]]);
    expect(owned).toMatchObject({ rows: [{ key: ann, owner: "n1" }], isCut: false });
  });

  test("names nodes that did not answer, and says when there is more", async () => {
    const { answer } = await listed({ here: [ann, bob], missing: ["n3"] }, { limit: 1 });
    expect([answer.sessions.length, answer.isCut, answer.missing]).toEqual([1, true, ["n3"]]);
    const cut = await listed({ here: [], said: [{ rows: [], isCut: true }] });
    expect(cut.answer).toMatchObject({ sessions: [], isCut: true });
  });

  test("leaves out what is no row, whatever another node says", async () => {
    for (const said of [
      {},
      { rows: 3 },
      { rows: [null, 1, "x", {}, { key: 5 }], isCut: "yes" },
    ] as JsonObject[]) {
      const { answer } = await listed({ here: [ann, bob], said: [said] });
      expect([answer.sessions.map(({ key: each }) => each), answer.isCut]).toEqual([[ann, bob], false]);
    }
  });
});
