import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ports } from "./detectors.fixture.ts";
import type { Parameters, Validity } from "./validator.ts";
import { bindValidators, validators } from "./validators.ts";

function run(name: string, value: string, parameters: Parameters = {}): Validity {
  const validator = validators.get(name);
  if (validator === undefined) throw new Error(`no validator ${name}`);
  return validator(value, parameters, ports);
}

/** Schemes that catch every single wrong digit, and (the second flag) every two neighbours that changed places. */
const schemes: readonly (readonly [string, string, Parameters, isTransposeSafe: boolean])[] = [
  ["luhn", "0123456789", {}, false],
  ["verhoeff", "0123456789", {}, true],
  ["damm", "0123456789", {}, true],
  ["mod97", "0123456789", {}, true],
  ["iso7064-pure", "0123456789", { modulus: 11 }, true],
  ["iso7064-hybrid", "0123456789", { modulus: 10 }, false],
  ["weighted", "0123456789", { weights: [10, 9, 8, 7, 6, 5, 4, 3, 2], table: "0-987654321" }, true],
  ["weighted", "0123456789", { weights: [1, 3, 7, 9, 1, 3, 7, 9, 1, 3], table: "0987654321" }, false],
  ["weighted", "0123456789", { weights: [9, 8, 7, 6, 5, 4, 3, 2, -1], modulus: 11 }, true],
];

const digits = (n: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: n, maxLength: n });

/** The first value with this body that the scheme calls valid, its check being two digits at most. */
function complete(name: string, parameters: Parameters, body: string): string | undefined {
  for (let check = 0; check < 100; check++) {
    const value = body + String(check).padStart(name === "mod97" ? 2 : 1, "0");
    if (name !== "mod97" && check > 9) return undefined;
    if (run(name, value, parameters) === "valid") return value;
  }
  return undefined;
}

function lengthOf(parameters: Parameters): number {
  const weights = Array.isArray(parameters["weights"]) ? parameters["weights"] : undefined;
  if (weights === undefined) return 12;
  return parameters["table"] === undefined ? weights.length - 1 : weights.length;
}

describe.each(schemes)("%s %j %j", (name, _, parameters, isTransposeSafe) => {
  test("a number that was completed is valid, and any one digit changed makes it invalid", () => {
    fc.assert(
      fc.property(
        digits(lengthOf(parameters)),
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        (body, where, by) => {
          const value = complete(name, parameters, body);
          fc.pre(value !== undefined);
          const at = where % value.length;
          const wrong = value.slice(0, at) + ((Number(value[at]) + by) % 10) + value.slice(at + 1);
          expect(run(name, wrong, parameters)).toBe("invalid");
        },
      ),
    );
  });

  test("two neighbours that change places make it invalid where the scheme says so; elsewhere a separator changes nothing", () => {
    fc.assert(
      fc.property(digits(lengthOf(parameters)), fc.nat(), (body, where) => {
        const value = complete(name, parameters, body);
        fc.pre(value !== undefined && new Set(value).size > 1);
        const at = where % (value.length - 1);
        const [left, right] = [value[at] ?? "", value[at + 1] ?? ""];
        fc.pre(left !== right);
        const changed = isTransposeSafe
          ? value.slice(0, at) + right + left + value.slice(at + 2)
          : `${value.slice(0, at)}-${value.slice(at)}`;
        expect(run(name, changed, parameters)).toBe(isTransposeSafe ? "invalid" : "valid");
      }),
    );
  });
});

