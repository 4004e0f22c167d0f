/**
 * Scopes: what several sessions share. One kind with five forms, and the key of the actor that owns each.
 *
 * O1. A scope's key is made from a session's key, so from what was authenticated, and holds its tenant: two tenants never
 *     share a scope, whatever they call their agents, personas or users (Z11).
 *     A user's scope holds the issuer too: equal names of two issuers are two users.
 * O2. No scope's key is a session's key: it begins with "@", and a tenant's name does not.
 */

/** The forms that a session has one of each of; a tool's form names the tool: "tool SERVER TARGET". */
export const scopeForms = ["tenant", "agent", "user", "persona"] as const;
export type ScopeForm = (typeof scopeForms)[number];

/** How a session and its role name a scope: a form, or a tool with its server. */
export type ScopeName = ScopeForm | `tool ${string}`;

export function toolScope(server: string, target: string): ScopeName {
  return `tool ${server} ${target}`;
}

export function isScopeName(text: unknown): text is ScopeName {
  return typeof text === "string" && (text.startsWith("tool ") || (scopeForms as readonly string[]).includes(text)); // prettier-ignore
}

/** The form of a scope's name: its first word. */
export function formOf(name: string): ScopeForm | "tool" {
  return name.startsWith("tool ") ? "tool" : (name as ScopeForm);
}

export function isScopeKey(key: string): boolean {
  return key.startsWith("@");
}

/**
 * The key of the scope that a session means by a name.
 *
 * A session without a user is its own user: what holds for each user holds for each agent that acts for itself.
 *
 * @param session tenant/persona/agent/user (id.ts)
 */
export function scopeKey(session: string, name: string): string {
  const tenant = partOf(session, 0);
  switch (formOf(name)) {
    case "tenant":
      return `@tenant/${tenant}`;
    case "agent":
      return `@agent/${tenant}/${partOf(session, 2)}`;
    case "user": {
      const [agent, who] = [partOf(session, 2), partOf(session, 3)];
      return who === "-" ? `@user/${tenant}/-/${agent}` : `@user/${tenant}/${who}/${issuerOf(agent)}`;
    }
    case "persona":
      return `@persona/${tenant}/${partOf(session, 1)}`;
    case "tool":
      return `@tool/${tenant}/${encodeURIComponent(name.slice("tool ".length).toWellFormed())}`;
  }
}

/** A part of a key; "" where there are fewer. Not by splitting: with each word between actors it would make five texts. */
function partOf(key: string, place: number): string {
  let from = 0;
  for (let left = place; left > 0; left--) {
    const slash = key.indexOf("/", from);
    if (slash < 0) return "";
    from = slash + 1;
  }
  const end = key.indexOf("/", from);
  return end < 0 ? key.slice(from) : key.slice(from, end);
}

/**
 * Whose names an agent and its user have, as an agent's part of a session's key tells it: a token's issuer follows the
 * name, after the last space. "" for an API key's, which holds none (node/identity/principal.ts).
 */
function issuerOf(agent: string): string {
  const at = agent.lastIndexOf(space);
  return at < 0 ? "" : agent.slice(at + space.length);
}

/** As session keys have it; a "%" of a name is "%25" there. */
const space = "%20";

/** For whom a session acts, as its key says it: "-" for nobody. */
export function whoOf(session: string): string {
  return session.slice(session.lastIndexOf("/") + 1);
}

/** Whether a session may speak to a scope, and be spoken to by it: only to its own ones. */
export function isScopeOf(scope: string, session: string): boolean {
  if (isScopeKey(session)) return false;
  const tenant = partOf(session, 0);
  if (scope.startsWith("@tool/")) return scope.startsWith(`@tool/${tenant}/`);
  return scopeForms.some((form) => scopeKey(session, form) === scope);
}
