import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { KeyStore } from "../identity/keys.ts";
import type { Principal } from "../identity/principal.ts";
import type { Visitor } from "./doors.ts";
import { Regulars } from "./regulars.ts";

const day = 86_400_000;
const endpoint = { path: "/p/reader/mcp" } as Visitor["endpoint"];
const other = { path: "/p/curator/mcp" } as Visitor["endpoint"];
let folder: string;
let now: number;
let store: KeyStore;
let regulars: Regulars;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-regulars-"));
  now = 1_800_000_000_000;
  store = KeyStore.open(join(folder, "keys.json"), () => now);
  regulars = new Regulars((principal) => store.isUnchanged(principal, now));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request = (socket: object, authorization: string | undefined, url = "/p/reader/mcp"): IncomingMessage =>
  ({ socket, headers: { authorization }, url }) as unknown as IncomingMessage;
const visitorOf = (principal: Principal): Visitor => ({ endpoint, principal }) as Visitor;

function met(): { socket: object; bearer: string; id: string; visitor: Visitor } {
  const { key, row } = store.create({ agent: "bot", personas: ["reader"], lifeMs: day });
  const principal = store.verify(key, now);
  if (principal === undefined) throw new Error("a new key is not good");
  const [socket, bearer, visitor] = [{}, `Bearer ${key}`, visitorOf(principal)];
  regulars.meet(request(socket, bearer), visitor);
  return { socket, bearer, id: row.id, visitor };
}

test("a connection that brings the same key to the same address again is recognised", () => {
  const { socket, bearer, visitor } = met();
  expect(regulars.recognise(request(socket, bearer), endpoint)).toBe(visitor);
});

test("nothing but the very same is recognised: not another key, address, endpoint or connection, nor none", () => {
  const { socket, bearer } = met();
  for (const authorization of [undefined, `${bearer} `, bearer.slice(0, -1), bearer.toLowerCase()])
    expect(regulars.recognise(request(socket, authorization), endpoint)).toBeUndefined();
  expect(regulars.recognise(request(socket, bearer, "/p/reader/mcp?key=x"), endpoint)).toBeUndefined();
  expect(regulars.recognise(request(socket, bearer), other)).toBeUndefined();
  expect(regulars.recognise(request({}, bearer), endpoint)).toBeUndefined();
});

test("a key that was revoked, has ended, or whose row was changed under it goes through the full check", () => {
  const revoked = met();
  store.revoke(revoked.id);
  expect(regulars.recognise(request(revoked.socket, revoked.bearer), endpoint)).toBeUndefined();

  const changed = met();
  const path = join(folder, "keys.json");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll('"bot"', '"another"'));
  now += limits.keyReloadMs;
  expect(regulars.recognise(request(changed.socket, changed.bearer), endpoint)).toBeUndefined();

  const ended = met();
  now += day;
  expect(regulars.recognise(request(ended.socket, ended.bearer), endpoint)).toBeUndefined();
});

test("a key is not recognised once another pepper has made it worthless", () => {
  const { socket, bearer } = met();
  const path = join(folder, "keys.json");
  const pepper = randomBytes(32).toString("base64url");
  writeFileSync(`${path}.pepper`, `${pepper}\n`, { mode: 0o600 });
  // The rows are what they were; only their file is another one, as a restored copy is.
  utimesSync(path, 1, 1);
  now += limits.keyReloadMs;
  expect(store.verify(bearer.slice("Bearer ".length), now)).toBeUndefined();
  expect(regulars.recognise(request(socket, bearer), endpoint)).toBeUndefined();
});

test("a token is never remembered: the key that signed it may be withdrawn", () => {
  const token = { by: "jwt", id: "https://issuer.example agent", expires: now + day } as Principal;
  const lenient = new Regulars(() => true);
  const socket = {};
  lenient.meet(request(socket, "Bearer e30.e30.x"), visitorOf(token));
  expect(lenient.recognise(request(socket, "Bearer e30.e30.x"), endpoint)).toBeUndefined();
});
