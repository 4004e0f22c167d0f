import { gzipSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWhole } from "./finds.ts";
import { find, memoryOf, opened, strongest } from "./ledger.fixture.ts";
import { newMemory } from "./memory.ts";

const card = "4929 1234 5678 9016";
const digits = "4929123456789016";
const mail = "marta.lindqvist@harbour-freight.example";
const memory = memoryOf({ customer: { card, mail, note: "called twice about the invoice" } }, card, mail);

const full = (text: string): string => text.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)); // prettier-ignore
const hex = (text: string): string => Buffer.from(text).toString("hex");
const base64 = (text: string): string => Buffer.from(text).toString("base64");

function base32(text: string): string {
  let bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  bits = bits.padEnd(Math.ceil(bits.length / 5) * 5, "0");
  return (bits.match(/.{5}/g) ?? []).map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)]).join(""); // prettier-ignore
}

describe.each([
  ["a card number", digits],
  ["an address", mail],
])("%s is found in a call's arguments", (_what, value) => {
  test.each<[string, (text: string) => unknown]>([
    ["as it is", (text) => text],
    ["in the midst of a text", (text) => `please use ${text}, thanks`],
    ["in capitals", (text) => text.toUpperCase()],
    ["with a space behind each character", (text) => [...text].join(" ")],
    ["with hyphens", (text) => text.replace(/(.{4})/g, "$1-")],
    ["with hidden characters", (text) => [...text].join("\u200b")],
    ["in full-width characters", full],
    ["as bytes with a prefix and hyphens", (text) => [...Buffer.from(text)].map((byte) => `0x${byte.toString(16)}`).join("-")], // prettier-ignore
    ["as bytes with a prefix", (text) => [...Buffer.from(text)].map((byte) => `0x${byte.toString(16)}`).join(", ")], // prettier-ignore
    ["reversed", (text) => [...text].reverse().join("")],
    ["in base64", base64],
    ["in base64 in the midst of a text that is encoded too", (text) => base64(`{"to":"x","v":"${text}"}`)],
    ["in base64url without padding", (text) => Buffer.from(text).toString("base64url")],
    ["in base64 that was cut by one character", (text) => base64(`abcdef ${text} more text`).slice(1)],
    ["in base64 in lines of 76, wherever one cuts it", (text) => Array.from({ length: 3 }, (_, at) => base64(`${"some other words ".repeat(3).slice(0, 44 + 4 * at)}${text} and more behind it`.repeat(2)).replace(/.{76}/g, "$&\r\n"))], // prettier-ignore
    ["in base64 in lines of which the first begins with a capital and a digit", (text) => base64(`Sales of the month, and more of them and of the others, and of those who came behind: ${text} behind it`).replace(/.{64}/g, "$&\n")], // prettier-ignore
    ["in base64 in lines of 64 with blanks before them, and a word behind them", (text) => `see\n  ${base64(`${"other words ".repeat(8).slice(0, 90)}${text}`.padEnd(144, ".")).replace(/.{64}/g, "$&\n  ")}regards`], // prettier-ignore
    ["in hex in lines", (text) => hex(`${"other words ".repeat(2)}${text} behind`).replace(/.{60}/g, "$&\n")],
    ["in base32 in lines", (text) => base32(`${"other words ".repeat(2)}${text} behind it`).replace(/.{64}/g, "$&\n")], // prettier-ignore
    ["in hex", hex],
    ["in hex with separators", (text) => (hex(text).match(/../g) ?? []).join(":")],
    ["in base32", base32],
    ["percent-encoded, every character", (text) => hex(text).replace(/../g, "%$&")],
    ["as HTML entities", (text) => [...text].map((each) => `&#${each.charCodeAt(0)};`).join("")],
    ["as escapes of JSON", (text) => [...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")], // prettier-ignore
    ["as numbers of its characters", (text) => [...text].map((each) => each.charCodeAt(0)).join(" ")],
    ["compressed, in base64", (text) => gzipSync(text).toString("base64")],
    ["compressed with zlib, in hex", (text) => deflateSync(text).toString("hex")],
    ["as UTF-16 in base64", (text) => Buffer.from(text, "utf16le").toString("base64")],
    [
      "as UTF-16 with its mark, in base64",
      (text) => Buffer.from(`\ufeffsee ${text}`, "utf16le").swap16().toString("base64"),
    ],
    ["as UTF-16 in hex", (text) => Buffer.from(text, "utf16le").swap16().toString("hex")],
    ["with a nought behind each character", (text) => [...text].join("\0")],
    [
      "in look-alike letters",
      (text) => text.replaceAll("a", "\u0430").replaceAll("e", "\u0435").replaceAll("i", "\u03b9"),
    ],
    ["in quoted-printable, every character", (text) => hex(text).toUpperCase().replace(/../g, "=$&")],
    ["in quoted-printable, cut by the end of a line", (text) => `${text.slice(0, 9)}=\r\n${text.slice(9)}`],
    ["in JSON in a text", (text) => JSON.stringify({ deep: JSON.stringify({ value: text }) })],
    ["in base64 of base64", (text) => base64(base64(text))],
    ["as the name of a member", (text) => ({ [text]: true })],
    ["cut into two arguments", (text) => ({ a: text.slice(0, 9), b: text.slice(9) })],
    ["cut into two arguments with another one between", (text) => ({ a: text.slice(0, 9), between: "hello", b: text.slice(9) })], // prettier-ignore
    ["cut into the elements of a list", (text) => [...text]],
    ["as base64 cut into two arguments", (text) => [base64(text).slice(0, 7), base64(text).slice(7)]],
  ])("%s", (_how, disguise) => {
    expect(strongest(find(memory, { text: disguise(value) }))).toBe("test/thing");
  });
});

test("a number of another kind than text is found", () => {
  expect(strongest(find(memory, { amount: 4929123456789016 }))).toBe("test/thing");
});

test("what stands in a token of ours is found as standing there", () => {
  const token = `gwt1_${"A".repeat(60)}`;
  opened.set(token, card);
  expect(find(memory, { card: token }).values).toMatchObject([{ type: "test/thing", token: true }]);
  expect(find(memory, { card: `gwt1_${"B".repeat(60)}` }).values).toEqual([]);
});

test("half of a sensitive value is a part, and three quarters are as good as all of it", () => {
  const half = find(memory, { a: digits.slice(0, 8) });
  expect([strongest(half), half.parts.length]).toEqual(["", 1]);
  expect(half.parts[0]).toMatchObject({ low: 0xff, high: 0, length: 16 });
  expect(strongest(find(memory, { a: digits.slice(0, 12) }))).toBe("test/thing");
});

test("an address cut over two calls before its sign is found by both, as soon as six letters and digits stand before the cut", () => {
  const missed: string[] = [];
  for (const address of [mail, "greta.holm@harbour-freight.example", "victor.berg77@harbour.example"]) {
    const read = memoryOf({ address }, address);
    const sign = address.indexOf("@");
    for (let cut = 7; cut <= sign; cut++) {
      const calls = [address.slice(0, cut), address.slice(cut)].map((part) =>
        find(read, { body: `part: ${part}` }),
      );
      const parts = calls.flatMap((call) => call.parts);
      const [low, high] = [
        parts.reduce((all, part) => all | part.low, 0),
        parts.reduce((all, part) => all | part.high, 0),
      ];
      const isFound =
        calls.some(({ values }) => values.length > 0) || isWhole(parts[0]?.length ?? 64, low, high);
      if (!isFound) missed.push(address.slice(0, cut));
    }
  }
  expect(missed).toEqual([]);
});

test("what stands behind the sign of an address is no part of it", () => {
  expect(find(memory, { text: "lindqvist@harbour-freight.example" }).parts).toMatchObject([{ length: 14, low: 0b11111111000000 }]); // prettier-ignore
  expect(find(memory, { text: "at@harbour-freight.example" })).toMatchObject({ values: [], parts: [] });
});

test("a card of the same bank, an address of the same host, and words of the answer are not it", () => {
  for (const text of [
    "4929 1234 1111 2222",
    "sales@harbour-freight.example",
    "called twice",
    "customer note mail",
  ]) {
    const { values } = find(memory, { text });
    expect(values).toEqual([]);
  }
});

const text =
  "The consignment left the northern depot on the third attempt because the driver refused the first two loads as " +
  "overweight, and the yard manager asked that nobody outside the freight desk be told about the damaged seals.";

describe("a long text", () => {
  const read = memoryOf({
    content: [{ type: "text", text: JSON.stringify({ subject: "Depot", body: text }) }],
  });

  test("is found where a sentence of it is copied, whatever stands around it", () => {
    const { values } = find(read, { body: `As I heard: ${text.slice(40, 200).toUpperCase()} Greetings.` });
    expect(values).toMatchObject([{ type: "own/text", strength: 1 }]);
    expect(values[0]?.count).toBeGreaterThan(1);
  });

  test("is not found in a text that has its words in another order", () => {
    const words = text.split(" ").sort();
    expect(find(read, { body: words.join(" ") }).values).toEqual([]);
  });
});

test("an identifier that the agent wrote itself is not read from the answer that repeats it", () => {
  expect(find(memoryOf({ id: "cus_9f81a7c2e4" }), { id: "CUS 9F81A7C2E4" }).values).toMatchObject([{ type: "own/id", strength: 2 }]); // prettier-ignore
});

test.each([
  ["cut in two with another text between", { a: "cus_9f81", between: "and then", b: "a7c2e4" }],
  ["cut in two, the second part first", { b: "a7c2e4", a: "cus_9f81" }],
  ["in Cyrillic letters that look alike", { id: "\u0441us_9f81\u04307\u04412\u04354" }],
])("an identifier is found %s", (_how, args) => {
  expect(find(memoryOf({ id: "cus_9f81a7c2e4" }), args).values).toMatchObject([{ type: "own/id" }]);
});

test.each(["KÜN-48213-X", "Ä48213X7", "Łódź-20417", "ЗАК-48213-Ю", "ΑΒΓ48213Ω", "KU\u0308N-48213-X"])(
  "an identifier with letters beyond ASCII is remembered and found: %s",
  (id) => {
    const read = memoryOf({ id, note: `see ${id}, and thanks` });
    for (const args of [
      { id },
      { text: `about ${id.toUpperCase()}.` },
      { text: id.normalize("NFD").replaceAll("-", " ") },
    ])
      expect(find(read, args).values).toMatchObject([{ type: "own/id" }]);
  },
);

test("an identifier is remembered without the letters of another script that stand close to it", () => {
  const read = memoryOf({ note: "订单SO12345678已发货", other: "заказ-SO87654321" });
  for (const id of ["SO12345678", "SO87654321"])
    expect(find(read, { id }).values).toMatchObject([{ type: "own/id" }]);
});

describe.each<[string, (text: string) => string]>([
  ["base64", base64],
  ["base64url", (text) => Buffer.from(text).toString("base64url")],
  ["hex", hex],
  ["base32", base32],
  ["escapes of URLs", (text) => hex(text).replace(/../g, "%$&")],
  ["escapes of JSON", (text) => [...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")], // prettier-ignore
])("an identifier in %s, cut in two, is found", (_name, spell) => {
  const id = "cus_9f81a7c2e4-77";
  const read = memoryOf({ id });
  const spelled = spell(id);
  test.each<[string, (head: string, tail: string) => unknown]>([
    ["with another text between", (head, tail) => ({ head, between: "and then", tail })],
    ["with numbers and words between", (head, tail) => ({ to: "team", head, count: 3, subject: "Status of the week", tail, body: "No news, and none to come." })], // prettier-ignore
    ["the second part first", (head, tail) => ({ tail, head })],
    [
      "the second part first, with another text between",
      (head, tail) => ({ tail, between: "and then", head }),
    ],
  ])("%s, wherever it is cut", (_how, args) => {
    const missed: number[] = [];
    for (let at = 4; at < spelled.length - 4; at++)
      if (find(read, args(spelled.slice(0, at), spelled.slice(at))).values.length === 0) missed.push(at);
    expect(missed).toEqual([]);
  });
});

test("a number of capitals with two digits among them is an identifier, a word with a number is not", () => {
  const read = memoryOf({ parcel: "ZQMRM8SQVTVAK3PVMX", title: "USERMANUALB24" });
  expect(find(read, { text: "zqmrm8sqvtvak3pvmx" }).values).toMatchObject([{ type: "own/id", strength: 2 }]);
  expect(find(read, { text: "USERMANUALB24" }).values.filter(({ strength }) => strength > 1)).toEqual([]);
});

test("what is too deep or too long to be compared is told", () => {
  let deep: unknown = "x";
  for (let at = 0; at < 100; at++) deep = [deep];
  expect(find(memory, deep).unread).toBe(true);
  expect(find(memory, { a: "ab".repeat(200_000) }).unread).toBe(true);
  expect(find(newMemory("k1"), deep)).toMatchObject({ values: [], parts: [] });
});

test("what says five characters counts as compared: so many of them that there is no room are told", () => {
  const run = `z${base64("hello").replaceAll("=", "")}`;
  const all = (count: number): string => Array.from({ length: count }, () => run).join(" ");
  expect([20_000, 21_000].map((count) => find(memory, { body: all(count) }).unread === true)).toEqual([
    false,
    true,
  ]);
});

test("no arguments of letters by chance carry anything", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (args) => {
      expect(find(memory, args).values).toEqual([]);
    }),
  );
});

test("any value of nine symbols or more is found in any surroundings", () => {
  const value = fc.stringMatching(/^[a-z0-9]{9,60}$/);
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (secret, before, behind) => {
      const read = memoryOf({ secret }, secret);
      expect(strongest(find(read, { text: `${before}${secret}${behind}` }))).toBe("test/thing");
    }),
  );
});

