import { describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { MessageFault, readBody, readText } from "./message.ts";

function faultOf(act: () => unknown): MessageFault {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof MessageFault) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

const ping = '{"jsonrpc":"2.0","id":7,"method":"ping"}';

describe("one message of a body", () => {
  test("a sound one is read", () => {
    expect(readBody(Buffer.from(ping), false)).toEqual({ jsonrpc: "2.0", id: 7, method: "ping" });
  });

  test("bytes that are not UTF-8 are refused, also where a lenient reader would put a replacement character", () => {
    for (const bytes of ["c0af", "eda080", "f4908080", "ff", "e28228"]) {
      const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes, "hex"), Buffer.from('"}')]);
      expect(faultOf(() => readBody(body, false))).toMatchObject({ code: "REQUEST_SYNTAX", id: null });
    }
  });

  test("one byte over the bound is too large, whatever it says", () => {
    const body = Buffer.alloc(limits.bodyBytesMax + 1, 0x20);
    expect(faultOf(() => readBody(body, false)).code).toBe("REQUEST_TOO_LARGE");
    expect(faultOf(() => readBody(body.subarray(1), false)).code).toBe("REQUEST_SYNTAX");
  });

  test("a refusal of the shape bears the id, where there is one to answer under", () => {
    expect(faultOf(() => readText('{"jsonrpc":"1.0","id":7,"method":"ping"}', false))).toMatchObject({
      code: "REQUEST_SHAPE",
      id: 7,
    });
    expect(faultOf(() => readText('{"jsonrpc":"2.0","id":{},"method":"ping"}', false)).id).toBeNull();
  });

  test("an array is a batch where the revision has them, and no message elsewhere", () => {
    expect(readText(`[${ping}]`, true)).toEqual([{ jsonrpc: "2.0", id: 7, method: "ping" }]);
    expect(faultOf(() => readText(`[${ping}]`, false)).code).toBe("REQUEST_SHAPE");
    expect(faultOf(() => readText("[]", true)).code).toBe("REQUEST_SHAPE");
  });
});

describe("within a message", () => {
  test("a refusal of what it asks gets its id, code and data; a fault of ours is passed on as it is", () => {
    const refusal = new GatewayError("PARAMS_INVALID", "no", { data: { a: 1 } });
    const fault = faultOf(() =>
      MessageFault.within(7, () => {
        throw refusal;
      }),
    );
    expect(fault).toMatchObject({
      code: "PARAMS_INVALID",
      detail: "no",
      id: 7,
      data: { a: 1 },
      cause: refusal,
    });
    expect(() =>
      MessageFault.within(7, () => {
        throw new TypeError("ours");
      }),
    ).toThrow(TypeError);
  });
});
