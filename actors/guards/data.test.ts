import { describe, expect, test } from "vitest";
import { dataDefaults, dataRulesSchema, type TokenRules } from "../../protocol/datarules.ts";
import type { FoundData, ScanFacts } from "../../protocol/facts.ts";
import { call, roleTable, toolGrant } from "../session.fixture.ts";
import { allowedWith, data, judgeAnswer } from "./data.ts";
import type { Call } from "./guard.ts";
import { compileRole, grantAt } from "./persona.ts";
import { askOfGrant } from "./stepup.ts";

const row = (type: string, group = "person", likelihood = 4): FoundData => ({ type, group, tags: ["GDPR"], likelihood, count: 2, path: "/to" }); // prettier-ignore

function callOf(scan: Partial<ScanFacts>, rules: object = {}, grant: object = {}): Call {
  const table = roleTable({ grants: [{ ...toolGrant("send"), ...grant }], data: { ...dataDefaults, ...dataRulesSchema.parse(rules), profiles: [] } }); // prettier-ignore
  const role = compileRole(table);
  if (Array.isArray(role)) throw new Error("the role of a test compiles");
  const { facts } = call("op", "send", 0, { scan: { tookMs: 1, ...scan } }) as { facts: Call["facts"] };
  return { at: 0, facts, role, grant: grantAt(role, 0) };
}

const ruleOf = (given: Call): string | undefined => data.before({}, given)?.rule;

describe("a call", () => {
  test("with a credential is refused, in words that name type, count and place", () => {
    const refusal = data.before({}, callOf({ found: [row("github.pat", "secret")] }));
    expect(refusal).toMatchObject({ kind: "deny", rule: "data.arguments", says: "The call was not made: its arguments hold sensitive data. github.pat not let through 2 times, first at /to." }); // prettier-ignore
  });

  test("that was not searched to its end is refused, unless the role says otherwise", () => {
    expect(ruleOf(callOf({ unscanned: "too slow" }))).toBe("data.unscanned");
    expect(ruleOf(callOf({ unscanned: "too slow" }, { unscanned: { arguments: "detect" } }))).toBeUndefined();
  });

  test("that cannot be changed is refused where something in it would be", () => {
    const rules = { rules: [{ types: ["email"], arguments: "mask" }] };
    expect(ruleOf(callOf({ found: [row("email")], isFixed: true }, rules))).toBe("data.arguments");
    expect(ruleOf(callOf({ found: [row("email")] }, rules))).toBeUndefined();
  });

  test("is allowed with an action for each row and each token, by rule and grant", () => {
    const rules = { rules: [{ types: ["email"], arguments: "mask" }] };
    const tokens = { open: ["tag:GDPR"], keep: ["pan.*"] };
    const scan = { found: [row("email"), row("phone")], tokens: [{ type: "pan.visa", group: "financial", count: 1 }, { type: "iban", group: "financial", tags: ["GDPR"], count: 1 }] }; // prettier-ignore
    const given = callOf(scan, rules, { tokens });
    expect(data.before({}, given)).toBeUndefined();
    expect(allowedWith(given)).toEqual({ kind: "allow", data: { found: ["mask", "detect"], tokens: ["keep", "open"] } }); // prettier-ignore
  });

  test("of which nothing is changed is allowed as any other", () => {
    expect(allowedWith(callOf({ found: [row("email")] }))).toEqual({ kind: "allow" });
  });

  test.each([
    [undefined, "data.token"],
    [{ open: ["email"], keep: [] }, undefined],
    [{ open: ["phone"], keep: [] }, "data.token"],
    [{ open: [], keep: ["*"] }, undefined],
  ])("with a token of email at a tool with %j", (tokens, rule) => {
    const scan = { tokens: [{ type: "email", group: "person", count: 1 }] };
    expect(ruleOf(callOf(scan, {}, tokens === undefined ? {} : { tokens }))).toBe(rule);
  });

  test("with a text that only looks like a token is refused wherever it goes", () => {
    expect(ruleOf(callOf({ badTokens: 1 }, {}, { tokens: { open: ["*"], keep: ["*"] } }))).toBe("data.token");
  });
});

