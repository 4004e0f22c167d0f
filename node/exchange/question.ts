/**
 * What an upstream may ask an agent or its user (checklist T9, E2): forms never ask for secrets, links are https and
 * lead to hosts the catalogue lists, and nothing is asked that the agent did not declare.
 */
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";

const secretWords =
  /pass(?:word|phrase|code)|\bpwd\b|api[ _-]?key|secret|credential|private[ _-]?key|access[ _-]?token|auth(?:entication)?[ _-]?token|bearer|\bcvv\b|\bcvc\b|\bpin\b|one[ _-]?time[ _-]?(?:code|password)|\botp\b/i;

/**
 * Undefined when the question may be asked; else why not, in words for the upstream and the log.
 *
 * @param links hosts of the catalogue's `links` for this server
 */
export function refuseQuestion(
  method: string,
  params: JsonObject,
  declared: JsonObject,
  links: readonly string[],
): string | undefined {
  switch (method) {
    case "sampling/createMessage":
      return isObject(declared["sampling"]) ? undefined : "the agent did not declare sampling";
    case "roots/list":
      return isObject(declared["roots"]) ? undefined : "the agent did not declare roots";
    case "elicitation/create":
      return refuseElicitation(params, declared["elicitation"], links);
    default:
      return "this request is not one a server may make";
  }
}

function refuseElicitation(
  params: JsonObject,
  declared: unknown,
  links: readonly string[],
): string | undefined {
  if (!isObject(declared)) return "the agent did not declare elicitation";
  const { mode } = params;
  if (mode !== undefined && mode !== "form" && mode !== "url") return "this mode of elicitation is not known";
  if (mode === "url") {
    if (!isObject(declared["url"])) return "the agent did not declare elicitation by link";
    return refuseLink(params["url"], links);
  }
  // A bare `elicitation: {}` means forms (MCP 2025-11-25, elicitation, capabilities).
  if (Object.keys(declared).length > 0 && !isObject(declared["form"]))
    return "the agent did not declare elicitation by form";
  return asksForSecret(params["message"], params["requestedSchema"])
    ? "a form must not ask for a secret"
    : undefined;
}

/** Undefined when the link may be shown. */
export function refuseLink(url: unknown, links: readonly string[]): string | undefined {
  if (typeof url !== "string" || url.length > 8192 || !URL.canParse(url)) return "the link is not a URL";
  const parsed = new URL(url);
  if (parsed.protocol !== "https:") return "a link must be https";
  if (parsed.username !== "" || parsed.password !== "") return "a link must not carry a credential";
  // Parsers differ over backslashes, line ends and escapes: whose host it is must not depend on who reads it.
  if (!url.toLowerCase().startsWith(`https://${parsed.host}`) || /[\\\s\p{Cc}]/u.test(url))
    return "a link must be written plainly: its host as the catalogue has it, no backslash, no white space";
  if (secretWords.test(decodeLoosely(parsed.search + parsed.hash))) return "a link must not carry a secret";
  const allowed = links.some((host) =>
    host.startsWith("*.") ? parsed.hostname.endsWith(host.slice(1)) : parsed.hostname === host,
  );
  return allowed ? undefined : "the link's host is not listed under `links` of this server in the catalogue";
}

/** By what a field is called or described as, or by the message over a field that takes free text. */
function asksForSecret(message: unknown, schema: unknown): boolean {
  if (!isObject(schema) || !isObject(schema["properties"])) return false;
  const namesSecret = [message, schema["title"], schema["description"]].some(isSecretWord);
  return Object.entries(schema["properties"]).some(([name, property]) => {
    if (isSecretWord(name.replace(/([a-z])([A-Z])/g, "$1 $2"))) return true;
    if (!isObject(property)) return false;
    if ([property["title"], property["description"], property["format"]].some(isSecretWord)) return true;
    const isChoice = property["enum"] !== undefined || property["oneOf"] !== undefined;
    return namesSecret && property["type"] === "string" && !isChoice;
  });
}

/** Full-width and other compatibility letters read the same to a person. */
function isSecretWord(word: unknown): boolean {
  return typeof word === "string" && secretWords.test(word.normalize("NFKC"));
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