test("a value in base64 is found wherever a long text is cut in two, with a third before or behind", () => {
  const plain = `${"word by word ".repeat(60)}${digits}${" and so on".repeat(60)}`;
  const whole = base64(plain);
  const from = Math.floor((plain.indexOf(digits) * 4) / 3);
  fc.assert(
    fc.property(fc.nat(30), fc.boolean(), (at, isFirst) => {
      const parts = [whole.slice(0, from + at - 4), whole.slice(from + at - 4)];
      expect(strongest(find(memory, isFirst ? ["x", ...parts] : [...parts, "x"]))).toBe("test/thing");
    }),
  );
});

test("a value in base64 that is beyond ASCII is found where a long text is cut in two, wherever the cut is", () => {
  const plain = `${"größer öäü ".repeat(60)}${digits}${" größer öäü".repeat(50)}`;
  const whole = base64(plain);
  const from = Math.floor((Buffer.byteLength(plain.slice(0, plain.indexOf(digits))) * 4) / 3);
  fc.assert(
    fc.property(fc.nat(30), (at) => {
      const parts = ["x", whole.slice(0, from + at - 4), whole.slice(from + at - 4)];
      expect(strongest(find(memory, parts))).toBe("test/thing");
    }),
  );
});

test("what is encoded and cut in two is found between texts without escapes wherever it is found between others", () => {
  const bytes = [...Buffer.from(`no ${mail}`)];
  const spellings = [
    base64(`no ${mail}`),
    base32(mail),
    hex(mail),
    bytes.join(", "),
    bytes.map((each) => each.toString(16)).join("-"),
    bytes.map((each) => `0x${each.toString(16)}`).join(" "),
  ];
  const missed: string[] = [];
  let found = 0;
  for (const spelling of spellings)
    for (let place = 1; place < spelling.length; place++) {
      const [head, tail] = [spelling.slice(0, place), spelling.slice(place)];
      // The last text is all that tells the two ways of reading apart.
      const beside = strongest(find(memory, { to: "team", head, tail, last: "50 % or so" }));
      const alone = strongest(find(memory, { to: "team", head, tail, last: "half or so" }));
      if (beside !== "" && alone !== beside) missed.push(`${spelling} at ${place}`);
      if (alone !== "") found++;
    }
  expect(missed).toEqual([]);
  expect(found).toBeGreaterThan(200);
});

