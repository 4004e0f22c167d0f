import { describe, expect, test } from "vitest";
import { IcapRecogniser, readIcapUrl } from "./icap.ts";
import { answer, istag, message, none, optionsOf, sameRequest, startStub } from "./stub.fixture.ts";
import type { Behaviour, Stub } from "./stub.fixture.ts";
import type { Opinion } from "../external/recogniser.ts";
import { recogniserCases } from "../external/recogniser.cases.ts";

const local = { private: ["127.0.0.0/8"] };
const text = "a document that is longer than sixteen bytes";

function says(reply: string | ((body: string) => string)): Behaviour {
  return ({ isPreview, body }, socket) => {
    if (isPreview) socket.write(answer("100 Continue"));
    else socket.write(typeof reply === "string" ? reply : reply(body));
  };
}

async function asked(behave: Behaviour, about = text, waitMs = 3000): Promise<Opinion | string> {
  await using stub = await startStub();
  stub.behave = behave;
  return await ask(stub, about, waitMs);
}

async function ask(stub: Stub, about: string, waitMs = 3000): Promise<Opinion | string> {
  const recogniser = new IcapRecogniser({ request: stub.url }, local);
  try {
    return await examine(recogniser, about, waitMs);
  } finally {
    await recogniser.close();
  }
}

async function examine(recogniser: IcapRecogniser, about: string, waitMs = 3000): Promise<Opinion | string> {
  try {
    return await recogniser.examine({ text: about, direction: "request", deadlineMs: performance.now() + waitMs }); // prettier-ignore
  } catch (error) {
    return String((error as Error).message);
  }
}

const clean = { findings: [] };

recogniserCases("ICAP, by a stub", async () => {
  const stub = await startStub();
  let isPaused = false;
  stub.behave = ({ isPreview, body }, socket) => {
    if (isPaused) return;
    if (isPreview) socket.write(answer("100 Continue"));
    else socket.write(body.includes("BAD") ? message("res", "HTTP/1.1 403 Forbidden", "no") : answer("204 No", [istag])); // prettier-ignore
  };
  return {
    recogniser: new IcapRecogniser({ request: stub.url }, local),
    sensitive: "a BAD word",
    type: undefined,
    pause: () => void (isPaused = true),
    resume: () => void (isPaused = false),
    end: () => stub[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose](),
  };
});

describe("what is clean", () => {
  test("204 after the preview, and nothing more of the document is sent", async () => {
    await using stub = await startStub();
    expect(await ask(stub, text)).toEqual(clean);
    const shown = stub.heard.find(({ method }) => method === "REQMOD");
    expect([shown?.body, shown?.isPreview]).toEqual([text.slice(0, 16), true]);
    expect(shown?.head).toMatch(/^REQMOD icap:\/\/127\.0\.0\.1:\d+\/check ICAP\/1\.0\r\n.*Allow: 204\r\nPreview: 16\r\n/s);
  }); // prettier-ignore

  test("200 with the very message, after 100 Continue", async () => {
    expect(await asked(says((body) => message("req", sameRequest, body)))).toEqual(clean);
  });

  test("a document that is whole in the preview is not asked to go on, and an empty one is no error", async () => {
    expect(
      await asked(
        says((body) => message("req", sameRequest, body)),
        "short",
      ),
    ).toEqual(clean);
    expect(
      await asked(
        says((body) => message("req", sameRequest, body)),
        "",
      ),
    ).toEqual(clean);
  });

  test("text beyond ASCII, as UTF-8", async () => {
    let heard = "";
    const behave: Behaviour = ({ body }, socket) => {
      heard = Buffer.from(body, "latin1").toString("utf8");
      socket.write(answer("204 No", [istag]));
    };
    await asked(behave, "zö€😀");
    expect(heard).toBe("zö€😀");
  });
});

test.each([
  ["a page in the place of the request", message("res", "HTTP/1.1 403 Forbidden", "no")],
  ["a page that says 200", message("res", "HTTP/1.1 200 OK", "<html>blocked</html>")],
  ["a changed body", message("req", sameRequest, text.replace("document", "*******"))],
  ["a body with more at its end", message("req", sameRequest, `${text} `)],
  ["a body cut short", message("req", sameRequest, text.slice(0, -1))],
  ["no body any more", message("req", sameRequest, undefined)],
  ["a body without an end", message("req", sameRequest, "x".repeat(200_000))],
  ["another request line", message("req", "GET http://elsewhere.invalid/ HTTP/1.1", text)],
  ["an infection", message("req", sameRequest, text, [istag, "X-Infection-Found: Type=0; Resolution=2; Threat=CardNumbers;"])],
  ["a virus id and 204", answer("204 No", [istag, "X-Virus-ID: DLP.Cards"])],
  ["violations", message("req", sameRequest, text, [istag, "X-Violations-Found: 1"])],
  ["ICAP 403", answer("403 Forbidden", [istag, none])],
  ["an infection in a head after which all is broken", answer("200 OK", ["X-Infection-Found: Threat=x;", "Encapsulated: req-hdr=0, req-body=10"], "garbage here and more")],
])("%s is a block", async (_, reply) => {
  expect(await asked(says(reply))).toMatchObject({ findings: [], blocked: expect.any(String) });
}); // prettier-ignore

