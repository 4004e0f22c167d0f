/**
 * Answers of tools as agents get them, made from a seed: tickets, source code, tables, logs. They hold what machines write
 * (UUIDs, hashes, order numbers, times, build ids, addresses of private networks) and, where asked for, planted values.
 * Does not own: what is found in them (dlpbench.ts).
 *
 * C1. The same seed gives the same corpus everywhere.
 * C2. A clean corpus holds nothing that belongs to a person or opens a door: whatever is found in it is a false finding.
 */

/** Mulberry32: small, and good enough to choose words. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to 1. */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(count: number): number {
    return Math.floor(this.roll() * count);
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  chars(alphabet: string, count: number): string {
    let text = "";
    for (let at = 0; at < count; at++) text += alphabet[this.below(alphabet.length)] ?? "";
    return text;
  }

  digits(count: number): string {
    return String(1 + this.below(9)) + this.chars("0123456789", count - 1);
  }
}

const hex = "0123456789abcdef";
const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const words = "the order was delayed because a courier could not reach customer warehouse please check status and update ticket we have seen this error before when service restarts under load retry did not help cache is cold queue grows slowly until worker picks up jobs again after deploy rollback fixed it for now but root cause remains unknown team will look into metrics tomorrow morning report attached refund issued yesterday item returned damaged box label scanned twice address confirmed by phone delivery window moved".split(" "); // prettier-ignore
const verbs = ["get", "set", "load", "parse", "build", "merge", "check", "apply", "fetch", "render"];
const nouns = ["User", "Order", "Config", "Session", "Queue", "Index", "Record", "Batch", "Ticket", "Stream"];
const services = [
  "billing",
  "gateway",
  "search",
  "mailer",
  "indexer",
  "auth-proxy",
  "inventory",
  "scheduler",
];
const states = ["open", "pending", "closed", "escalated", "waiting"];

function sentence(dice: Dice, length: number): string {
  const text = Array.from({ length }, () => dice.pick(words)).join(" ");
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;
}

function prose(dice: Dice, sentences: number): string {
  return Array.from({ length: sentences }, () => sentence(dice, 6 + dice.below(14))).join(" ");
}

function uuid(dice: Dice): string {
  const part = (length: number): string => dice.chars(hex, length);
  return `${part(8)}-${part(4)}-4${part(3)}-a${part(3)}-${part(12)}`;
}

function instant(dice: Dice): string {
  return new Date(1_700_000_000_000 + dice.below(90_000_000) * 1000 + dice.below(1000)).toISOString();
}

/** Where planted values go; a clean corpus has none. */
export type Plant = ((dice: Dice) => string) | undefined;

function planted(dice: Dice, plant: Plant): string {
  return plant !== undefined && dice.roll() < 0.03 ? ` ${plant(dice)} ` : "";
}

function tickets(dice: Dice, plant: Plant): unknown {
  const one = (): object => ({
    id: dice.below(9_000_000) + 1_000_000,
    key: `OPS-${dice.below(90_000) + 1_000}`,
    uuid: uuid(dice),
    status: dice.pick(states),
    created_at: instant(dice),
    updated_at: instant(dice),
    order_id: dice.digits(10 + dice.below(3)),
    tracking: `1Z${dice.chars("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", 16)}`,
    sku: `${dice.chars("ABCDEFGHJK", 3)}-${dice.digits(6)}`,
    subject: sentence(dice, 8),
    body: prose(dice, 4 + dice.below(8)) + planted(dice, plant),
    comments: Array.from({ length: dice.below(4) }, () => ({
      author_id: dice.below(90_000),
      at: instant(dice),
      text: prose(dice, 1 + dice.below(4)),
      build: `${dice.below(9)}.${dice.below(30)}.${dice.below(99)}+${dice.chars(hex, 8)}`,
    })),
    attachments: dice.roll() < 0.2 ? [{ sha256: dice.chars(hex, 64), size: dice.below(900_000), etag: dice.chars(hex, 32) }] : [], // prettier-ignore
    priority: dice.below(5),
  });
  return { total: dice.below(500), next: dice.chars(base64, 24), issues: Array.from({ length: 6 + dice.below(5) }, one) }; // prettier-ignore
}

