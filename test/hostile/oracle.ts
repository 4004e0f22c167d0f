/**
 * What the constraints of a role mean, written a second time: from docs/session.md ("Persona") alone, plainly and without
 * care for speed. Shares no code with actors/guards; where the two differ, one of them is wrong.
 */
import { posix } from "node:path";
import type { Constraint } from "../../protocol/role.ts";

export interface Rules {
  /** By JSON pointer; `-` stands for each element of a list. */
  readonly constraints: { readonly [pointer: string]: Constraint };
  readonly objects: { readonly [type: string]: { readonly allow: readonly string[] } };
  /** Argument names of the pinned definition; undefined when it allows others. */
  readonly known: readonly string[] | undefined;
}

const textUnitsMax = 8_192;

/** Whether a call with these arguments is within the rules. */
export function isWithin(
  args: { readonly [name: string]: unknown },
  { constraints, objects, known }: Rules,
): boolean {
  if (known !== undefined && Object.keys(args).some((name) => !known.includes(name))) return false;
  return Object.entries(constraints).every(([pointer, constraint]) => {
    const values = select(
      args,
      pointer
        .split("/")
        .slice(1)
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")),
    );
    if (values.length === 0) return constraint.required !== true;
    return values.every((value) => holds(value, constraint, objects));
  });
}

function select(value: unknown, path: readonly string[]): unknown[] {
  const [first, ...rest] = path;
  if (first === undefined) return [value];
  if (Array.isArray(value)) {
    if (first === "-") return value.flatMap((each) => select(each, rest));
    return String(Number(first)) === first && Number(first) in value
      ? select(value[Number(first)], rest)
      : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const own = Object.getOwnPropertyDescriptor(value, first);
  return own === undefined ? [] : select(own.value, rest);
}

function holds(value: unknown, constraint: Constraint, objects: Rules["objects"]): boolean {
  const { required: _, ...checks } = constraint;
  const asked = Object.entries(checks).filter(([, check]) => check !== undefined);
  if (asked.length === 0) return true;
  if (typeof value === "string" && value.length > textUnitsMax) return false;
  if (typeof value === "object" && value !== null)
    return (
      Array.isArray(value) &&
      asked.every(([name]) => name === "length") &&
      isBetween(value.length, constraint.length ?? {})
    );
  const { equals, oneOf, pattern, range, length, inside, hosts, object } = constraint;
  if (equals !== undefined && !isSame(value, equals)) return false;
  if (oneOf !== undefined && !oneOf.some((each) => isSame(value, each))) return false;
  if (
    pattern !== undefined &&
    !(
      typeof value === "string" &&
      new RegExp(`^(?:${pattern.normalize("NFC")})$`, "u").test(value.normalize("NFC"))
    )
  )
    return false;
  if (range !== undefined && !(typeof value === "number" && isBetween(value, range))) return false;
  if (length !== undefined && !(typeof value === "string" && isBetween(value.length, length))) return false;
  if (
    inside !== undefined &&
    !(typeof value === "string" && [inside].flat().some((folder) => isInside(value, folder)))
  )
    return false;
  if (hosts !== undefined && !(typeof value === "string" && isHostIn(value, hosts))) return false;
  return object === undefined || isAllowed(value, objects[object]?.allow ?? []);
}

function isSame(value: unknown, wanted: unknown): boolean {
  if (typeof value === "string" && typeof wanted === "string")
    return value.normalize("NFC") === wanted.normalize("NFC");
  return value === wanted;
}

function isBetween(
  value: number,
  { min, max }: { min?: number | undefined; max?: number | undefined },
): boolean {
  return !(min !== undefined && value < min) && !(max !== undefined && value > max);
}

/** As written and as some server may fold it: both must lie in the folder. */
function isInside(path: string, folder: string): boolean {
  return [path.normalize("NFC"), path.normalize("NFKC")].every((form) => {
    if (!form.startsWith("/")) return false;
    if ([...form].some((letter) => letter === "~" || letter === "\\" || /\p{Cc}/u.test(letter))) return false;
    const lower = form.toLowerCase();
    if (["%2f", "%5c", "%2e", "%00", "%25"].some((escape) => lower.includes(escape))) return false;
    const from = posix.relative(posix.normalize(folder), posix.normalize(form));
    return from !== ".." && !from.startsWith("../");
  });
}

function isHostIn(text: string, hosts: readonly string[]): boolean {
  const host = hostIn(text);
  if (host === undefined) return false;
  return hosts.some((entry) => {
    const listed = entry.toLowerCase().replace(/\.$/, "");
    return listed.startsWith("*.")
      ? host.endsWith(listed.slice(1)) && host.length > listed.length - 1
      : host === listed;
  });
}

function hostIn(text: string): string | undefined {
  if ([...text].some((letter) => /\s|\p{Cc}/u.test(letter) || letter === "\\")) return undefined;
  let authority = text;
  if (text.includes("/")) {
    const scheme = ["http://", "https://", "ws://", "wss://"].find((each) =>
      text.toLowerCase().startsWith(each),
    );
    if (scheme === undefined) return undefined;
    const [untilSlash = ""] = text.slice(scheme.length).split("/");
    if (untilSlash.includes("@")) return undefined;
    authority = untilSlash.split(/[?#]/)[0] ?? "";
  }
  const colon = authority.lastIndexOf(":");
  const port = authority.slice(colon + 1);
  if (
    colon >= 0 &&
    !authority.endsWith("]") &&
    port.length > 0 &&
    port.length <= 5 &&
    [...port].every((digit) => digit >= "0" && digit <= "9")
  )
    authority = authority.slice(0, colon);
  const host = authority.toLowerCase();
  if (host.startsWith("["))
    return host.endsWith("]") &&
      host.length >= 4 &&
      host.length <= 47 &&
      /^[0-9a-f:.]*$/.test(host.slice(1, -1))
      ? host
      : undefined;
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  const labels = name.split(".");
  const isLabel = (label: string): boolean =>
    label.length > 0 &&
    label.length < 64 &&
    !label.startsWith("-") &&
    !label.endsWith("-") &&
    [...label].every((letter) => "abcdefghijklmnopqrstuvwxyz0123456789-_".includes(letter));
  if (name.length > 253 || !labels.every(isLabel)) return undefined;
  const last = labels.at(-1) ?? "";
  const isNumber = [...last].every((digit) => digit >= "0" && digit <= "9") || /^0x[0-9a-f]*$/.test(last);
  if (!isNumber) return name;
  return labels.length === 4 &&
    labels.every((label) => String(Number(label)) === label && Number(label) <= 255)
    ? name
    : undefined;
}

function isAllowed(value: unknown, allow: readonly string[]): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  const id = String(value).normalize("NFC");
  return allow.some((entry) => {
    const listed = entry.normalize("NFC");
    return listed.endsWith("*") ? id.startsWith(listed.slice(0, -1)) : id === listed;
  });
}