test("what a block says is bounded and holds no control characters", async () => {
  const opinion = await asked(says(answer("204 No", [istag, `X-Virus-ID: ${"é".repeat(3000)}`])));
  expect((opinion as Opinion).blocked).toMatch(/^x-virus-id: \?{120}$/);
});

describe("a server that is", () => {
  test.each<readonly [string, Behaviour, RegExp]>([
    ["full of garbage", says("\0\x01\x02 not ICAP\r\n\r\n"), /no ICAP\/1\.0 status line/],
    ["an HTTP server", says("HTTP/1.1 400 Bad Request\r\n\r\n"), /status line/],
    ["without an end of its head", says(`ICAP/1.0 200 OK\r\n${"X: y\r\n".repeat(5000)}`), /longer than/],
    ["wrong about the size of a chunk", says(answer("200 OK", [istag, "Encapsulated: req-hdr=0, req-body=18"], "POST / HTTP/1.1\r\n\r\n2\r\nabcdef\r\n0\r\n\r\n")), /Encapsulated|offset|longer than/],
    ["wrong about where the body is", says(answer("200 OK", [istag, "Encapsulated: req-hdr=0, req-body=5"], `${sameRequest}\r\n\r\n0\r\n\r\n`)), /offset/],
    ["saying 204 with a body", says(answer("204 No", [istag, "Encapsulated: req-hdr=0, req-body=5"])), /204 and has a body/],
    ["saying 100 twice", (_, socket) => void socket.write(answer("100 Continue")), /100 Continue, and it has everything/],
    ["talking on after its answer", says(answer("204 No", [istag]) + answer("204 No", [istag])), /bytes follow/],
    ["saying 200 with nothing in it", says(answer("200 OK", [istag])), /without a message/],
    ["failing", says(answer("500 Server error", [istag])), /ICAP 500/],
    ["asking for a part only (206)", says(answer("206 Partial", [istag])), /ICAP 206/],
    ["hanging up before it answers", (_, socket) => void socket.destroy(), /closed|ended|no connection/],
    ["hanging up in the middle of a head", (_, socket) => void socket.end("ICAP/1.0 20"), /closed|ended/],
    ["hanging up in the middle of a body", says((body) => message("req", sameRequest, body).slice(0, -8)), /did not answer in time|closed/],
    ["silent", () => undefined, /in time/],
  ])("%s gives no verdict", async (_, behave, why) => {
    expect(await asked(behave, text, 400)).toMatch(why);
  }); // prettier-ignore

  test("dribbling one byte at a time past the deadline gives no verdict, at the deadline", async () => {
    const behave: Behaviour = (_, socket) => {
      const timer = setInterval(() => socket.write("I"), 20);
      socket.on("close", () => clearInterval(timer));
    };
    const start = performance.now();
    expect(await asked(behave, text, 300)).toMatch(/in time|status line/);
    expect(performance.now() - start).toBeLessThan(1500);
  });

  test("saying 204 where none was offered is not believed", async () => {
    await using stub = await startStub();
    stub.options = optionsOf(["Allow: -", "Preview: -"]);
    expect(await ask(stub, text)).toMatch(/204, which it was not offered/);
  });

  test.each([
    ["does not do REQMOD", ["Methods: RESPMOD"], /does not do REQMOD/],
    ["has a preview that is no number", ["Preview: -16"], /cannot be read/],
    ["has a preview of many digits", ["Preview: 99999999999999"], /cannot be read/],
  ])("one that %s is not asked", async (_, headers, why) => {
    await using stub = await startStub();
    stub.options = optionsOf(headers);
    expect(await ask(stub, text)).toMatch(why);
    expect(stub.heard.filter(({ method }) => method !== "OPTIONS")).toEqual([]);
  });

  test("not there at all", async () => {
    const stub = await startStub();
    await stub[Symbol.asyncDispose]();
    expect(await ask(stub, text)).toMatch(/no connection \(ECONNREFUSED\)/);
  });
});

