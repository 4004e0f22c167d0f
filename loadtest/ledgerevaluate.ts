/**
 * Scores the ledger (docs/dlp.md, "What went where"): `npm run ledger:evaluate [-- --half tune] [--only PART]`.
 *
 *   caught    values of ten kinds that one tool gave, carried to another in twenty ways inside one call; harder ways apart
 *   benign    calls that carry nothing of what was read, or only what many texts have: refused by mistake
 *   splits    values given in parts by several calls, apart
 *   memory    of a session that has read more than it may remember
 *   overflow  answers of 10 MB of mixed tool answers of which not everything is remembered
 *   cost      of comparing arguments and of remembering answers, by processor time
 *
 * E1. Odd seeds are to tune on (`--half tune`); even ones are reported. Each share has its n.
 * E2. Values, records and ways are made here (toolrecords.ts, disguises.ts) from the seed; the guard is the real session actor.
 * E3. Exit status 1 when a share misses what it must be. Times are printed and miss nothing: others run on the machine.
 */
import { parseArgs } from "node:util";
import { limits } from "../protocol/limits.ts";
import { MarkTable } from "../actors/ledger/table.ts";
import { benignKinds, sendBenign } from "./benignflows.ts";
import { disguises, harderDisguises, type Disguise } from "./disguises.ts";
import { markChars } from "../actors/ledger/mark.ts";
import { Floor } from "./ledgerfloor.ts";
import { finder, hash, resultOf, scan, ScoredSession, seenOf, thawed } from "./ledgersessions.ts";
import { liveBytes } from "./livebytes.ts";
import { Dice, makeCorpus } from "./toolcorpus.ts";
import { customer, log, order, recordMakers, secretKinds, ticket, type SecretKind, type ToolRecord } from "./toolrecords.ts"; // prettier-ignore

const caughtMin = 0.9;
const benignMax = 0.01;
const overflowMax = 0.02;
const memoryMax = 192 * 1024;
const seedsEach = 5;
const benignEach = 1_000;
const corpusChars = 10_000_000;
/** The first half warms up, as a gateway is after its first minute. */
const rounds = 400;
const kilobytesEach = 150;

class Tally {
  readonly #all = new Map<string, { n: number; caught: number }>();

  add(name: string, isCaught: boolean): void {
    const row = this.#all.get(name) ?? { n: 0, caught: 0 };
    row.n++;
    if (isCaught) row.caught++;
    this.#all.set(name, row);
  }

  get share(): number {
    return this.caught / this.n;
  }

