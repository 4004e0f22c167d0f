import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { captureChild } from "./child.ts";

const preload = pathToFileURL(join(import.meta.dirname, "loopback.ts")).href;
const program = `
  const [options, late] = JSON.parse(process.argv[1]);
  const server = require("node:http").createServer().listen(options);
  const print = () => { console.log(server.address().address); server.close(); };
  if (late) server.once("listening", print); else print();
`;

async function addressOf(options: object, late: boolean): Promise<string> {
  const args = [`--import=${preload}`, "-e", program, JSON.stringify([options, late])];
  return (await captureChild(args, { cwd: import.meta.dirname, limitMs: 10_000 })).output.trim();
}

test("a server that names no address is on loopback, and knows it at once", async () => {
  expect(await addressOf({ port: 0 }, false)).toBe("127.0.0.1");
});

test.each(["0.0.0.0", "::"])("a server that listens on %s is on loopback", async (host) => {
  expect(await addressOf({ port: 0, host }, true)).toBe("127.0.0.1");
});

test("a server that names another address keeps it", async () => {
  expect(await addressOf({ port: 0, host: "127.0.0.2" }, true)).toBe("127.0.0.2");
});
