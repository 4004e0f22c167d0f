/**
 * `gatehouse role compile --propose`: asks a language model what the rules may have missed (missions/proposal.ts). Owns the options
 * and where the key comes from. Does not own what of an answer counts.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { openTools } from "../missions/compile.ts";
import { propose } from "../missions/proposal.ts";
import type { Proposals } from "../missions/proposal.ts";
import type { CatalogueTool } from "../missions/tool.ts";
import { Dialer } from "../upstream/dialer.ts";
import { readSecret } from "../vault/secret.ts";
import type { Arguments, CliIo } from "./io.ts";
import { Misuse } from "./io.ts";

export const proposing = ["propose", "propose-model", "propose-key", "propose-private"] as const;

export interface Proposed {
  readonly model: string;
  /** Undefined when the endpoint gave none: then why. */
  readonly proposals: Proposals | undefined;
  readonly fault?: string;
}

/** @returns undefined when no model is to be asked */
export async function askModel(
  given: Arguments,
  mission: string,
  tools: readonly CatalogueTool[],
  io: CliIo,
): Promise<Proposed | undefined> {
  const [url, model, key] = ["propose", "propose-model", "propose-key"].map((name) => given.value(name));
  if (url === undefined) {
    if (proposing.some((name) => given.value(name) !== undefined)) throw new Misuse("--propose URL is missing: without it no model is asked"); // prettier-ignore
    return undefined;
  }
  if (model === undefined) throw new Misuse("--propose needs --propose-model NAME");
  const ranges = given.values("propose-private");
  if (key !== undefined && ranges.length === 0 && !/^https:/i.test(url))
    throw new Misuse("a key goes over https: alone, unless --propose-private names the range of the address");
  const secret = key === undefined ? undefined : readSecret(key, { env: io.env, folder: io.folder });
  const dialer = new Dialer();
  try {
    const policy = { private: ranges, ...(secret === undefined ? {} : { credential: { header: "authorization", scheme: "Bearer", secret } }) }; // prettier-ignore
    return { model, proposals: await propose(mission, openTools(mission, tools), { url, model, policy }, dialer) }; // prettier-ignore
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const says = error.detail ?? error.code;
    return { model, proposals: undefined, fault: secret?.conceal(says) ?? says };
  } finally {
    await dialer.close();
  }
}
