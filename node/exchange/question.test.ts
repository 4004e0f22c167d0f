import { describe, expect, test } from "vitest";
import { refuseLink, refuseQuestion } from "./question.ts";

const all = { sampling: {}, roots: {}, elicitation: { form: {}, url: {} } };
const form = (properties: object) => ({ message: "m", requestedSchema: { type: "object", properties } });

describe("questions of a server (T9)", () => {
  test("nothing is asked that the agent did not declare", () => {
    expect(refuseQuestion("sampling/createMessage", {}, {}, [])).toMatch(/declare/);
    expect(refuseQuestion("roots/list", {}, {}, [])).toMatch(/declare/);
    expect(refuseQuestion("elicitation/create", form({}), {}, [])).toMatch(/declare/);
    expect(
      refuseQuestion("elicitation/create", { mode: "url", url: "https://a.example/" }, { elicitation: {} }, [
        "a.example",
      ]),
    ).toMatch(/declare/);
    expect(refuseQuestion("sampling/createMessage", {}, all, [])).toBeUndefined();
    expect(
      refuseQuestion("elicitation/create", form({ name: { type: "string" } }), { elicitation: {} }, []),
    ).toBeUndefined();
  });

  test("a request that is no question is refused", () => {
    expect(refuseQuestion("tools/call", {}, all, [])).toMatch(/not one/);
  });

  test.each([
    ["a property name", { password: { type: "string" } }],
    ["camel case", { apiKey: { type: "string" } }],
    ["a title", { x: { type: "string", title: "Your API key" } }],
    ["a description", { x: { type: "string", description: "Paste the access token here" } }],
    ["a one-time code", { x: { type: "string", title: "one-time code" } }],
    [
      "full-width letters",
      { x: { type: "string", title: "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44" } },
    ],
  ])("a form that asks for a secret by %s is refused", (_, properties) => {
    expect(refuseQuestion("elicitation/create", form(properties), all, [])).toMatch(/secret/);
  });

  test("a message that asks for a secret is refused over a field that takes free text, and over no other", () => {
    const asks = (properties: object) =>
      refuseQuestion(
        "elicitation/create",
        { ...form(properties), message: "Enter your GitHub password" },
        all,
        [],
      );
    expect(asks({ value: { type: "string" } })).toMatch(/secret/);
    expect(asks({ reset: { type: "boolean" } })).toBeUndefined();
    expect(asks({ what: { type: "string", enum: ["reset", "keep"] } })).toBeUndefined();
  });

  test("a mode of elicitation that is not known is refused", () => {
    const params = { ...form({}), mode: "voice" };
    expect(refuseQuestion("elicitation/create", params, all, [])).toMatch(/mode/);
  });

  test.each([
    "http://a.example/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "data:text/html,x",
    "vbscript:x",
    "a:b",
    "$(id)",
    "",
    "https://u:p@a.example/",
    "https://a.example/?access_token=1",
    "https://a.example/#access_token=1",
    "https://a.example\\@evil.example/",
    "https:\\\\a.example/",
    "https:a.example/",
    "https:////a.example/",
    " https://a.example/",
    "https://a.exa\nmple/",
    "https://a%2eexample/",
    "https://a\u3002example/",
    "https://evil.example/",
    "https://a.example.evil.example/",
  ])("the link %s is not shown (E2)", (url) => expect(refuseLink(url, ["a.example"])).toBeDefined());

  test("a link to a listed host or a subdomain of a listed wildcard passes", () => {
    expect(refuseLink("https://a.example/auth?state=1", ["a.example"])).toBeUndefined();
    expect(refuseLink("https://x.b.example/", ["*.b.example"])).toBeUndefined();
    expect(refuseLink("https://b.example/", ["*.b.example"])).toBeDefined();
  });
});
