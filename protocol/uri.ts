/**
 * URIs of MCP resources: which patterns a role or a resource template may use, and whether a URI matches one. Owns
 * the refusal of URIs whose path a server could read as another (dot segments, encoded separators). Does not own:
 * what a matching URI may do (actors/guards), the expansion of templates.
 *
 *     {name}  *    one or more characters of one segment: no "/", "\", "?", "#", however encoded
 *     {+name} **   one or more characters, separators included
 *     {#name}      "#" and one or more characters
 *     the rest     itself, exactly
 *
 * U1. A URI with a dot segment matches nothing, whatever the pattern and however often the dots are encoded.
 * U2. A wildcard takes what a URI may hold (RFC 3986: visible ASCII) and nothing else.
 * U3. Matching costs at most (characters of the URI) x (characters of the pattern); both are bounded. There are no
 *     regular expressions and no recursion in it (CVE-2026-0621).
 *
 * @see RFC 6570, levels 1 and 2; RFC 3986 section 3.3
 */

/** One URI: it must fit into a header (`Mcp-Name`) beside the others. */
export const uriUnitsMax = 8_192;
/** One pattern, as a role may hold it. */
export const uriPatternUnitsMax = 1_024;
/** Wildcards of one pattern. */
export const uriWildcardsMax = 16;

/** Why a URI or a pattern was refused. Tell it by `instanceof`. */
export class UriFault {
  /** One sentence for whoever wrote it; it holds nothing of the URI. */
  readonly says: string;

  constructor(says: string) {
    this.says = says;
  }
}

/** What a wildcard takes: at least this class of every character. */
const takesPath = 1;
const takesSegment = 2;

/** A text that must stand there, or what a wildcard takes. */
type Part = string | typeof takesPath | typeof takesSegment;

/** A compiled pattern. Its parts alternate: no two texts and no two wildcards meet. */
export class UriPattern {
  readonly source: string;
  private readonly parts: readonly Part[];

  constructor(source: string, parts: readonly Part[]) {
    this.source = source;
    this.parts = parts;
  }

  /** True when the URI is sound (see uriFault) and the pattern takes all of it. */
  matches(uri: string): boolean {
    const [first] = this.parts;
    if (typeof first === "string" && !uri.startsWith(first)) return false;
    const classes = survey(uri);
    if (classes instanceof UriFault) return false;
    // reached[i]: the parts so far can take exactly the first i characters.
    let reached = new Uint8Array(uri.length + 1);
    reached[0] = 1;
    for (const part of this.parts) {
      reached =
        typeof part === "string" ? afterText(uri, part, reached) : afterWildcard(classes, part, reached);
    }
    return reached[uri.length] === 1;
  }
}

/** What is wrong with a URI by itself, undefined when nothing is. */
export function uriFault(uri: string): UriFault | undefined {
  const classes = survey(uri);
  return classes instanceof UriFault ? classes : undefined;
}

/**
 * Compiles a pattern or an RFC 6570 template.
 *
 * Refused are: operators beyond level 2, several variables in one expression, the same variable twice, wildcards
 * without text between them, and text that no sound URI could hold.
 */
export function compileUriPattern(pattern: string): UriPattern | UriFault {
  if (pattern === "" || pattern.length > uriPatternUnitsMax)
    return new UriFault(`a URI pattern must have 1 to ${uriPatternUnitsMax} characters`);
  const parts: Part[] = [];
  const names = new Set<string>();
  let text = "";
  let sample = "";
  const put = (part: typeof takesPath | typeof takesSegment): boolean => {
    if (text === "" && parts.length > 0) return false;
    if (text !== "") parts.push(text);
    parts.push(part);
    sample += `${text}x`;
    text = "";
    return true;
  };
  for (let at = 0; at < pattern.length;) {
    const wildcard = readWildcard(pattern, at);
    if (wildcard instanceof UriFault) return wildcard;
    if (wildcard === undefined) {
      text += pattern[at++];
      continue;
    }
    if (wildcard.name !== undefined && names.size === names.add(wildcard.name).size)
      return new UriFault("a URI pattern uses the same variable twice; give each its own name");
    text += wildcard.before;
    if (!put(wildcard.takes)) return new UriFault("two wildcards of a URI pattern need text between them");
    at += wildcard.length;
  }
  if (parts.filter((part) => typeof part !== "string").length > uriWildcardsMax)
    return new UriFault(`a URI pattern may have ${uriWildcardsMax} wildcards at most`);
  const fault = uriFault(sample + text);
  if (fault !== undefined) return new UriFault(`no URI can match this pattern: ${fault.says}`);
  if (text !== "") parts.push(text);
  return new UriPattern(pattern, parts);
}

interface Wildcard {
  readonly takes: typeof takesPath | typeof takesSegment;
  readonly before: string;
  readonly name?: string;
  /** Characters of the pattern it takes up. */
  readonly length: number;
}

