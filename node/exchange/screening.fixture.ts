/** A screening over all built-in detectors, with tokens under a key of its own: for the tests of this folder and its neighbours. */
import { randomBytes } from "node:crypto";
import { DataPolicy } from "../../actors/dlp/policy.ts";
import { dataDefaults } from "../../protocol/datarules.ts";
import { ScanPool } from "../dlp/pool.ts";
import { Keyring } from "../vault/keyring.ts";
import { MasterKey } from "../vault/masterkey.ts";
import { Tokens } from "../vault/token.ts";
import { CallScreen } from "./callscreen.ts";
import { Screening, type Consultation } from "./screening.ts";

const pool = new ScanPool({ threads: 1 });
const keyring = new Keyring(new MasterKey(randomBytes(32)));

export function tokensOf(tenant: string): Tokens {
  return new Tokens(keyring, tenant);
}

export function screeningOf(consultation?: Consultation): Screening {
  return new Screening({
    scan: (agent, document, chars, done) => pool.scan(agent, document, chars, done),
    scanNow: (document) => pool.now(document),
    traitsOf: pool.traitsOf,
    tokens: tokensOf,
    consultation,
  });
}

export function callScreen(): CallScreen {
  const by = { tenant: "default", persona: "support", policy: new DataPolicy(dataDefaults) };
  return new CallScreen(screeningOf(), "a", by, () => false);
}
