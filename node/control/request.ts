/**
 * The arguments of one control request, taken out by hand. Whoever opens the socket is the operator, but what he sends
 * is still checked: a mistyped name must not stop the wrong agent, and a wrong kind must not end the node.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { readSessionKey, sessionKey } from "../../protocol/id.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { isMark } from "./kills.ts";

/** A request's arguments are wrong. `what` says which one, and what it must be. */
export function refuse(what: string): never {
  throw new GatewayError("PARAMS_INVALID", what);
}

/** A session key: each character of an agent or user may be percent-encoded as four bytes. */
export const keyCharsMax = 32 * limits.identityCharsMax;

export class Given {
  readonly #args: { readonly [name: string]: unknown };

  /** @throws GatewayError PARAMS_INVALID for anything but an object with no other names than `known` */
  constructor(args: unknown, known: readonly string[]) {
    if (typeof args !== "object" || args === null || Array.isArray(args))
      refuse("the arguments must be an object");
    const stranger = Object.keys(args).find((name) => !known.includes(name));
    if (stranger !== undefined)
      refuse(
        `there is no argument ${JSON.stringify(stranger.slice(0, 64))}; known: ${known.join(", ") || "none"}`,
      );
    this.#args = args as { readonly [name: string]: unknown };
  }

  has(name: string): boolean {
    return this.#args[name] !== undefined;
  }

  /** One line of visible text. */
  text(name: string, charsMax: number = limits.sessionTextCharsMax): string {
    const value = this.#args[name];
    if (value === undefined) refuse(`${name} is missing`);
    if (typeof value !== "string" || value.length > charsMax || !/^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(value))
      refuse(`${name} must be 1 to ${charsMax} visible characters`);
    return value;
  }

  optionalText(name: string, charsMax?: number): string | undefined {
    return this.has(name) ? this.text(name, charsMax) : undefined;
  }

  texts(name: string, countMax: number): string[] {
    const value = this.#args[name];
    if (!Array.isArray(value) || value.length > countMax)
      refuse(`${name} must be a list of at most ${countMax} texts`);
    return value.map((each) => {
      if (typeof each !== "string" || each === "") refuse(`${name} must hold texts that are not empty`);
      return each;
    });
  }

  /** A whole number from 1 to `max`. */
  count(name: string, otherwise: number, max: number): number {
    const value = this.#args[name] ?? otherwise;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1 || value > max)
      refuse(`${name} must be a whole number from 1 to ${max}`);
    return value;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.#args[name];
    const word = words.find((each) => each === value);
    return word ?? refuse(`${name} must be one of ${words.join(", ")}`);
  }

  /** Only `true` is a yes. */
  isSet(name: string): boolean {
    const value = this.#args[name];
    if (value !== undefined && typeof value !== "boolean") refuse(`${name} must be true or false`);
    return value === true;
  }

  /**
   * A session key as the node spells it. Another spelling of the same principal would name a session that never calls,
   * so it is refused, with the right one.
   */
  session(name: string): SessionKey {
    const key = this.text(name, keyCharsMax);
    const parts = readSessionKey(key);
    if (parts === undefined) refuse(`${name} must be a session key, tenant/persona/agent/user, as gatehouse sessions list prints it`); // prettier-ignore
    const spelled = sessionKey(parts.tenant, parts.persona, parts.agent, parts.user);
    if (spelled !== key) refuse(`${name} is spelled ${spelled}`);
    return spelled;
  }
}

/** Who asks, for the record. */
export function readOperator(given: Given): string {
  const by = given.text("by", 64);
  return isMark(by) ? refuse("by must not look like a kill rule") : by;
}
