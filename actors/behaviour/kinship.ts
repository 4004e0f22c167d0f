/**
 * How an address that nobody has named is related to what the task text names: evidence for or against it, for guard four. Pure.
 *
 * K1. Kin: of a domain that the text names, or with a name of the text in it ("write to Anna", anna.berg@…). It is less of a
 *     stranger, and no friend: who knows the task can make such an address. So it clears nothing that speaks to the agent.
 * K2. Alike: the same name at another domain than in the text. That is what who imitates would write.
 */
import type { TraceForm, TraceKinship } from "../../protocol/trace.ts";

/** Shorter parts of names are in too many texts. */
const partCharsMin = 4;
/** Says who nobody is, or is on every page. */
const anybody = /^(?:info|mail|email|office|contact|support|service|services|team|desk|help|admin|hello|sales|orders?|billing|news|group|example|http|https|html|index|home|page|copy|archive|records?|data|reply|noreply)$/; // prettier-ignore

/** @param value folded @param text folded; not empty */
export function kinshipOf(value: string, form: TraceForm, text: string): TraceKinship | undefined {
  if (form === "iban") return undefined;
  const [local, host] = form === "mail" ? partsOf(value) : ["", hostOf(value)];
  if (host === "") return undefined;
  if (local !== "" && /[._-]/.test(local) && isElsewhere(`${local}@`, host, text)) return "alike";
  const domain = domainOf(host);
  if (hasWord(text, domain)) return "kin";
  const names = [...local.split(/[^\p{L}\p{N}]+/u), ...(domain.split(".")[0] ?? "").split("-")];
  return names.some((name) => name.length >= partCharsMin && !anybody.test(name) && hasWord(text, name)) ? "kin" : undefined; // prettier-ignore
}

function partsOf(mail: string): readonly [string, string] {
  const at = mail.lastIndexOf("@");
  return [mail.slice(0, at), mail.slice(at + 1)];
}

function hostOf(url: string): string {
  const rest = url.replace(/^https?:\/\//, "");
  const authority = rest.slice(0, rest.search(/[/?#]|$/));
  return authority.includes("@") ? "" : authority.replace(/:\d+$/, "");
}

/** What somebody registers: two labels, or three under a suffix such as co.uk. */
function domainOf(host: string): string {
  const labels = host.split(".");
  const count = (labels.at(-2)?.length ?? 0) <= 3 && labels.length > 2 ? 3 : 2;
  return labels.slice(-count).join(".");
}

function isElsewhere(local: string, host: string, text: string): boolean {
  for (let at = text.indexOf(local); at >= 0; at = text.indexOf(local, at + 1))
    if (!isWordAt(text, at - 1)) return !text.startsWith(host, at + local.length);
  return false;
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!isWordAt(text, at - 1) && !isWordAt(text, at + word.length)) return true;
  return false;
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /[\p{L}\p{N}]/u.test(text[at] ?? "");
}
