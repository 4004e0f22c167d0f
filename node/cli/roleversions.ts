/**
 * `gatehouse role diff | approve | history`: versions of a role beside its file (docs/missions.md). Needs no running node; one
 * that runs reads the roles anew after an approval, and has it on record first.
 */
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { isName } from "../../protocol/id.ts";
import { normalizeConstraint } from "../catalogue/constraint.ts";
import { digestOf } from "../catalogue/definition.ts";
import { didYouMean, list, quote, sayFault } from "../catalogue/fault.ts";
import { isLoaded, loadCatalogue, loadRole, roleNames } from "../config.ts";
import type { CatalogueConfiguration } from "../config.ts";
import { DataFolder } from "../datafolder.ts";
import { approvalRules, changeWords, changeWordsUpTo } from "../roles/approval.ts";
import { openApprover } from "../roles/approver.ts";
import { compareRoles, freezeRole, isWider } from "../roles/comparison.ts";
import type { Change, FrozenRole } from "../roles/comparison.ts";
import { continues, headOf, keepHeads, readHeads, wholeHeads } from "../roles/heads.ts";
import { addVersion, historyPath, nextVersion, proofOf, readHistory } from "../roles/history.ts";
import type { History, Proof, Version } from "../roles/history.ts";
import { foreign } from "./invocation.ts";
import type { CliIo } from "./io.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import { ask, askIfRunning, Faults, operatorName } from "./project.ts";
import { columns, instant, line } from "./table.ts";

const reasonCharsMax = 2_000;

/** What there is of one role: its file, its versions, and how they differ. */
interface Reviewed {
  readonly catalogue: CatalogueConfiguration;
  readonly persona: string;
  readonly folder: string;
  readonly path: string;
  readonly history: History;
  readonly frozen: FrozenRole;
  readonly skills: readonly string[];
}

export async function diffCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["against"], []);
  const [persona, version, ...more] = args.rest;
  const against = args.value("against");
  if (persona === undefined || more.length > 0 || (version !== undefined && against !== undefined))
    throw new Misuse("role diff takes a persona, and a version or --against FILE");
  const reviewed = review(persona, io);
  const { catalogue, frozen, folder, history } = reviewed;
  const isRequired = catalogue.settings.roles.approval === "required";
  const before = against === undefined ? versionOf(reviewed, version) : fileOf(against, reviewed);
  const changes = compareRoles(before ?? nothingOf(frozen), frozen, folder);
  const from = against ?? (before === undefined ? "nothing: no version is approved yet" : `version ${version ?? history.versions.at(-1)?.version ?? 0}`); // prettier-ignore
  const { isWhole, says } = endOf(catalogue, persona, history);
  sayChanges(io, changes);
  const digest = digestOf(frozen);
  if (io.json) io.out(JSON.stringify({ persona, from, digest, isWhole }));
  else if (isWhole) for (const each of summary(persona, from, changes, digest, isRequired)) io.out(io.spell(each)); // prettier-ignore
  if (!isWhole) io.err(io.spell(`${says} What stands above is the difference from what is left of it: gatehouse role history ${persona}`)); // prettier-ignore
  return finish(io, "role diff", isWhole && (!isRequired || !needsApproval(changes)), figuresOf(changes));
}

export async function approveCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["reason", "digest"], []);
  const [persona, ...more] = args.rest;
  const reason = args.value("reason");
  if (persona === undefined || more.length > 0) throw new Misuse("role approve takes one persona");
  if (reason === undefined || reason.trim() === "" || reason.length > reasonCharsMax)
    throw new Misuse("--reason is missing: why the role may do more than before, in words for who reads its history"); // prettier-ignore
  const reviewed = review(persona, io);
  const { catalogue, frozen, folder, history, path, skills } = reviewed;
  const wanted = args.value("digest");
  if (wanted !== undefined && wanted !== digestOf(frozen))
    throw new Misuse(`the role is not the one of that digest any more: look at it again with ${io.spell(`gatehouse role diff ${persona}`)}`); // prettier-ignore
  const changes = compareRoles(history.last ?? nothingOf(frozen), frozen, folder);
  sayChanges(io, changes);
  // Of a history that was cut back even the same role is a new version: somebody has to mean it.
  const isWhole = continues(history, headOf(wholeHeads(catalogue.dataFolder), persona));
  if (history.last !== undefined && changes.length === 0 && isWhole) {
    if (!io.json) io.out(`${persona} is as version ${history.versions.length} has it: there is nothing to approve.`); // prettier-ignore
    return finish(io, "role approve", true, { ...figuresOf(changes), version: history.versions.length });
  }
  const approver = openApprover(new DataFolder(catalogue.dataFolder).path, io.env);
  const entry = { at: new Date(), act: needsApproval(changes) || !isWhole ? ("approved" as const) : ("narrowed" as const), by: operatorName(), reason, changes: changes.map(changeWords), skills, frozen }; // prettier-ignore
  const version = nextVersion(history, entry, approver);
  addVersion(path, history, version);
  // A history that was cut back goes on from here: whoever approves has the data folder.
  keepHeads(
    catalogue.dataFolder,
    new Map([[persona, { ...history, versions: [...history.versions, version] }]]),
  );
  if (io.json)
    io.out(JSON.stringify({ persona, version: version.version, act: version.act, by: version.by, hash: version.hash, key: approver.id })); // prettier-ignore
  else {
    io.out(`${persona}: version ${version.version} is ${version.act} by ${version.by}, in ${shownPath(io, path)}. Commit it beside the role.`); // prettier-ignore
    io.out(`Signed with the administrator's key, as ${approver.id}; machines that have another one list that under roles.approvers.`); // prettier-ignore
  }
  await tellNode(reviewed, version, io);
  return finish(io, "role approve", true, { ...figuresOf(changes), version: version.version });
}