  get n(): number {
    return [...this.#all.values()].reduce((sum, { n }) => sum + n, 0);
  }

  get caught(): number {
    return [...this.#all.values()].reduce((sum, { caught }) => sum + caught, 0);
  }

  /** Rows that are not all caught, or all rows. */
  rows(isEach: boolean): string {
    const shown = [...this.#all].filter(([, { n, caught }]) => isEach || caught < n);
    return shown.map(([name, { n, caught }]) => `${name} ${caught}/${n}`).join(", ") || "none";
  }
}

const makerOf: Readonly<Record<SecretKind, (dice: Dice) => ToolRecord>> = {
  card: customer, iban: customer, mail: customer, phone: customer, ssn: customer, person: customer,
  account: order, tracking: order, key: log, sentence: ticket,
}; // prettier-ignore

/** A session that has read a record with a value of this kind, among others; and that value. */
function sessionWith(
  kind: SecretKind,
  dice: Dice,
): { readonly session: ScoredSession; readonly text: string } {
  // prettier-ignore
  const session = new ScoredSession();
  const record = makerOf[kind](dice);
  session.read(dice.pick(recordMakers)(dice).value, { id: dice.digits(4) });
  session.read(record.value, { id: dice.digits(4) });
  session.read({ results: [customer(dice).value, order(dice).value], next: null }, { query: "open" });
  return { session, text: record.secrets.find((secret) => secret.kind === kind)?.text ?? "" };
}

function carry(ways: Readonly<Record<string, Disguise>>, seeds: readonly number[]): readonly [Tally, Tally] {
  const [byWay, byKind] = [new Tally(), new Tally()];
  for (const seed of seeds)
    for (const [at, kind] of secretKinds.entries())
      for (const [way, disguise] of Object.entries(ways)) {
        const dice = new Dice(seed * 7_919 + at * 101 + way.length);
        const { session, text } = sessionWith(kind, dice);
        const rule = session.send(disguise(text, dice));
        byWay.add(way, rule === "flow.value");
        byKind.add(kind, rule === "flow.value");
      }
  return [byWay, byKind];
}

function caught(seeds: readonly number[]): boolean {
  const [byWay, byKind] = carry(disguises, seeds);
  console.log(`caught: ${percent(byWay)}, twenty ways in one call, ten kinds, ${seeds.length} seeds of 200 cases (must >= 90 %)`); // prettier-ignore
  console.log(`  not all by way: ${byWay.rows(false)}`);
  console.log(`  not all by kind: ${byKind.rows(false)}`);
  const [harder] = carry(harderDisguises, seeds);
  console.log(`  harder ways, apart: ${harder.rows(true)}`);
  return byWay.share >= caughtMin;
}

function benign(seeds: readonly number[]): boolean {
  const [byKind, byRule] = [new Tally(), new Tally()];
  for (let made = 0; made < benignEach; made++) {
    const dice = new Dice((seeds[made % seeds.length] ?? 0) * 104_729 + made);
    const kind = benignKinds[made % benignKinds.length] ?? "report";
    const rule = sendBenign(kind, dice);
    byKind.add(kind, rule !== "allow");
    byRule.add(rule, rule !== "allow");
  }
  console.log(`benign: ${percent(byKind)} refused by mistake (must <= 1 %)`);
  console.log(`  by kind: ${byKind.rows(true)}; by rule: ${byRule.rows(true)}`);
  return byKind.share <= benignMax;
}

function partsOf(text: string, count: number): readonly string[] {
  const size = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, at) => text.slice(at * size, (at + 1) * size));
}

function splits(seeds: readonly number[]): boolean {
  const byCount = new Tally();
  const between = (dice: Dice): object => ({
    subject: `Status ${dice.below(100)}`,
    body: "All is well so far.",
  });
  for (const seed of seeds)
    for (const [at, kind] of secretKinds.entries())
      for (const count of [2, 3, 4, 6])
        for (const way of ["alone", "with calls between", "last part first", "in base64"]) {
          const dice = new Dice(seed * 50_021 + at * 977 + count * 31 + way.length);
          const { session, text } = sessionWith(kind, dice);
          const parts = partsOf(text, count);
          let isCaught = false;
          for (const part of way === "last part first" ? parts.toReversed() : parts) {
            if (way === "with calls between") session.send(between(dice));
            const body =
              way === "in base64" ? Buffer.from(`part: ${part}`).toString("base64") : `part: ${part}`;
            isCaught ||= session.send({ body }) === "flow.value";
          }
          byCount.add(
            `${count} calls${kind === "sentence" || kind === "person" ? ", of words" : ""}`,
            isCaught,
          );
        }
  console.log(
    `splits over several calls: ${percent(byCount)}, by the last of them (reported): ${byCount.rows(true)}`,
  );
  return true;
}

function memory(seeds: readonly number[]): boolean {
  const count = 60;
  const dice = new Dice(seeds[0] ?? 0);
  const filled = new ScoredSession();
  for (let reads = 0; reads < 400; reads++) filled.read(dice.pick(recordMakers)(dice).value);
  for (let calls = 0; calls < 100; calls++) filled.send({ body: String(calls) });
  const { frozen } = filled;
  const copies: unknown[] = Array.from({ length: count });
  const before = liveBytes();
  for (let at = 0; at < count; at++) copies[at] = thawed(frozen);
  const bytes = (liveBytes() - before) / count;
  const { table, answers } = filled.memory ?? {};
  console.log(`memory: ${(bytes / 1024).toFixed(1)} KiB each of ${copies.length} sessions that have read 400 answers, of it ${((table?.bytes ?? 0) / 1024).toFixed(1)} KiB marks and index (must <= 192 KiB, aim 64); ${table?.count} of ${limits.ledgerMarksMax} marks, ${answers?.length} answers; put away ${(frozen.length / 1024).toFixed(1)} KiB`); // prettier-ignore
  return bytes <= memoryMax;
}

/** Lists of records, mostly short, at times long: as searches give them. */
function lists(seed: number, chars: number): readonly string[] {
  const dice = new Dice(seed);
  const made: string[] = [];
  for (let all = 0; all < chars;) {
    const maker = dice.pick(recordMakers);
    const count = Math.ceil(Math.exp(dice.roll() * Math.log(100)));
    const text = JSON.stringify({ results: Array.from({ length: count }, () => maker(dice).value) });
    all += text.length;
    made.push(text);
  }
  return made;
}

function overflow(seeds: readonly number[]): boolean {
  let isGood = true;
  const plant = (dice: Dice): string => customer(dice).secrets[dice.below(5)]?.text ?? "";
  for (const [name, texts] of [
    ["mixed tool answers", makeCorpus(seeds[0] ?? 0, corpusChars, plant)],
    ["lists of 1 to 100 records, reported", lists(seeds[0] ?? 0, corpusChars / 10)],
  ] as const) {
    const all = new Tally();
    let [chars, spentMs, scanMs, marks] = [0, 0, 0, 0];
    for (const text of texts) {
      const result = resultOf(text);
      let from = process.cpuUsage();
      const scanned = scan(result);
      scanMs += spent(from);
      from = process.cpuUsage();
      const seen = seenOf(result, { id: "1" }, scanned);
      spentMs += spent(from);
      chars += text.length;
      marks += seen.marks.length / markChars;
      all.add("all", seen.overflow === true || text.length > limits.ledgerInlineBytesMax);
    }
    console.log(`overflow, ${name}: ${percent(all)} of ${(chars / 1e6).toFixed(1)} MB (must <= 2 %); ${((marks * 1024) / chars).toFixed(1)} marks and ${((spentMs * 1_024_000) / chars).toFixed(1)} us of the processor per KB (the search itself ${((scanMs * 1_024_000) / chars).toFixed(1)})`); // prettier-ignore
    if (name === "mixed tool answers") isGood = all.share <= overflowMax;
  }
  return isGood;
}

/** Processor time since then, in ms. */
function spent(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
}

function argumentsOf(dice: Dice): Readonly<Record<string, readonly unknown[]>> {
  const texts = makeCorpus(dice.below(1e6), 100_000);
  const prose = texts.flatMap((text) => [...text.matchAll(/"body":"([^"]{200,1500})/g)].map((found) => found[1] ?? "")); // prettier-ignore
  const code = texts.filter((text) => text.includes('"content"')).map((text) => (JSON.parse(text) as { content: string }).content.slice(0, 2_000)); // prettier-ignore
  return {
    mails: prose.map((body) => ({ to: "team", subject: "Status of the week", body })),
    records: Array.from({ length: 60 }, () => ({ record: dice.pick(recordMakers)(dice).value })),
    code: code.map((content) => ({ path: "src/a.ts", content })),
    "encoded files": prose.map((text) => ({ name: "a.txt", data: Buffer.from(text).toString("base64") })),
  };
}

