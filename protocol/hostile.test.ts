import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { JsonFault, parseStrict } from "./json.ts";
import { messageBounds } from "./jsonbounds.ts";
import type { Json } from "./json.ts";
import { readMessage, RpcFault } from "./jsonrpc.ts";
import type { Message } from "./jsonrpc.ts";

const inherited = Reflect.ownKeys(Object.prototype).join();
afterEach(() => {
  if (Reflect.ownKeys(Object.prototype).join() !== inherited) throw new Error("Object.prototype has changed");
});

/** The road of a body: undefined when it is refused on the way. */
function read(body: string): Message | undefined {
  const value = parseStrict(body, messageBounds);
  if (value instanceof JsonFault) return undefined;
  const message = readMessage(value);
  return message instanceof RpcFault ? undefined : message;
}

// Security checklist W2: a hostile body is refused, or all readers of what is sent on see what was judged.
const head = '"jsonrpc":"2.0","id":1,"method":"tools/call"';
const refused: [what: string, body: string][] = [
  ["name twice", `{${head},"params":{"name":"read","name":"drop","arguments":{}}}`],
  ["name twice, second escaped", String.raw`{${head},"params":{"name":"read","n\u0061me":"drop"}}`],
  ["name twice, first escaped", String.raw`{${head},"params":{"\u006eame":"drop","name":"read"}}`],
  ["name and Name", `{${head},"params":{"name":"read","Name":"drop"}}`],
  ["Name alone", `{${head},"params":{"Name":"drop"}}`],
  ["Name escaped", String.raw`{${head},"params":{"name":"read","\u004eame":"drop"}}`],
  [
    "arguments twice",
    `{${head},"params":{"name":"read","arguments":{"path":"/a"},"arguments":{"path":"/b"}}}`,
  ],
  [
    "arguments with a long s",
    `{${head},"params":{"name":"read","arguments":{},"argument\u017f":{"path":"/b"}}}`,
  ],
  [
    "arguments with an escaped long s",
    String.raw`{${head},"params":{"name":"read","argument\u017f":{"path":"/b"}}}`,
  ],
  ["ARGUMENTS", `{${head},"params":{"name":"read","ARGUMENTS":{"path":"/b"}}}`],
  ["task with a kelvin sign", `{${head},"params":{"name":"read","tas\u212a":{}}}`],
  ["an argument twice", `{${head},"params":{"name":"read","arguments":{"path":"/a","path":"/b"}}}`],
  [
    "an argument twice, escaped",
    String.raw`{${head},"params":{"name":"read","arguments":{"path":"/a","p\u0061th":"/b"}}}`,
  ],
  ["_meta twice", `{${head},"params":{"name":"read","_meta":{},"_meta":{"x":1}}}`],
  ["_Meta", `{${head},"params":{"name":"read","_Meta":{}}}`],
  ["uri and URI", `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a:b","URI":"c:d"}}`],
  ["requeststate", `{${head},"params":{"name":"read","requeststate":"x"}}`],
  ["method twice", `{${head},"method":"tools/list"}`],
  ["Method", `{${head},"Method":"tools/list"}`],
  ["METHOD first", `{"METHOD":"tools/list",${head}}`],
  ["method with an escape", String.raw`{${head},"m\u0065thod":"tools/list"}`],
  ["params twice", `{${head},"params":{"name":"read"},"params":{"name":"drop"}}`],
  ["Params", `{${head},"params":{"name":"read"},"Params":{"name":"drop"}}`],
  ["param with a long s", `{${head},"param\u017f":{"name":"drop"}}`],
  ["id twice", `{${head},"id":2}`],
  ["ID", `{${head},"ID":2}`],
  ["id with a dotless i", `{${head},"\u0131d":2}`],
  ["JSONRPC", `{${head},"JSONRPC":"1.0"}`],
  ["jsonrpc twice", `{${head},"jsonrpc":"2.0"}`],
  ["result beside method", `{${head},"result":{}}`],
  ["Result beside method", `{${head},"Result":{}}`],
  ["error beside method", `{${head},"error":{"code":1,"message":""}}`],
  ["an extra key", `{${head},"auth":"admin"}`],
  ["__proto__ in the envelope", `{${head},"__proto__":{"params":{"name":"drop"}}}`],
  ["__proto__ in params", `{${head},"params":{"name":"read","__proto__":{"arguments":{"path":"/b"}}}}`],
  ["__proto__ in arguments", `{${head},"params":{"name":"read","arguments":{"__proto__":{"isAdmin":true}}}}`],
  [
    "__proto__ escaped",
    String.raw`{${head},"params":{"name":"read","arguments":{"__proto\u005f_":{"isAdmin":true}}}}`,
  ],
  ["a byte order mark", `\ufeff{${head}}`],
  ["a comma behind the last member", `{${head},}`],
  ["a comma behind the last argument", `{${head},"params":{"name":"read","arguments":{"a":1,}}}`],
  ["a comment", `{${head}/*,"params":{}*/}`],
  ["single quotes", `{${head},'params':{'name':'drop'}}`],
  ["keys without quotes", `{${head},params:{name:"drop"}}`],
  ["NaN", `{${head},"params":{"name":"read","arguments":{"n":NaN}}}`],
  ["Infinity", `{${head},"params":{"name":"read","arguments":{"n":Infinity}}}`],
  ["an overflow", `{${head},"params":{"name":"read","arguments":{"n":1e999}}}`],
  ["an amount beyond 2^53", `{${head},"params":{"name":"read","arguments":{"n":9007199254740993}}}`],
  ["a hexadecimal number", `{${head},"params":{"name":"read","arguments":{"n":0x10}}}`],
  ["a leading zero", `{${head},"params":{"name":"read","arguments":{"n":010}}}`],
  ["an id beyond 2^53", '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call"}'],
  ["a fractional id", '{"jsonrpc":"2.0","id":1.5,"method":"tools/call"}'],
  ["an id of negative zero", '{"jsonrpc":"2.0","id":-0,"method":"tools/call"}'],
  ["a null id", '{"jsonrpc":"2.0","id":null,"method":"tools/call"}'],
  ["an object id", '{"jsonrpc":"2.0","id":{"$gt":0},"method":"tools/call"}'],
  ["a boolean id", '{"jsonrpc":"2.0","id":true,"method":"tools/call"}'],
  ["a lone surrogate in a name", String.raw`{${head},"params":{"name":"read\ud800"}}`],
  ["a raw lone surrogate", `{${head},"params":{"name":"read\udfff"}}`],
  ["a lone surrogate in a key", String.raw`{${head},"params":{"name":"read","\udc00":1}}`],
  ["a raw line break in a name", `{${head},"params":{"name":"re\nad"}}`],
  ["a NUL in a name", `{${head},"params":{"name":"read\u0000"}}`],
  ["a batch", `[{${head}}]`],
  ["two messages", `{${head}}{${head}}`],
  ["two messages on two lines", `{${head}}\n{${head}}`],
  ["array params", `{${head},"params":["drop"]}`],
  ["null params", `{${head},"params":null}`],
  ["depth 100", `{${head},"params":{"arguments":${"[".repeat(100)}${"]".repeat(100)}}}`],
  ["a string", `"{\\"method\\":\\"tools/call\\"}"`],
  ["nothing", ""],
];
const sent: [what: string, body: string, name: string, args: Json][] = [
  ["a plain call", `{${head},"params":{"name":"read","arguments":{"path":"/a"}}}`, "read", { path: "/a" }],
  [
    "escaped keys",
    String.raw`{${head},"p\u0061rams":{"n\u0061me":"r\u0065ad","arguments":{"\u0070ath":"\/a"}}}`,
    "read",
    { path: "/a" },
  ],
  [
    "a name with a NUL escape",
    String.raw`{${head},"params":{"name":"read\u0000drop","arguments":{}}}`,
    "read\0drop",
    {},
  ],
  [
    "arguments that differ by case",
    `{${head},"params":{"name":"read","arguments":{"path":1,"Path":2}}}`,
    "read",
    { path: 1, Path: 2 },
  ],
  [
    "an argument called name",
    `{${head},"params":{"arguments":{"name":"drop"},"name":"read"}}`,
    "read",
    { name: "drop" },
  ],
  [
    "constructor as argument",
    `{${head},"params":{"name":"read","arguments":{"constructor":{"prototype":{"a":1}}}}}`,
    "read",
    { constructor: { prototype: { a: 1 } } },
  ],
  [
    "a Cyrillic look-alike of name",
    `{${head},"params":{"name":"read","n\u0430me":"drop","arguments":{}}}`,
    "read",
    {},
  ],
  [
    "a name in two normal forms",
    `{${head},"params":{"name":"e\u0301","arguments":{"\u00e9":1,"e\u0301":2}}}`,
    "e\u0301",
    { "\u00e9": 1, "e\u0301": 2 },
  ],
  ["blanks and key order", `\n{ "params" : { "arguments" : {} , "name" : "read" } ,${head} }\n`, "read", {}],
  [
    "the largest safe integer",
    `{${head},"params":{"name":"read","arguments":{"n":9007199254740991}}}`,
    "read",
    { n: 2 ** 53 - 1 },
  ],
  [
    "surrogate pairs",
    String.raw`{${head},"params":{"name":"😀","arguments":{"\ud83d\ude00":"😀"}}}`,
    "😀",
    { "😀": "😀" },
  ],
];

