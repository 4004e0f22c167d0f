import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flowSchema } from "../../protocol/flow.ts";
import type { AnswerFacts, SeenValues } from "../../protocol/facts.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { Extractor } from "../../actors/ledger/extract.ts";
import { Finder } from "../../actors/ledger/find.ts";
import { KeyedHash, ledgerKeyBytes } from "../../actors/ledger/keyedhash.ts";
import { findingsOf } from "../../actors/ledger/ledger.fixture.ts";
import { digestOf } from "../catalogue/definition.ts";
import { HostedSessions } from "./sessionviews.ts";
import { administratorKey } from "./administrator.ts";
import { AdminRecords } from "./adminrecords.ts";
import { cleanUp, key, openDesk, tableOf, type Desk } from "./desk.fixture.ts";
import { FlowDesk, type FlowAnswer } from "./flowdesk.ts";
import type { SessionAnswer } from "./listing.ts";

afterEach(cleanUp);

const ann = key("reader", "ann");
const card = "4929123456789016";
const reason = "its customer's export was looked at by hand";

/** A role that must not carry to `list` what `read` gave. */
function enforce(desk: Desk): void {
  const plain = tableOf("reader");
  const flow = flowSchema.parse({ from: { tools: ["files/read"] }, to: { tools: ["files/list"] }, reason: "it stays" }); // prettier-ignore
  const table: RoleTable = { ...plain, flows: [flow] };
  const digest = digestOf(table);
  desk.data.saveRole(digest, table);
  desk.roles.put("reader", { digest, table, definitions: [], templates: [] });
}

let desk: Desk;
let hash: KeyedHash;
beforeEach(() => {
  desk = openDesk();
  enforce(desk);
  hash = new KeyedHash(new Uint8Array(ledgerKeyBytes).fill(7), desk.vault.keyring.current.id);
});

const unseen = (): SeenValues => ({ key: hash.id, types: [], marks: "", overflow: true });

function seenOf(number: string): SeenValues {
  const values = { number };
  return new Extractor(hash, () => "financial").extract(values, findingsOf(values, [number]), new Set());
}

/** `read` is answered, and this is remembered of it. */
function read(seen: SeenValues): void {
  const { op } = desk.judge(ann, "read", { path: "/srv/a" });
  const facts: AnswerFacts = { outcome: "ok", bytes: 1, digest: "d", tookMs: 1, seen };
  desk.host.turn(ann, { kind: "answered", at: desk.at, op, facts });
}

/** What `list` is answered when it carries something: "allow" or the rule. */
function carry(value: string): string {
  const { memory } = desk.governor.stateOf(ann) ?? {};
  const carried = new Finder(hash, () => undefined).find(memory, { value });
  const facts = { kind: "tool", name: "list", digest: "d", shape: value, bytes: 9, carried } as const;
  const effects = desk.host.turn(ann, { kind: "call", at: desk.at, op: `op-${value}`, facts });
  const [reply] = effects.flatMap((effect) => (effect.kind === "reply" ? [effect.verdict] : []));
  return reply?.kind === "allow" ? "allow" : (reply?.rule ?? "");
}

const lift = (more: object = {}): Promise<FlowAnswer> =>
  desk.operators.handle({ command: "flow.lift", args: { key: ann, by: "eve", reason, administrator: administratorKey(desk.data.path, {}), ...more } }) as Promise<FlowAnswer>; // prettier-ignore
const shown = async (): Promise<SessionAnswer["ledger"]> =>
  ((await desk.operators.handle({ command: "sessions.show", args: { key: ann } })) as SessionAnswer).ledger;

const lifted = (): readonly unknown[] => desk.records().flatMap(({ about }) => (about?.["what"] === "flow lifted" ? [about] : [])); // prettier-ignore