/** For files that were changed by other hands: a pull, an editor. What is not approved stays out of force. */
export async function reloadCommand(argv: readonly string[], io: CliIo): Promise<number> {
  if (new Arguments(argv, [], []).rest.length > 0) throw new Misuse("role reload takes no more words");
  const { roles, held } = (await ask(readCatalogue(io), "roles.reload", { by: operatorName() })) as Reloaded;
  sayReloaded(io, { roles, held });
  return finish(io, "role reload", held.length === 0, { changed: roles.length, held: held.length });
}

interface Reloaded {
  readonly roles: readonly string[];
  readonly held: readonly string[];
}

function sayReloaded(io: CliIo, { roles, held }: Reloaded): void {
  if (io.json) io.out(JSON.stringify({ inForce: roles, held }));
  else io.out(`The running node has read its roles anew; changed: ${list(roles)}${held.length === 0 ? "" : `; not approved, so their version before stays in force: ${list(held)}`}.`); // prettier-ignore
}

export async function historyCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [persona, ...more] = new Arguments(argv, [], []).rest;
  if (persona === undefined || more.length > 0) throw new Misuse("role history takes one persona");
  const catalogue = readCatalogue(io);
  const path = historyPath(roleFile(catalogue, persona));
  const { approvers } = approvalRules(catalogue.settings, catalogue.dataFolder);
  const history = readHistory(path, shownPath(io, path), approvers);
  if ("says" in history) {
    io.out(io.json ? JSON.stringify({ fault: history }) : io.spell(sayFault(history)));
    return finish(io, "role history", false, { problems: 1 });
  }
  const proven = history.versions.map((version) => ({ version, proof: proofOf(version, approvers) }));
  if (io.json)
    for (const { version: { role: _, ...version }, proof } of proven) io.out(JSON.stringify({ ...version, proof })); // prettier-ignore
  else if (proven.length === 0)
    io.out(io.spell(`${persona} has no version yet: gatehouse role approve ${persona} --reason WHY makes the first`)); // prettier-ignore
  else for (const each of versionTable(proven)) io.out(each);
  const unproved = proven.filter(({ proof }) => proof === "none").map(({ version }) => version);
  for (const { version, by, key } of unproved)
    io.err(line(`Version ${version} says that it was approved, by ${by}, and has no signature that counts here${key === undefined ? "" : `, only one as ${key}`}. It lets no more pass than the one before it, so it is in force all the same; who wrote it, when and why is not proved.`)); // prettier-ignore
  const { isWhole, says } = endOf(catalogue, persona, history);
  if (says !== undefined) io.err(says);
  return finish(io, "role history", isWhole && unproved.length === 0, { versions: proven.length, unproved: unproved.length, isWhole }); // prettier-ignore
}

const proofs: Readonly<Record<Proof, string>> = {
  signed: "signed",
  narrower: "unsigned: lets no more pass, needs none",
  none: "UNPROVED: no signature that counts",
};

function versionTable(proven: readonly { readonly version: Version; readonly proof: Proof }[]): string[] {
  const rows = proven.map(({ version: { version, at, act, by, changes, reason }, proof }) => [String(version), instant(Date.parse(at)), proof === "none" ? `says ${act}` : act, by, proofs[proof], String(changes.length), reason]); // prettier-ignore
  return columns(["version", "when", "what", "by", "proof", "changes", "reason"], rows);
}

