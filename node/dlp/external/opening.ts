/** The examiner of one node, from `dlp.external` in its settings. */
import { resolve } from "node:path";
import { GatewayError } from "../../../protocol/errors.ts";
import { limits } from "../../../protocol/limits.ts";
import type { RecogniserSettings } from "../../../protocol/recognisers.ts";
import type { Dialer, DialPolicy } from "../../upstream/dialer.ts";
import { readPem } from "../../vault/listenerkey.ts";
import { readSecret } from "../../vault/secret.ts";
import type { SecretSurroundings } from "../../vault/secret.ts";
import { IcapRecogniser } from "../icap/icap.ts";
import type { Appointed } from "./examiner.ts";
import { PresidioRecogniser } from "./presidio.ts";
import type { Recogniser } from "./recogniser.ts";
import { WebhookRecogniser } from "./webhook.ts";

export interface OpeningPorts {
  readonly dialer: Dialer;
  /** Where `ca`, `file:` and `vault:` start from. */
  readonly around: SecretSurroundings;
}

/**
 * Nothing is connected before the first question.
 *
 * @throws GatewayError CONFIGURATION for a secret, a certificate or an address that cannot be used
 */
export function openRecognisers(
  external: Readonly<Record<string, RecogniserSettings>>,
  ports: OpeningPorts,
): readonly Appointed[] {
  return Object.entries(external).map(([name, settings]) => ({
    name,
    recogniser: openNamed(name, settings, ports),
    waitMs: Math.min(settings.seconds * 1000, limits.recogniserWaitMsMax),
    failing: settings.failing,
    personas: settings.personas,
  }));
}

/** What is wrong with an address is said in words for the catalogue's servers: here it is another file, and another key. */
function openNamed(name: string, settings: RecogniserSettings, ports: OpeningPorts): Recogniser {
  try {
    return open(name, settings, ports);
  } catch (cause) {
    if (!(cause instanceof GatewayError) || cause.code !== "UPSTREAM_REFUSED_ADDRESS") throw cause;
    const remedy = `ranges that are not public are listed under dlp.external.${name}.private in gatehouse.yaml`;
    throw new GatewayError("CONFIGURATION", `dlp.external.${name}: ${cause.detail ?? cause.message}`, { cause, remedy }); // prettier-ignore
  }
}

function open(name: string, settings: RecogniserSettings, { dialer, around }: OpeningPorts): Recogniser {
  const { icap, presidio, webhook, credential, directions } = settings;
  const setting = `dlp.external.${name}`;
  const policy: DialPolicy = {
    private: settings.private,
    ...(settings.ca === undefined ? {} : { authorities: readPem(`${setting}.ca`, resolve(around.folder, settings.ca), false) }),
    ...(credential === undefined ? {} : { credential: { header: credential.header, scheme: credential.scheme, secret: readSecret(credential.from, around) } }),
  }; // prettier-ignore
  if (icap !== undefined) return new IcapRecogniser(icap, policy);
  if (presidio !== undefined) return new PresidioRecogniser(presidio, directions, dialer, policy);
  if (webhook !== undefined) return new WebhookRecogniser(webhook.url, readSecret(webhook.secret, around), directions, dialer, policy); // prettier-ignore
  throw new Error(`${setting} has no kind, although its check has passed`);
}