function code(dice: Dice, plant: Plant): unknown {
  const lines: string[] = [`// ${sentence(dice, 7)}`, `import { ${dice.pick(verbs)}${dice.pick(nouns)} } from "./${dice.pick(services)}.js";`, ""]; // prettier-ignore
  for (let made = 0; made < 30 + dice.below(40); made++) {
    const name = `${dice.pick(verbs)}${dice.pick(nouns)}`;
    lines.push(
      `export function ${name}(${dice.pick(nouns).toLowerCase()}: ${dice.pick(nouns)}, limit = ${dice.below(5000)}) {`,
      `  const token = next${dice.pick(nouns)}(limit, 0x${dice.chars(hex, 8)});`,
      `  if (token === undefined) throw new Error("${sentence(dice, 5)}");`,
      `  // ${sentence(dice, 6 + dice.below(8))}${planted(dice, plant)}`,
      `  return ${name}Cache.get(token.key) ?? ${dice.below(1_000_000)};`,
      "}",
      "",
    );
  }
  return {
    path: `src/${dice.pick(services)}/${dice.pick(verbs)}.ts`,
    sha: dice.chars(hex, 40),
    size: lines.length * 40,
    content: lines.join("\n"),
  };
}

function table(dice: Dice, plant: Plant): unknown {
  const head = "order_id,created_at,sku,quantity,amount,currency,warehouse,checksum,note";
  const row = (): string =>
    [dice.digits(10), instant(dice), `SKU${dice.digits(7)}`, 1 + dice.below(9), `${dice.below(900)}.${dice.digits(2)}`, dice.pick(["EUR", "USD", "GBP"]), `W${dice.digits(2)}`, dice.chars(hex, 32), `${dice.pick(words)} ${dice.pick(words)}${planted(dice, plant)}`].join(","); // prettier-ignore
  return {
    mimeType: "text/csv",
    rows: 70,
    text: [head, ...Array.from({ length: 60 + dice.below(40) }, row)].join("\n"),
  };
}

function logs(dice: Dice, plant: Plant): unknown {
  const line = (): string =>
    `${instant(dice)} ${dice.pick(["INFO", "WARN", "ERROR", "DEBUG"])} [${dice.pick(services)}-${dice.digits(1)}] ` +
    `req=${uuid(dice)} trace_id=${dice.chars(hex, 32)} span=${dice.chars(hex, 16)} 10.${dice.below(256)}.${dice.below(256)}.${dice.below(256)}:${40_000 + dice.below(9_000)} ` +
    `"GET /v1/${dice.pick(services)}/${dice.digits(8)}?page=${dice.below(50)} HTTP/1.1" ${dice.pick([200, 204, 404, 500])} ${dice.below(90_000)} ${dice.below(3_000)}ms ` +
    `pid=${dice.digits(5)} ${sentence(dice, 4 + dice.below(6))}${planted(dice, plant)}`;
  return {
    stream: "stdout",
    since: 1_700_000_000_000 + dice.below(90_000_000) * 1000,
    lines: Array.from({ length: 30 + dice.below(20) }, line),
  };
}

/** Kinds and their share of all characters, in hundredths. */
const shares = [
  [tickets, 40],
  [code, 25],
  [table, 15],
  [logs, 20],
] as const;

/** @returns answers as JSON texts, of about so many characters in all */
export function makeCorpus(seed: number, charsMin: number, plant?: Plant): readonly string[] {
  const dice = new Dice(seed);
  const made: string[] = [];
  for (const [kind, share] of shares)
    for (let chars = 0; chars < (charsMin * share) / 100;) {
      const text = JSON.stringify(kind(dice, plant));
      chars += text.length;
      made.push(text);
    }
  return made;
}
