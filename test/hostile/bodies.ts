/**
 * Bodies that two readers could take for two calls (checklist W2), made by rule: each member of a call that decides
 * something, in each way a second reader might find another value for it.
 *
 * The call they distort is `echo {"text":"a"}`; what they would smuggle in is `drop`, or `{"text":"evil"}`.
 */
export interface HostileBody {
  readonly what: string;
  /** Latin-1 bytes where `raw`, else UTF-8. */
  readonly body: string | Buffer;
}

/** Members of the envelope and of params, each with its own value and another one, as JSON. */
const members: readonly {
  readonly key: string;
  readonly at: "envelope" | "params";
  readonly own: string;
  readonly other: string;
}[] = [
  { key: "jsonrpc", at: "envelope", own: '"2.0"', other: '"1.0"' },
  { key: "id", at: "envelope", own: "1", other: "2" },
  { key: "method", at: "envelope", own: '"tools/call"', other: '"tools/list"' },
  { key: "params", at: "envelope", own: "PARAMS", other: '{"name":"drop","arguments":{}}' },
  { key: "name", at: "params", own: '"echo"', other: '"drop"' },
  { key: "arguments", at: "params", own: '{"text":"a"}', other: '{"text":"evil"}' },
  { key: "_meta", at: "params", own: "META", other: "{}" },
  { key: "uri", at: "params", own: '"demo://docs/1"', other: '"demo://safe/1"' },
  { key: "requestState", at: "params", own: '"a"', other: '"b"' },
  { key: "inputResponses", at: "params", own: "{}", other: '{"a":{}}' },
  { key: "task", at: "params", own: "{}", other: '{"ttl":1}' },
  { key: "cursor", at: "params", own: '"a"', other: '"b"' },
];

const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Other spellings of a key: `null` where a rule does not apply to it. */
const spellings: readonly (readonly [what: string, spell: (key: string) => string | null])[] = [
  ["again", (key) => key],
  ["escaped first letter", (key) => escape(key[0] ?? "") + key.slice(1)],
  ["escaped last letter", (key) => key.slice(0, -1) + escape(key.at(-1) ?? "")],
  ["escaped all over", (key) => [...key].map(escape).join("")],
  ["capital first letter", (key) => capital(key, 0)],
  ["capital last letter", (key) => capital(key, key.length - 1)],
  ["all capitals", (key) => (key.toUpperCase() === key ? null : key.toUpperCase())],
  [
    "capital, escaped",
    (key) => (/[a-z]/.test(key[0] ?? "") ? escape((key[0] ?? "").toUpperCase()) + key.slice(1) : null),
  ],
  ["long s", (key) => (key.includes("s") ? key.replace("s", "\u017f") : null)],
  ["long s, escaped", (key) => (key.includes("s") ? key.replace("s", "\\u017f") : null)],
  ["kelvin sign", (key) => (key.includes("k") ? key.replace("k", "\u212a") : null)],
  ["dotless i", (key) => (key.includes("i") ? key.replace("i", "\u0131") : null)],
];

function capital(key: string, at: number): string | null {
  const letter = key[at] ?? "";
  return /[a-z]/.test(letter) ? key.slice(0, at) + letter.toUpperCase() + key.slice(at + 1) : null;
}

/** @param meta the `_meta` of the revision the door speaks, as JSON */
export function hostileBodies(meta: string): HostileBody[] {
  return [...misspelt(meta), ...misformed(meta), ...misencoded(meta)];
}

function misspelt(meta: string): HostileBody[] {
  const found: HostileBody[] = [];
  for (const { key, at, own, other } of members)
    for (const [what, spell] of spellings) {
      const spelt = spell(key);
      if (spelt === null) continue;
      const value = own === "PARAMS" ? params(meta) : own === "META" ? meta : own;
      const isThere = ["jsonrpc", "id", "method", "params", "name", "arguments", "_meta"].includes(key);
      const extra = isThere ? `"${spelt}":${other}` : `"${key}":${value},"${spelt}":${other}`;
      for (const place of ["behind", "before"] as const)
        found.push({
          what: `${key} ${what}, ${place}`,
          body:
            at === "envelope" ? envelope(params(meta), place, extra) : envelope(params(meta, place, extra)),
        });
    }
  return found;
}

