/**
 * Check digits that stand in many schemes: Luhn, Verhoeff, Damm, the ISO 7064 systems, and weighted sums. All take the
 * value as it was written: what separates groups is dropped first.
 */
import { verdict, type Parameters, type Validator } from "../validator.ts";

/** Letters and digits only, in upper case. */
export function bare(value: string): string {
  return value.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
}

export function digitsOf(value: string): number[] {
  return [...value.replace(/[^0-9]/g, "")].map(Number);
}

/** Luhn's sum of digits, the last one included. @see ISO/IEC 7812-1, annex B */
export function luhnSum(digits: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[digits.length - 1 - i] ?? 0;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    total += doubled > 9 ? doubled - 9 : doubled;
  }
  return total;
}

/** Parameters: `prefix` is put before the value, as 80840 before an NPI. */
const luhn: Validator = (value, { prefix }: Parameters) => {
  const digits = digitsOf(`${typeof prefix === "string" ? prefix : ""}${value}`);
  return verdict(digits.length > 1 && digits.some((digit) => digit > 0) && luhnSum(digits) % 10 === 0);
};

export const checksums = { luhn } satisfies Record<string, Validator>;
