/**
 * Sealed handles: requestState and other words that an agent carries for us. AES-256-GCM; the principal's session,
 * the endpoint, the method, the name and the argument digest are associated data, so a handle moved to another
 * principal, tool or argument does not open (checklist S1, T10; MCP 2026-07-28, multi round-trip requests).
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

export class Sealer {
  readonly #key: Buffer;

  /** @param key 32 random bytes, kept in the data folder */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error("a sealing key has 32 bytes");
    this.#key = key;
  }

  /**
   * @param bound   what the handle is bound to; opening needs the same text
   * @param expires epoch ms
   */
  seal(payload: string, bound: string, expires: number): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    cipher.setAAD(Buffer.from(bound));
    const head = Buffer.alloc(8);
    head.writeDoubleBE(expires);
    const body = Buffer.concat([cipher.update(head), cipher.update(payload, "utf8"), cipher.final()]);
    return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]).toString("base64url");
  }

  /** The payload; undefined when altered, bound to something else or expired: the caller learns no difference. */
  open(sealed: string, bound: string, now: number): string | undefined {
    const bytes = Buffer.from(sealed, "base64url");
    if (bytes.length < 1 + nonceBytes + tagBytes + 8 || bytes[0] !== version) return undefined;
    if (bytes.toString("base64url") !== sealed) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(1, 1 + nonceBytes));
    decipher.setAAD(Buffer.from(bound));
    decipher.setAuthTag(bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes));
    try {
      const body = Buffer.concat([
        decipher.update(bytes.subarray(1 + nonceBytes + tagBytes)),
        decipher.final(),
      ]);
      return body.readDoubleBE(0) > now ? body.toString("utf8", 8) : undefined;
    } catch {
      return undefined;
    }
  }
}
