/** National numbers of Asia, Oceania, Africa and the Americas whose check is more than one weighted sum. */
import { verdict, type Validator } from "../validator.ts";
import { bare, digitsOf, luhnSum, modulo, valueOf, weigh } from "./checksum.ts";

/** Area 000, 666 and 900 to 999, group 00 and serial 0000 are never given out; nor are one digit repeated, and counting up. */
const usSsn: Validator = (value) => {
  const digits = bare(value).slice(0, 9);
  const isRuledOut =
    /^(?:000|666|9)/.test(digits) || /^\d{3}00/.test(digits) || digits.endsWith("0000") || digits.length < 9;
  return isRuledOut || /^(\d)\1{8}$/.test(digits) || digits === "123456789" || digits === "987654321"
    ? "invalid"
    : "unknown";
};

/** Prefixes that no campus gives out. @see IRS, How EINs are assigned and valid EIN prefixes */
const usEin: Validator = (value) =>
  /^(?:00|07|08|09|17|18|19|28|29|49|69|70|78|79|89|96|97)/.test(bare(value)) ? "invalid" : "unknown";

/** (d1+d3+d5) + 2(d2+d4+d6): its last digit is the seventh. @see DEA, Diversion Control Division */
const usDea: Validator = (value) => {
  const digits = digitsOf(bare(value).slice(2));
  return verdict(weigh(digits, [1, 2, 1, 2, 1, 2]) % 10 === digits[6]);
};

/** An odd-numbered area has no 0; place and length of the parts are the pattern's. @see FDA, National Drug Code */
const usNdc: Validator = (value) =>
  /^(?:\d{4}-\d{4}-\d{2}|\d{5}-(?:\d{3}-\d{2}|\d{4}-\d{1,2}))$/.test(value) ? "unknown" : "invalid";

/** Position 4 says what the holder is; the serial is never 0000. @see Income Tax Department, PAN */
const indianPan: Validator = (value) => (bare(value).slice(5, 9) === "0000" ? "invalid" : "unknown");

/** Verhoeff, and not the same read backwards. @see UIDAI, Aadhaar numbering scheme */
const notPalindrome: Validator = (value) => {
  const digits = bare(value);
  return digits === [...digits].reverse().join("") ? "invalid" : "unknown";
};

/** Day of the year, 500 more for women. */
const lankan: Validator = (value) => {
  const chars = bare(value);
  const day = Number(chars.length === 12 ? chars.slice(4, 7) : chars.slice(2, 5)) % 500;
  const year = chars.length === 12 ? Number(chars.slice(0, 4)) : 1950;
  return day >= 1 && day <= 366 && year >= 1900 && year <= 2030 ? "unknown" : "invalid";
};

const uscc = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/** Powers of 3 modulo 31. @see GB 32100-2015 */
const chineseCredit: Validator = (value) => {
  const values = [...bare(value)].map((char) => uscc.indexOf(char));
  const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
  return verdict(!values.includes(-1) && (31 - (weigh(values, weights) % 31)) % 31 === values[17]);
};

/** Province of GB/T 2260 in the first two digits. */
const chineseProvince: Validator = (value) =>
  /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/.test(value) ? "unknown" : "invalid";

