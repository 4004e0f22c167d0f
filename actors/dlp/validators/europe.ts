/** National numbers of Europe whose check is more than one weighted sum. Weights are those of each country's tax or register office. */
import { verdict, type Validator } from "../validator.ts";
import { bare, digitsOf, luhnSum, modulo, number, verhoeffHolds, weigh } from "./checksum.ts";

/** Seven digits weighted 8 to 2, and two check digits: 97 divides the total, or leaves 42 or 55 (numbers since 2009). */
const ukVat: Validator = (value) => {
  const digits = digitsOf(value).slice(0, 9);
  const total = weigh(digits, [8, 7, 6, 5, 4, 3, 2, 10, 1]);
  return verdict(digits.length === 9 && [0, 42, 55].includes(total % 97));
};

/** Prefixes that are not allocated. @see HMRC National Insurance Manual, NIM39110 */
const ukNino: Validator = (value) => (/^(?:BG|GB|KN|NK|NT|TN|ZZ)/.test(bare(value)) ? "invalid" : "unknown");

/** Weights 8 to 2, and 9 for the second letter. @see Revenue Commissioners, PPS number */
const irishPps: Validator = (value) => {
  const chars = bare(value);
  const second = chars[8] === undefined || chars[8] === "W" ? 0 : chars.charCodeAt(8) - 64;
  const sum = weigh(digitsOf(chars.slice(0, 7)), [8, 7, 6, 5, 4, 3, 2]) + 9 * second;
  return verdict(chars[7] === "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23]);
};

/** 97 minus the rest; Corsica's 2A and 2B count as 19 and 18. @see INSEE */
const frenchNir: Validator = (value) => {
  const chars = bare(value).replace("2A", "19").replace("2B", "18");
  return verdict(/^\d{15}$/.test(chars) && 97 - modulo(chars.slice(0, 13), 97) === Number(chars.slice(13)));
};

/** Luhn, except for the branches of La Poste, whose digits come to a multiple of 5. @see INSEE */
const frenchSiret: Validator = (value) => {
  const digits = digitsOf(value);
  const isPost = digits.slice(0, 9).join("") === "356000000";
  const sum = isPost ? digits.reduce((a, b) => a + b, 0) : luhnSum(digits);
  const isCompany = luhnSum(digits.slice(0, 9)) % 10 === 0;
  return verdict(
    digits.length === 14 && isCompany && new Set(digits).size > 1 && sum % (isPost ? 5 : 10) === 0,
  );
};

const frenchSpi: Validator = (value) => {
  const digits = bare(value);
  return verdict(modulo(digits.slice(0, 10), 511) === Number(digits.slice(10)));
};

/** Keys of two digits follow from the SIREN; keys with a letter are left open. */
const frenchVat: Validator = (value) => {
  const chars = bare(value).replace(/^FR/, "");
  const siren = chars.slice(2);
  if (luhnSum(digitsOf(siren)) % 10 !== 0) return "invalid";
  if (!/^\d\d/.test(chars)) return "unknown";
  return verdict(Number(chars.slice(0, 2)) === (12 + 3 * modulo(siren, 97)) % 97);
};

/** Of the first ten digits one stands twice or three times, never thrice in a row, the others at most once. @see BZSt */
const germanTaxDigits: Validator = (value) => {
  const digits = bare(value).slice(0, 10);
  const counts = [..."0123456789"]
    .map((digit) => digits.split(digit).length - 1)
    .filter((count) => count > 1);
  const repeats = counts[0] ?? 0;
  return counts.length === 1 && (repeats === 2 || repeats === 3) && !/(\d)\1\1/.test(digits)
    ? "unknown"
    : "invalid";
};

/** The letter counts as its place in the alphabet, in two digits; products are added digit by digit. */
const germanPension: Validator = (value) => {
  const chars = bare(value).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 64).padStart(2, "0"));
  return verdict(
    digitSums(digitsOf(chars).slice(0, 12), [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 === Number(chars[12]),
  );
};

/** @see GKV-Spitzenverband, Krankenversichertennummer */
const germanHealth: Validator = (value) => {
  const chars = bare(value).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 64).padStart(2, "0"));
  return verdict(
    digitSums(digitsOf(chars).slice(0, 10), [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 === Number(chars[10]),
  );
};

function digitSums(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((total, weight, i) => {
    const product = weight * (digits[i] ?? 0);
    return total + Math.floor(product / 10) + (product % 10);
  }, 0);
}

const oddPlaces: Readonly<Record<string, number>> = {
  0: 1, 1: 0, 2: 5, 3: 7, 4: 9, 5: 13, 6: 15, 7: 17, 8: 19, 9: 21, A: 1, B: 0, C: 5, D: 7, E: 9, F: 13, G: 15, H: 17,
  I: 19, J: 21, K: 2, L: 4, M: 18, N: 20, O: 11, P: 3, Q: 6, R: 8, S: 12, T: 14, U: 16, V: 10, W: 22, X: 25, Y: 24, Z: 23,
}; // prettier-ignore

/** @see Decreto ministeriale 23 dicembre 1976, art. 13 */
const italianFiscal: Validator = (value) => {
  const chars = bare(value);
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const char = chars[i] ?? "";
    const even = /\d/.test(char) ? Number(char) : char.charCodeAt(0) - 65;
    sum += i % 2 === 0 ? (oddPlaces[char] ?? Number.NaN) : even;
  }
  return verdict(String.fromCharCode(65 + (sum % 26)) === chars[15]);
};

const spanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE";

/** DNI, and NIE with X, Y, Z for 0, 1, 2. @see Orden INT/2058/2008 */
const spanishDni: Validator = (value) => {
  const chars = bare(value).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return verdict(spanishLetters[Number(chars.slice(0, -1)) % 23] === chars.at(-1));
};

const spanishCif: Validator = (value) => {
  const chars = bare(value);
  const check = (10 - (luhnSum([...digitsOf(chars.slice(1, 8)), 0]) % 10)) % 10;
  const last = chars[8] ?? "";
  const mayBeDigit = !"PQRSNW".includes(chars[0] ?? "");
  const mayBeLetter = !"ABEH".includes(chars[0] ?? "");
  return verdict((mayBeDigit && last === String(check)) || (mayBeLetter && last === "JABCDEFGHI"[check]));
};

/** The first ten digits modulo 97; a number below 10 million is put behind the province without its zero. */
const spanishSocial: Validator = (value) => {
  const digits = bare(value);
  const body =
    Number(digits.slice(2, 10)) < 10_000_000 ? digits.slice(0, 2) + digits.slice(3, 10) : digits.slice(0, 10);
  return verdict(modulo(body, 97) === Number(digits.slice(10)));
};

/** Luhn over letters and digits, where each second value from the right is doubled and loses 9 above 9. */
const portugueseCard: Validator = (value) => {
  let sum = 0;
  for (const [i, char] of [...bare(value)].reverse().entries()) {
    const worth = Number.parseInt(char, 36);
    const doubled = i % 2 === 1 ? worth * 2 : worth;
    sum += i % 2 === 1 && doubled > 9 ? doubled - 9 : doubled;
  }
  return verdict(sum % 10 === 0);
};

