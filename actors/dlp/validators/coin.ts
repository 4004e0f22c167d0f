/** Addresses and keys of crypto-currencies: base58check, bech32, EIP-55, Monero. SHA-256 comes as a port. */
import { verdict, type DlpPorts, type Validator } from "../validator.ts";
import { number, numbers, text } from "./checksum.ts";
import { keccak256 } from "./keccak.ts";

const bitcoin = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ripple = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/** The bytes of a number in base 58, leading zeros kept; undefined for a character outside the alphabet. */
export function fromBase58(chars: string, alphabet: string = bitcoin): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const char of chars) {
    let carry = alphabet.indexOf(char);
    if (carry < 0) return undefined;
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * 58;
      bytes[i] = carry & 0xff;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff);
  }
  const zeros = [...chars].findIndex((char) => char !== alphabet[0]);
  for (let i = 0; i < (zeros < 0 ? chars.length : zeros); i++) bytes.push(0);
  return Uint8Array.from(bytes.reverse());
}

/**
 * The last four bytes are the start of SHA-256 twice. Parameters: `versions` (allowed first bytes), `bytes` (allowed lengths
 * without the check), `alphabet` "ripple".
 */
const base58check: Validator = (value, parameters, { sha256 }: DlpPorts) => {
  const bytes = fromBase58(value, parameters["alphabet"] === "ripple" ? ripple : bitcoin);
  if (bytes === undefined || bytes.length < 5) return "invalid";
  const [versions, lengths] = [numbers(parameters["versions"]), numbers(parameters["bytes"])];
  if (versions.length > 0 && !versions.includes(bytes[0] ?? -1)) return "invalid";
  const body = bytes.subarray(0, -4);
  if (lengths.length > 0 && !lengths.includes(body.length)) return "invalid";
  const check = sha256(sha256(body));
  return verdict(bytes.subarray(-4).every((byte, i) => byte === check[i]));
};

/** A number in base 58 of so many bytes, without check. Parameters: `bytes`. */
const base58: Validator = (value, { bytes }) =>
  fromBase58(value)?.length === number(bytes, 32) ? "unknown" : "invalid";

const bech32Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function polymod(values: Iterable<number>): number {
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [i, term] of generator.entries()) if ((top >>> i) & 1) check ^= term;
  }
  return check >>> 0;
}

/** Which of the two encodings a text is in; undefined when it is in none. @see BIP 173, BIP 350 */
export function bech32Form(value: string): "bech32" | "bech32m" | undefined {
  if (value !== value.toLowerCase() && value !== value.toUpperCase()) return undefined;
  const chars = value.toLowerCase();
  const at = chars.lastIndexOf("1");
  const data = Array.from(chars.slice(at + 1), (char) => bech32Alphabet.indexOf(char));
  if (at < 1 || data.length < 6 || data.includes(-1)) return undefined;
  const head = Array.from(chars.slice(0, at), (char) => char.charCodeAt(0));
  const sum = polymod([...head.map((code) => code >> 5), 0, ...head.map((code) => code & 31), ...data]);
  return sum === 1 ? "bech32" : sum === 0x2bc830a3 ? "bech32m" : undefined;
}

/** Parameters: `segwit` true: version 0 is bech32, later ones bech32m. */
const bech32: Validator = (value, { segwit }) => {
  const form = bech32Form(value);
  if (form === undefined || segwit !== true) return verdict(form !== undefined);
  const version = value.toLowerCase().charAt(value.lastIndexOf("1") + 1);
  return verdict((version === "q") === (form === "bech32"));
};

/** Either encoding, by the shape of the value: as Litecoin's. */
const base58OrBech32: Validator = (value, parameters, ports) =>
  value.toLowerCase().startsWith(text(parameters["head"]))
    ? bech32(value, { segwit: true }, ports)
    : base58check(value, parameters, ports);

/** Capitals where the hash of the address has a digit of 8 or more; all in one case proves nothing. @see EIP-55 */
const eip55: Validator = (value) => {
  const hex = value.replace(/^0x/, "");
  if (/^(.)\1*$/.test(hex)) return "invalid";
  if (hex === hex.toLowerCase() || hex === hex.toUpperCase()) return "unknown";
  const bytes = Uint8Array.from(hex.toLowerCase(), (char) => char.charCodeAt(0));
  const hash = keccak256(bytes);
  const isRight = [...hex].every((char, i) => {
    const nibble = ((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15;
    return /\d/.test(char) || nibble >= 8 === (char === char.toUpperCase());
  });
  return verdict(isRight);
};

/** Eight bytes are eleven characters; the last four bytes are the start of Keccak-256. @see Monero, cryptonote base58 */
const monero: Validator = (value) => {
  const sizes: Readonly<Record<number, number>> = { 11: 8, 10: 7, 9: 6, 7: 5, 6: 4, 5: 3, 3: 2, 2: 1 };
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at += 11) {
    const chars = value.slice(at, at + 11);
    const size = sizes[chars.length];
    const block = fromBase58(chars.replace(/^1+(?=.)/, ""));
    if (size === undefined || block === undefined || block.length > size) return "invalid";
    bytes.push(...Array<number>(size - block.length).fill(0), ...block);
  }
  const check = keccak256(Uint8Array.from(bytes.slice(0, -4)));
  return verdict(bytes.slice(-4).every((byte, i) => byte === check[i]));
};

export const coins = {
  base58check,
  base58,
  bech32,
  "base58-or-bech32": base58OrBech32,
  eip55,
  monero,
} satisfies Record<string, Validator>;