/** As the scheme's own documents, or common public ones, show them. */
test.each([
  ["luhn", "4111 1111 1111 1111", {}],
  ["luhn", "1234567893", { prefix: "80840" }],
  ["luhn-mod-n", "27AAPFU0939F1ZV", { alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" }],
  ["luhn-expanded", "US0378331005", {}],
  ["verhoeff", "2363", {}],
  ["damm", "5724", {}],
  ["mod97", "5493001KJTIIGC8Y1R12", {}],
  ["iso7064-pure", "000000021825009 7".replace(" ", ""), { modulus: 11 }],
  ["iban", "GB82 WEST 1234 5698 7654 32", {}],
  ["iban", "DE89370400440532013000", {}],
  ["cusip", "037833100", {}],
  ["gtin", "4006381333931", {}],
  ["mrz", "I<UTOD231458907<<<<<<<<<<<<<<<", { fields: [5, 14, 14] }],
  ["vin", "1M8GDM9AXKP042788", {}],
  ["imei", "490154203237518", {}],
  ["fr-nir", "1 85 05 78 006 084 91", {}],
  ["de-health", "A123456780", {}],
  ["de-pension", "15 070649 C 103", {}],
  ["it-fiscal", "MRTMTT25D09F205Z", {}],
  ["es-dni", "12345678Z", {}],
  ["es-dni", "X1234567L", {}],
  ["fi-hetu", "131052-308T", {}],
  ["tr-tckn", "10000000146", {}],
  ["ru-snils", "112-233-445 95", {}],
  ["us-dea", "AB1234563", {}],
  ["cn-uscc", "91110000600037341L", {}],
  ["hk-hkid", "A123456(3)", {}],
  ["tw-id", "A123456789", {}],
  ["jp-person", "123456789018", {}],
  ["kr-business", "124-81-00998", {}],
  ["sg-person", "S1234567D", {}],
  ["au-abn", "51 824 753 556", {}],
  ["nz-ird", "49-091-850", {}],
  ["nz-nhi", "ZAC5361", {}],
  ["br-cpf", "390.533.447-05", {}],
  ["br-cnpj", "16.727.230/0001-97", {}],
  ["mx-curp", "BOXW310820HNERXN09", {}],
  ["cl-rut", "12.531.909-2", {}],
  ["base58check", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", { versions: [0], bytes: [21] }],
  ["base58check", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", { alphabet: "ripple" }],
  ["bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", { segwit: true }],
  ["bech32", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", { segwit: true }],
  ["eip55", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", {}],
] as const)("%s finds %s valid, and not with a character changed", (name, value, parameters) => {
  expect(run(name, value, parameters)).toBe("valid");
  const at = [...value].findLastIndex((char) => /[0-9A-Za-z]/.test(char));
  const last = value[at] ?? "";
  const others = (/[0-9]/.test(last) ? "0123456789" : "ABCDEFGHJKLMNPQRSTUVWXYZ").replace(
    last.toUpperCase(),
    "",
  );
  const wrong = [...others].filter(
    (other) => run(name, value.slice(0, at) + other + value.slice(at + 1), parameters) === "valid",
  );
  // A second check character may exist (a company number's letter or digit); never more.
  expect(wrong.length).toBeLessThanOrEqual(1);
});

test.each([
  ["us-ssn", "000-12-3456"],
  ["us-ssn", "666-12-3456"],
  ["us-ssn", "900-12-3456"],
  ["us-ssn", "123-00-4567"],
  ["us-ssn", "123-45-0000"],
  ["uk-nino", "GB123456A"],
  ["us-ein", "07-1234567"],
  ["bic", "DEUTXXFF"],
  ["email", "someone@nowhere.invalidtop"],
  ["email", ".a@host.com"],
  ["nanp", "211-555-0100"],
  ["nanp", "055-555-0100"],
  ["placeholder", "your_api_key_here"],
  ["placeholder", "${SECRET}"],
  ["placeholder", "{{ secret }}"],
  ["placeholder", "aaaaaaaaaaaa"],
  ["placeholder", "abcdefghijklmnop"],
  ["password", "required"],
  ["password", "process.env.PASSWORD"],
  ["password", "getPassword()"],
  ["jose", "eyJhIjoxfQ.eyJhIjoxfQ.x"],
  ["ipv6", "2001:db8::1"],
  ["mac", "ff:ff:ff:ff:ff:ff"],
] as const)("%s refuses %s", (name, value) => {
  expect(run(name, value)).toBe("invalid");
});

test("entropy of a text is that of its characters' frequencies", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."abcdefghij0123"), minLength: 2, maxLength: 400 }),
      (text) => {
        const counts = [...new Set(text)].map((char) => text.split(char).length - 1);
        const entropy = counts.reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
        expect(run("entropy", text, { min: entropy - 0.01 })).toBe("valid");
        expect(run("entropy", text, { min: entropy + 0.01 })).toBe("invalid");
      },
    ),
  );
});

test("a day is one that the calendar has", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("1900-01-01"), max: new Date("2035-12-31"), noInvalidDate: true }),
      (date) => {
        const [year, month, day] = date.toISOString().slice(0, 10).split("-");
        expect(run("day", `${year}${month}${day}`, { order: "yyyymmdd" })).toBe("unknown");
      },
    ),
  );
  for (const wrong of ["19000229", "20230230", "20231301", "20230431"]) {
    expect(run("day", wrong, { order: "yyyymmdd" })).toBe("invalid");
  }
});

test("no validator throws, and each answers one of three words, whatever it is given", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...validators.keys()),
      fc.string({ unit: "grapheme", maxLength: 80 }),
      (name, value) => {
        expect(["valid", "invalid", "unknown"]).toContain(run(name, value));
      },
    ),
    { numRuns: 3_000 },
  );
});

test("of several, one that says invalid drops the value, and one that says valid makes it so", () => {
  const check = bindValidators([{ name: "placeholder" }, { name: "luhn" }], ports);
  if (typeof check === "string") throw new Error(check);
  expect(check("4539148803436467")).toBe("valid");
  expect(check("4539148803436468")).toBe("invalid");
  const none = bindValidators([{ name: "placeholder" }], ports);
  expect(typeof none === "string" ? none : none("Tr0ub4dor-and-three")).toBe("unknown");
});
