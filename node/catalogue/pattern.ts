/**
 * URI patterns of resource grants held against each other: which of a server's templates lie under one, and do two of
 * them meet? Does not own: the grammar of patterns and whether a URI matches (protocol/uri.ts), nor which grant a URI
 * falls under (actors/guards/persona.ts).
 */
import { compileUriPattern, UriFault } from "../../protocol/uri.ts";

/** What one character may be: exactly this one; any within a segment; any at all. */
type Taken = { readonly char: string } | "segment" | "any";

/** One step of a pattern: one character, or (repeats) none or more. */
interface Step {
  readonly takes: Taken;
  readonly repeats: boolean;
}

/** Why a text is no pattern of a resource grant; undefined when it is one. */
export function patternFault(pattern: string): string | undefined {
  const compiled = compileUriPattern(pattern);
  if (compiled instanceof UriFault) return compiled.says;
  return /^[A-Za-z][A-Za-z0-9+.-]*:./.test(pattern)
    ? undefined
    : "a URI pattern starts with a scheme, as in file:///folder/**";
}

/** The same text for patterns that differ only in the names of their variables. */
export function patternShape(pattern: string): string {
  return pattern.replace(/\{([+#]?)[^{}]*\}/g, "{$1}");
}

/** Whether some URI is matched by both patterns. */
export function overlap(left: string, right: string): boolean {
  // Where both are literal they must be equal: a cheap first look.
  const [a, b] = [literalStart(left), literalStart(right)];
  return (a.startsWith(b) || b.startsWith(a)) && meet(stepsOf(left), stepsOf(right));
}

function literalStart(pattern: string): string {
  return /^[^{*]*/.exec(pattern)?.[0] ?? "";
}

/** No pattern has it as text, so only a wildcard can take it. */
const stranger = "\u{f0000}";

/**
 * Whether every URI that a template makes is matched by the pattern.
 *
 * Simple expansion encodes what separates segments; other operators may bring it, so only ** covers those.
 *
 * @param template URI template as a server declares it
 * @see RFC 6570, sections 2.2 and 3.2
 */
export function isUnder(template: string, pattern: string): boolean {
  if (patternFault(pattern) !== undefined) return false;
  const witness = template.replace(/\{([+#./;?&|!@=,]?)[^{}]*\}/g, (_, operator: string) => {
    if (operator === "") return stranger;
    return `${operator === "+" ? "" : operator}${stranger}/${stranger}`;
  });
  return meet(stepsOf(pattern), [...witness].map(exactly));
}

/** @param pattern one that patternFault finds nothing wrong with */
function stepsOf(pattern: string): Step[] {
  const steps: Step[] = [];
  for (const [text] of pattern.matchAll(/\{[^{}]*\}|\*\*|\*|[^{*]+/g)) {
    if (text.startsWith("{#")) steps.push(exactly("#"), ...oneOrMore("any"));
    else if (text.startsWith("{+") || text === "**") steps.push(...oneOrMore("any"));
    else if (text.startsWith("{") || text === "*") steps.push(...oneOrMore("segment"));
    else steps.push(...[...text].map(exactly));
  }
  return steps;
}

function exactly(char: string): Step {
  return { takes: { char }, repeats: false };
}

function oneOrMore(takes: Taken): Step[] {
  return [
    { takes, repeats: false },
    { takes, repeats: true },
  ];
}

/** Whether the two languages have a word in common: a search of the product automaton. */
function meet(left: readonly Step[], right: readonly Step[]): boolean {
  const width = right.length + 1;
  const seen = new Set<number>([0]);
  const open = [0];
  const go = (i: number, j: number): void => {
    const state = i * width + j;
    if (seen.has(state)) return;
    seen.add(state);
    open.push(state);
  };
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const i = Math.floor(state / width);
    const j = state % width;
    const a = left[i];
    const b = right[j];
    if (a === undefined && b === undefined) return true;
    if (a?.repeats === true) go(i + 1, j);
    if (b?.repeats === true) go(i, j + 1);
    if (a !== undefined && b !== undefined && haveCommon(a.takes, b.takes))
      go(a.repeats ? i : i + 1, b.repeats ? j : j + 1);
  }
  return false;
}

function haveCommon(a: Taken, b: Taken): boolean {
  if (typeof a === "string" && typeof b === "string") return true;
  if (typeof a === "object" && typeof b === "object") return a.char === b.char;
  const [wildcard, text] = typeof a === "string" ? [a, b] : [b, a];
  return wildcard === "any" || (typeof text === "object" && !"/\\?#".includes(text.char));
}
