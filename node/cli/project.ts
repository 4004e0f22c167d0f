/**
 * What a command knows of the folder it works in: its settings, its data folder, and the node that may run there.
 * Catalogue and roles are not looked at: an operator must be able to stop agents while a file is being mended.
 */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { GatewayError } from "../../protocol/errors.ts";
import { settingsSchema } from "../../protocol/settings.ts";
import type { Settings } from "../../protocol/settings.ts";
import { noCustomTypes, readCustomTypes, type CustomTypes } from "../catalogue/customtypes.ts";
import { readDocument } from "../catalogue/document.ts";
import type { ConfigurationFault } from "../catalogue/fault.ts";
import { checkDocument } from "../catalogue/wording.ts";
import { askNode, NoNode } from "../control/client.ts";
import type { Environment } from "../config.ts";
import { KeyStore } from "../identity/keys.ts";
import { DataFolder } from "../datafolder.ts";
import { sharedKey } from "../vault/clustersecrets.ts";
import { openVault } from "../vault/opening.ts";
import { readSecret } from "../vault/secret.ts";
import type { Vault } from "../vault/vault.ts";

/** Files of the configuration are wrong; the program prints each fault and ends with status 2. */
export class Faults extends Error {
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    super("the configuration has faults");
    this.faults = faults;
  }
}

export interface Project {
  /** Absolute. */
  readonly folder: string;
  readonly dataFolder: string;
  readonly settings: Settings;
}

/** @throws Faults when gatehouse.yaml is missing or wrong */
export function openProject({ folder }: { readonly folder: string }): Project {
  const name = "gatehouse.yaml";
  const document = readDocument(join(folder, name), join(folder, name));
  if (Array.isArray(document)) throw new Faults(document);
  const checked = checkDocument(settingsSchema, document);
  if ("faults" in checked) throw new Faults(checked.faults);
  return {
    folder: resolve(folder),
    dataFolder: resolve(folder, checked.value.data),
    settings: checked.value,
  };
}

/** What the files of `dlp.types` say; nothing where there is no gatehouse.yaml. @throws Faults */
export function customTypesOf({ folder }: { readonly folder: string }): CustomTypes {
  if (!existsSync(join(folder, "gatehouse.yaml"))) return noCustomTypes;
  const project = openProject({ folder });
  const read = readCustomTypes(project.settings.dlp.types, project.folder);
  if (!("types" in read)) throw new Faults(read);
  return read;
}

/** The key file of a folder in which no node runs; in a cluster, other nodes learn of it when its node starts. */
export function openKeys(
  { folder, dataFolder, settings }: Project,
  { env }: { readonly env: Environment },
): KeyStore {
  const path = join(dataFolder, "keys.json");
  const { cluster } = settings;
  if (cluster === undefined) return KeyStore.open(path, Date.now);
  const pepper = sharedKey(readSecret(cluster.secret, { env, folder }), cluster.name, "pepper");
  const onFault = (fault: unknown): never => {
    throw fault;
  };
  return KeyStore.open(path, Date.now, { pepper, onFault });
}

/** The vault of a folder, also beside a running node: reading it changes nothing. */
export function openVaultOf(
  { folder, dataFolder, settings }: Project,
  { env }: { readonly env: Environment },
): Vault {
  const data = new DataFolder(dataFolder);
  const { cluster } = settings;
  if (cluster !== undefined) {
    const secret = readSecret(cluster.secret, { env, folder });
    data.share((name) => sharedKey(secret, cluster.name, name));
  }
  return openVault(settings, data, { env, folder }, Date.now);
}

/**
 * Asks the running node.
 *
 * @throws NoNode when none runs in the data folder; GatewayError when the node refuses
 */
export async function ask(
  { dataFolder }: Pick<Project, "dataFolder">,
  command: string,
  args: { readonly [name: string]: unknown } = {},
): Promise<unknown> {
  try {
    return await askNode(dataFolder, { command, args });
  } catch (thrown) {
    if (!isCutOff(thrown)) throw thrown;
    throw new GatewayError("DRAINING", "it closed the control socket before it had answered", {
      cause: thrown,
    });
  }
}

/** The node has ended in the midst of it: half an answer, or the socket's own word. */
function isCutOff(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? "";
  return thrown instanceof SyntaxError || code === "ECONNRESET" || code === "EPIPE";
}

/** The same; undefined when no node runs. */
export async function askIfRunning(
  project: Pick<Project, "dataFolder">,
  command: string,
  args: { readonly [name: string]: unknown } = {},
): Promise<unknown> {
  try {
    return await ask(project, command, args);
  } catch (thrown) {
    if (thrown instanceof NoNode) return undefined;
    throw thrown;
  }
}

/** As node/control/operators.ts takes it. */
const nameCharsMax = 64;
const unnamed = "operator";

/** Who types: for the record. The control socket's mode is the proof; this is a name. */
export function operatorName(): string {
  try {
    const { username } = userInfo();
    return username === "" ? unnamed : username.slice(0, nameCharsMax);
  } catch {
    return unnamed;
  }
}
