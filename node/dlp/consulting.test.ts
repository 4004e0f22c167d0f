import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Finding } from "../../actors/dlp/scanner.ts";
import { DataPolicy } from "../../actors/dlp/policy.ts";
import { dataDefaults } from "../../protocol/datarules.ts";
import { CallScreen } from "../exchange/callscreen.ts";
import { screeningOf } from "../exchange/screening.fixture.ts";
import type { Scan } from "../exchange/screening.ts";
import { Keyring } from "../vault/keyring.ts";
import { MasterKey } from "../vault/masterkey.ts";
import { Consulting } from "./consulting.ts";
import { ExactIndices } from "./exact/indices.ts";
import { buildCollection, writeCollection } from "./fingerprint/collection.ts";
import { DocumentCollections } from "./fingerprint/collections.ts";
import { Examiner, type Failing } from "./external/examiner.ts";
import type { Opinion, Recogniser } from "./external/recogniser.ts";

const own: Scan = { value: "x", findings: [], unscanned: undefined, tookMs: 1 };
const keyring = new Keyring(new MasterKey(randomBytes(32)));

function consulting(examine: () => Promise<Opinion>, failing: Failing = "closed"): Consulting {
  const recogniser: Recogniser = { directions: ["request"], examine, probe: () => Promise.resolve({}), close: () => Promise.resolve() }; // prettier-ignore
  const examiner = new Examiner([{ name: "corp", recogniser, waitMs: 1000, failing, personas: { shy: "local" } }]); // prettier-ignore
  return new Consulting(examiner, [new ExactIndices([], { keyring, notice: () => undefined })]);
}

test("a document that nobody outside is asked about comes back as it was, and without a promise", () => {
  const consulted = consulting(() => Promise.resolve({ findings: [] }));
  expect(consulted.join(own, "x", 1, "arguments", "shy")).toBe(own);
  expect(consulted.join(own, "x", 1, "answers", "clerk")).toBe(own);
});

test("what is found outside joins what our own scan has found", async () => {
  const consulted = consulting(() => Promise.resolve({ findings: [{ type: "webhook.x", start: 0, end: 1, likelihood: 4 }] })); // prettier-ignore
  const mine = { type: "email", start: 0, end: 1, likelihood: 3, path: "" } as const;
  const { findings, outside } = await consulted.join({ ...own, findings: [mine] }, "x", 1, "arguments", "clerk"); // prettier-ignore
  expect([findings.map(({ type }) => type), outside]).toEqual([["email", "webhook.x"], undefined]);
});

test("a message in the course of a call, or an answer to a question, that is blocked outside does not pass, and is on record", async () => {
  const blocked = consulting(() => Promise.resolve({ findings: [], blocked: "no" }));
  const by = { tenant: "default", persona: "clerk", policy: new DataPolicy(dataDefaults) };
  const screen = new CallScreen(screeningOf(blocked), "a", by, () => false);
  expect(await screen.toServer({ result: { action: "accept", content: { name: "Jo" } } })).toMatchObject({ error: { code: -32600 } }); // prettier-ignore
  expect(screen.side).toEqual([{ way: "arguments", type: "recogniser corp", action: "block", count: 1 }]);
  expect(await screen.notification("notifications/progress", { message: "step" })).toMatchObject({ message: "step" }); // prettier-ignore
});

test("why there was no verdict is bounded on record", async () => {
  const consulted = consulting(() => Promise.reject(new GatewayError("RECOGNISER_FAILED", "y".repeat(5000))));
  const { outside } = await consulted.join(own, "x", 1, "arguments", "clerk");
  expect(outside?.refused).toEqual({ recogniser: "corp", why: "no verdict", says: "y".repeat(limits.recogniserSaysCharsMax) }); // prettier-ignore
});

test("what comes too late to be shown is refused under closed and passes on record under open", () => {
  const never = (): Promise<Opinion> => Promise.reject(new Error("it was asked"));
  const outside = (failing: Failing, persona = "clerk") => consulting(never, failing).joinNow(own, "arguments", persona).outside; // prettier-ignore
  expect(outside("closed")).toMatchObject({ refused: { recogniser: "corp", why: "no verdict" } });
  expect(outside("open")).toMatchObject({ unexamined: [{ recogniser: "corp" }] });
  expect([outside("open")?.refused, outside("closed", "shy")]).toEqual([undefined, undefined]);
});

test("a passage that is cut in two between two messages does not pass whole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-passages-"));
  const passage =
    "The falcon leaves the northern yard on the ninth of March with two crates of lenses for the observatory.";
  writeFileSync(join(folder, "falcon.txt"), passage);
  const path = join(folder, "plans.docs");
  const plan = { name: "plans", passage: 64, without: [], sharedBy: undefined };
  writeCollection(path, await buildCollection([join(folder, "falcon.txt")], plan, keyring), keyring);
  const documents = new DocumentCollections([path], { keyring, notice: () => undefined });
  const consulted = new Consulting(new Examiner([]), [documents]);
  const policy = new DataPolicy({
    ...dataDefaults,
    rules: [{ types: ["document.*"], likelihood: 3, atLeast: 1, answers: "redact" }],
  });
  const screen = new CallScreen(screeningOf(consulted), "a", { tenant: "default", persona: "clerk", policy }, () => false); // prettier-ignore
  const said = async (message: string): Promise<unknown> => (await screen.notification("notifications/progress", { message }))?.["message"]; // prettier-ignore
  expect(await said(`Step one. ${passage.slice(0, 50)}`)).toBe(`Step one. ${passage.slice(0, 50)}`);
  const second = String(await said(passage.slice(50)));
  expect(second).toMatch(/^\[redacted\]/);
  expect(second).not.toContain("two crates");
  expect(screen.side).toEqual([{ way: "answers", type: "document.plans", action: "redact", count: 1 }]);
  expect(await said(`${"Nothing else. ".repeat(20)}${passage}`)).not.toContain("two crates");
  expect(await said("All is done.")).toBe("All is done.");
  documents.close();
  rmSync(folder, { recursive: true });
});

test("what is no finding is told among a hundred thousand values, in time that does not grow with their product", async () => {
  const place = (at: number, width: number): Finding => ({ type: "email", start: at, end: at + width, likelihood: 4, path: "/a" }); // prettier-ignore
  const values = Array.from({ length: 100_000 }, (_, at) => place(at * 11, 10));
  const allowed = { isEmpty: false, find: () => ({ findings: values }), findInTurns: () => ({ findings: values }) }; // prettier-ignore
  const consulted = new Consulting(new Examiner([]), [], allowed);
  const inside = Array.from({ length: 5_000 }, (_, at) => place(at * 11 + 2, 8));
  const outside: Finding[] = [...Array.from({ length: 5_000 }, (_, at) => place(at * 11 + 2, 9)), place(1_200_000, 3), { ...place(0, 4), path: "/b" }, { ...place(0, 4), inKey: true }]; // prettier-ignore
  const before = process.cpuUsage();
  const { findings } = await consulted.join({ ...own, findings: [...inside, ...outside] }, "x", 2_000_000, "answers", "clerk"); // prettier-ignore
  expect(findings).toEqual(outside);
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
});
