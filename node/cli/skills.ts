/** `gatehouse skills list | show | used-by`: the bundles of grants that roles include (docs/missions.md). Needs no running node. */
import { relative } from "node:path";
import { didYouMean, list, quote, sayFault } from "../catalogue/fault.ts";
import { isLoaded, loadCatalogue, rolesWithSkill } from "../config.ts";
import type { CatalogueConfiguration } from "../config.ts";
import { changeWords } from "../roles/approval.ts";
import { compareRoles } from "../roles/comparison.ts";
import { readSkill, skillNames } from "../roles/skill.ts";
import type { Skill } from "../roles/skill.ts";
import { foreign } from "./invocation.ts";
import type { CliIo } from "./io.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import { Faults } from "./project.ts";
import { endOf, needsApproval, nothingOf, review } from "./roleversions.ts";
import { columns, count, line, lines } from "./table.ts";

export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  if (new Arguments(argv, [], []).rest.length > 0) throw new Misuse("skills list takes no more words");
  const catalogue = readCatalogue(io);
  const shown = relative(catalogue.folder, catalogue.skillsFolder);
  const rows: string[][] = [];
  let problems = 0;
  for (const name of skillNames(catalogue.skillsFolder)) {
    const skill = readSkill(catalogue.skillsFolder, shown, name);
    if ("grants" in skill) {
      const personas = rolesWithSkill(catalogue, name).map(({ persona }) => persona);
      const { version, grants, file } = skill;
      if (io.json) io.out(JSON.stringify({ name, version, grants: grants.length, personas, description: file.description })); // prettier-ignore
      rows.push([name, version, String(grants.length), personas.join(" "), file.description]);
    } else
      for (const fault of skill) {
        problems++;
        io.out(io.json ? JSON.stringify({ fault }) : io.spell(sayFault(fault, foreign(io.folder))));
      }
  }
  if (!io.json && rows.length === 0 && problems === 0) io.out(`There are no skills in ${shown}.`);
  else if (!io.json && rows.length > 0) for (const each of columns(["skill", "version", "grants", "used by", "what for"], rows)) io.out(each); // prettier-ignore
  return finish(io, "skills list", problems === 0, { skills: rows.length, problems });
}

export async function showCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { skill } = named(argv, io, "show");
  const { name, version, file, grants, guidance } = skill;
  if (io.json) io.out(JSON.stringify({ name, version, description: file.description, grants, guidance }));
  else {
    io.out(line(`${name}@${version}: ${file.description}`));
    for (const grant of grants) {
      const what = "tool" in grant ? `tool ${grant.tool} (${grant.effect})` : "prompt" in grant ? `prompt ${grant.prompt}` : `resource ${grant.resource}`; // prettier-ignore
      io.out(line(`  ${what} of ${grant.server}: ${grant.reason}`));
      const held = "arguments" in grant ? Object.entries(grant.arguments ?? {}) : [];
      for (const [name, constraint] of held) io.out(line(`    ${name}: ${JSON.stringify(constraint)}`));
      if (held.length === 0 && !("resource" in grant)) io.out("    arguments not constrained");
    }
    for (const each of lines(guidance.trim())) io.out(`  | ${each}`);
  }
  return finish(io, "skills show", true, { grants: grants.length });
}

/** Which personas have it, and what it lets each do that its approved version does not. */
export async function usedByCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { skill, catalogue } = named(argv, io, "used-by");
  const users = rolesWithSkill(catalogue, skill.name);
  let wider = 0;
  for (const { persona, version } of users) {
    const isOther = version !== skill.version;
    if (isOther) {
      wider++;
      io.out(io.json ? JSON.stringify({ persona, version, has: skill.version }) : `${persona} wants ${skill.name}@${version}, and the skill is ${skill.version}: its role is refused until it names that.`); // prettier-ignore
      continue;
    }
    if (sayUser(persona, version, catalogue, io)) wider++;
  }
  if (!io.json && users.length === 0) io.out(`No role includes ${skill.name}.`);
  if (!io.json && users.length > 0) io.out(`${count(users.length, "role")}, ${wider} to be looked at`);
  return finish(io, "skills used-by", wider === 0, { roles: users.length, wider });
}

/** What a skill lets one persona do beyond its approved version. @returns whether somebody has to look at it */
function sayUser(persona: string, version: string, catalogue: CatalogueConfiguration, io: CliIo): boolean {
  const found = reviewed(persona, io);
  if ("faults" in found) {
    // Whom else it widens is still to be told.
    if (io.json) io.out(JSON.stringify({ persona, version, faults: found.faults }));
    else for (const fault of found.faults) io.out(`${persona}: ${io.spell(sayFault(fault))}`);
    return true;
  }
  const { frozen, folder, history } = found;
  const changes = compareRoles(history.last ?? nothingOf(frozen), frozen, folder);
  const { isWhole, says } = endOf(catalogue, persona, history);
  const isWider = needsApproval(changes) || !isWhole;
  if (!isWhole) io.err(`${persona}: ${says}`);
  if (io.json)
    io.out(JSON.stringify({ persona, version, approved: history.versions.length, isWhole, changes })); // prettier-ignore
  else {
    const isRequired = catalogue.settings.roles.approval === "required";
    const beyond = isRequired ? `needs an approval: gatehouse role approve ${persona} --reason WHY` : "may let more pass, and is in force all the same: roles.approval is off"; // prettier-ignore
    io.out(io.spell(`${persona} (${history.versions.length === 0 ? "no version yet" : `version ${history.versions.length}`}): ${isWider ? beyond : "as approved, or narrower"}`)); // prettier-ignore
    for (const change of changes) io.out(line(`  ${change.direction}: ${changeWords(change)}`));
  }
  return isWider;
}

function reviewed(persona: string, io: CliIo): ReturnType<typeof review> | Faults {
  try {
    return review(persona, io);
  } catch (thrown) {
    if (thrown instanceof Faults) return thrown;
    throw thrown;
  }
}

function named(
  argv: readonly string[],
  io: CliIo,
  command: string,
): { readonly skill: Skill; readonly catalogue: CatalogueConfiguration } {
  const [name, ...more] = new Arguments(argv, [], []).rest;
  if (name === undefined || more.length > 0) throw new Misuse(`skills ${command} takes one skill`);
  const catalogue = readCatalogue(io);
  const known = skillNames(catalogue.skillsFolder);
  if (!known.includes(name)) throw new Misuse(`there is no skill ${quote(name)}. ${didYouMean(name, known)}Known: ${list(known)}`); // prettier-ignore
  const skill = readSkill(catalogue.skillsFolder, relative(catalogue.folder, catalogue.skillsFolder), name);
  if (!("grants" in skill)) throw new Faults(skill);
  return { skill, catalogue };
}

function readCatalogue(io: CliIo): CatalogueConfiguration {
  const loaded = loadCatalogue(io.folder);
  if (!isLoaded(loaded)) throw new Faults(loaded);
  return loaded;
}
