import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { DecisionConsole } from "./console.ts";

test.each([true, false])(
  "a notice is one line that moves no cursor and hides nothing, whatever an agent called an argument: readable %s",
  async (readable) => {
    // prettier-ignore
    const stream = new PassThrough().setEncoding("utf8");
    const lines = new DecisionConsole(stream as unknown as NodeJS.WriteStream, "none", readable);
    lines.notice(
      "alert sequence.injected: Argument to\u001b[2J\u009b31m\u202e\r\nAPPROVED\u2028x: a destination",
    );
    await new Promise((done) => void setImmediate(done));
    const text = String(stream.read());
    expect(text).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+\n$/u);
    expect(text).toContain("a destination");
  },
);