/** Members beside the ones of a call: none of them may be read, forwarded or lost in silence. */
function misformed(meta: string): HostileBody[] {
  const extras: readonly (readonly [
    what: string,
    where: "envelope" | "params" | "arguments",
    extra: string,
  ])[] = [
    ["result beside method", "envelope", '"result":{}'],
    ["error beside method", "envelope", '"error":{"code":1,"message":""}'],
    ["a stranger", "envelope", '"auth":"admin"'],
    ["__proto__", "envelope", '"__proto__":{"params":{"name":"drop"}}'],
    ["__proto__", "params", '"__proto__":{"name":"drop"}'],
    ["__proto__, escaped", "params", String.raw`"__proto\u005f_":{"name":"drop"}`],
    ["__proto__", "arguments", '"__proto__":{"isAdmin":true}'],
    ["an argument twice", "arguments", '"text":"evil"'],
    ["an argument twice, escaped", "arguments", String.raw`"t\u0065xt":"evil"`],
    ["a name that nobody knows", "arguments", '"isAdmin":true'],
    ["NaN", "arguments", '"number":NaN'],
    ["Infinity", "arguments", '"number":Infinity'],
    ["-Infinity", "arguments", '"number":-Infinity'],
    ["an overflow", "arguments", '"number":1e999'],
    ["beyond 2^53", "arguments", '"number":9007199254740993'],
    ["beyond 2^64", "arguments", '"number":18446744073709551617'],
    ["hexadecimal", "arguments", '"number":0x10'],
    ["a leading zero", "arguments", '"number":010'],
    ["a leading plus", "arguments", '"number":+1'],
    ["a bare point", "arguments", '"number":.5'],
    ["a number cut short", "arguments", '"number":1e'],
    ["a lone surrogate", "arguments", String.raw`"number":"\ud800"`],
    ["two high surrogates", "arguments", String.raw`"number":"\ud800\ud800"`],
    ["a raw NUL", "arguments", '"number":"\0"'],
    ["a raw line break", "arguments", '"number":"\n"'],
    ["a bad escape", "arguments", String.raw`"number":"\x41"`],
    ["a comma behind the last", "arguments", '"number":1,'],
    ["a comment", "arguments", '/*,*/"number":1'],
    ["depth 100", "arguments", `"number":${"[".repeat(100)}${"]".repeat(100)}`],
    ["depth 10,000", "arguments", `"number":${"[".repeat(10_000)}${"]".repeat(10_000)}`],
  ];
  return extras.map(([what, where, extra]) => {
    const args = where === "arguments" ? `{"text":"a",${extra}}` : '{"text":"a"}';
    const inner =
      where === "params"
        ? params(meta, "behind", extra)
        : `{"name":"echo","arguments":${args},"_meta":${meta}}`;
    return {
      what: `${what} in ${where}`,
      body: where === "envelope" ? envelope(inner, "behind", extra) : envelope(inner),
    };
  });
}

