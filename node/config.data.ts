/**
 * A small sound configuration, and each way to break it that a person is likely to find. Data for config.test.ts.
 * `⟦` stands before the place that the fault must name; it is taken out before the file is written.
 */
import { formatLock, pin } from "./catalogue/lock.ts";

const tool = (name: string, properties: object, rest: object = {}) => ({
  name,
  description: `The tool ${name}`,
  inputSchema: { type: "object", properties, ...rest },
});
const desk = pin(
  {
    info: { name: "desk", version: "1" },
    capabilities: { tools: {} },
    tools: [
      tool("find", {
        query: { type: "string" },
        most: { type: "integer" },
        order: { enum: ["newest", "oldest"] },
        tags: { type: "array", items: { type: "string" } },
        filter: { type: "object", properties: { owner: { type: "string" } } },
      }),
      tool("mail", { to: { type: "string" }, text: { type: "string" } }),
      tool("free", {}, { additionalProperties: true }),
    ],
    prompts: [{ name: "greet", arguments: [{ name: "who", required: true }] }],
    templates: [],
  },
  "2026-01-02",
).locked;
const other = pin({ info: { name: "other", version: "1" }, capabilities: {}, tools: [tool("find", {}), tool("send", {})], prompts: [], templates: [] }, "2026-01-02").locked;

export const sound: { readonly [file: string]: string } = {
  "gatehouse.yaml": "listen: { port: 0 }\n",
  "catalogue.yaml": `servers:
  desk:
    transport: { http: { url: "https://desk.example.com/mcp" } }
    repeatable: [find]
  other:
    transport: { http: { url: "https://other.example.com/mcp" } }
  fresh:
    transport: { http: { url: "https://fresh.example.com/mcp" } }
`,
  "catalogue.lock": formatLock({ v: 1, servers: { desk, other } }),
  "personas/clerk.role.yaml": role("  - { tool: find, server: desk, effect: read, reason: it finds }"),
};

/** A role of the persona clerk with these lines under `grants`; the first of them is line 3. */
export function role(grants: string, rest = ""): string {
  return `role: clerk\ngrants:\n${grants}\n${rest}`;
}

/** A grant of the tool find with these arguments. */
function withArguments(text: string, rest = ""): string {
  return role(`  - { tool: find, server: desk, effect: read, reason: x, arguments: ${text} }`, rest);
}

type Row = readonly [name: string, file: string, text: string, says: RegExp, remedy: RegExp];
export const settings = "gatehouse.yaml";
export const catalogue = "catalogue.yaml";
export const persona = "personas/clerk.role.yaml";
export const http = "transport: { http: { url: https://a.example.com } }";

