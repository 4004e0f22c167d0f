/** Provenance under a key of its own, for tests. */
import { randomBytes } from "node:crypto";
import { Keyring } from "../vault/keyring.ts";
import { MasterKey } from "../vault/masterkey.ts";
import { Tokens } from "../vault/token.ts";
import { screeningOf } from "./screening.fixture.ts";
import { Provenance } from "./provenance.ts";

export function testProvenance(): Provenance {
  const keyring = new Keyring(new MasterKey(randomBytes(32)));
  return new Provenance({ keyring, tokens: () => new Tokens(keyring, "default") }, screeningOf());
}
