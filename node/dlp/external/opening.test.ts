import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import type { GatewayError } from "../../../protocol/errors.ts";
import { settingsSchema } from "../../../protocol/settings.ts";
import { Dialer } from "../../upstream/dialer.ts";
import { openRecognisers } from "./opening.ts";

const dialer = new Dialer();
afterAll(() => dialer.close());
const around = { env: {}, folder: "/", vault: () => undefined } as never;

function external(presidio: object, more: object = {}) {
  return settingsSchema.parse({ dlp: { external: { names: { presidio, ...more } } } }).dlp.external;
}

test("an address that may not be dialled is told with the recogniser's name and its key in gatehouse.yaml", () => {
  const open = () => openRecognisers(external({ url: "https://10.0.0.7/analyze" }), { dialer, around });
  expect(open).toThrow(/dlp\.external\.names: its address 10\.0\.0\.7 is not public/);
  const fault = (() => {
    try {
      return open();
    } catch (error) {
      return error;
    }
  })() as GatewayError;
  expect([fault.code, fault.remedy]).toEqual(["CONFIGURATION", "ranges that are not public are listed under dlp.external.names.private in gatehouse.yaml"]); // prettier-ignore
});

test("one that cannot be reached is no tool's server", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const [one] = openRecognisers(external({ url: `http://127.0.0.1:${port}/analyze` }, { private: ["127.0.0.0/8"] }), { dialer, around }); // prettier-ignore
  const asked = one?.recogniser.examine({ text: "x", direction: "request", deadlineMs: performance.now() + 5_000 }); // prettier-ignore
  await expect(asked).rejects.toMatchObject({ code: "RECOGNISER_FAILED", detail: expect.stringMatching(/^it cannot be reached: /) as string }); // prettier-ignore
  await one?.recogniser.close();
});