test("a value in base32 is found whose beginning ends one text, and behind it a file begins in the next", () => {
  const spelled = base32(mail);
  const file = base64("what the file says, and says again, in other words ".repeat(20)).replace(
    /^[A-Z2-7]+/,
    "",
  );
  const found = Array.from({ length: spelled.length - 1 }, (_, at) =>
    strongest(find(memory, { name: spelled.slice(0, at + 1), data: spelled.slice(at + 1) + file })),
  );
  expect(new Set(found)).toEqual(new Set(["test/thing"]));
});

test.each([
  ["before it", 40],
  ["behind it", 860],
])("what is packed and cut in two with an escape far %s is found", (_where, place) => {
  let state = 7;
  const noise = Buffer.from(
    Uint8Array.from({ length: 900 }, () => (state = (Math.imul(state, 69_069) + 1) | 0) >>> 24),
  );
  const packed = gzipSync(`${noise.toString("hex").slice(0, 1_200)} ${digits} ${mail}`).toString("base64url");
  const escaped = `${packed.slice(0, place)}%${hex(packed.charAt(place))}${packed.slice(place + 1)}`;
  const border = 450;
  expect(Math.min(Math.abs(border - place), escaped.length - border)).toBeGreaterThan(400);
  expect(strongest(find(memory, { a: escaped }))).toBe("test/thing");
  expect(strongest(find(memory, { a: escaped.slice(0, border), b: escaped.slice(border) }))).toBe(
    "test/thing",
  );
});
