/**
 * laws: the laws of the house that are one pattern each, and where each of them holds. house.ts applies them.
 *
 * A law names what to do instead; an exception is a row in a table here, with its reason, never a mark in the code.
 */

/** What of a file a law reads: `text` is all of it, and the only layer of a file that is not code. */
export type Layer = "code" | "comments" | "strings" | "text";

export interface PatternLaw {
  readonly law: string;
  readonly where: (path: string) => boolean;
  readonly layer: Layer;
  readonly pattern: RegExp;
  readonly remedy: string;
}

export const codeEndings = /\.(?:ts|mts|js|mjs|cjs)$/;

export function isCode(path: string): boolean {
  return codeEndings.test(path);
}

/** Data tables are as long as their data; JSON rows (actors/dlp/detectors/) are no code, so no length law reads them. */
export function isData(path: string): boolean {
  return path.endsWith(".data.ts");
}

export function isTest(path: string): boolean {
  return /\.(?:test|cases|fixture)\.ts$/.test(path) || /(?:^|\/)testdata\//.test(path);
}

/** Files beside the house that may look inside it, each with its reason. */
const insiders: Readonly<Record<string, string>> = {
  "loadtest/answerfloor.ts": "it says what reading an answer costs at least, for sequencestories.ts",
  "loadtest/behaviourevaluate.ts": "it scores the mission compiler by itself, task by task",
  "loadtest/sequenceevaluate.ts": "it scores the sequence guard by itself, session by session",
  "loadtest/foreign/recordings.ts": "it makes what a replay reads, in the replay's own form",
  "loadtest/foreignevaluate.ts": "it scores the sequence guard by itself, session by session",
  "loadtest/sequencestories.ts": "it drives the sequence guard by itself, call by call",
  "loadtest/dlpbench.ts": "it measures the scanner by itself, which no network can show",
  "loadtest/hostiletexts.ts": "it measures the scanner by itself, on a thread of its own, for dlpbench.ts",
  "loadtest/vectorscan.ts": "the same beside a library in C, without a network",
  "loadtest/dlpevaluate.ts": "it scores the detectors by themselves, text by text",
  "loadtest/benignflows.ts": "its sessions are judged by themselves, as those of ledgerevaluate.ts",
  "loadtest/ledgerevaluate.ts": "it scores the ledger by itself, call by call",
  "loadtest/ledgerfloor.ts": "it says what looking and hashing cost at least, for ledgerevaluate.ts",
  "loadtest/ledgersessions.ts": "it drives the session actor by itself, for ledgerevaluate.ts",
  "loadtest/fillsteps.ts": "it measures single steps of fills, with nothing between two nodes",
  "loadtest/turns.ts": "it measures one turn by itself, which no network can show",
  "loadtest/floorproxy.ts":
    "it measures what the laws cost without the rest of the gateway, which no network can show",
  "loadtest/floorrelay.ts":
    "it measures what the laws cost between nodes without the rest of the gateway, which no network can show",
  "loadtest/relaynode.ts": "it measures the transport by itself, beside the NATS client alone",
  "loadtest/slowharvest.ts": "it measures the sum over days by itself: a year of days takes seconds",
  "loadtest/store.ts": "it measures the store's adapter between two nodes, without the gateways around it",
  "loadtest/takeover.ts": "it measures take-over by membership alone, at the lease that is shipped",
};

/** `loadtest` and `deploy` use the gateway from outside. */
export function isBeside(path: string): boolean {
  return /^(?:loadtest|deploy)\//.test(path) && !Object.hasOwn(insiders, path);
}

function isHouse(path: string): boolean {
  return isCode(path) && /^(?:protocol|actors|cluster|node)\//.test(path) && !isTest(path);
}

function isPure(path: string): boolean {
  return isHouse(path) && /^(?:protocol|actors)\//.test(path);
}

/** Pages that run in a browser; everything else under node/ is TypeScript. */
function isPage(path: string): boolean {
  return /^node\/console\/.*\.js$/.test(path);
}

/** Lockfiles hold digests, in which any three letters may stand. */
function isLockfile(path: string): boolean {
  return /(?:^|\/)(?:package-lock\.json|catalogue\.lock)$/.test(path);
}

/** Files that may build a regular expression from a value, each with the reason why no agent can choose that value. */
const regexpBuilders: Readonly<Record<string, string>> = {
  "actors/dlp/plan.ts":
    "patterns of rows: RE2 syntax with every repeat bounded (actors/dlp/pattern.ts), tried at candidates under a budget",
};

