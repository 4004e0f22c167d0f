/** The vault of one node, from its settings and its data folder. */
import { limits } from "../../protocol/limits.ts";
import type { Settings } from "../../protocol/settings.ts";
import type { DataFolder } from "../datafolder.ts";
import { EnvelopeFolder } from "./envelopestore.ts";
import { Keyring } from "./keyring.ts";
import { MasterKey } from "./masterkey.ts";
import { readSecret } from "./secret.ts";
import type { SecretSurroundings } from "./secret.ts";
import { Vault } from "./vault.ts";

/**
 * @param around where the sources in gatehouse.yaml start from
 * @throws GatewayError CONFIGURATION
 */
export function openVault(
  settings: Pick<Settings, "vault">,
  data: Pick<DataFolder, "key" | "file">,
  around: SecretSurroundings,
  now: () => number,
): Vault {
  const { key, retired } = settings.vault;
  const read = (source: string, setting: string): MasterKey =>
    MasterKey.read(readSecret(source, around), setting);
  // The key of the folder opens what was put before a key was configured.
  const own = new MasterKey(data.key("vault"));
  const named = retired.map((source, at) => read(source, `vault.retired[${at}]`));
  const current = key === undefined ? own : read(key, "vault.key");
  const keyring = new Keyring(current, withOwn(current, named, own));
  return new Vault(keyring, new EnvelopeFolder(data.file("vault")), now);
}

function withOwn(current: MasterKey, named: readonly MasterKey[], own: MasterKey): readonly MasterKey[] {
  const isNamed = [...named, current].some(({ id }) => id === own.id);
  return isNamed || named.length >= limits.vaultRetiredKeysMax ? named : [...named, own];
}
