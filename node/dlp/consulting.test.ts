import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { DataPolicy } from "../../actors/dlp/policy.ts";
import { dataDefaults } from "../../protocol/datarules.ts";
import { CallScreen } from "../exchange/callscreen.ts";
import { screeningOf } from "../exchange/screening.fixture.ts";
import type { Scan } from "../exchange/screening.ts";
import { Keyring } from "../vault/keyring.ts";
import { MasterKey } from "../vault/masterkey.ts";
import { Consulting } from "./consulting.ts";
import { ExactIndices } from "./exact/indices.ts";
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
