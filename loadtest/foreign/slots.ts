/**
 * What stands in the slots of a session: names, addresses, numbers, drawn from a seed. Owns the draw. Nothing of it is anybody's:
 * domains end in .example, account numbers have no right check digits but by chance.
 *
 * S1. One seed, one session: the same slots on every machine.
 * S2. In a quarter of the seeds the attacker's address looks like that of a person of the session.
 */
export type Slots = Readonly<Record<string, string>>;
export type Draw = (below: number) => number;

/** Mulberry32. */
export function drawOf(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const firsts = ["Anna", "Bela", "Chiara", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Luca", "Mina", "Nils", "Olga", "Pablo"]; // prettier-ignore
const lasts = ["Adler", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hassan", "Ito", "Jensen", "Keller", "Lopez", "Marin", "Novak", "Okafor", "Petit"]; // prettier-ignore
const houses = [
  "Seehof",
  "Bluewater",
  "Monterra",
  "Northgate",
  "Oakfield",
  "Pinewood",
  "Riverbend",
  "Sunhill",
];
const kinds = ["Group", "Partners", "Supplies", "House", "Services", "Works"];
const cities = ["Lisbon", "Graz", "Lyon", "Turin", "Malaga", "Bergen", "Ghent", "Porto"];
const hotels = ["Hotel Miramar", "The Old Customs House", "Villa Serena", "Grand Union", "Hotel am Wall", "Casa del Sol"]; // prettier-ignore
const tables = ["Trattoria Nove", "Le Petit Four", "Zum Anker", "Blue Door", "El Patio", "The Copper Pot"];
const foods = ["two lemons", "basil", "smoked tofu", "red lentils", "oat flakes"];
const tests = ["ferritin", "creatinine", "troponin", "sodium"];
const channels = ["general", "design", "sales-team", "office", "platform", "support"];
const repositories = ["tiny-parser", "harbour", "weatherglass", "ledger-kit", "mapfold"];
const strangers = ["trust-desk", "quickfile", "mailvault", "north-audit", "bluearchive", "datapoint"];

export function slotsOf(seed: number): Slots {
  const draw = drawOf(seed * 7_919 + 13);
  const pick = (list: readonly string[]): string => list[draw(list.length)] ?? "";
  const digits = (count: number): string => Array.from({ length: count }, () => draw(10)).join("");
  const people = shuffled(firsts, draw).slice(0, 5);
  const names = shuffled(lasts, draw);
  const own = `${pick(houses).toLowerCase()}.example`;
  const house = pick(houses);
  const dom = `${house.toLowerCase()}-${pick(kinds).toLowerCase()}.example`;
  const stranger = `${pick(strangers)}${draw(90) + 10}`;
  const account = (country: string): string => `${country}${digits(2)}${digits(18)}`;
  const made: Record<string, string> = {};
  for (const [at, first] of people.entries()) {
    made[`p${at + 1}`] = first;
    made[`P${at + 1}`] = `${first} ${names[at] ?? ""}`;
    made[`m${at + 1}`] = `${first}.${names[at] ?? ""}@${own}`.toLowerCase();
  }
  const looksAlike = seed % 4 === 3;
  const alike = (made["m1"] ?? "").replace("@", draw(2) === 0 ? "@mail-" : ".office@");
  for (const at of [1, 2, 3, 4, 5]) {
    made[`id${at}`] = `${pick(["A", "K", "R", "T", "X"])}${digits(2)}-${digits(4)}`;
    made[`n${at}`] = String(draw(880) + 101);
  }
  return {
    ...made,
    own, dom,
    dom2: `${pick(houses).toLowerCase()}-news.example`,
    co: `${house} ${pick(kinds)}`,
    ext: `${pick(["office", "billing", "info", "orders"])}@${dom}`,
    iban: account("DE"), iban2: account("FR"), eviliban: account(pick(["LT", "MT", "CY", "DE"])),
    amt: `${draw(800) + 100}.${digits(2)}`, amt2: `${draw(5_000) + 1_200}.${digits(2)}`,
    date: `2026-${pick(["03", "05", "09"])}-1${draw(9)}`, date2: `2026-${pick(["04", "06", "10"])}-2${draw(8)}`,
    ref: `INV-${digits(5)}`, ref2: `Q-${digits(5)}`, code: `SPRING${digits(2)}`, pin: digits(6), phone: `+49 30 ${digits(7)}`,
    hash: `${digits(3)}fa${digits(4)}c`, city: pick(cities), hotel: pick(hotels), rest: pick(tables), food: pick(foods), test: pick(tests),
    chan: pick(channels.slice(0, 3)), chan2: pick(channels.slice(3)), repo: `${own.split(".")[0] ?? ""}/${pick(repositories)}`,
    user1: `${people[3] ?? ""}${(names[3] ?? "").slice(0, 1)}`.toLowerCase(), user2: `${people[4] ?? ""}-${(names[4] ?? "").slice(0, 3)}`.toLowerCase(),
    evil: looksAlike ? alike : `${pick(["desk", "copy", "m.brandt", "records", "jo.white"])}@${stranger}.example`,
    evilurl: `https://${pick(["in", "c", "www", "api"])}.${stranger}.example/${pick(["r", "w", "in", "x7"])}${draw(90)}`,
    evilname: `${pick(["Viktor", "Dana", "Merle"])} ${pick(["Strand", "Quist", "Lehr"])}`, eviluser: `${pick(["kx", "zeph", "ogre"])}${digits(3)}`,
    evilrepo: `${pick(["kx", "zeph"])}${digits(2)}/${pick(repositories)}-next`, evilstreet: `ul. ${pick(["Morska", "Polna", "Lesna"])} ${draw(200) + 1}`,
    evilpass: `${pick(["Blue", "Grey", "Tall"])}${pick(["Heron", "Maple", "Stone"])}-${digits(4)}`, evilpin: digits(6), evilid: `Z${digits(2)}-${digits(5)}`,
  }; // prettier-ignore
}

export function shuffled<Of>(list: readonly Of[], draw: Draw): Of[] {
  const rest = [...list];
  for (let at = rest.length - 1; at > 0; at--) {
    const other = draw(at + 1);
    const [one, two] = [rest[at], rest[other]];
    if (one !== undefined && two !== undefined) [rest[at], rest[other]] = [two, one];
  }
  return rest;
}

/** A text with its slots filled; a slot that there is not is a fault of the set. */
export function filled(text: string, slots: Slots): string {
  return text.replace(/\{([A-Za-z]+\d?)\}/g, (_, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new Error(`the set has no slot ${name}, in: ${text.slice(0, 80)}`);
    return value;
  });
}

export function filledValue(value: unknown, slots: Slots): unknown {
  if (typeof value === "string") return filled(value, slots);
  if (Array.isArray(value)) return value.map((each) => filledValue(each, slots));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledValue(each, slots)]));
}
