/** ICAP against the c-icap of Debian, with its echo service and its content filter. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { marker, startCicap } from "../../deploy/dlp/cicap.ts";
import type { RunningCicap } from "../../deploy/dlp/cicap.ts";
import { recogniserCases } from "../../node/dlp/external/recogniser.cases.ts";
import type { Opinion } from "../../node/dlp/external/recogniser.ts";
import { IcapRecogniser } from "../../node/dlp/icap/icap.ts";

const local = { private: ["127.0.0.0/8"] };

recogniserCases("c-icap's content filter", async () => {
  const server = await startCicap();
  return {
    recogniser: new IcapRecogniser({ request: server.url("block") }, local),
    sensitive: marker,
    type: undefined,
    pause: server.pause,
    resume: server.resume,
    end: server[Symbol.asyncDispose],
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  };
});

async function ask(url: string, direction: "request" | "response", text: string): Promise<Opinion | string> {
  const recogniser = new IcapRecogniser({ [direction]: url }, local);
  try {
    return await recogniser.examine({ text, direction, deadlineMs: performance.now() + 20_000 });
  } catch (error) {
    return String((error as Error).message);
  } finally {
    await recogniser.close();
  }
}

describe("c-icap", () => {
  let server: RunningCicap;
  beforeAll(async () => {
    server = await startCicap("replace");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(["request", "response"] as const)("that passes a %s on as it is gives a clean verdict", async (direction) => {
    for (const text of ["", "short", "long ".repeat(5_000), "longer ".repeat(100_000)])
      expect(await ask(server.url("echo"), direction, text)).toEqual({ findings: [] });
  }); // prettier-ignore

  test.each(["request", "response"] as const)("that writes over a part of a %s and says 200 is a block", async (direction) => {
    const text = `${"word ".repeat(2000)}${marker}`;
    expect(await ask(server.url("block"), direction, text)).toEqual({ findings: [], blocked: "it changed the body" });
    expect(await ask(server.url("block"), direction, "word ".repeat(2000))).toEqual({ findings: [] });
  }); // prettier-ignore

  test("that has no such service gives no verdict, and says what is wrong", async () => {
    expect(await ask(server.url("nothing"), "request", "x")).toMatch(/no such service \(ICAP 404\)/);
  });

  test("is asked over few connections, more often than it lets one connection ask", async () => {
    const recogniser = new IcapRecogniser({ request: server.url("echo") }, local);
    for (let at = 0; at < 100; at++)
      expect(await recogniser.examine({ text: `text ${at}`, direction: "request", deadlineMs: performance.now() + 9_000 })).toEqual({ findings: [] }); // prettier-ignore
    expect(recogniser.counts("request")?.open).toBeLessThanOrEqual(2);
    await recogniser.close();
  });
});