/** The same text in bytes or frames that are no UTF-8 JSON, or more than one. */
function misencoded(meta: string): HostileBody[] {
  const plain = envelope(params(meta));
  const drop = plain.replace('"echo"', '"drop"');
  return [
    { what: "a byte order mark", body: `\ufeff${plain}` },
    { what: "UTF-16", body: Buffer.from(plain, "utf16le") },
    {
      what: "an overlong slash",
      body: Buffer.concat([
        Buffer.from(plain.replace('"a"', '"'), "utf8").subarray(0, -1),
        Buffer.from([0xc0, 0xaf]),
        Buffer.from('"}'),
      ]),
    },
    {
      what: "a lone surrogate in CESU-8",
      body: Buffer.from(plain.replace('"a"', '"\u00ed\u00a0\u0080"'), "latin1"),
    },
    { what: "Latin-1", body: Buffer.from(plain.replace('"a"', '"\u00e4"'), "latin1") },
    { what: "two messages", body: plain + drop },
    { what: "two messages on two lines", body: `${plain}\n${drop}` },
    { what: "two messages with a record separator", body: `\u001e${plain}\n\u001e${drop}\n` },
    { what: "text behind it", body: `${plain}x` },
    { what: "NUL behind it", body: `${plain}\0` },
    { what: "a batch", body: `[${plain},${drop}]` },
    { what: "a batch of one", body: `[${plain}]` },
    { what: "an empty batch", body: "[]" },
    { what: "a string of it", body: JSON.stringify(plain) },
    { what: "cut short", body: plain.slice(0, -1) },
    { what: "nothing", body: "" },
    { what: "blanks", body: " \n\t" },
    { what: "single quotes", body: plain.replaceAll('"', "'") },
    { what: "keys without quotes", body: plain.replace(/"(\w+)":/g, "$1:") },
    { what: "a form feed between", body: plain.replace(",", ",\f") },
    { what: "a no-break space between", body: plain.replace(",", ",\u00a0") },
    { what: "a form", body: "name=echo&arguments[text]=a" },
  ];
}

/** Bodies that are odd and mean one thing: they may pass, and then exactly so. */
export function oddBodies(meta: string): HostileBody[] {
  const args = (text: string): string => envelope(`{"name":"echo","arguments":${text},"_meta":${meta}}`);
  return [
    { what: "plain", body: envelope(params(meta)) },
    {
      what: "escaped keys and name",
      body: String.raw`{"jsonrpc":"2.0","id":1,"method":"tools\/call","p\u0061rams":{"n\u0061me":"\u0065cho","\u0061rguments":{"t\u0065xt":"\/a"},"_meta":${meta}}}`,
    },
    {
      what: "blanks and another order",
      body: ` \r\n{ "params" : { "_meta" : ${meta} , "arguments" : { "text" : "a" } , "name" : "echo" },\t"method":"tools/call","id":1, "jsonrpc":"2.0" }\n`,
    },
    { what: "surrogate pairs", body: args(String.raw`{"text":"\ud83d\ude00😀"}`) },
    { what: "the largest safe integer", body: args('{"number":9007199254740991}') },
    { what: "minus zero", body: args('{"number":-0}') },
    { what: "an exponent", body: args('{"number":1e2}') },
    { what: "line separators in a text", body: args('{"text":"\u2028\u2029"}') },
    { what: "an escaped NUL in a text", body: args(String.raw`{"text":"\u0000"}`) },
    { what: "two normal forms", body: args('{"text":"\u00e9e\u0301"}') },
    { what: "no arguments", body: envelope(`{"name":"echo","_meta":${meta}}`) },
    {
      what: "an unknown member of params",
      body: envelope(params(meta, "behind", '"vendor":{"name":"drop"}')),
    },
    { what: "a Cyrillic look-alike of name", body: envelope(params(meta, "behind", '"n\u0430me":"drop"')) },
  ];
}

function params(meta: string, place: "behind" | "before" = "behind", extra = ""): string {
  const own = `"name":"echo","arguments":{"text":"a"},"_meta":${meta}`;
  return `{${joined(own, place, extra)}}`;
}

function envelope(inner: string, place: "behind" | "before" = "behind", extra = ""): string {
  const own = `"jsonrpc":"2.0","id":1,"method":"tools/call","params":${inner}`;
  return `{${joined(own, place, extra)}}`;
}

function joined(own: string, place: "behind" | "before", extra: string): string {
  if (extra === "") return own;
  return place === "behind" ? `${own},${extra}` : `${extra},${own}`;
}
