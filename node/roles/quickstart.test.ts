/** The quick start's personas against their missions: what is compiled, then constrained by hand. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { roleFileSchema } from "../../protocol/role.ts";
import type { RoleFile } from "../../protocol/role.ts";
import { parseYaml, Positions } from "../catalogue/document.ts";
import { resolveRole } from "../catalogue/resolve.ts";
import { isLoaded, loadCatalogue } from "../config.ts";
import type { CatalogueConfiguration } from "../config.ts";
import { compileMission } from "../missions/compile.ts";
import { roleText } from "../missions/rolefile.ts";
import { pinnedTools } from "../missions/toolsfile.ts";
import { projectRisks } from "../risk/projectrisks.ts";
import { compareRoles, freezeRole } from "./comparison.ts";
import type { FrozenRole } from "./comparison.ts";

const quickstart = join(import.meta.dirname, "../../deploy/examples/quickstart");
const folder = join(quickstart, "personas");

/** What a reviewer added to what is compiled, each with the reason why the compiler does not. */
const added: { readonly [persona: string]: { readonly [at: string]: string } } = {
  reader: {
    "prompt args-prompt": "prompts are not compiled",
    "resource demo://resource/static/document/**": "resources are not compiled",
    "resource demo://resource/dynamic/text/{id}": "resources are not compiled",
    sequence: "what the scenes of a role without guard four show, they show without it",
    "breakers behaviour openSeconds": "who tries the gateway need not wait for a minute",
  },
  curator: {
    sequence: "what the scenes of a role without guard four show, they show without it",
    "tool write_file: tokens open": "an account that it reads as a token goes into a draft",
    "data rules": "which rule comes first is not compared by what it means",
  },
  desk: {
    sequence: "customers are known destinations, and the pace is quicker for a demonstration",
    "tool write_file: effect": "what lies in the outbox leaves, so that guard four must take it for sending",
  },
};

function project(): CatalogueConfiguration {
  const loaded = loadCatalogue(quickstart);
  if (!isLoaded(loaded)) throw new Error("the quick start does not load");
  return loaded;
}

function read(text: string): RoleFile {
  const document = parseYaml(text, "role");
  if (Array.isArray(document)) throw new Error(JSON.stringify(document));
  return roleFileSchema.parse(document.value);
}

function frozen({ catalogue, lock, settings }: CatalogueConfiguration, role: RoleFile): FrozenRole {
  const found = resolveRole(role, catalogue, lock, { file: "role", folder, positions: new Positions(""), scopes: settings.scopes }); // prettier-ignore
  if (!("resolved" in found)) throw new Error(JSON.stringify(found.faults));
  return freezeRole(role, found.resolved.table);
}

/** Another exposed name is a reviewer's choice, and opens nothing. */
function underOwnNames(role: RoleFile): RoleFile {
  const grants = role.grants.map((grant) => {
    if (!("tool" in grant)) return grant;
    const { as: _, ...rest } = grant;
    return rest;
  });
  return { ...role, grants };
}

test("each persona has a mission, and one of them is in French", () => {
  const names = (path: string, ending: string): string[] =>
    readdirSync(join(quickstart, path)).filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length)).sort(); // prettier-ignore
  expect(names("missions", ".md")).toEqual(names("personas", ".role.yaml"));
  expect(Object.keys(added).sort()).toEqual(names("missions", ".md"));
  const tools = pinnedTools(project().lock, ["memory"]);
  const languages = names("missions", ".md").map((name) => compileMission(readFileSync(join(quickstart, "missions", `${name}.md`), "utf8"), tools).language); // prettier-ignore
  expect(languages.sort()).toEqual(["en", "en", "fr"]);
});

test.each(Object.keys(added))(
  "%s lets pass what its mission compiles to, or less, but for what is listed here",
  (persona) => {
    const at = project();
    const mission = readFileSync(join(quickstart, "missions", `${persona}.md`), "utf8");
    const risks = new Map(projectRisks({ ...at, dataFolder: join(at.folder, "none") }).map((risk) => [`${risk.server}/${risk.tool}`, risk])); // prettier-ignore
    const compiled = compileMission(mission, pinnedTools(at.lock, Object.keys(at.catalogue.servers)));
    const before = frozen(at, read(roleText(persona, mission, compiled, risks)));
    const after = frozen(at, underOwnNames(read(readFileSync(join(folder, `${persona}.role.yaml`), "utf8"))));
    const wider = compareRoles(before, after, folder).filter(
      ({ direction }) => direction === "wider" || direction === "redefined",
    );
    expect(wider.map((change) => change.at).sort()).toEqual(Object.keys(added[persona] ?? {}).sort());
  },
);