/** Texts and numbers of arguments, what stands in them in base64, and names of members: what has to be looked at, however it is done. */
function lookedAt(args: unknown): string {
  const texts: string[] = [];
  const names: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === "string" || typeof value === "number") texts.push(String(value));
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (!Array.isArray(value)) names.push(name);
      walk(member);
      if (name === "data") texts.push(Buffer.from(String(member), "base64").toString());
    }
  };
  walk(args);
  return texts.concat(names).join("");
}

function cost(seeds: readonly number[]): boolean {
  const dice = new Dice(seeds[0] ?? 0);
  const session = new ScoredSession();
  while ((session.memory?.table.count ?? 0) < limits.ledgerMarksMax * 0.9) session.read(dice.pick(recordMakers)(dice).value); // prettier-ignore
  const { memory: read } = session;
  const floor = new Floor(hash, read?.table ?? new MarkTable());
  for (const [name, made] of Object.entries(argumentsOf(dice))) {
    const texts = made.map((args) => JSON.stringify(args));
    // Arguments come out of a parser: parts of longer texts would cost more to read.
    const calls = texts.map((text): unknown => JSON.parse(text));
    const kilobytes = texts.reduce((sum, { length }) => sum + length, 0) / 1024;
    const repeats = Math.max(1, Math.ceil(kilobytesEach / kilobytes));
    const looked = calls.map((args) => ({ args, found: finder.find(read, args), text: lookedAt(args), proof: floor.proofOf(lookedAt(args)) })); // prettier-ignore
    const told = looked.reduce((sum, { found: { values, parts } }) => sum + parts.length + values.reduce((all, { count }) => all + count, 0), 0); // prettier-ignore
    const hashed = looked.reduce((sum, { proof }) => sum + proof.grams.length + proof.values.length, 0);
    const [finding, parsing, looking, proving, asking]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []]; // prettier-ignore
    for (let round = 0; round < rounds; round++) {
      let from = process.cpuUsage();
      for (let repeat = 0; repeat < repeats; repeat++) for (const args of calls) finder.find(read, args);
      finding.push((spent(from) * 1_000) / repeats / kilobytes);
      from = process.cpuUsage();
      for (let repeat = 0; repeat < repeats; repeat++) for (const text of texts) JSON.parse(text);
      parsing.push((spent(from) * 1_000) / repeats / kilobytes);
      from = process.cpuUsage();
      for (let repeat = 0; repeat < repeats; repeat++) for (const { text } of looked) floor.look(text);
      looking.push((spent(from) * 1_000) / repeats / kilobytes);
      from = process.cpuUsage();
      for (let repeat = 0; repeat < repeats; repeat++) for (const { text, proof } of looked) floor.prove(text, proof); // prettier-ignore
      proving.push((spent(from) * 1_000) / repeats / kilobytes);
      from = process.cpuUsage();
      for (let repeat = 0; repeat < repeats; repeat++) for (const { args, proof, found } of looked) floor.ask(args, proof, found); // prettier-ignore
      asking.push((spent(from) * 1_000) / repeats / kilobytes);
    }
    finding.splice(0, rounds / 2);
    console.log(`cost of arguments, ${name} (${calls.length}, ${kilobytes.toFixed(0)} KB): ${median(finding)} us of the processor per KB, least ${Math.min(...finding).toFixed(1)} (must <= 15, aim 8); JSON.parse of the same ${median(parsing)}, one look for each gram ${median(looking)}, with the ${(hashed / kilobytes).toFixed(1)} hashes for each KB that verify what is there ${median(proving)}, all that is asked of a call, each once, ${median(asking)}; ${(told / kilobytes).toFixed(1)} values and parts found in each KB`); // prettier-ignore
  }
  return true;
}

function median(numbers: readonly number[]): string {
  return (numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0).toFixed(1);
}

function percent(tally: Tally): string {
  return `${(tally.share * 100).toFixed(2)} % (${tally.caught} of ${tally.n})`;
}

const parts = { caught, benign, splits, memory, overflow, cost } as const;

function main(): number {
  const { values } = parseArgs({ options: { half: { type: "string", default: "report" }, only: { type: "string" } } }); // prettier-ignore
  const first = values.half === "tune" ? 1 : 2;
  const seeds = Array.from({ length: seedsEach }, (_, at) => first + 2 * at);
  console.log(`half "${values.half}", seeds ${seeds.join(" ")}`);
  let missed = 0;
  for (const [name, part] of Object.entries(parts))
    if (values.only === undefined || values.only === name) missed += part(seeds) ? 0 : 1;
  return missed === 0 ? 0 : 1;
}

process.exitCode = main();
