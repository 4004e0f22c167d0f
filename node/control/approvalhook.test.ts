/** The approvals webhook against programs that answer as they should not. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Approval } from "../../actors/guards/stepup.ts";
import { sessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { Dialer } from "../upstream/dialer.ts";
import { checkSecret } from "../vault/secret.ts";
import { ApprovalHook } from "./approvalhook.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const approval: Approval = { id: "op-1", status: "asked", kind: "tool", name: "pay", server: "bank", digest: "d", role: "r", definition: "", rules: ["approval.required"], why: "", shows: "", askedAt: 1, until: 2, by: "", reason: "" }; // prettier-ignore

/** A program that answers so; and its address. */
async function program(
  answer: (response: ServerResponse) => unknown,
): Promise<{ readonly url: string; readonly heard: string[] }> {
  // prettier-ignore
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      heard.push(body);
      response.on("error", () => undefined);
      answer(response);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closers.push(() => (server.closeAllConnections(), server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/asked`, heard };
}

function hookAt(url: string): { readonly hook: ApprovalHook; readonly notices: string[] } {
  const notices: string[] = [];
  const dialer = new Dialer();
  const ports = { dialer, policy: { private: ["127.0.0.0/8"] }, node: "n1", now: () => 0, notice: (text: string) => void notices.push(text) }; // prettier-ignore
  return { hook: new ApprovalHook(url, checkSecret("test", "s".repeat(32)), ports), notices };
}

const session = sessionKey("default", "desk", "agent", undefined);
const pause = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms));

test(
  "with any 2xx it was told: an answer that never ends is no reason to tell it again",
  { timeout: 20_000 },
  async () => {
    // prettier-ignore
    const { url, heard } = await program((response) => response.writeHead(200).write("x"));
    const { hook, notices } = hookAt(url);
    hook.asked(session, approval);
    await pause(limits.approvalHookMs + limits.approvalHookAgainMs + 1_000);
    expect([heard.length, notices]).toEqual([1, []]);
  },
);

test("an answer of 100 MB is read no further than its bound, and is no reason to tell it again", async () => {
  let written = 0;
  const { url, heard } = await program((response) => {
    const chunk = Buffer.alloc(64 * 1024, 120);
    const more = (): void => {
      while (written < 100 * 1024 * 1024 && !response.destroyed) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      response.end();
    };
    response.writeHead(200);
    more();
  });
  const { hook, notices } = hookAt(url);
  hook.asked(session, approval);
  await pause(limits.approvalHookAgainMs + 1_000);
  expect([heard.length, notices]).toEqual([1, []]);
  // What fits into the buffers of both ends was on its way.
  expect(written).toBeLessThan(20 * 1024 * 1024);
});

test("a redirect is followed nowhere", { timeout: 20_000 }, async () => {
  const elsewhere = await program((response) => response.writeHead(200).end());
  const { url, heard } = await program((response) => response.writeHead(307, { location: elsewhere.url }).end()); // prettier-ignore
  const { hook, notices } = hookAt(url);
  hook.asked(session, approval);
  await pause(limits.approvalHookAgainMs * 5 + 1_000);
  expect([heard.length, elsewhere.heard.length]).toEqual([limits.approvalHookAttempts, 0]);
  expect(notices).toEqual([
    expect.stringContaining("it answered with a redirect (HTTP 307), which is not followed"),
  ]);
});