describe("a session whose sources count as wholly seen", () => {
  test("is shown with its sources, why, and what is refused for it; and is let go by the administrator, on record", async () => {
    read(unseen());
    expect(carry("hello")).toBe("flow.coarse");
    expect(await shown()).toEqual({ answers: 0, whollySeen: { sources: ["@files"], faded: [], why: ["there were more than a session remembers"], refused: ["list"] } }); // prettier-ignore
    expect(await lift()).toMatchObject({ lifted: 1, freed: { sources: ["@files"] } });
    expect(await shown()).toEqual({ answers: 0 });
    expect(carry("hello again")).toBe("allow");
    expect(lifted()).toEqual([{ what: "flow lifted", reason, sources: "@files", why: "there were more than a session remembers" }]); // prettier-ignore
    expect(desk.records().some(({ event }) => (event as { what?: string } | undefined)?.what === "flow")).toBe(true); // prettier-ignore
    expect(await lift()).toEqual({ lifted: 0 });
  });

  test("keeps what it remembers value by value, and counts as wholly seen again by the next answer that is not", async () => {
    read(seenOf(card));
    read(unseen());
    await lift();
    expect([carry("hello"), carry(card)]).toEqual(["allow", "flow.value"]);
    read(unseen());
    expect(carry("hello")).toBe("flow.coarse");
  });

  test("is not let go without the administrator's key, which is on record, nor without a reason", async () => {
    read(unseen());
    const forged = `gwadm_${"A".repeat(43)}`;
    await expect(lift({ administrator: forged })).rejects.toThrow("not the administrator's key");
    await expect(lift({ administrator: undefined })).rejects.toThrow("administrator is missing");
    await expect(lift({ reason: undefined })).rejects.toThrow("reason is missing");
    const pardon = desk.operators.handle({ command: "sessions.lift", args: { key: ann, what: "flow", by: "eve", reason } }); // prettier-ignore
    await expect(pardon).rejects.toThrow("what must be one of kill, behaviour, tools");
    // What only nodes send is no operator's command.
    const letter = desk.operators.handle({ command: "flow.free", args: { key: ann, by: "eve", reason } });
    await expect(letter).rejects.toMatchObject({ code: "METHOD_UNKNOWN" });
    expect(carry("hello")).toBe("flow.coarse");
    expect(lifted()).toEqual([]);
    expect(JSON.stringify(desk.records())).not.toContain(forged);
    expect(desk.records().filter(({ about }) => about?.["what"] === "flow lift refused: not the administrator's key")).toHaveLength(1); // prettier-ignore
  });

  test("outlives the process as it was let go", async () => {
    read(unseen());
    await lift();
    const { folder, at } = desk;
    await desk.close();
    desk = openDesk(folder, at + 1);
    enforce(desk);
    expect(carry("hello")).toBe("allow");
  });
});

test("values under a key that is not in force are shown as such, and a lift frees their session", async () => {
  read({ ...seenOf(card), key: "older" });
  expect(carry("hello")).toBe("flow.unread");
  expect(await shown()).toEqual({ answers: 1, isStale: true });
  expect(await lift()).toMatchObject({ lifted: 1 });
  expect([carry("hello"), await shown()]).toEqual(["allow", { answers: 0 }]);
  expect(lifted()).toEqual([expect.objectContaining({ stale: 1 })]);
});

test("a session that nobody knows is not let go, and in a cluster its owner is asked", async () => {
  await expect(lift({ key: key("reader", "nobody") })).rejects.toThrow("no session has this key");
  const asked: unknown[] = [];
  const { host, governor, roles, recorder } = desk;
  const elsewhere = new FlowDesk({
    host: new HostedSessions(host),
    governor,
    roles,
    records: new AdminRecords(recorder, () => desk.at),
    administrator: { holds: () => true },
    ledgerKey: () => "k1",
    now: () => desk.at,
    cluster: { desk: { atOwner: (command, session, args) => (asked.push([command, session, args]), Promise.resolve({ lifted: 1 })) } }, // prettier-ignore
  });
  const [[, command] = []] = elsewhere.commands;
  expect(await command?.({ key: ann, by: "eve", reason, administrator: "a" })).toEqual({ lifted: 1 });
  // The key of this node's administrator goes to no other.
  expect(asked).toEqual([["flow.free", ann, { key: ann, by: "eve", reason }]]);
});
