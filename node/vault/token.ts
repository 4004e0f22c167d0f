/**
 * Tokens that stand for a value: what an agent carries from one tool to another without seeing it. Self-contained: the
 * value is inside, under AES-SIV, so nothing is stored on the way and any node can open it.
 *
 * 1. One value of one type has one token in a tenant, so that tools can compare and join by it. It says nothing else:
 *    not the value, not its type, and its length only in steps of `paddedTo`.
 * 2. A token of another tenant, a changed one and an invented one do not open.
 * 3. A token opens under each key that is here; new ones are made under the key in force.
 *
 *   gwt1_ base64url( key id (6 bytes) | synthetic IV (16) | type 0x00 value 0x80 0x00... )
 *
 * @see RFC 5297 (AES-SIV), deterministic use, section 1.3.2
 */
import { aessiv } from "@noble/ciphers/aes.js";
import { tokenSign as prefix } from "../../protocol/datarules.ts";
import { limits } from "../../protocol/limits.ts";
import type { Keyring } from "./keyring.ts";

const idBytes = 6;
const ivBytes = 16;
const paddedTo = 16;
const sivKeyBytes = 64;
const end = 0x80;

export interface TokenValue {
  /** Id of the detector that found it. */
  readonly type: string;
  readonly value: string;
}

/** Finds tokens in a text; each match is tried, as text that only looks like one stays as it is. */
export const tokenPattern = /gwt1_[A-Za-z0-9_-]{51,5600}/g;

export class Tokens {
  readonly #keyring: Keyring;
  readonly #tenant: string;
  readonly #keys = new Map<string, Uint8Array>();
  readonly #about: readonly [Uint8Array];

  constructor(keyring: Keyring, tenant: string) {
    this.#keyring = keyring;
    this.#tenant = tenant;
    this.#about = [Buffer.from(`gatehouse token v1\0${tenant}`, "utf8")];
  }

  /** @returns undefined when the value is longer than tokenValueBytesMax or no Unicode: it is to be redacted instead */
  make({ type, value }: TokenValue): string | undefined {
    if (!value.isWellFormed() || type.includes("\0")) return undefined;
    const text = Buffer.from(`${type}\0${value}`, "utf8");
    if (text.length > limits.tokenValueBytesMax) return undefined;
    const padded = Buffer.alloc((Math.floor(text.length / paddedTo) + 1) * paddedTo);
    text.copy(padded);
    padded[text.length] = end;
    const { id } = this.#keyring.current;
    const sealed = aessiv(this.#key(id) ?? missing(), ...this.#about).encrypt(padded);
    return prefix + Buffer.concat([Buffer.from(id, "base64url"), sealed]).toString("base64url");
  }

  /** @returns undefined for whatever is not a token of this tenant under a key that is here */
  open(token: string): TokenValue | undefined {
    if (!token.startsWith(prefix)) return undefined;
    const bytes = Buffer.from(token.slice(prefix.length), "base64url");
    if (bytes.length < idBytes + ivBytes + paddedTo || bytes.toString("base64url") !== token.slice(prefix.length)) return undefined; // prettier-ignore
    const key = this.#key(bytes.toString("base64url", 0, idBytes));
    return key === undefined ? undefined : this.#read(key, bytes.subarray(idBytes));
  }

  #read(key: Uint8Array, sealed: Buffer): TokenValue | undefined {
    let padded: Buffer;
    try {
      padded = Buffer.from(aessiv(key, ...this.#about).decrypt(sealed));
    } catch {
      return undefined;
    }
    const length = padded.lastIndexOf(end);
    const border = padded.indexOf(0);
    if (border < 0 || border >= length) return undefined;
    return { type: padded.toString("utf8", 0, border), value: padded.toString("utf8", border + 1, length) };
  }

  #key(id: string): Uint8Array | undefined {
    const known = this.#keys.get(id) ?? this.#keyring.find(id)?.derive(this.#tenant, "token", sivKeyBytes);
    if (known !== undefined) this.#keys.set(id, known);
    return known;
  }
}

function missing(): never {
  throw new Error("the key in force is not in its own keyring");
}
