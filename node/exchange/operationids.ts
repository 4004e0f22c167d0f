import { randomBytes } from "node:crypto";
import type { OperationId } from "../../protocol/id.ts";

/** Operation ids: 128 random bits each, drawn in bulk because each draw costs a system call. */
export class OperationIds {
  #pool = Buffer.alloc(0);
  #at = 0;

  next(): OperationId {
    if (this.#at === this.#pool.length) {
      this.#pool = randomBytes(16 * 256);
      this.#at = 0;
    }
    return this.#pool.toString("base64url", this.#at, (this.#at += 16)) as OperationId;
  }
}
