/**
 * Identifiers, branded so that one kind cannot pass for another. Each has one door in.
 *
 * I1. A session key is built from what was authenticated, never from anything the agent may choose (law 7).
 * I2. Parts are percent-encoded, so two different principals never share a key.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** tenant / persona / agent / user: names the one actor that owns the session's state. */
export type SessionKey = Brand<string, "SessionKey">;
/** 128 random bits in base64url (22 characters): one call, at the door, in records and in answers. */
export type OperationId = Brand<string, "OperationId">;

const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** True for a tenant, persona or server name: 1 to 64 of a-z, 0-9 and inner hyphens (a DNS label, so it fits any path). */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** What a name must look like, for error messages. */
export const nameRule = "1 to 64 characters of a-z, 0-9 and inner hyphens";

/**
 * The key of the session actor of one principal under one persona.
 *
 * @param agent any authenticated string (OAuth client id, key owner)
 * @param user  the human on whose behalf, or undefined for none; "" is a user, not none
 */
export function sessionKey(
  tenant: string,
  persona: string,
  agent: string,
  user: string | undefined,
): SessionKey {
  const who = user === undefined ? "-" : `=${encodeURIComponent(user)}`;
  return `${tenant}/${persona}/${encodeURIComponent(agent)}/${who}` as SessionKey;
}

/** The parts of a session key again. Undefined when the text is no session key. */
export function readSessionKey(
  text: string,
): { tenant: string; persona: string; agent: string; user: string | undefined } | undefined {
  const [tenant, persona, agent, who, ...rest] = text.split("/");
  if (
    tenant === undefined ||
    persona === undefined ||
    agent === undefined ||
    who === undefined ||
    rest.length > 0
  )
    return undefined;
  if (!isName(tenant) || !isName(persona) || agent === "" || !(who === "-" || who.startsWith("=")))
    return undefined;
  try {
    return {
      tenant,
      persona,
      agent: decodeURIComponent(agent),
      user: who === "-" ? undefined : decodeURIComponent(who.slice(1)),
    };
  } catch {
    return undefined;
  }
}

/** The only door by which a string becomes an OperationId: 22 base64url characters. */
export function operationId(text: string): OperationId | undefined {
  return /^[A-Za-z0-9_-]{22}$/.test(text) ? (text as OperationId) : undefined;
}
