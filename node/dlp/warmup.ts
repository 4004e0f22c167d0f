/**
 * Warming up: what a scanning thread reads before a real text comes, so that its code is compiled by then. A hostile text of
 * 100 KB takes half as long again in a thread that has just begun. Does not own when it is done (worker.ts).
 *
 * W1. The texts are fixed and of our own making. Each is of another kind, as code is compiled for what it has met.
 * W2. It is done piece by piece: a document that comes meanwhile waits for one piece of some milliseconds.
 */
import type { Scanner } from "../../actors/dlp/scanner.ts";

/** One after the other is repeated to a piece. */
const kinds = [
  // What tools answer.
  "The answer to your letter of 12 May is that order 4711 was sent to Example Street 5. ",
  '{"id": 17, "name": "Ada Example", "mail": "ada@mail.example", "open": true, "sum": 12.50, "tags": ["a", "b"]},\n',
  "17;Ada;ada@mail.example;+49 30 1234567;2026-05-12\n",
  "2026-05-12T08:11:09.123Z INFO 10.20.30.40 GET /v1/items?page=2&size=50 200 12ms 9f86d081884c7d65\n",
  "9b2d7c1e-4f5a-4c3b-8d2e-1f0a9b8c7d6e ",
  "const next = items.find((each) => each.id === wanted)?.name ?? \"\";\n",
  // Numbers, and what joins them.
  "5105 1051 0510 5100 ", "7 ", "23 4 ", "7-", "3.", "45/", "5:", "12.5.", "64-", "1234567890", "+7 ", "00 ", "3,", "B7 ", "GB82 WEST 1234 ",
  // Words that speak for values, and values behind them.
  "password: ", "password = \"q7Rk2mWp9xZt\" ", "token: ", "api_key='", "secret ", "passport C", "iban ", "Authorization: Basic ", "login ", "curl -u ", "name: B ", "card number ",
  // Prefixes of tokens, forwards and backwards.
  "ghp_", "ghp_0123456789abcdefghijABCDEFGHIJ012345 ", "sk_live_", "AKIA", "eyJhbGciOi.", "xoxb-", "-----BEGIN ", "54321jihgfedcba98765_phg ", "0x", "BC1",
  // Addresses.
  "b@", "b@c.", "@", "https://b:", "://", "b.", "2001:db8::", "::",
  // Encodings, in one piece, side by side and in lines.
  "VGhlIGFuc3dlciB0byB5b3VyIGxldHRlciBpcyBubw", "VGhlIGFuc3dlciB0byB5b3Vy/+/+", "VGhlIGFuc3dlcg-", "zzzzzzzzzzzzzzzz-", "KRUGKIDBNZZXOZLS-", "KRUGKIDBNZZXOZLSEB2G6-", "krugkidbnzzxozlseb2g6idzn52xe-", "KRUGKIDBNZZXOZLS ", "54686520616e73776572 ",
  `${"VGhl".repeat(19)}\n`, `${"VGhl".repeat(15)}/+/+\n`, `${"VGhl".repeat(19)}\\n`, `${"w".repeat(64)}\n`,
  // Escapes and disguises.
  "%42", "&#66;", "\\u0042", "=42", "\\n", "\\\\", "\\\"", "\u200bb", "\u0430b", "\uff22", "b-c-d ", "b c d ", "C", "c", "_", "-", "<", "= ", "é",
]; // prettier-ignore
/** A kind's code is compiled when it was run some thousand times; several rounds, as each kind undoes what was compiled for others alone. */
const rounds = 4;
const pieceChars = 1_024;

/** Goes on to the next piece when it is asked. */
export function* warmUp(scanner: Pick<Scanner, "scanText">): Generator<void, void> {
  for (let round = 0; round < rounds; round++)
    for (const kind of kinds) {
      scanner.scanText(kind.repeat(Math.ceil(pieceChars / kind.length)).slice(0, pieceChars));
      yield;
    }
}
