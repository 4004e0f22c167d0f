/** Headers that say another thing than the body: checklist W1. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { modernBody, modernHeaders } from "./agent.ts";
import { expectRpcError } from "./answers.ts";
import { Gateway } from "./gateway.ts";
import { Line, sendRaw, type RawAnswer } from "./rawsocket.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent");
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

type Scalar = string | number | boolean | null | undefined;

/** The refusal of a header that contradicts the body, or of a revision. */
function isMismatch({ status, body }: RawAnswer): boolean {
  if (status !== 400) return false;
  const { code } = expectRpcError(body);
  return code === -32020 || code === -32022;
}

describe("W1: headers against the body", () => {
  /** What a header stands for, read anew from the specification's words: markers exact, base64 canonical, UTF-8 whole. */
  function meaning(value: string): string | undefined {
    const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, "");
    if (!/^[\t\x20-\x7e]*$/.test(trimmed)) return undefined;
    if (!trimmed.startsWith("=?base64?") || !trimmed.endsWith("?=")) return trimmed;
    const encoded = trimmed.slice(9, -2);
    if (trimmed.length < 11) return undefined;
    const bytes = Buffer.from(encoded, "base64");
    return bytes.toString("base64") === encoded && Buffer.from(bytes.toString("utf8")).equals(bytes)
      ? bytes.toString("utf8")
      : undefined;
  }

  const b64 = (text: string): string => `=?base64?${Buffer.from(text, "utf8").toString("base64")}?=`;
  const names = [
    "echo",
    "read",
    "drop",
    "Echo",
    "ECHO",
    "ech\u043e",
    "echo ",
    "e\u0301cho",
    "",
    "=?base64?ZHJvcA==?=",
  ];
  const nameHeader = fc.oneof(
    fc.constantFrom(...names.filter((name) => /^[\x21-\x7e]+$/.test(name))),
    fc.constantFrom(...names).map(b64),
    fc.constantFrom(
      " echo",
      "echo\t",
      "echo, drop",
      '"echo"',
      "=?base64?ZWNobw?=",
      "=?base64?ZWNobw=?=",
      "=?base64?ZWNob===?=",
      "=?base64?ZWNobx==?=",
      "=?BASE64?ZWNobw==?=",
      "=?base64?ZWNobw==?=?=",
      "=?base64?=",
      "=?base64??=",
      "=?utf-8?B?ZWNobw==?=",
      "=?base64? ZWNobw==?=",
      "=?base64?ZWNo%62w==?=",
      "=?base64?/w==?=",
      "ech\u00f6",
      "%65cho",
      "*",
    ),
    fc.constant(undefined),
  );
  const methodHeader = fc.constantFrom(
    "tools/call",
    "Tools/Call",
    "tools/call ",
    "tools/list",
    "tools//call",
    b64("tools/call"),
    "prompts/get",
    "",
    undefined,
  );
  const versionHeader = fc.constantFrom(
    "2026-07-28",
    "2026-07-28",
    "2026-07-28",
    "2025-11-25",
    "2025-03-26",
    "1999-01-01",
    undefined,
  );

  test("W1: no request whose headers say another thing than its body reaches the upstream, however they are encoded", async () => {
    const line = new Line(gateway.port, "POST /p/reader/mcp HTTP/1.1");
    const counts = { passed: 0, refused: 0 };
    const mostlyRight = <T>(right: fc.Arbitrary<T>, any: fc.Arbitrary<T>): fc.Arbitrary<T> =>
      fc.oneof({ arbitrary: right, weight: 3 }, { arbitrary: any, weight: 2 });
    const requests = fc.constantFrom(...names.filter((name) => name !== "")).chain((name) =>
      fc.record({
        name: fc.constant(name),
        header: mostlyRight<string | undefined>(
          fc.constantFrom(
            b64(name),
            /^[\x21-\x7e]+$/.test(name) && !name.startsWith("=?") ? name : b64(name),
          ),
          nameHeader,
        ),
        method: mostlyRight<string | undefined>(fc.constant("tools/call"), methodHeader),
        version: versionHeader,
      }),
    );
    await fc.assert(
      fc.asyncProperty(requests, async ({ name, header, method, version }) => {
        gateway.tools.forget();
        const headers = Object.entries({
          ...modernHeaders(key, "tools/call"),
          "mcp-method": method,
          "mcp-name": header,
          "mcp-protocol-version": version,
        }).filter((pair): pair is [string, string] => pair[1] !== undefined);
        const answer = await line.send(headers, modernBody(1, "tools/call", { name }));
        const agree =
          header !== undefined &&
          meaning(header) === name &&
          method?.trim() === "tools/call" &&
          version === "2026-07-28";
        if (agree) counts.passed++;
        else counts.refused++;
        const reached = gateway.tools.calls.map((call) => call.params["name"]);
        expect({ isRefused: isMismatch(answer), reached }).toEqual({
          isRefused: !agree,
          reached: agree && name === "echo" ? [name] : [],
        });
      }),
      { numRuns: 600 },
    );
    expect(counts.passed).toBeGreaterThan(20);
    expect(counts.refused).toBeGreaterThan(100);
    line.end();
  });

  const region = fc.constantFrom("eu", "EU", "e\u00fc", " eu", "", "=?base64?ZXU=?=", "true", "1");
  const count = fc.constantFrom(0, 1, 42, -1, 9007199254740991);
  const paramHeaders = fc.constantFrom(
    "eu",
    "EU",
    b64("eu"),
    b64("e\u00fc"),
    b64(" eu"),
    b64(""),
    b64("=?base64?ZXU=?="),
    "0",
    "1",
    "42",
    "42.0",
    "42.00",
    "042",
    "+42",
    "4.2e1",
    "-1",
    "9007199254740991",
    "9007199254740992",
    "true",
    "false",
    "True",
    "1 ",
    undefined,
  );

  test("W1: no Mcp-Param header that differs from its argument reaches the upstream; numbers are compared as numbers", async () => {
    const line = new Line(gateway.port, "POST /p/reader/mcp HTTP/1.1");
    let passed = 0;
    const right = (value: Scalar): string | undefined =>
      value === undefined || value === null
        ? undefined
        : typeof value === "string"
          ? b64(value)
          : String(value);
    const optional = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
      fc.oneof(some, fc.constantFrom(null, undefined));
    const requests = fc
      .record({ region: optional(region), count: optional(count), dry: optional(fc.boolean()) })
      .chain((args) =>
        fc.record({
          args: fc.constant(args),
          region: fc.oneof(fc.constant(right(args.region)), paramHeaders),
          count: fc.oneof(fc.constant(right(args.count)), paramHeaders),
          dry: fc.oneof(fc.constant(right(args.dry)), paramHeaders),
        }),
      );
    const same = (header: string | undefined, value: Scalar): boolean => {
      if (header === undefined || value === undefined || value === null)
        return header === undefined && (value === undefined || value === null);
      const text = meaning(header);
      if (text === undefined) return false;
      if (typeof value === "number")
        return (
          /^-?(0|[1-9]\d*)(\.0+)?$/.test(text) &&
          Number(text) === value &&
          Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER
        );
      return text === String(value);
    };
    await fc.assert(
      fc.asyncProperty(requests, async (row) => {
        gateway.tools.forget();
        const params = { name: "routed", arguments: row.args };
        const own = {
          "mcp-param-region": row.region,
          "Mcp-Param-Count": row.count,
          "MCP-PARAM-DRY": row.dry,
        };
        const headers = Object.entries({ ...modernHeaders(key, "tools/call", params), ...own }).filter(
          (pair): pair is [string, string] => pair[1] !== undefined,
        );
        const answer = await line.send(headers, modernBody(1, "tools/call", params));
        const agree =
          same(row.region, row.args.region) && same(row.count, row.args.count) && same(row.dry, row.args.dry);
        if (agree) passed++;
        expect({ isRefused: isMismatch(answer), reached: gateway.tools.calls.length }).toEqual({
          isRefused: !agree,
          reached: agree ? 1 : 0,
        });
      }),
      { numRuns: 400 },
    );
    expect(passed).toBeGreaterThan(20);
    line.end();
  });

  test("W1: prompts and resources too: a header for another one is refused before it is judged", async () => {
    const line = new Line(gateway.port, "POST /p/reader/mcp HTTP/1.1");
    gateway.tools.forget();
    const cases: readonly (readonly [string, JsonObject, string])[] = [
      ["prompts/get", { name: "greet" }, "secretary"],
      ["prompts/get", { name: "secretary" }, "greet"],
      ["resources/read", { uri: "demo://docs/1" }, "demo://docs/2"],
      ["resources/read", { uri: "demo://safe/1" }, "demo://docs/1"],
      ["resources/read", { uri: "demo://docs/1" }, "demo://DOCS/1"],
      ["resources/read", { uri: "demo://docs/1" }, "demo://docs/%31"],
    ];
    const before = gateway.records().length;
    for (const [method, params, name] of cases) {
      const answer = await line.send(
        Object.entries({ ...modernHeaders(key, method, params), "mcp-name": name }),
        modernBody(1, method, params),
      );
      expect([answer.status, expectRpcError(answer.body)["code"]]).toEqual([400, -32020]);
    }
    expect(gateway.tools.calls).toEqual([]);
    expect(gateway.records().length).toBe(before);
    line.end();
  });

  test("W1: HTTP/1.1 without Host is refused with a body that says so, also when it would open a WebSocket", async () => {
    for (const more of ["", "connection: upgrade\r\nupgrade: websocket\r\n"]) {
      const answer = await sendRaw(gateway.port, `GET /p/reader/mcp HTTP/1.1\r\n${more}\r\n`);
      expect(answer?.status).toBe(400);
      expect(answer?.body).toContain('"REQUEST_HEADERS"');
    }
  });
});