describe("an answer", () => {
  test("is released with its actions, or withheld as a whole", () => {
    const { grant } = callOf({}, { rules: [{ types: ["email"], answers: "block" }] });
    expect(judgeAnswer({ found: [row("github.pat", "secret")], tookMs: 1 }, grant)).toEqual({ actions: ["redact"], refusal: undefined }); // prettier-ignore
    expect(judgeAnswer({ found: [row("email")], tookMs: 1 }, grant).refusal?.rule).toBe("data.answer");
    expect(judgeAnswer({ unscanned: "queue full", tookMs: 1 }, grant).refusal?.rule).toBe("data.answer-unscanned"); // prettier-ignore
  });
});

describe("a recogniser outside", () => {
  const refused = (why: "blocked" | "no verdict") => ({ outside: { refused: { recogniser: "corp", why, says: "policy nine" } } }); // prettier-ignore

  test("refuses arguments and answers, whatever the role says of what was not searched, and its words stay here", () => {
    const lax = { unscanned: { arguments: "detect", answers: "detect" } };
    expect(ruleOf(callOf(refused("blocked"), lax))).toBe("data.recogniser");
    expect(ruleOf(callOf(refused("no verdict"), lax))).toBe("data.unexamined");
    const { grant } = callOf({}, lax);
    expect(judgeAnswer({ ...refused("blocked"), tookMs: 1 }, grant).refusal?.rule).toBe("data.answer-recogniser"); // prettier-ignore
    expect(judgeAnswer({ ...refused("no verdict"), tookMs: 1 }, grant).refusal?.rule).toBe("data.answer-unexamined"); // prettier-ignore
    expect(judgeAnswer({ ...refused("blocked"), tookMs: 1 }, grant).refusal?.says).not.toMatch(/corp|policy/);
  });

  test("that was passed over refuses nothing", () => {
    const scan = { outside: { unexamined: [{ recogniser: "corp", says: "out" }] } };
    expect(ruleOf(callOf(scan))).toBeUndefined();
    expect(judgeAnswer({ ...scan, tookMs: 1 }, callOf({}).grant).refusal).toBeUndefined();
  });
});

describe("a token in an argument that the role constrains", () => {
  const scan = { tokens: [{ type: "email", group: "person", count: 1 }] };
  const tokens: TokenRules = { open: ["email"], keep: [] };
  const given = (constraint: object, value: string, rules = tokens, more: Partial<ScanFacts> = {}): Call => {
    const made = callOf({ ...scan, ...more }, {}, { tokens: rules, arguments: { "/to": constraint } });
    return { ...made, facts: { ...made.facts, values: [{ at: "/to", value }] } };
  };
  const token = `gwt1_${"A".repeat(60)}`;

  test.each([{ inside: "/srv/out" }, { pattern: ".*" }, { hosts: ["*.example.com"] }, { oneOf: [token] }])(
    "would become a value that nobody has judged: the call is refused, at %j",
    (constraint) => {
      const refusal = data.before({}, given(constraint, `/srv/out/${token}`));
      expect(refusal).toMatchObject({ kind: "deny", rule: "data.token", says: expect.stringContaining("argument /to") }); // prettier-ignore
    },
  );

  test("passes where no more than presence or length is asked, where it stays a token, and where none stands there", () => {
    expect(ruleOf(given({ required: true }, token))).toBeUndefined();
    expect(ruleOf(given({ required: true, length: { max: 8000 } }, token))).toBeUndefined();
    expect(ruleOf(given({ pattern: ".*" }, token, { open: [], keep: ["email"] }))).toBeUndefined();
    expect(ruleOf(given({ pattern: ".*" }, token, tokens, { isFixed: true }))).toBeUndefined();
    expect(ruleOf(given({ pattern: ".*" }, "/srv/out/a.txt"))).toBeUndefined();
  });

  test("does not spare the call a person's approval, as a value there would", () => {
    const asks = (value: string): string | undefined => {
      const made = callOf(scan, {}, { tokens, approval: { unless: { "/to": { pattern: ".*" } } } });
      return askOfGrant({ ...made, facts: { ...made.facts, values: [{ at: "/to", value }] } })?.rule;
    };
    expect([asks("ann@there.example"), asks(token)]).toEqual([undefined, "approval.required"]);
  });
});
