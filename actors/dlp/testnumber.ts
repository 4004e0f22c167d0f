/** Numbers that are published for tests: they are found as any other, and can be called test data. Does not own: the list. */
import type { Detector } from "./detector.ts";
import { testNumbers } from "./words.data.ts";

const known = new Map(Object.entries(testNumbers).map(([type, numbers]) => [type, new Set(numbers)]));

/** Whether a value of a type is one of its published test numbers; all cards share one list. */
export function isTestNumber({ id }: Pick<Detector, "id">, value: string): boolean {
  const list = known.get(id.startsWith("pan.") ? "pan" : id === "us.ssn_plain" ? "us.ssn" : id);
  return list?.has(value.replace(/[^0-9A-Za-z]/g, "").toUpperCase()) ?? false;
}
