/**
 * Skills on disk, and roles with the grants of their skills. Owns the split of SKILL.md and which grants a role gets. Does not own
 * the rules of grants (catalogue/resolve.ts).
 *
 * S1. A role names a skill with its version; a skill of another version is a fault, and grants nothing.
 * S2. A grant of a skill is like one of the role's own. The same grant twice is one; two that differ under one name are a fault.
 */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { limits } from "../../protocol/limits.ts";
import type { RoleFile } from "../../protocol/role.ts";
import { skillSchema } from "../../protocol/skill.ts";
import type { SkillFile } from "../../protocol/skill.ts";
import { fileFault, parseYaml, Positions, readText, usualRemedies } from "../catalogue/document.ts";
import type { Path, Position } from "../catalogue/document.ts";
import { didYouMean, list, quote } from "../catalogue/fault.ts";
import type { ConfigurationFault } from "../catalogue/fault.ts";
import type { FileGrant } from "../catalogue/naming.ts";
import { realWithin } from "../catalogue/typefiles.ts";
import { checkDocument } from "../catalogue/wording.ts";
import { isSame } from "./order.ts";

export interface Skill {
  readonly name: string;
  readonly version: string;
  readonly file: SkillFile;
  readonly grants: readonly FileGrant[];
  /** The Markdown below the front matter. */
  readonly guidance: string;
}

const skillFile = "SKILL.md";

/** Names of folders that hold a skill; none when there is no folder of them. */
export function skillNames(skillsFolder: string): readonly string[] {
  try {
    const found = readdirSync(skillsFolder, { withFileTypes: true });
    return found.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort(); // prettier-ignore
  } catch {
    return [];
  }
}

/** @param shown how faults name the folder of skills */
export function readSkill(
  skillsFolder: string,
  shown: string,
  name: string,
): Skill | readonly ConfigurationFault[] {
  const file = join(shown, name, skillFile);
  // Its grants are everybody's to review where the folder is: a link elsewhere is not, and a fault would tell of that file.
  const real = realWithin(join(skillsFolder, name, skillFile), skillsFolder);
  if (real === undefined) return [fileFault(file, "the file leads out of the folder of skills", "put the skill itself there, no link to it")]; // prettier-ignore
  const text = readText(real, file, limits.configurationFileBytesMax, { ...usualRemedies, missing: "create it, or remove the folder" }); // prettier-ignore
  if (typeof text !== "string") return [text];
  const split = /^---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(text);
  if (split === null) return [fileFault(file, "the file has no front matter", "begin it with a line of three dashes, then name and description, then another such line")]; // prettier-ignore
  // An empty line for the dashes: positions stay those of the file.
  const document = parseYaml(`\n${split[1] ?? ""}`, file);
  if (Array.isArray(document)) return document;
  const checked = checkDocument(skillSchema, document);
  if ("faults" in checked) return checked.faults;
  const { value } = checked;
  if (value.name !== name)
    return [{ file, ...document.positions.at(["name"]), says: `the skill is called ${quote(value.name)}, and its folder ${quote(name)}`, do: "give both the same name" }]; // prettier-ignore
  const { version, gatehouse } = value.metadata;
  return { name, version, file: value, grants: gatehouse.grants, guidance: split[2] ?? "" };
}

/** A role file as it is read, and where its parts stand. */
export interface ReadRole {
  readonly role: RoleFile;
  readonly shown: string;
  readonly positions: Positions;
}

export interface SkilledRole extends ReadRole {
  /** NAME@VERSION, in the order of the file. */
  readonly skills: readonly string[];
}

/** The role with the grants of its skills, and without their names: those stand in `skills`. */
export function withSkills(
  read: ReadRole,
  skillsFolder: string,
  folder: string,
): SkilledRole | readonly ConfigurationFault[] {
  const { skills = [], ...role } = read.role;
  if (skills.length === 0) return { ...read, role, skills };
  const shown = relative(folder, skillsFolder);
  const faults: ConfigurationFault[] = [];
  const grants = [...role.grants];
  /** By place in `grants`: the place in `skills` that it comes from. */
  const origins = new Map<number, number>();
  for (const [at, reference] of skills.entries()) {
    const fault = (says: string, remedy: string): void =>
      void faults.push({ file: read.shown, ...read.positions.at(["skills", at]), says, do: remedy });
    const border = reference.indexOf("@");
    const [name, version] = [reference.slice(0, border), reference.slice(border + 1)];
    const known = skillNames(skillsFolder);
    if (!known.includes(name)) {
      fault(`there is no skill ${quote(name)}`, `${didYouMean(name, known)}known: ${list(known)}`);
      continue;
    }
    const skill = readSkill(skillsFolder, shown, name);
    if (!("grants" in skill)) faults.push(...skill);
    else if (skill.version !== version)
      fault(`the skill ${quote(name)} has version ${skill.version}, and the role wants ${quote(version)}`, `look at what changed (gatehouse skills show ${name}), then write ${name}@${skill.version}`); // prettier-ignore
    else
      for (const grant of skill.grants)
        if (!grants.some((each) => isSame(each, grant))) origins.set(grants.push(grant) - 1, at);
  }
  if (faults.length > 0) return faults;
  return { ...read, role: { ...role, grants }, skills, positions: new SkilledPositions(read.positions, origins) }; // prettier-ignore
}

/** What is wrong with a grant of a skill stands where the role names the skill. */
class SkilledPositions extends Positions {
  readonly #own: Positions;
  readonly #origins: ReadonlyMap<number, number>;

  constructor(own: Positions, origins: ReadonlyMap<number, number>) {
    super("");
    this.#own = own;
    this.#origins = origins;
  }

  override at(path: Path, part: "key" | "value" = "value"): Position {
    const [first, index] = path;
    const origin = first === "grants" && typeof index === "number" ? this.#origins.get(index) : undefined;
    return origin === undefined ? this.#own.at(path, part) : this.#own.at(["skills", origin]);
  }
}