describe("hostile bodies", () => {
  test.each(refused)("%s: refused", (_, body) => {
    expect(read(body)).toBeUndefined();
  });

  test.each(sent)(
    "%s: every reader of what is sent on sees the call that was judged",
    (_, body, name, args) => {
      const message = read(body);
      expect(message).toMatchObject({ method: "tools/call", params: { name } });
      const members = Object.entries(
        JSON.parse(JSON.stringify((message as { params: object }).params)) as object,
      );
      for (const reader of readers) {
        expect(reader(members, "name")).toBe(name);
        expect(reader(members, "arguments")).toEqual(args);
      }
    },
  );

  test("however members are spelled and ordered, an accepted body is one call to all its readers", () => {
    const spelling = fc.constantFrom(
      ["name", "name"], ["n\\u0061me", "name"], ["Name", "Name"], ["\\u004eAME", "NAME"], ["nam", "nam"],
      ["arguments", "arguments"], ["argument\u017f", "argument\u017f"], ["ARGUMENTS", "ARGUMENTS"], ["_meta", "_meta"],
      ["tas\u212a", "tas\u212a"], ["task", "task"], ["vendor", "vendor"],
    ); // prettier-ignore
    const members = fc.array(fc.tuple(spelling, fc.nat(9)), { maxLength: 5 });
    fc.assert(
      fc.property(members, (chosen) => {
        const body = `{${head},"params":{${chosen.map(([key, value]) => `"${key[0] ?? ""}":${value}`).join()}}}`;
        const seen = chosen.map(([key, value]): [string, number] => [key[1] ?? "", value]);
        const message = read(body);
        for (const name of message === undefined ? [] : ["name", "arguments", "task"]) {
          expect(new Set(readers.map((reader) => reader(seen, name))).size).toBe(1);
        }
        const keys = seen.map(([key]) => key);
        const isSound = new Set(keys).size === keys.length && !/[A-Z\u017f\u212a]/.test(keys.join());
        expect(message !== undefined).toBe(isSound);
      }),
      { numRuns: 3_000 },
    );
  });
});

/** Readers that exist: first or last of equal keys wins; case counts, or folds as in Go's encoding/json. */
type Reader = (members: readonly [string, unknown][], name: string) => unknown;
const folds = (key: string, name: string): boolean =>
  key
    .replace(/\u017f/g, "s")
    .replace(/\u212a/g, "k")
    .toLowerCase() === name.toLowerCase();
const readers: Reader[] = [
  (members, name) => members.find(([key]) => key === name)?.[1],
  (members, name) => members.findLast(([key]) => key === name)?.[1],
  (members, name) => members.find(([key]) => folds(key, name))?.[1],
  (members, name) => members.findLast(([key]) => folds(key, name))?.[1],
];