describe("connections", () => {
  test("are kept and used again", async () => {
    await using stub = await startStub();
    const recogniser = new IcapRecogniser({ request: stub.url }, local);
    for (let n = 0; n < 20; n++) expect(await examine(recogniser, `${text} ${n}`)).toEqual(clean);
    expect(stub.connections).toBe(1);
    await recogniser.close();
  });

  test("are never more than the server allows, and all questions are answered", async () => {
    await using stub = await startStub();
    stub.options = optionsOf(["Max-Connections: 3"]);
    let now = 0;
    let most = 0;
    stub.behave = (_, socket) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        socket.write(answer("204 No", [istag]));
      }, 5);
    };
    const recogniser = new IcapRecogniser({ request: stub.url }, local);
    const opinions = await Promise.all(Array.from({ length: 40 }, (_, n) => examine(recogniser, `${text} ${n}`)));
    expect(opinions).toEqual(Array.from({ length: 40 }, () => clean));
    expect(most).toBe(3);
    await recogniser.close();
  }); // prettier-ignore

  test("that the server closed while idle are replaced, and the question is asked once more", async () => {
    await using stub = await startStub();
    const recogniser = new IcapRecogniser({ request: stub.url }, local);
    let hangsUp = false;
    stub.behave = (_, socket) => {
      if (hangsUp) socket.destroy();
      else socket.write(answer("204 No", [istag]));
      hangsUp = false;
    };
    await examine(recogniser, text);
    hangsUp = true;
    expect(await examine(recogniser, `${text}!`)).toEqual(clean);
    expect(stub.connections).toBe(2);
    await recogniser.close();
  });

  test("wait no longer than the deadline, and closing ends what waits", async () => {
    await using stub = await startStub();
    stub.options = optionsOf(["Max-Connections: 1"]);
    stub.behave = () => undefined;
    const recogniser = new IcapRecogniser({ request: stub.url }, local);
    const first = examine(recogniser, text, 5000);
    await new Promise((done) => setTimeout(done, 100));
    expect(await examine(recogniser, `${text} 2`, 200)).toMatch(/free in time/);
    const third = examine(recogniser, `${text} 3`, 5000);
    await new Promise((done) => setTimeout(done, 50));
    await recogniser.close();
    expect(await first).toMatch(/ended|closed|closing/);
    expect(await third).toMatch(/closing/);
  });

  test("go nowhere that is not allowed, and to no port of another protocol", async () => {
    await using stub = await startStub();
    const recogniser = new IcapRecogniser({ request: stub.url }, {});
    expect(await examine(recogniser, text)).toMatch(/not public/);
    expect(stub.connections).toBe(0);
    const mail = new IcapRecogniser({ request: "icap://127.0.0.1:25/x" }, local);
    expect(await examine(mail, text)).toMatch(/another protocol/);
  });
});

describe("the ISTag", () => {
  test("lets clean verdicts be remembered until it changes, and blocks never", async () => {
    await using stub = await startStub();
    let tag = istag;
    stub.behave = ({ body }, socket) => void socket.write(body.startsWith("bad") ? answer("403 Forbidden", [tag]) : answer("204 No", [tag])); // prettier-ignore
    const recogniser = new IcapRecogniser({ request: stub.url }, local);
    const count = (): number => stub.heard.filter(({ method }) => method === "REQMOD").length;
    await examine(recogniser, text);
    await examine(recogniser, text);
    expect(count()).toBe(1);
    await examine(recogniser, "bad");
    await examine(recogniser, "bad");
    expect(count()).toBe(3);
    tag = 'ISTag: "stub-2"';
    await examine(recogniser, "another");
    await examine(recogniser, text);
    expect(count()).toBe(5);
    await recogniser.close();
  });

  test("changed means that the service is asked anew what it can do", async () => {
    await using stub = await startStub();
    const recogniser = new IcapRecogniser({ request: stub.url }, local);
    await examine(recogniser, "1");
    stub.behave = (_, socket) => void socket.write(answer("204 No", ['ISTag: "other"']));
    await examine(recogniser, "2");
    await examine(recogniser, "3");
    expect(stub.heard.filter(({ method }) => method === "OPTIONS")).toHaveLength(2);
    await recogniser.close();
  });

  test("that is missing means that nothing is remembered", async () => {
    await using stub = await startStub();
    stub.options = optionsOf(["ISTag: -"]);
    stub.behave = (_, socket) => void socket.write(answer("204 No"));
    const recogniser = new IcapRecogniser({ request: stub.url }, local);
    await examine(recogniser, text);
    await examine(recogniser, text);
    expect(recogniser.counts("request")).toMatchObject({ remembered: 0, open: 1 });
    await recogniser.close();
  });
});

test.each(["http://h/x", "icap://", "icap://user:pass@h/x", "icap://h/x#y", "nothing"])("%s is no ICAP URL", (url) => {
  expect(() => readIcapUrl(url)).toThrow(/ICAP service's URL/);
}); // prettier-ignore

test("ports and TLS follow from the URL", () => {
  expect(readIcapUrl("icap://h/x")).toMatchObject({ host: "h", port: 1344, isTls: false });
  expect(readIcapUrl("icaps://[::1]/x")).toMatchObject({ host: "::1", port: 11_344, isTls: true });
});