/** Weights 9 to 1; a missing first letter counts 36. */
const hongKong: Validator = (value) => {
  const chars = bare(value).padStart(9, " ");
  const values = [...chars].map((char) => (char === " " ? 36 : valueOf(char)));
  return verdict(weigh(values, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0);
};

/** The letter counts as the two digits of its county. */
const taiwanese: Validator = (value) => {
  const chars = bare(value);
  const county = "ABCDEFGHJKLMNPQRSTUVXYWZIO".indexOf(chars[0] ?? "") + 10;
  const digits = [Math.floor(county / 10), county % 10, ...digitsOf(chars.slice(1))];
  return verdict(county > 9 && weigh(digits, [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 === 0);
};

/** @see Ordinance of the Ministry of Internal Affairs and Communications No. 85 of 2014 */
const japanesePerson: Validator = (value) => {
  const digits = digitsOf(value);
  const rest = weigh(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return verdict(new Set(digits).size > 1 && (rest < 2 ? 0 : 11 - rest) === digits[11]);
};

/** The check digit stands first: 9 minus the weighted sum modulo 9. @see National Tax Agency, corporate number */
const japaneseCompany: Validator = (value) => {
  const [check, ...digits] = digitsOf(value);
  return verdict(9 - (weigh(digits, [2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9) === check);
};

/** Since October 2020 the last digits are random, so failing proves nothing. */
const koreanPerson: Validator = (value) => {
  const digits = digitsOf(value);
  const sum = weigh(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
  return (11 - (sum % 11)) % 10 === digits[12] ? "valid" : "unknown";
};

const koreanBusiness: Validator = (value) => {
  const digits = digitsOf(value);
  const sum = weigh(digits, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor(((digits[8] ?? 0) * 5) / 10);
  return verdict((10 - (sum % 10)) % 10 === digits[9]);
};

/** One table of letters for each series. */
const singaporePerson: Validator = (value) => {
  const chars = bare(value);
  const series = chars[0] ?? "";
  const plus = series === "M" ? 3 : "TG".includes(series) ? 4 : 0;
  const rest = (weigh(digitsOf(chars.slice(1)), [2, 7, 6, 5, 4, 3, 2]) + plus) % 11;
  const table = series === "M" ? "XWUTRQPNJLK" : "ST".includes(series) ? "JZIHGFEDCBA" : "XWUTRQPNMLK";
  return verdict(table[rest] === chars[8]);
};

const singaporeOther = "ABCDEFGHJKLMNPQRSTUVWX0123456789";

const singaporeEntity: Validator = (value) => {
  const chars = bare(value);
  if (/^[TRS]/.test(chars)) {
    const values = Array.from(chars.slice(0, 9), (char) => singaporeOther.indexOf(char));
    const rest = (weigh(values, [4, 3, 5, 3, 10, 2, 2, 5, 7]) - 5) % 11;
    return verdict(singaporeOther[rest] === chars[9]);
  }
  const isCompany = chars.length === 10;
  const weights = isCompany ? [10, 8, 6, 4, 9, 7, 5, 3, 1] : [10, 4, 9, 3, 8, 2, 7, 1];
  const rest = weigh(digitsOf(chars), weights) % 11;
  return verdict((isCompany ? "ZKCMDNERGWH" : "XMKECAWLJDB")[rest] === chars.at(-1));
};

/** Places of birth that are given out, in the digits 7 and 8. @see JPN, state codes */
const malaysian: Validator = (value) =>
  /^\d{6}(?:00|17|18|19|20|69|70|73|80|81|94|95|96|97)/.test(bare(value)) ? "invalid" : "unknown";

/** Day of birth, 40 more for women, in the digits 7 to 12 as ddmmyy. */
const indonesian: Validator = (value) => {
  const digits = bare(value);
  const [day, month] = [Number(digits.slice(6, 8)) % 40, Number(digits.slice(8, 10))];
  return day >= 1 && day <= 31 && month >= 1 && month <= 12 && !digits.endsWith("0000")
    ? "unknown"
    : "invalid";
};

/** 1 is taken from the first digit; the weighted sum is a multiple of 89. @see Australian Business Register */
const australianBusiness: Validator = (value) => {
  const digits = digitsOf(value);
  const sum = weigh(digits, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10;
  return verdict(digits.length === 11 && new Set(digits).size > 1 && sum % 89 === 0);
};

/** A second row of weights where the first gives 10. @see Inland Revenue, NZ, payroll calculations specification */
const newZealandTax: Validator = (value) => {
  const digits = digitsOf(bare(value).padStart(9, "0"));
  const whole = Number(digits.join(""));
  if (whole < 10_000_000 || whole > 150_000_000) return "invalid";
  const first = (11 - (weigh(digits, [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  const check = first < 10 ? first : (11 - (weigh(digits, [7, 4, 3, 2, 5, 2, 7, 6]) % 11)) % 11;
  return verdict(check === digits[8]);
};

/** Letters without I and O count 1 to 24; the old form has a digit at the end, 11 minus the rest. @see HISO 10046 */
const newZealandHealth: Validator = (value) => {
  const chars = [...bare(value)];
  const values = chars.map((char) =>
    /\d/.test(char) ? Number(char) : "ABCDEFGHJKLMNPQRSTUVWXYZ".indexOf(char) + 1,
  );
  const sum = weigh(values, [7, 6, 5, 4, 3, 2]);
  // The new form's letter is computed modulo 24, which we could not confirm: it proves nothing here.
  if (!/\d/.test(chars[6] ?? "")) return "unknown";
  return verdict(sum % 11 !== 0 && (11 - (sum % 11)) % 10 === values[6]);
};

const brazilianPerson: Validator = (value) => {
  const digits = digitsOf(value);
  if (digits.length !== 11 || new Set(digits).size < 2) return "invalid";
  const first = elevens(weigh(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = elevens(weigh(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
  return verdict(digits[9] === first && digits[10] === second);
};

/** Characters count as their code less 48, so that letters (from July 2026) fit. @see Instrução Normativa RFB 2229/2024 */
const brazilianCompany: Validator = (value) => {
  const values = [...bare(value)].map((char) => char.charCodeAt(0) - 48);
  if (values.length !== 14 || new Set(values).size < 2) return "invalid";
  const first = elevens(weigh(values, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = elevens(weigh(values, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
  return verdict(values[12] === first && values[13] === second);
};

function elevens(sum: number): number {
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

const curpAlphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";

const mexicanPerson: Validator = (value) => {
  const chars = value.toUpperCase();
  const values = [...chars].map((char) => curpAlphabet.indexOf(char));
  const sum = weigh(values, [18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return verdict(!values.includes(-1) && (10 - (sum % 10)) % 10 === values[17]);
};

const rfcAlphabet = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ";

/** Companies have three letters, so a space counts before them. Older numbers without check exist: failing proves little. */
const mexicanTax: Validator = (value) => {
  const chars = value.toUpperCase().padStart(13, " ");
  const values = [...chars].map((char) => rfcAlphabet.indexOf(char));
  const rest = (11 - (weigh(values, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return "0123456789A"[rest] === chars[12] ? "valid" : "unknown";
};

/** Two blocks with a check digit each. @see BCRA, Comunicación A 2559 */
const argentineBank: Validator = (value) => {
  const digits = digitsOf(value);
  const [bank, account] = [digits.slice(0, 8), digits.slice(8)];
  const first = (10 - (weigh(bank, [7, 1, 3, 9, 7, 1, 3]) % 10)) % 10;
  const second = (10 - (weigh(account, [3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3]) % 10)) % 10;
  return verdict(
    digits.length === 22 && new Set(digits).size > 1 && bank[7] === first && account[13] === second,
  );
};

const chilean: Validator = (value) => {
  const chars = bare(value);
  const digits = digitsOf(chars.slice(0, -1)).reverse();
  const sum = digits.reduce((total, digit, i) => total + digit * (2 + (i % 6)), 0);
  return verdict("0123456789K"[(11 - (sum % 11)) % 11] === chars.at(-1));
};

/** Province in the first two digits, third below 6, then Luhn. */
const ecuadorian: Validator = (value) => {
  const digits = digitsOf(value);
  return verdict((digits[2] ?? 9) < 6 && luhnSum(digits) % 10 === 0);
};

const venezuelan: Validator = (value) => {
  const chars = bare(value);
  const holder: Readonly<Record<string, number>> = { V: 4, E: 8, J: 12, P: 16, G: 20 };
  const sum = (holder[chars[0] ?? ""] ?? Number.NaN) + weigh(digitsOf(chars), [3, 2, 7, 6, 5, 4, 3, 2]);
  return verdict("00987654321"[sum % 11] === chars.at(-1));
};

/** Governorates; the check digit's rule is not public. */
const egyptian: Validator = (value) =>
  /^.{7}(?:0[1-4]|1[1-9]|2[1-9]|3[1-5]|88)/.test(bare(value)) ? "unknown" : "invalid";

/** Thirteen digits and a check, or others: province codes of the first three digits. @see Circular 07/2016/TT-BCA */
const vietnamese: Validator = (value) => {
  const province = Number(bare(value).slice(0, 3));
  return province >= 1 && province <= 96 ? "unknown" : "invalid";
};

/** A SNOMED CT identifier: Verhoeff, and a partition that is in use. @see SNOMED International, SCTID representation */
const snomedPartition: Validator = (value) =>
  /(?:0[0-5]|1[0-5])\d$/.test(bare(value)) ? "unknown" : "invalid";

/** The rest modulo 7 of the number, for ABHA and others. Parameters none. */
const modulo7: Validator = (value) => {
  const digits = bare(value);
  return verdict(modulo(digits.slice(0, -1), 7) === Number(digits.at(-1)));
};

export const worldwide = {
  "us-ssn": usSsn,
  "us-ein": usEin,
  "us-dea": usDea,
  "us-ndc": usNdc,
  "in-pan": indianPan,
  "not-palindrome": notPalindrome,
  "lk-nic": lankan,
  "cn-uscc": chineseCredit,
  "cn-province": chineseProvince,
  "hk-hkid": hongKong,
  "tw-id": taiwanese,
  "jp-person": japanesePerson,
  "jp-company": japaneseCompany,
  "kr-person": koreanPerson,
  "kr-business": koreanBusiness,
  "sg-person": singaporePerson,
  "sg-entity": singaporeEntity,
  "my-place": malaysian,
  "id-birth": indonesian,
  "au-abn": australianBusiness,
  "nz-ird": newZealandTax,
  "nz-nhi": newZealandHealth,
  "br-cpf": brazilianPerson,
  "br-cnpj": brazilianCompany,
  "mx-curp": mexicanPerson,
  "mx-rfc": mexicanTax,
  "ar-cbu": argentineBank,
  "cl-rut": chilean,
  "ec-cedula": ecuadorian,
  "ve-rif": venezuelan,
  "eg-place": egyptian,
  "vn-place": vietnamese,
  "snomed-partition": snomedPartition,
  "modulo-7": modulo7,
} satisfies Record<string, Validator>;