/** Files that may open a connection, each with its reason. */
/** Who takes a secret's value out, each with its reason. */
const revealers: Readonly<Record<string, string>> = {
  "node/upstream/dialer.ts": "it injects credentials into headers and children's environments",
  "node/vault/secret.ts": "it is where `reveal` is",
  "node/vault/envelope.ts": "it seals secrets",
  "node/vault/masterkey.ts": "it reads the key from which others follow",
  "node/vault/clustersecrets.ts": "it makes keys that the nodes of a cluster share",
  "node/dlp/external/webhook.ts": "it signs questions",
  "node/control/approvalhook.ts": "it signs messages",
};

const dialers: readonly (readonly [RegExp, reason: string])[] = [
  [/^node\/upstream\/dialer\.ts$/, "the one way out: it checks addresses and injects credentials"],
  [
    /^node\/upstream\/byteline\.ts$/,
    "the same way out for what is not HTTP (ICAP): the dialer's own look-up and address check",
  ],
  [/^node\/control\/client\.ts$/, "the operator's side of the node's own Unix socket"],
  [
    /^node\/cli\//,
    "the operator's program, not the gateway: it calls the node's own doors and its Unix socket",
  ],
  [
    /^cluster\/natsline\.ts$/,
    "frames between nodes: to the NATS servers of gatehouse.yaml, never to what an agent names",
  ],
  [/^node\/cluster\/storeline\.ts$/, "the shared rows: to the NATS servers of gatehouse.yaml"],
];