/** The 11-test of the BSN inside, or, since 2020, mod 97 over all of it. @see Belastingdienst */
const dutchVat: Validator = (value) => {
  const chars = bare(value);
  const isBsn = weigh(digitsOf(chars.slice(2, 11)), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
  return verdict(
    isBsn ||
      modulo(
        chars.replace(/[A-Z]/g, (c) => String(c.charCodeAt(0) - 55)),
        97,
      ) === 1,
  );
};

/** 97 minus the rest; for who is born from 2000 on, 2 is put before. */
const belgianRegister: Validator = (value) => {
  const digits = bare(value);
  const [body, check] = [digits.slice(0, 9), Number(digits.slice(9))];
  return verdict(97 - modulo(body, 97) === check || 97 - modulo(`2${body}`, 97) === check);
};

/** Eleven digits, then Luhn's check of them, then Verhoeff's. @see CTIE, numéro d'identification national */
const luxembourg: Validator = (value) => {
  const digits = digitsOf(value);
  const body = digits.slice(0, 11);
  const second = digits[12] ?? Number.NaN;
  return verdict(luhnSum(digits.slice(0, 12)) % 10 === 0 && verhoeffHolds([...body, second]));
};

/** Two rows of weights; the second is used where the first leaves 10. Estonia and Lithuania. */
const baltic: Validator = (value) => {
  const digits = digitsOf(value);
  const first = weigh(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const check = first < 10 ? first : (weigh(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11) % 10;
  return verdict(digits.length === 11 && digits[10] === check);
};

/** Numbers given out since 2017 start with 32 and have no check. */
const latvian: Validator = (value) => {
  const digits = digitsOf(value);
  if (digits[0] === 3 && digits[1] === 2) return "unknown";
  const sum = 1 + weigh(digits, [10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
  return verdict((sum % 11) % 10 === digits[10]);
};

const finnish: Validator = (value) => {
  const chars = value.toUpperCase();
  const body = Number(chars.slice(0, 6) + chars.slice(7, 10));
  return verdict("0123456789ABCDEFHJKLMNPRSTUVWXY"[body % 31] === chars[10]);
};

/** @see Skatteetaten, fødselsnummer */
const norwegian: Validator = (value) => {
  const digits = digitsOf(value);
  const first = (11 - (weigh(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11;
  const second = (11 - (weigh(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return verdict(digits.length === 11 && digits[9] === first && digits[10] === second);
};

/** Since 2007 numbers are given out that fail modulo 11, so failing proves nothing. @see CPR-kontoret */
const danish: Validator = (value) =>
  weigh(digitsOf(value), [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 ? "valid" : "unknown";

/** Ten digits are a multiple of 11, or leave 10 before a last 0 (until 1985); nine digits (until 1953) have no check. */
const czech: Validator = (value) => {
  const digits = bare(value);
  if (digits.length === 9) return "unknown";
  const rest = modulo(digits.slice(0, 9), 11);
  return verdict(digits.length === 10 && rest % 10 === Number(digits[9]));
};

/** Nine digits; fourteen have a second check over the first thirteen. @see GUS, REGON */
const polishRegon: Validator = (value) => {
  const digits = digitsOf(value);
  const first = (weigh(digits, [8, 9, 2, 3, 4, 5, 6, 7]) % 11) % 10;
  if (first !== digits[8]) return "invalid";
  if (digits.length === 9) return "valid";
  return verdict((weigh(digits, [2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11) % 10 === digits[13]);
};

const russianInn: Validator = (value) => {
  const digits = digitsOf(value);
  if (digits.length === 10)
    return verdict((weigh(digits, [2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === digits[9]);
  const eleventh = (weigh(digits, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10;
  const twelfth = (weigh(digits, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10;
  return verdict(digits.length === 12 && digits[10] === eleventh && digits[11] === twelfth);
};

/** Weights 9 to 1, modulo 101; 100 counts as 0. Numbers up to 001-001-998 have no check. */
const russianSnils: Validator = (value) => {
  const digits = bare(value);
  if (Number(digits.slice(0, 9)) <= 1_001_998) return "unknown";
  return verdict(
    (weigh(digitsOf(digits), [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === Number(digits.slice(9)),
  );
};

/** Eleven, then the whole: the Turkish identity number. */
const turkish: Validator = (value) => {
  const digits = digitsOf(value);
  const tenth = (weigh(digits, [7, -1, 7, -1, 7, -1, 7, -1, 7]) + 100) % 10;
  return verdict(tenth === digits[9] && weigh(digits, Array<number>(10).fill(1)) % 10 === digits[10]);
};

/** Weights 1 to 11; a second row where they leave 10. */
const kazakh: Validator = (value) => {
  const digits = digitsOf(value);
  const first = weigh(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
  const check = first < 10 ? first : weigh(digits, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
  return verdict(digits.length === 12 && digits[11] === check);
};

/** Luhn over the last ten digits. Parameters: `last`. */
const luhnLast: Validator = (value, { last }) => {
  const digits = digitsOf(value).slice(-number(last, 10));
  return verdict(luhnSum(digits) % 10 === 0);
};

export const european = {
  "uk-vat": ukVat,
  "uk-nino": ukNino,
  "ie-pps": irishPps,
  "fr-nir": frenchNir,
  "fr-siret": frenchSiret,
  "fr-spi": frenchSpi,
  "fr-vat": frenchVat,
  "de-tax-digits": germanTaxDigits,
  "de-pension": germanPension,
  "de-health": germanHealth,
  "it-fiscal": italianFiscal,
  "es-dni": spanishDni,
  "es-cif": spanishCif,
  "es-social": spanishSocial,
  "pt-card": portugueseCard,
  "nl-vat": dutchVat,
  "be-register": belgianRegister,
  "lu-matricule": luxembourg,
  baltic,
  "lv-code": latvian,
  "fi-hetu": finnish,
  "no-fnr": norwegian,
  "dk-cpr": danish,
  "cz-birth": czech,
  "pl-regon": polishRegon,
  "ru-inn": russianInn,
  "ru-snils": russianSnils,
  "tr-tckn": turkish,
  "kz-iin": kazakh,
  "luhn-last": luhnLast,
} satisfies Record<string, Validator>;