/**
 * What this data folder knows of the end of a history. Lines taken from its middle break the chain, and the file is a fault; from its end
 * they leave a whole one, and only who saw the longer one knows.
 */
export function endOf(
  { dataFolder }: CatalogueConfiguration,
  persona: string,
  history: History,
): { readonly isWhole: boolean; readonly says: string | undefined } {
  const heads = readHeads(dataFolder);
  const head = headOf(heads, persona);
  if (heads === undefined)
    return { isWhole: false, says: "roleheads.json of the data folder is damaged, so that nobody knows which version was in force." }; // prettier-ignore
  if (!continues(history, head))
    return { isWhole: false, says: `The history does not hold version ${head?.version ?? 0}, which was in force here: it was cut back, or written anew. Restore the file from version control.` }; // prettier-ignore
  const isUnseen = head === undefined && history.versions.length > 0;
  return { isWhole: true, says: isUnseen ? "This data folder has seen no version of it in force: whether lines were taken off its end cannot be told here." : undefined }; // prettier-ignore
}

/** @throws Misuse for a persona that is not there, Faults for files with faults */
export function review(persona: string, io: CliIo): Reviewed {
  const catalogue = readCatalogue(io);
  const file = roleFile(catalogue, persona);
  const loaded = loadRole(file, shownPath(io, file), catalogue);
  if (!isLoaded(loaded)) throw new Faults(loaded);
  const path = historyPath(file);
  const history = readHistory(path, shownPath(io, path), approvalRules(catalogue.settings, catalogue.dataFolder).approvers); // prettier-ignore
  if ("says" in history) throw new Faults([history]);
  const { role, resolved, skills = [] } = loaded;
  return { catalogue, persona, folder: dirname(file), path, history, frozen: freezeRole(role, resolved.table), skills }; // prettier-ignore
}

function readCatalogue(io: CliIo): CatalogueConfiguration {
  const loaded = loadCatalogue(io.folder);
  if (!isLoaded(loaded)) throw new Faults(loaded);
  return loaded;
}

function roleFile(catalogue: CatalogueConfiguration, persona: string): string {
  const known = roleNames(catalogue);
  if (!isName(persona) || !known.includes(persona)) throw new Misuse(`there is no role ${quote(persona)}. ${didYouMean(persona, known)}Known: ${list(known)}`); // prettier-ignore
  return join(catalogue.personasFolder, `${persona}.role.yaml`);
}

/** A role that grants nothing: what a first version is compared with. All that is not granted is as it is. */
export function nothingOf({ role }: FrozenRole): FrozenRole {
  return { role: { ...role, grants: [] }, definitions: {} };
}

function versionOf({ history }: Reviewed, wanted: string | undefined): FrozenRole | undefined {
  if (wanted === undefined) return history.last;
  const found = history.versions.find(({ version }) => String(version) === wanted);
  if (found === undefined) throw new Misuse(`there is no version ${quote(wanted)}; there are ${history.versions.length}`); // prettier-ignore
  return { role: found.role as FrozenRole["role"], definitions: found.definitions };
}

/** Another role file, wherever it lies: what is relative in it starts from its own folder. */
function fileOf(file: string, { catalogue }: Reviewed): FrozenRole {
  if (!existsSync(file)) throw new Misuse(`there is no file ${quote(file)}`);
  const loaded = loadRole(file, file, catalogue);
  if (!isLoaded(loaded)) throw new Faults(loaded);
  const grants = loaded.role.grants.map((grant) => {
    if (!("arguments" in grant) || grant.arguments === undefined) return grant;
    const absolute = Object.entries(grant.arguments).map(([name, each]) => [name, normalizeConstraint(each, dirname(resolve(file)))] as const); // prettier-ignore
    return { ...grant, arguments: Object.fromEntries(absolute) };
  });
  return freezeRole({ ...loaded.role, grants }, loaded.resolved.table);
}

export function needsApproval(changes: readonly Change[]): boolean {
  return isWider(changes) || changes.some(({ direction }) => direction === "redefined");
}

const marks = {
  wider: "+ wider   ",
  redefined: "! redefined",
  narrower: "- narrower",
  words: "= words   ",
} as const;

const wordingsShownMax = 2;

/** Of each value of a change: who approves must not have to guess at the rest. */
const reviewedCharsMax = 2_000;

