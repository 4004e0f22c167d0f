/**
 * scanner: reads TypeScript as the laws of the house need it, no finer: which characters are code, which are comment,
 * which are the inside of a string, and where functions with a block body begin and end.
 *
 * TypeScript 7 has no JavaScript API to ask, so this is a hand-written scan. What it does not see: functions whose body
 * is an expression, and a regular expression that begins a statement right after `)`.
 *
 * 1. `code`, `comments` and `strings` are as long as the source, line for line: an offset means the same in all.
 * 2. A character is kept in exactly one of them; in the other two it is a blank.
 */

export interface Scan {
  /** The source with comments and the insides of strings, templates and regular expressions blanked. */
  readonly code: string;
  /** Comments only. */
  readonly comments: string;
  /** The insides of strings, templates and regular expressions only. */
  readonly strings: string;
}

/** A function with a block body, from the line of its name (or arrow) to the line of its closing brace, from 1. */
export interface FunctionSpan {
  readonly firstLine: number;
  readonly lineCount: number;
  /** The text of its first line, cut to be read in a message. */
  readonly head: string;
}

type Kind = "code" | "comment" | "string";

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly kind: Exclude<Kind, "code">;
}

/** A word after which `/` begins a regular expression, not a division. */
const beforeOperand =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|instanceof|do|else|await|yield)$/;
const regexpFirst = "(,=:[!&|?{};+-*%<>~^";
/** One more than the longest word of `beforeOperand`. */
const wordCharsMax = 11;
const headCharsMax = 70;

export function scan(source: string): Scan {
  const pieces: Piece[] = [];
  /** For each template we are inside of: how many braces are open in its current `${`. */
  const templates: number[] = [];
  let lastCodeAt = -1;
  let at = 0;
  while (at < source.length) {
    const one = source.charAt(at);
    if (/\s/.test(one)) {
      at += 1;
      continue;
    }
    const quiet = quietAt(source, at, lastCodeAt);
    if (quiet !== undefined) {
      pieces.push(quiet.piece);
      if (quiet.piece.kind === "string") lastCodeAt = quiet.end - 1;
      at = quiet.end;
      continue;
    }
    if (one === "`" || (one === "}" && templates.at(-1) === 0)) {
      const to = endOfTemplateText(source, at + 1);
      const goesOn = source.charAt(to) === "$";
      pieces.push({ from: at + 1, to, kind: "string" });
      if (one === "}") templates.pop();
      if (goesOn) templates.push(0);
      at = Math.min(source.length, to + (goesOn ? 2 : 1));
    } else {
      if (templates.length > 0 && one === "{") templates.push((templates.pop() ?? 0) + 1);
      if (templates.length > 0 && one === "}") templates.push((templates.pop() ?? 0) - 1);
      at += 1;
    }
    lastCodeAt = at - 1;
  }
  return {
    code: only("code", source, pieces),
    comments: only("comment", source, pieces),
    strings: only("string", source, pieces),
  };
}

/** @param pieces in order; what lies between them is code */
function only(kind: Kind, source: string, pieces: readonly Piece[]): string {
  const kept: string[] = [];
  const put = (from: number, to: number, piece: Kind): void => {
    const text = source.slice(from, to);
    kept.push(piece === kind ? text : text.replace(/[^\n]/g, " "));
  };
  let at = 0;
  for (const piece of pieces) {
    put(at, piece.from, "code");
    put(piece.from, piece.to, piece.kind);
    at = piece.to;
  }
  put(at, source.length, "code");
  return kept.join("");
}

/** The comment, string or regular expression that begins at `at`, if one does, and where code goes on. */
function quietAt(
  source: string,
  at: number,
  lastCodeAt: number,
): { readonly piece: Piece; readonly end: number } | undefined {
  const two = source.slice(at, at + 2);
  if (two === "//" || two === "/*" || (at === 0 && two === "#!")) {
    const close = two === "/*" ? source.indexOf("*/", at + 2) + 2 : source.indexOf("\n", at);
    const end = close < at + 2 ? source.length : close;
    return { piece: { from: at, to: end, kind: "comment" }, end };
  }
  const one = source.charAt(at);
  const before = source.slice(Math.max(0, lastCodeAt - wordCharsMax), lastCodeAt + 1);
  const isString = one === '"' || one === "'";
  const to = isString
    ? endOfString(source, at)
    : one === "/" && beginsRegexp(before)
      ? endOfRegexp(source, at)
      : undefined;
  if (to === undefined) return undefined;
  const isClosed = source.charAt(to) === one;
  return { piece: { from: at + 1, to, kind: "string" }, end: isClosed ? to + 1 : to };
}

function beginsRegexp(before: string): boolean {
  return before === "" || regexpFirst.includes(before.slice(-1)) || beforeOperand.test(before);
}

/** The offset of the closing quote; of the line's end when there is none, so that a slip does not swallow the file. */
function endOfString(source: string, at: number): number {
  const quote = source.charAt(at);
  for (let next = at + 1; next < source.length; next += 1) {
    const char = source.charAt(next);
    if (char === "\\") next += 1;
    else if (char === quote || char === "\n") return next;
  }
  return source.length;
}

