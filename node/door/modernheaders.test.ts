import { describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import type { HeaderSchema } from "../../protocol/header.ts";
import type { Message } from "../../protocol/jsonrpc.ts";
import { meta, modern, revisions } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { checkModern, speaksModern } from "./modernheaders.ts";

const own = { [meta.version]: modern, [meta.clientCapabilities]: {} };
const call = (params: JsonObject = {}): Message => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", _meta: own, ...params },
});
const headers = { "mcp-protocol-version": modern, "mcp-method": "tools/call", "mcp-name": "echo" };

/** The code of the refusal; undefined when there is none. */
function check(
  message: Message,
  given: { readonly [name: string]: string | undefined } = headers,
  schema?: HeaderSchema,
  supported: readonly string[] = revisions,
): string | undefined {
  try {
    checkModern(message, given, schema, supported);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code;
    throw thrown;
  }
}

describe("headers of 2026-07-28", () => {
  test("a request whose headers repeat its body passes", () => {
    expect(check(call())).toBeUndefined();
    expect(
      check(call({ name: "größe" }), { ...headers, "mcp-name": "=?base64?Z3LDtsOfZQ==?=" }),
    ).toBeUndefined();
  });

  test("each header alone, missing or another, is a mismatch", () => {
    for (const name of ["mcp-protocol-version", "mcp-method", "mcp-name"])
      expect({ name, code: check(call(), { ...headers, [name]: undefined }) }).toEqual({
        name,
        code: "HEADER_MISMATCH",
      });
    expect(check(call(), { ...headers, "mcp-method": "tools/list" })).toBe("HEADER_MISMATCH");
    expect(check(call(), { ...headers, "mcp-name": "drop" })).toBe("HEADER_MISMATCH");
    expect(check(call(), { ...headers, "mcp-protocol-version": "2025-11-25" })).toBe("HEADER_MISMATCH");
  });

  test("no revision but this one is served so, not even one that is spoken elsewhere; and only where the persona lets it", () => {
    for (const version of [...revisions.filter((each) => each !== modern), "1999-01-01", 1, null]) {
      const message = call({ _meta: { ...own, [meta.version]: version } });
      const given = { ...headers, "mcp-protocol-version": typeof version === "string" ? version : undefined };
      expect({ version, code: check(message, given) }).toEqual({ version, code: "PROTOCOL_VERSION" });
    }
    expect(check(call(), headers, undefined, ["2025-11-25"])).toBe("PROTOCOL_VERSION");
  });

  test("metadata must say the revision and the client's capabilities", () => {
    expect(check(call({ _meta: { [meta.clientCapabilities]: {} } }))).toBe("PARAMS_INVALID");
    expect(check(call({ _meta: { [meta.version]: modern } }))).toBe("PARAMS_INVALID");
  });

  test("parameters that the definition mirrors must be mirrored", () => {
    const schema: HeaderSchema = new Map([["mcp-param-region", ["where", "region"]]]);
    const message = call({ arguments: { where: { region: "eu" } } });
    expect(check(message, { ...headers, "mcp-param-region": "eu" }, schema)).toBeUndefined();
    expect(check(message, { ...headers, "mcp-param-region": "us" }, schema)).toBe("HEADER_MISMATCH");
    expect(check(message, headers, schema)).toBe("HEADER_MISMATCH");
    expect(check(call({ arguments: {} }), { ...headers, "mcp-param-region": "eu" }, schema)).toBe(
      "HEADER_MISMATCH",
    );
  });

  test("a client of this revision sends no responses", () => {
    expect(check({ jsonrpc: "2.0", id: 1, result: {} })).toBe("REQUEST_SHAPE");
  });
});

test("a message is of this era by its metadata, its header, or a method that no other has; initialize never is", () => {
  const plain: Message = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  expect(speaksModern(call(), undefined)).toBe(true);
  expect(speaksModern(plain, modern)).toBe(true);
  expect(speaksModern(plain, "2025-11-25")).toBe(false);
  expect(speaksModern({ ...plain, method: "server/discover" }, undefined)).toBe(true);
  expect(speaksModern({ ...plain, method: "initialize" }, modern)).toBe(false);
});