function sayChanges(io: CliIo, changes: readonly Change[]): void {
  // One word of a mission changes the reason of every grant that it speaks for.
  const wordings = changes.filter(({ direction }) => direction === "words");
  const isMany = !io.json && wordings.length > wordingsShownMax;
  for (const change of changes) {
    if (io.json) io.out(JSON.stringify({ change }));
    else if (!isMany || change.direction !== "words")
      for (const each of changeLines(change)) io.out(line(each));
  }
  if (isMany) io.out(line(`${marks.words}  ${wordings.length} reasons or titles are put otherwise: ${list(wordings.map(({ at }) => at))}. --json shows them`)); // prettier-ignore
}

/** A text of several lines, such as the mission, by the lines that it lost and gained; a list of rules by its entries. */
function* changeLines(change: Change): Generator<string> {
  const { at, before, after } = change;
  const mark = marks[change.direction];
  const parts = typeof before === "string" && typeof after === "string" ? linesOf(before, after) : rulesOf(before, after); // prettier-ignore
  if (parts === undefined) {
    yield `${mark}  ${changeWordsUpTo(change, reviewedCharsMax)}`;
    return;
  }
  const { what, from, to } = parts;
  const [lost, gained] = [
    from.filter((each) => !to.includes(each)),
    to.filter((each) => !from.includes(each)),
  ];
  const kept = [from.filter((each) => to.includes(each)), to.filter((each) => from.includes(each))];
  const isMoved = kept[0]?.join("\n") !== kept[1]?.join("\n");
  if (lost.length + gained.length === 0) yield `${mark}  ${at}: the same ${what} in another order or number`;
  else yield `${mark}  ${at}: other ${what}${isMoved ? ", and the rest in another order or number" : ""}`;
  // The first rule that is met may decide.
  const placed = (each: string, list: readonly string[]): string => (what === "lines" ? each : `${list.indexOf(each) + 1}. ${cutTo(each)}`); // prettier-ignore
  for (const each of lost) yield `              was  ${placed(each, from)}`;
  for (const each of gained) yield `              is   ${placed(each, to)}`;
}

interface Parts {
  readonly what: "lines" | "entries";
  readonly from: readonly string[];
  readonly to: readonly string[];
}

function linesOf(before: string, after: string): Parts | undefined {
  if (!`${before}${after}`.trim().includes("\n")) return undefined;
  return { what: "lines", from: before.split("\n"), to: after.split("\n") };
}

/** Of lists of rules, such as `data.rules`. */
function rulesOf(before: unknown = [], after: unknown = []): Parts | undefined {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  const isOfRules = [...before, ...after].some((each) => typeof each === "object" && each !== null);
  const entries = (list: readonly unknown[]): string[] => list.map((each) => JSON.stringify(each));
  return isOfRules ? { what: "entries", from: entries(before), to: entries(after) } : undefined;
}

function cutTo(text: string): string {
  return text.length > reviewedCharsMax ? `${text.slice(0, reviewedCharsMax)}…` : text;
}

function* summary(
  persona: string,
  from: string,
  changes: readonly Change[],
  digest: string,
  isRequired: boolean,
): Generator<string> {
  if (changes.length === 0) yield `${persona} is the same as ${from}.`;
  else if (changes.every(({ direction }) => direction === "words"))
    yield `${persona} lets the same pass as ${from}, in other words: it needs no approval.`;
  else if (!needsApproval(changes)) yield `${persona} lets less pass than ${from}: it needs no approval.`;
  else if (!isRequired)
    yield `${persona} may let more pass than ${from}. It is in force all the same: roles.approval is off. A version to compare with: gatehouse role approve ${persona} --reason WHY`;
  else
    yield `${persona} needs an approval, compared with ${from}: gatehouse role approve ${persona} --reason WHY --digest ${digest}`;
}

function figuresOf(changes: readonly Change[]): { readonly [name: string]: number } {
  const of = (direction: Change["direction"]): number => changes.filter((each) => each.direction === direction).length; // prettier-ignore
  return { wider: of("wider"), redefined: of("redefined"), narrower: of("narrower"), words: of("words") };
}

/** The version is approved whether a node runs or not; one that runs puts it in force. */
async function tellNode(
  { catalogue, persona }: Reviewed,
  { version, hash, reason }: History["versions"][number],
  io: CliIo,
): Promise<void> {
  const answer = await askIfRunning(catalogue, "roles.reload", { by: operatorName(), persona, version: String(version), hash, reason: line(reason).slice(0, 500) }); // prettier-ignore
  if (answer === undefined) {
    io.err("No node runs, so no record tells of it; the history does.");
    return;
  }
  sayReloaded(io, answer as Reloaded);
}

function shownPath(io: CliIo, path: string): string {
  return join(foreign(io.folder), relative(io.folder, path));
}