/** The offset of the closing slash; undefined when there is none on the line: it was a division. */
function endOfRegexp(source: string, at: number): number | undefined {
  let inClass = false;
  for (let next = at + 1; next < source.length; next += 1) {
    const char = source.charAt(next);
    if (char === "\\") next += 1;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return next;
    else if (char === "\n") return undefined;
  }
  return undefined;
}

/** The offset of the back quote or of the `${` that ends a template's text. */
function endOfTemplateText(source: string, from: number): number {
  for (let next = from; next < source.length; next += 1) {
    const char = source.charAt(next);
    if (char === "\\") next += 1;
    else if (char === "`" || (char === "$" && source.charAt(next + 1) === "{")) return next;
  }
  return source.length;
}

const notAFunction = /(?:^|[^\w$.])(?:if|for|while|switch|catch|with|await|case [\w$.]+)\s*$/;
/** The callback of a `describe` groups tests; it is not a piece of reasoning that must fit on a page. */
const grouping = /(?:^|[^\w$.])(?:describe|suite)(?:\.\w+)*\s*\(/;

/** @param code what `scan` calls code: braces in strings and comments must be gone */
export function functionsOf(code: string, source: string): readonly FunctionSpan[] {
  const partner = pairBrackets(code);
  const lineAt = lineCounter(code);
  const lines = source.split("\n");
  const spans: FunctionSpan[] = [];
  const seen = new Set<number>(); // an arrow with a return type is met at its parameters, and again at its arrow
  for (const [open, close] of partner) {
    const body = bodyOf(code, open, close, partner);
    const end = body === undefined ? undefined : partner.get(body);
    if (body === undefined || end === undefined || seen.has(body)) continue;
    seen.add(body);
    const firstLine = lineAt(open);
    const head = (lines[firstLine - 1] ?? "").trim();
    if (grouping.test(head)) continue;
    spans.push({ firstLine, lineCount: lineAt(end) - firstLine + 1, head: head.slice(0, headCharsMax) });
  }
  return spans;
}

/** Opening offset -> closing offset, for (), [] and {}. */
function pairBrackets(code: string): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < code.length; at += 1) {
    const char = code.charAt(at);
    if ("([{".includes(char)) open.push(at);
    else if (")]}".includes(char)) {
      const from = open.pop();
      if (from !== undefined) pairs.set(from, at);
    }
  }
  return pairs;
}

/** The brace that opens the body, when the bracket at `open` is the parameter list of a function with a block body. */
function bodyOf(
  code: string,
  open: number,
  close: number,
  partner: ReadonlyMap<number, number>,
): number | undefined {
  if (code.charAt(open) === "{") {
    // `x => {` has no parameter list; every other arrow is met at its own.
    const arrow = lastCode(code, open - 1);
    const isArrow = code.slice(arrow - 1, arrow + 1) === "=>";
    return isArrow && /[\w$]/.test(code.charAt(lastCode(code, arrow - 2))) ? open : undefined;
  }
  if (code.charAt(open) !== "(") return undefined;
  if (notAFunction.test(code.slice(Math.max(0, open - headCharsMax), open))) return undefined;
  const next = nextCode(code, close + 1);
  if (code.charAt(next) === "{") return next;
  if (code.startsWith("=>", next)) return braceAt(code, nextCode(code, next + 2));
  return code.charAt(next) === ":" ? afterReturnType(code, next + 1, partner) : undefined;
}

/** Reads a return type from `from` on: words, unions, `<...>`, balanced brackets; the brace after it opens the body. */
function afterReturnType(
  code: string,
  from: number,
  partner: ReadonlyMap<number, number>,
): number | undefined {
  let angles = 0;
  let operandExpected = true;
  for (let at = nextCode(code, from); at < code.length; at = nextCode(code, at + 1)) {
    const char = code.charAt(at);
    if (code.startsWith("=>", at)) {
      const brace = braceAt(code, nextCode(code, at + 2));
      if (brace !== undefined && angles === 0) return brace;
      at += 1;
      operandExpected = true;
    } else if (char === "{" && !operandExpected && angles === 0) return at;
    else if ("([{".includes(char)) {
      at = partner.get(at) ?? code.length;
      operandExpected = false;
    } else if (char === "<" || char === ">") {
      angles += char === "<" ? 1 : -1;
      operandExpected = char === "<";
    } else if ("|&".includes(char) || (char === "," && angles > 0)) operandExpected = true;
    else if (/[\w$."'`]/.test(char)) operandExpected = code.slice(at - 2, at + 1) === " is";
    else return undefined;
  }
  return undefined;
}

function braceAt(code: string, at: number): number | undefined {
  return code.charAt(at) === "{" ? at : undefined;
}

function lastCode(code: string, from: number): number {
  let at = from;
  while (at >= 0 && /\s/.test(code.charAt(at))) at -= 1;
  return at;
}

function nextCode(code: string, from: number): number {
  let at = from;
  while (at < code.length && /\s/.test(code.charAt(at))) at += 1;
  return at;
}

/** @returns a function from offset to line number, from 1 */
export function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
