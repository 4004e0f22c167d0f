import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Endpoints, type Endpoint } from "../exchange/endpoint.ts";
import { Sealer } from "../exchange/seal.ts";
import type { Principal } from "../identity/principal.ts";
import { Tickets } from "../identity/ticket.ts";
import { Courier } from "./courier.ts";
import { ClusterTickets } from "./tickets.ts";

const ann: Principal = { tenant: "default", agent: "ann", user: undefined, by: "key", id: "k1", expires: 9e15, issuer: undefined, personas: ["reader", "writer"], audience: undefined }; // prettier-ignore
const rows = ["reader", "writer"].map((name) => ({ tenant: "default", kind: "persona" as const, name, persona: name })); // prettier-ignore

interface Node {
  readonly tickets: ClusterTickets;
  readonly reader: Endpoint;
  readonly writer: Endpoint;
  /** Whether its own keys still have the principal. */
  isCurrent: boolean;
}

/** Nodes with real couriers, whose letters go straight to each other. */
function stand(names: readonly string[]) {
  const couriers = new Map<string, Courier>();
  const key = randomBytes(32);
  const live = [...names];
  let [letters, at] = [0, 1_000];
  const nodes = names.map((self): Node => {
    const send = (to: string, bytes: Uint8Array): void => {
      letters++;
      void setImmediate().then(() => couriers.get(to)?.receive(self, bytes));
    };
    const courier = new Courier({ self, send, onFault: (fault) => { throw fault; } }); // prettier-ignore
    couriers.set(self, courier);
    const endpoints = new Endpoints(`http://${self}.example`, rows);
    const tickets = new ClusterTickets({ self, courier, sealer: new Sealer(key), live: () => live, now: () => at }); // prettier-ignore
    const [reader, writer] = endpoints.all as [Endpoint, Endpoint];
    const node: Node = { tickets, reader, writer, isCurrent: true };
    tickets.open(new Tickets(() => node.isCurrent), () => node.isCurrent);
    tickets.serve(endpoints);
    return node;
  });
  return { nodes: nodes as [Node, Node, ...Node[]], live, letters: () => letters, now: () => at, pass: (ms: number) => void (at += ms) }; // prettier-ignore
}

describe("a ticket of one node", () => {
  test("lets its principal in at another, once in the whole cluster", async () => {
    const { nodes: [a, b], now } = stand(["a", "b"]); // prettier-ignore
    const ticket = a.tickets.issue(ann, a.reader, now());
    expect(await b.tickets.redeem(ticket, b.reader, now())).toEqual(ann);
    expect(await b.tickets.redeem(ticket, b.reader, now())).toBeUndefined();
    expect(await a.tickets.redeem(ticket, a.reader, now())).toBeUndefined();
    const other = a.tickets.issue(ann, a.reader, now());
    expect(await a.tickets.redeem(other, a.reader, now())).toEqual(ann);
    expect(await b.tickets.redeem(other, b.reader, now())).toBeUndefined();
  });

  test("shown at two nodes in one moment lets in one of them", async () => {
    const { nodes: [a, b, c], now } = stand(["a", "b", "c"]); // prettier-ignore
    if (c === undefined) throw new Error("three nodes");
    const ticket = a.tickets.issue(ann, a.reader, now());
    const entered = await Promise.all(
      [b, c, b].map(async (node) => node.tickets.redeem(ticket, node.reader, now())),
    );
    expect(entered.filter((principal) => principal !== undefined)).toEqual([ann]);
  });

  test.each<[when: string, change: (stand: ReturnType<typeof at>) => void]>([
    ["at another endpoint", (given) => void (given.endpoint = given.b.writer)],
    ["when its time is over", ({ pass }) => pass(31_000)],
    [
      "when the principal's key is revoked at the node that lets it in",
      ({ b }) => void (b.isCurrent = false),
    ],
    ["when the principal's key is revoked at the node that made it", ({ a }) => void (a.isCurrent = false)],
    ["when the node that made it has left", ({ live }) => void live.splice(0, 1)],
  ])("lets nobody in %s", async (_, change) => {
    const given = at();
    change(given);
    expect(await given.b.tickets.redeem(given.ticket, given.endpoint, given.now())).toBeUndefined();
  });

  function at() {
    const { nodes: [a, b], live, now, pass } = stand(["a", "b"]); // prettier-ignore
    return { a, b, live, now, pass, endpoint: b.reader, ticket: a.tickets.issue(ann, a.reader, now()) };
  }
});

test("what no node has made lets nobody in, and no other node is asked", async () => {
  const { nodes: [a, b], letters, now } = stand(["a", "b"]); // prettier-ignore
  const good = a.tickets.issue(ann, a.reader, now());
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.nat(good.length - 1).map((cut) => good.slice(0, cut)),
        fc.constant(`${good}A`),
      ),
      async (text) => {
        // prettier-ignore
        expect(await b.tickets.redeem(text, b.reader, now())).toBeUndefined();
        expect(letters()).toBe(0);
      },
    ),
  );
});