/** Files that may ask for a session with an upstream, each with its reason (laws 1 and 4: intent before effect). */
const reachers: readonly (readonly [RegExp, reason: string])[] = [
  [/^node\/exchange\/relay\.ts$/, "a call, from the callback of its intent"],
  [/^node\/exchange\/reach\.ts$/, "a list or a stream of changes, after its intent"],
  [/^node\/upstream\//, "the pool itself"],
  [
    /^node\/catalogue\/living\.ts$/,
    "an operator's look at a server, and the pool that compares definitions first",
  ],
  [/^node\/cli\/catalogue\.ts$/, "an operator's look at a server while no node runs"],
];

/** Files that may read the environment; they hand it on as values. */
const environmentReaders = /^(?:node\/config\.ts|bin\/.*|[\w.-]+\.config\.ts)$/;

const deterministic = "the lower floors are deterministic";

/** Packages that the deterministic floors may import. */
export const packagesAllowed: Readonly<
  Record<string, { readonly packages: readonly string[]; readonly remedy: string }>
> = {
  protocol: {
    packages: ["zod"],
    remedy: `${deterministic}, and protocol knows zod only: take hashing, parsing and the like as synchronous ports`,
  },
  actors: {
    packages: ["re2js"],
    remedy: `${deterministic}, and actors know re2js only: take everything else as facts or as a synchronous port`,
  },
};

function impure(pattern: RegExp, instead: string): PatternLaw {
  return { law: "purity", where: isPure, layer: "code", pattern, remedy: `${deterministic}: ${instead}` };
}

export const patternLaws: readonly PatternLaw[] = [
  impure(
    /\bDate\s*\.\s*now\b|\bnew\s+Date\b|(?<![\w$.])Date\s*\(|\bperformance\s*\./g,
    "every event bears its own time",
  ),
  impure(/\bMath\s*\.\s*random\b|(?<![\w$.])crypto\s*\./g, "random values come in with the event"),
  impure(/\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g, "ask for a wake-up as an effect"),
  impure(/\b(?:async|await|Promise)\b/g, "a turn waits for nothing; what takes time is an effect"),
  impure(/(?<![\w$.])(?:process|globalThis|console)\s*\./g, "what the process knows comes in as an argument"),
  impure(
    /\bMath\s*\.\s*(?:log\w*|exp\w*|pow|cbrt|hypot|a?(?:sin|cos|tan)h?|atan2)\b/g,
    "its last digit differs between machines: use a table or integers",
  ),
  impure(
    /\b(?:localeCompare|toLocale\w+|Intl)\b/g,
    "the answer depends on the machine's language data: compare code units",
  ),
  impure(
    /\b(?:WeakRef|FinalizationRegistry|SharedArrayBuffer|Atomics)\b/g,
    "the garbage collector and other threads keep no order",
  ),
  {
    law: "intent before effect",
    where: (path) => isHouse(path) && !reachers.some(([files]) => files.test(path)),
    layer: "code",
    pattern: /\bpool\s*(?:\?\.|\.)\s*session\s*\(|\bUpstreamPool\b/g,
    remedy: "no server is reached without a turn and an intent on record: go through node/exchange/reach.ts",
  },
  {
    law: "one dialer",
    where: (path) => isHouse(path) && !isPage(path) && !dialers.some(([files]) => files.test(path)),
    layer: "code",
    pattern:
      /(?<![\w$.#]|function )fetch\s*\(|\bhttps?\s*\.\s*(?:request|get)\s*\(|\bhttp2\s*\.\s*connect\s*\(|\b(?:net|tls)\s*\.\s*(?:connect|createConnection)\s*\(|\bnew\s+(?:WebSocket|EventSource)\s*\(|\bcreateRemoteJWKSet\s*\(/g,
    remedy: "only node/upstream/dialer.ts opens connections: it checks addresses and injects credentials",
  },
  {
    law: "secrets have one door",
    where: (path) => isHouse(path) && !Object.hasOwn(revealers, path),
    layer: "code",
    pattern: /(?<![\w$.#])(?:reveal\s*\(|reveal\s*[,}])/g,
    remedy:
      "hand the Secret on: node/upstream/dialer.ts injects it. Who else may have its value is a row in test/laws.ts",
  },
  {
    law: "born old",
    where: (path) => isHouse(path) && /^node\/(?:door|exchange|record|upstream)\//.test(path),
    layer: "code",
    pattern: /\.#?\w+\s*=\s*(?:async\s*)?(?:\([^()]*\)|\w+)\s*(?::[^=;{}]*)?=>/g,
    remedy:
      "V8 makes a function that is assigned to a property in the old generation, with all of the call that it refers to (docs/adr/0008): give it a name first, then assign the name",
  },
  {
    law: "environment",
    where: (path) => isHouse(path) && !isPage(path) && !environmentReaders.test(path),
    layer: "code",
    pattern: /\bprocess\s*\.\s*env\b/g,
    remedy: "read it in node/config.ts or bin/ and pass the value on",
  },
  {
    law: "regular expressions",
    where: (path) => isHouse(path) && !isPage(path) && !Object.hasOwn(regexpBuilders, path),
    layer: "code",
    pattern: /(?<![\w$.])(?:new\s+)?RegExp\s*\(/g,
    remedy:
      "write a literal; a pattern that someone configures goes through re2js, which is linear. An exception is a row in test/laws.ts",
  },
  {
    law: "honest types",
    where: isCode,
    layer: "code",
    pattern: /\bas\s+any\b|<any>/g,
    remedy: "use unknown and narrow it, or give the value its type where it enters",
  },
  {
    law: "honest types",
    where: isCode,
    layer: "comments",
    pattern: /@ts-(?:ignore|nocheck)\b/g,
    remedy: "give the value its type. A test that a type error exists may use the directive that expects one",
  },
  {
    law: "honest types",
    where: (path) => isCode(path) && !isTest(path),
    layer: "comments",
    pattern: /@ts-expect-error\b/g,
    remedy: "only tests may expect a type error",
  },
  {
    law: "excuses",
    where: isCode,
    layer: "comments",
    pattern: /\b(?:ox|es)lint-disable\b(?!.* -- ).*/g,
    remedy: "name one rule, and after two dashes the reason why it is wrong here",
  },
  {
    law: "no tests left out",
    where: isCode,
    layer: "code",
    pattern:
      /\b(?:test|it|describe|suite|bench)(?:\s*\.\s*\w+)*\s*\.\s*(?:skip|only|todo|skipIf|runIf|fails)\b/g,
    remedy:
      "run it, or delete it and say why in the changelog. What cannot be had is a failure that names the remedy",
  },
  {
    law: "no tests left out",
    where: isTest,
    layer: "code",
    pattern: /(?<=[\w$)\]])\s*\.\s*(?:skip|only)\s*\(/g,
    remedy:
      "run it, or delete it and say why in the changelog. What cannot be had is a failure that names the remedy",
  },
  {
    law: "no marks",
    where: (path) => !isLockfile(path),
    layer: "text",
    pattern: /(?<![\w-])(?:TO(?:DO)|FIX(?:ME)|X{3}|HAC[K])(?![\w-])/g,
    remedy: "do it now, or open an issue; what is known to be missing belongs in the documentation",
  },
  {
    law: "no machine paths",
    where: () => true,
    layer: "text",
    pattern: /(?<![\w.:*/}-])\/(?:home|Users|root|work)\/[\w.-]+/g,
    remedy:
      "no other machine has that path: take it from the configuration, from import.meta.url or from os.tmpdir()",
  },
  {
    law: "no registries",
    where: () => true,
    layer: "text",
    pattern:
      /\b(?:registry\.(?:npmjs|yarnpkg)\.\w+|npm\.pkg\.github\.com|(?:files\.)?(?:pypi|pythonhosted)\.org|(?:proxy|sum)\.golang\.org|(?:static\.|index\.)?crates\.io)\b|"resolved":\s*"https?:[^"]*"/g,
    remedy: "which registry is used is the machine's own setting (.npmrc keeps addresses out of lockfiles)",
  },
];