/** The wildcard that starts at `at`; undefined when plain text does. */
function readWildcard(pattern: string, at: number): Wildcard | UriFault | undefined {
  if (pattern[at] === "*") {
    if (!pattern.startsWith("**", at)) return { takes: takesSegment, before: "", length: 1 };
    return { takes: takesPath, before: "", length: 2 };
  }
  if (pattern[at] === "}") return new UriFault("a URI pattern has a } without its {");
  if (pattern[at] !== "{") return undefined;
  const end = pattern.indexOf("}", at);
  if (end < 0) return new UriFault("a URI pattern has a { without its }");
  const operator = pattern[at + 1] ?? "";
  const isReserved = operator === "+" || operator === "#";
  const name = pattern.slice(isReserved ? at + 2 : at + 1, end);
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name))
    return new UriFault("a URI pattern takes {name}, {+name} and {#name}; no other template expression");
  return {
    takes: isReserved ? takesPath : takesSegment,
    before: operator === "#" ? "#" : "",
    name,
    length: end + 1 - at,
  };
}

function afterText(uri: string, text: string, from: Uint8Array): Uint8Array<ArrayBuffer> {
  const reached = new Uint8Array(from.length);
  for (let at = from.indexOf(1); at >= 0; at = from.indexOf(1, at + 1)) {
    if (uri.startsWith(text, at)) reached[at + text.length] = 1;
  }
  return reached;
}

function afterWildcard(classes: Uint8Array, takes: number, from: Uint8Array): Uint8Array<ArrayBuffer> {
  const reached = new Uint8Array(from.length);
  let isOpen = false;
  for (let at = 0; at < classes.length; at++) {
    isOpen = (isOpen || from[at] === 1) && (classes[at] ?? 0) >= takes;
    if (isOpen) reached[at + 1] = 1;
  }
  return reached;
}

/** Between these a segment may stand: of a path, or of what a server may take for one. */
const separators = "/\\?#:;&=";

/**
 * Looks at each character of a URI once, as a server would see it after decoding any number of times.
 *
 * @returns per character what may take it: 0 text alone, takesPath, takesSegment; or what is wrong with the URI
 */
function survey(uri: string): Uint8Array | UriFault {
  if (uri === "" || uri.length > uriUnitsMax)
    return new UriFault(`a URI must have 1 to ${uriUnitsMax} characters`);
  if (!uri.isWellFormed()) return new UriFault("a URI must be well-formed Unicode");
  const classes = new Uint8Array(uri.length);
  let dots = 0;
  for (let at = 0; at < uri.length;) {
    const end = uri[at] === "%" ? escapeEnd(uri, at) : at + 1;
    if (end < 0) return new UriFault("a URI must have two hexadecimal digits after each %");
    const unit = end === at + 1 ? uri.charCodeAt(at) : Number.parseInt(uri.slice(end - 2, end), 16);
    const fault = unitFault(unit, end - at > 1);
    if (fault !== undefined) return new UriFault(fault);
    const isSeparator = separators.includes(String.fromCharCode(unit));
    if (isSeparator && isDotSegment(dots)) return dotSegment;
    if (isSeparator) dots = 0;
    else dots = unit === 0x2e && dots >= 0 ? dots + 1 : -1;
    const isOfSegment = unit !== 0x2f && unit !== 0x5c && unit !== 0x3f && unit !== 0x23;
    const isUri = end - at > 1 || (unit > 0x20 && unit < 0x7f);
    classes.fill(isUri ? (isOfSegment ? takesSegment : takesPath) : 0, at, end);
    at = end;
  }
  return isDotSegment(dots) ? dotSegment : classes;
}

const dotSegment = new UriFault("a URI must not hold . or .. as a segment, encoded or not");

function isDotSegment(dots: number): boolean {
  return dots === 1 || dots === 2;
}

/** Behind the escape at `at`, `%25` unfolded as often as it is folded: `%25252e` is one dot. -1 when malformed. */
function escapeEnd(uri: string, at: number): number {
  if (!isHex(uri, at + 1)) return -1;
  let end = at + 3;
  while (uri.startsWith("25", end - 2) && isHex(uri, end)) end += 2;
  return end;
}

function isHex(uri: string, at: number): boolean {
  return /^[0-9A-Fa-f]{2}$/.test(uri.slice(at, at + 2));
}

function unitFault(unit: number, isEscaped: boolean): string | undefined {
  if (unit === 0 || (!isEscaped && (unit < 0x20 || unit === 0x7f)))
    return "a URI must not hold control characters";
  // Bytes that no UTF-8 text has: an old way to write a dot or a slash that a check does not see.
  if (isEscaped && (unit === 0xc0 || unit === 0xc1 || unit > 0xf4)) return "a URI's escapes must be UTF-8";
  return undefined;
}