export const broken: readonly Row[] = [
  ["a number of replicas that NATS does not take", settings, "cluster: { name: x, secret: file:s, nats: { servers: [nats://n:4222] }, replicas: ⟦2 }\n", /must be 1, 3 or 5/, /write 1, 3 or 5/], // prettier-ignore
  // The text as such
  ["a duplicate key", settings, "data: a\n⟦data: b\n", /`data` stands twice/, /keep one/],
  ["an alias", settings, "node: &n a\ndata: ⟦*n\n", /alias/, /write the value out/],
  ["a merge key", settings, "⟦<<: { port: 1 }\n", /`<<` is not known/, /known here: `node`/],
  ["a tag", settings, "data: ⟦!secret a\n", /tag/, /remove it/],
  ["a second document", settings, "data: a\n⟦---\ndata: b\n", /more than one YAML document/, /keep one/],
  ["a directive", settings, "⟦%YAML 1.1\n---\nsse: yes\n", /%YAML/, /remove/],
  ["a tab", settings, "listen:\n⟦\tport: 1\n", /tab/, /spaces/],
  ["an open bracket", settings, "listen: { port: 1\n⟦", /indentation|missing/, /close|align/],
  ["a key __proto__", settings, "⟦__proto__: { polluted: true }\n", /__proto__/, /another name/],
  ["a text that looks like a mapping", persona, role("  - { tool: find, server: desk, effect: read }").replace("read }", "read }\n").replace("role: clerk", "role: clerk\ntitle: ⟦a: b"), /mapping or list stands/, /quotes/],
  ["an empty file", settings, "⟦", /the file is empty/, /mapping/],
  ["a list as file", settings, "⟦- a\n", /must be a mapping, and is a list/, /write a mapping/],
  // One file against its schema
  ["an unknown key", settings, "⟦catalog: x\n", /`catalog` is not known/, /did you mean `catalogue`/],
  ["an unknown nested key", settings, "listen:\n  port: 1\n  ⟦adress: x\n", /`adress` is not known in `listen`/, /known here: `host`/],
  ["a text for a number", settings, "listen: { port: ⟦'80' }\n", /`port` must be a whole number, and is a text/, /write a whole number/],
  ["a port out of range", settings, "listen: { port: ⟦70000 }\n", /at most 65535/, /change it/],
  ["a fraction", settings, "listen: { port: ⟦1.5 }\n", /fraction/, /whole number/],
  ["a key without a value", settings, "listen:\n  port: 1\n⟦oauth:\n", /`oauth` is empty/, /mapping/],
  ["a bad node name", settings, "node: ⟦My Node\n", /1 to 64 characters/, /change it/],
  ["a wrong enum value", catalogue, `servers:\n  desk: { ${http}, reach: ⟦outside }\n`, /must be one of `internal`, `external`/, /internal/],
  ["a mistyped enum value", persona, role("  - { tool: find, server: desk, effect: ⟦raed, reason: x }"), /`effect` must be one of/, /did you mean `read`/],
  ["a missing key", persona, role("  - ⟦{ tool: find, server: desk, effect: read }"), /`reason` is missing in entry 1 of `grants`/, /words a reviewer judges/],
  ["a mistyped key", persona, role("  - { tool: find, server: desk, ⟦efect: read, reason: x }"), /`efect` is not known/, /did you mean `effect`/],
  ["a grant of nothing", persona, role("  - ⟦{ server: desk, reason: x }"), /none of `tool`, `resource`, `prompt`/, /add one/],
  ["a grant of two things", persona, role("  - { tool: find, ⟦prompt: greet, server: desk, reason: x }"), /has `tool` and `prompt`/, /keep one/],
  ["an effect on a prompt", persona, role("  - { prompt: greet, server: desk, reason: x, ⟦effect: read }"), /`effect` is not known/, /known here: `prompt`/],
  ["a grant that is a text", persona, role("  - ⟦find"), /mapping with one of `tool`/, /mapping/],
  ["a transport that is a text", catalogue, "servers:\n  desk: { transport: ⟦stdio }\n", /mapping with one of `stdio`, `http`, `sse`/, /mapping/],
  ["two transports", catalogue, 'servers:\n  desk: { transport: { http: { url: "https://a.b" }, ⟦sse: { url: "https://a.b" } } }\n', /has `http` and `sse`/, /keep one/],
  ["a server name with a blank", catalogue, `servers:\n  ⟦the desk: { ${http} }\n`, /`the desk` is not valid/, /a-z, 0-9/],
  ["a secret's source", catalogue, `servers:\n  desk: { ${http}, credential: { header: X-Key, from: ⟦hunter2 } }\n`, /env:NAME, file:PATH or vault:NAME/, /change it/],
  ["a limit of zero", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "limits: { agent: { capacity: ⟦0, perSecond: 1 } }"), /must be above 0/, /burst/],
  ["an infinite limit", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "limits: { agent: { capacity: ⟦.inf, perSecond: 1 } }"), /infinite/, /number/],
  // Settings
  ["an origin with a path", settings, "listen: { allowedOrigins: [⟦https://a.example.com/x] }\n", /Origin/, /without a slash/],
  ["a host with a scheme", settings, 'listen: { allowedHosts: ["a:1", ⟦"http://a"] }\n', /Host/, /name:port/],
  ["an issuer without TLS", settings, "oauth: { issuers: [{ issuer: https://i.example.com, jwks: ⟦http://i.example.com/jwks }] }\n", /`jwks` is not https/, /use https/],
  ["a range that is none", settings, "oauth: { issuers: [{ issuer: https://i.example.com, jwks: https://i.example.com/k, private: [⟦10.0.0.0/40] }] }\n", /range/, /10\.0\.0\.0\/8/],
  ["a recogniser of no kind", settings, "dlp: { external: { ⟦corp: { seconds: 2 } } }\n", /none of `icap`, `presidio`, `webhook`/, /add one/],
  ["a recogniser of two kinds", settings, "dlp: { external: { corp: { icap: { request: icap://h/x }, ⟦presidio: { url: https://h/analyze } } } }\n", /has `icap` and `presidio`/, /keep one/],
  ["an ICAP URL that is none", settings, "dlp: { external: { corp: { icap: { request: ⟦http://h/x } } } }\n", /no URL of an ICAP service/, /icap:\/\/host/],
  ["ICAP without a service", settings, "dlp: { external: { corp: { ⟦icap: {} } } }\n", /neither `request` nor `response`/, /add the URL/],
  ["ICAP with a credential", settings, "dlp: { external: { corp: { icap: { request: icap://h/x }, ⟦credential: { header: X, from: env:X } } } }\n", /takes no credential/, /remove/],
  ["documents over plain http", settings, "dlp: { external: { corp: { presidio: { url: ⟦http://h.example.com/analyze } } } }\n", /plain http/, /use https/],
  ["a webhook's secret in the open", settings, "dlp: { external: { corp: { webhook: { url: https://h/x, secret: ⟦hunter2 } } } }\n", /env:NAME, file:PATH or vault:NAME/, /change it/],
  ["a mode that is none", settings, "dlp: { external: { corp: { icap: { request: icap://h/x }, failing: ⟦opened } } }\n", /must be one of `closed`, `open`, `local`/, /did you mean `open`/],
  ["a mode for a persona that is none", settings, "dlp: { external: { corp: { icap: { request: icap://h/x }, personas: { ⟦clark: open } } } }\n", /no role `clark`/, /did you mean `clerk`/],
  ["an index twice", settings, "dlp: { exact: [a.edm, b.edm, ⟦a.edm] }\n", /listed twice/, /keep one/],
  ["fingerprints twice", settings, "dlp: { documents: [a.docs, ⟦a.docs] }\n", /listed twice/, /keep one/],
  ["indices that are no list", settings, "dlp: { exact: ⟦a.edm }\n", /must be a list/, /list/],
  ["an index without a path", settings, "dlp: { exact: [⟦''] }\n", /1/, /change it/],
  // The catalogue
  ["a shell as command", catalogue, 'servers:\n  desk: { transport: { stdio: { command: ⟦/bin/sh, args: ["-c", "x"] } } }\n', /-c/, /reviewed/],
  ["a program as text", catalogue, 'servers:\n  desk: { transport: { stdio: { command: ⟦node, args: ["--eval", "1"] } } }\n', /--eval/, /reviewed/],
  ["a variable that loads code", catalogue, "servers:\n  desk: { transport: { stdio: { command: node, env: { ⟦NODE_OPTIONS: x } } } }\n", /NODE_OPTIONS/, /remove/],
  ["a URL with a password", catalogue, 'servers:\n  desk: { transport: { http: { url: ⟦"https://a:b@c.example.com" } } }\n', /user or password/, /credential/],
  ["a header on stdio", catalogue, "servers:\n  desk: { transport: { stdio: { command: node } }, credential: { ⟦header: X, from: env:A } }\n", /no headers/, /env: NAME/],
  ["a header of the protocol", catalogue, `servers:\n  desk: { ${http}, credential: { header: ⟦Mcp-Session-Id, from: env:A } }\n`, /belongs to the protocol/, /name the one/],
  ["a repeatable tool that is not there", catalogue, `servers:\n  desk: { ${http}, repeatable: [find, ⟦fnid] }\n`, /no accepted tool `fnid`/, /did you mean `find`/],
  ["a risk score for a tool that is not there", catalogue, `servers:\n  desk: { ${http}, risk: { ⟦fnid: { score: 5, reason: x } } }\n`, /no accepted tool `fnid`/, /did you mean `find`/],
  ["a scheme that is not http", catalogue, 'servers:\n  desk: { transport: { http: { url: ⟦"ftp://a.example.com" } } }\n', /neither http nor https/, /https/],
  // Roles against the catalogue
  ["another name than the file's", persona, role("  - { tool: find, server: desk, effect: read, reason: x }").replace("role: clerk", "role: ⟦clark"), /called `clark`, and its file `clerk`/, /role: clerk/],
  ["an unknown server", persona, role("  - { tool: find, server: ⟦dsk, effect: read, reason: x }"), /no server `dsk`/, /did you mean `desk`/],
  ["a server that is not accepted", persona, role("  - { tool: find, server: ⟦fresh, effect: read, reason: x }"), /not accepted yet/, /gatehouse catalogue accept fresh/],
  ["an unknown tool", persona, role("  - { tool: ⟦fnd, server: desk, effect: read, reason: x }"), /no accepted tool `fnd`/, /did you mean `find`/],
  ["a tool called like an object's own property", persona, role("  - { tool: ⟦constructor, server: desk, effect: read, reason: x }"), /no accepted tool/, /accepted there/],
  ["an unknown prompt", persona, role("  - { prompt: ⟦greed, server: desk, reason: x }"), /no accepted prompt `greed`/, /did you mean `greet`/],
  ["two grants of one name", persona, role("  - { tool: find, server: desk, effect: read, reason: x }\n  - { tool: ⟦find, server: other, effect: read, reason: x }"), /also that of entry 1/, /`as`/],
  ["two names that differ in case", persona, role("  - { tool: find, server: desk, effect: read, reason: x }\n  - { tool: mail, as: ⟦Find, server: desk, effect: send, reason: x }"), /looks like `find`/, /another name/],
  ["an alias that poses as another tool", persona, role("  - { tool: mail, as: ⟦find, server: desk, effect: send, reason: x }"), /poses as the tool `find` of server `desk`/, /no other's/],
  ["a Cyrillic letter in an alias", persona, role("  - { tool: mail, as: ⟦\"p\u043est\", server: desk, effect: send, reason: x }"), /mixes letters of two scripts/, /plain name/],
  ["an invisible character in an alias", persona, role("  - { tool: mail, as: ⟦\"po\\u200bst\", server: desk, effect: send, reason: x }"), /cannot be seen/, /plain name/],
  ["an alias with a blank", persona, role("  - { tool: mail, as: ⟦send mail, server: desk, effect: send, reason: x }"), /characters that clients refuse/, /letters, digits/],
  ["an unknown argument", persona, withArguments("{ ⟦qeury: { required: true } }"), /no argument `\/qeury`/, /did you mean `query`/],
  ["an unknown inner argument", persona, withArguments("{ ⟦/filter/ower: { required: true } }"), /no argument `\/filter\/ower`/, /did you mean `owner`/],
  ["a list without its dash", persona, withArguments("{ ⟦/tags/name: { required: true } }"), /no argument `\/tags\/name`/, /write - for each/],
  ["an unknown argument of a prompt", persona, role("  - { prompt: greet, server: desk, reason: x, arguments: { ⟦whom: { required: true } } }"), /no argument `\/whom`/, /known there: `who`|did you mean `who`/],
  ["one argument twice", persona, withArguments("{ query: {}, ⟦/query: {} }"), /constrained twice/, /keep one/],
  ["a broken pointer", persona, withArguments("{ ⟦/a~2b: {} }"), /JSON pointer/, /~0/],
  ["a minimum above the maximum", persona, withArguments("{ most: { range: ⟦{ min: 5, max: 1 } } }"), /`min` is above `max`/, /swap/],
  ["a range without bounds", persona, withArguments("{ most: { range: ⟦{} } }"), /neither `min` nor `max`/, /give one/],
  ["a value outside its list", persona, withArguments("{ query: { oneOf: [a, b], equals: ⟦c } }"), /not among `oneOf`/, /keep one/],
  ["a list that the pattern empties", persona, withArguments("{ query: { oneOf: ⟦[a, b], pattern: '[0-9]+' } }"), /no value of `oneOf` satisfies/, /change one/],
  ["a pattern with look-ahead", persona, withArguments("{ query: { pattern: ⟦'(?=a)b' } }"), /RE2 does not accept/, /look-around/],
  ["a range on a text", persona, withArguments("{ query: { range: ⟦{ min: 1 } } }"), /`range` reads number, and the pinned definition says string/, /constraint for string/],
  ["a folder for a list", persona, withArguments("{ tags: { inside: ⟦/srv } }"), /`inside` reads string, and the pinned definition says array/, /end the pointer in \/-/],
  ["a value that the definition does not have", persona, withArguments("{ order: { equals: ⟦best } }"), /one that the pinned definition allows/, /`newest`/],
  ["a number for a text", persona, withArguments("{ query: { equals: ⟦5 } }"), /type that the pinned definition wants: string/, /that type/],
  ["a folder that is not absolute", persona, withArguments("{ query: { inside: ⟦srv/data } }"), /not absolute/, /\.\/folder/],
  ["a folder that climbs", persona, withArguments("{ query: { inside: [/srv, ⟦/srv/../etc] } }"), /`\.\.`/, /that is meant/],
  ["a host with a port", persona, withArguments('{ query: { hosts: [a.example.com, ⟦"b.example.com:80"] } }'), /no host name/, /without scheme, port/],
  ["a whole top-level domain", persona, withArguments('{ query: { hosts: [⟦"*.com"] } }'), /top-level domain/, /name\.tld/],
  ["a path that is a host", persona, withArguments("{ query: { inside: /srv, hosts: ⟦[a.example.com] } }"), /`inside`, `hosts` cannot hold/, /keep the one/],
  ["an object without its list", persona, withArguments("{ query: { object: ⟦ticket } }", "objects: { order: { allow: [a] } }"), /no `objects` entry for `ticket`/, /known here: `order`/],
  ["an asterisk in the middle", persona, withArguments("{ query: { object: order } }", "objects: { order: { allow: [a, ⟦a*b] } }"), /asterisk/, /prefix/],
  ["a pattern without a scheme", persona, role("  - { resource: ⟦/srv/**, server: desk, reason: x }"), /scheme/, /correct the pattern/],
  ["a pattern with an open brace", persona, role("  - { resource: ⟦'a://b/{c', server: desk, reason: x }"), /without its }/, /correct/],
  ["two servers for one URI", persona, role("  - { resource: a://b/**, server: desk, reason: x }\n  - { resource: ⟦'a://b/{c}', server: other, reason: x }"), /entry 1 of `grants` also takes, for another server/, /narrower/],
  ["one pattern twice", persona, role("  - { resource: 'a://{b}', server: desk, reason: x }\n  - { resource: ⟦'a://{c}', server: desk, reason: x }"), /is that of entry 1/, /remove one/],
  ["a bucket for less than one call", persona, role("  - { tool: find, server: desk, effect: read, reason: x, limits: ⟦{ capacity: 0.5, perSecond: 1 } }"), /less than one call/, /see there/],
  // What may follow what
  ["a sequence rule on a tool that is not granted", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "sequence: { steps: [{ name: x, after: { tools: [find, ⟦fnd] }, then: { effects: [send] }, reason: x }] }"), /no grant of the role is called `fnd`/, /did you mean `find`/],
  ["a sequence rule that names the server's word for a tool of another name", persona, role("  - { tool: find, as: seek, server: desk, effect: read, reason: x }", "sequence: { steps: [{ name: x, after: { calls: 2 }, without: { tools: [⟦find] }, then: { effects: [send] }, reason: x }] }"), /no grant of the role is called `find`/, /granted: `seek`/],
  ["a sequence rule that says not what must have come before", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "sequence: { steps: [{ name: x, after: ⟦{}, then: { effects: [send] }, reason: x }] }"), /the rule says nothing of what must have come before/, /one key at least: tools, effects/],
  ["a sequence rule that says not what is stopped", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "sequence: { steps: [{ name: x, after: { effects: [read] }, then: ⟦{}, reason: x }] }"), /the rule would stop every call/, /one key at least: tools, effects or reach/],
  ["a sequence rule that every call clears", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "sequence: { steps: [{ name: x, after: { effects: [read] }, without: ⟦{}, then: { effects: [send] }, reason: x }] }"), /every call would clear the rule/, /or leave `without` out/],
  ["a fifth sequence rule that counts different things", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", `sequence: { steps: [${"{ name: x, after: { distinct: 9 }, then: { effects: [send] }, reason: x }, ".repeat(4)}{ name: x, after: { distinct: ⟦9 }, then: { effects: [send] }, reason: x }] }`), /at most 4 rules of a role may count/, /leave `distinct` out here/],
  ["a bound that stops before the one that slows down", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "sequence: { thresholds: { distinct: 60, distinctStop: ⟦20 } }"), /`distinct` is above `distinctStop`: a session/, /set both/],
  ["a bound that slows down above the default of the one that stops", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "sequence: { thresholds: { invented: ⟦5 } }"), /`invented` is above `inventedStop` \(`inventedStop` is 4 where/, /set both/],
  // What must not go where
  ["a flow from an unknown server", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "flows: [{ from: { servers: [⟦dusk] }, to: { servers: [other] }, reason: x }]"), /no server `dusk`/, /did you mean `desk`/],
  ["a flow to an unknown tool", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "flows: [{ from: { servers: [desk] }, to: { tools: [⟦desk/mial] }, reason: x }]"), /no accepted tool `mial`/, /did you mean `mail`/],
  ["a flow to nowhere", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "flows: [{ from: { servers: [desk] }, to: ⟦{}, reason: x }]"), /names no place/, /environments/],
  ["a flow of a type that there is not", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "flows: [{ from: { types: [⟦pan.vise] }, to: { servers: [other] }, reason: x }]"), /no type or group `pan.vise`/, /did you mean `pan.visa`/],
  ["a flow from a label that there is not", persona, role("  - { tool: find, server: desk, effect: read, reason: x }", "flows: [{ from: { labels: [⟦secret] }, to: { servers: [other] }, reason: x }]"), /no server of the catalogue has the label `secret`/, /known there/],
  ["a wall from an environment that there is not", catalogue, `servers:\n  desk: { ${http}, environment: dev }\nwalls: [{ from: [⟦prod], to: [dev] }]\n`, /has the environment `prod`/, /known there: `dev`/],
  ["a wall within an environment", catalogue, `servers:\n  desk: { ${http} }\nwalls: [{ from: [prod], to: ⟦[prod] }]\n`, /stands on both sides/, /take it out/],
  // Endpoints of one server
  ["an endpoint of an unknown server", settings, "servers: { ⟦dusk: { role: clerk } }\n", /no server `dusk`/, /did you mean `desk`/],
  ["an endpoint with an unknown role", settings, "servers: { desk: { role: ⟦clark } }\n", /no role `clark`/, /did you mean `clerk`/],
  ["an endpoint with another server's tools", settings, "servers: { other: { role: ⟦clerk } }\n", /of server `desk`/, /this server's things/],
];
