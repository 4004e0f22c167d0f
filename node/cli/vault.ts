/**
 * `gatehouse vault put | list | remove | rewrap | status`: through the running node, which records it; without one, on
 * the data folder itself, which no record tells of. No command prints a secret.
 */
import { text } from "node:stream/consumers";
import { GatewayError } from "../../protocol/errors.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import type { PutAnswer, RewrapAnswer } from "../control/vaultdesk.ts";
import { checkSecret, readSecret, revealForPut } from "../vault/secret.ts";
import type { Vault, VaultEntry, VaultStatus } from "../vault/vault.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { askIfRunning, openProject, openVaultOf, operatorName } from "./project.ts";
import type { Project } from "./project.ts";
import { columns, count, instant, line } from "./table.ts";

export async function putCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["from"], []);
  const name = readName(args, "vault put");
  const from = args.value("from");
  if (from === undefined && process.stdin.isTTY)
    throw new Misuse("the secret is read from standard input, or --from env:NAME or file:PATH: it must not stand in the command"); // prettier-ignore
  const secret =
    from === undefined ? checkSecret("standard input", await text(process.stdin)) : readSecret(from, io);
  const wanted = { name, value: revealForPut(secret) };
  const answer = (await withVault(openProject(io), io, "put", wanted, (vault) => ({
    put: name,
    replaced: vault.put(name, secret),
  }))) as PutAnswer;
  if (io.json) io.out(JSON.stringify(answer));
  else {
    io.out(
      line(
        `vault:${name} is ${answer.replaced ? "replaced" : "kept"}. Name it in catalogue.yaml: credential.from: vault:${name}`,
      ),
    );
    if (answer.replaced) io.out("Servers that use it take the new one when their connection is opened anew.");
  }
  return finish(io, "vault put", true, { replaced: answer.replaced });
}

export async function removeCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const name = readName(new Arguments(argv, [], []), "vault remove");
  const answer = (await withVault(openProject(io), io, "remove", { name }, (vault) => {
    if (vault.remove(name)) return { removed: name };
    throw new GatewayError(
      "PARAMS_INVALID",
      "the vault has no secret of this name; see gatehouse vault list",
    );
  })) as { readonly recorded?: boolean };
  if (io.json) io.out(JSON.stringify(answer));
  else io.out(line(`vault:${name} is removed. A server that uses it keeps it until its connection ends; a restart of the node ends all.`)); // prettier-ignore
  if (answer.recorded === false) io.err("It could not be recorded: check disk space and the data folder.");
  return finish(io, "vault remove", true, {});
}

export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  noWords(argv, "vault list");
  const answer = await withVault(openProject(io), io, "list", {}, (vault) => ({ secrets: vault.list() }));
  const { secrets } = answer as { readonly secrets: readonly VaultEntry[] };
  if (io.json) for (const each of secrets) io.out(JSON.stringify(each));
  else if (secrets.length === 0) io.out(io.spell("The vault is empty. Put a secret: gatehouse vault put NAME"));
  else for (const each of columns(["name", "since", "under key"], secrets.map(({ name, at, key }) => [name, instant(at), key]))) io.out(each); // prettier-ignore
  return finish(io, "vault list", true, { secrets: secrets.length });
}

export async function rewrapCommand(argv: readonly string[], io: CliIo): Promise<number> {
  noWords(argv, "vault rewrap");
  const { moved, failed } = (await withVault(openProject(io), io, "rewrap", {}, (vault) => vault.rewrap())) as RewrapAnswer; // prettier-ignore
  if (io.json) io.out(JSON.stringify({ moved, failed }));
  else io.out(`${count(moved, "secret")} put under the key in force.`);
  for (const name of failed) io.err(line(`vault:${name} does not open under any key that is here: put it again, or name its key in vault.retired`)); // prettier-ignore
  return finish(io, "vault rewrap", failed.length === 0, { moved, failed: failed.length });
}

export async function statusCommand(argv: readonly string[], io: CliIo): Promise<number> {
  noWords(argv, "vault status");
  const { keys } = (await withVault(openProject(io), io, "status", {}, (vault) =>
    vault.status(),
  )) as VaultStatus;
  if (io.json) for (const each of keys) io.out(JSON.stringify(each));
  else for (const each of columns(["key", "state", "secrets"], keys.map(({ id, state, secrets }) => [id, state, String(secrets)]))) io.out(each); // prettier-ignore
  const isWell = keys.every(({ state }) => state !== "missing");
  if (!isWell)
    io.err("A key is missing: name it in vault.retired of gatehouse.yaml, or put its secrets again.");
  return finish(io, "vault status", isWell, { keys: keys.length });
}

/** By the node when one runs: it records the act. */
async function withVault(
  project: Project,
  io: CliIo,
  act: string,
  args: { readonly [name: string]: unknown },
  directly: (vault: Vault) => unknown,
): Promise<unknown> {
  const isChange = act !== "list" && act !== "status";
  const answer = await askIfRunning(
    project,
    `vault.${act}`,
    isChange ? { ...args, by: operatorName() } : args,
  );
  if (answer !== undefined) return answer;
  const done = directly(openVaultOf(project, io));
  if (isChange) io.err("No node runs, so the vault was changed directly and no record tells of it.");
  return done;
}

function readName(args: Arguments, command: string): string {
  const [name, ...more] = args.rest;
  if (name === undefined || more.length > 0) throw new Misuse(`${command} takes one name`);
  if (!isName(name)) throw new Misuse(`a name in the vault has ${nameRule}`);
  return name;
}

function noWords(argv: readonly string[], command: string): void {
  if (new Arguments(argv, [], []).rest.length > 0) throw new Misuse(`${command} takes no more words`);
}
