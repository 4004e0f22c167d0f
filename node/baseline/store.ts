/**
 * The baselines of a data folder, and which of them is in force for each persona.
 *
 *   baselines/VERSION.json     one baseline; VERSION is the SHA-256 of the file
 *   baselines/inforce.json     what a person has promoted or rolled back, persona by persona, the oldest first
 *
 * B1. A baseline's file is never written twice, and a file that is not what its name says is none.
 * B2. What is in force changes by a person's word alone, with a reason; what was in force stays on the list.
 * B3. A list that cannot be read is a fault, and not an empty one: the node says so and does not start.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { compileBaseline, encodeBaseline, readBaseline } from "../../actors/behaviour/baseline.ts";
import type { Baseline, CompiledBaseline } from "../../actors/behaviour/baseline.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";

const versionPattern = /^[A-Za-z0-9_-]{43}$/;

const actSchema = z.strictObject({
  persona: z.string().min(1).max(64),
  /** "" for none. */
  version: z.string().max(43),
  what: z.enum(["promoted", "rolled back"]),
  at: z.int().min(0),
  by: z.string().min(1).max(200),
  reason: z.string().min(1).max(2_000),
});
const actsSchema = z.strictObject({ v: z.literal(1), acts: z.array(actSchema).max(10_000) });
export type Act = z.infer<typeof actSchema>;

/** What a baseline is called: the hash of its text. */
export function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

export class BaselineStore {
  readonly #folder: string;
  readonly #compiled = new Map<string, CompiledBaseline>();

  /** @param folder of baselines, in the data folder; made when something is written */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns its version */
  save(baseline: Baseline): string {
    const text = encodeBaseline(baseline);
    const version = versionOf(text);
    if (text.length > limits.baselineBytesMax)
      throw new GatewayError("CONFIGURATION", `the baseline is longer than ${limits.baselineBytesMax} bytes`);
    const path = this.#path(version);
    if (existsSync(path)) return version;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    if (this.versions().length >= limits.baselineKeptMax)
      throw new GatewayError("CONFIGURATION", `there are ${limits.baselineKeptMax} baselines in ${this.#folder}`, { remedy: "move those away that are not in its inforce.json" }); // prettier-ignore
    this.#write(path, text);
    return version;
  }

  /** @returns undefined when there is none of that version. @throws GatewayError for a file that is not what it says */
  load(version: string): CompiledBaseline | undefined {
    const known = this.#compiled.get(version);
    if (known !== undefined) return known;
    const path = versionPattern.test(version) ? this.#path(version) : undefined;
    if (path === undefined || !existsSync(path)) return undefined;
    if (statSync(path).size > limits.baselineBytesMax)
      throw new GatewayError("CONFIGURATION", `${path} is longer than a baseline may be`);
    const text = readFileSync(path, "utf8");
    const read = readBaseline(text);
    if (typeof read === "string") throw new GatewayError("CONFIGURATION", `${path} is no baseline that this version reads: ${read}`, { remedy: "take it away, or bring it back as it was; build makes another" }); // prettier-ignore
    if (versionOf(text) !== version)
      throw new GatewayError("CONFIGURATION", `${path} is not what its name says: somebody changed it`, { remedy: "take it away, and promote or roll back to another" }); // prettier-ignore
    const compiled = compileBaseline(read, version);
    this.#compiled.set(version, compiled);
    return compiled;
  }

  versions(): readonly string[] {
    if (!existsSync(this.#folder)) return [];
    const names = readdirSync(this.#folder).map((name) => name.replace(/\.json$/, ""));
    return names.filter((name) => versionPattern.test(name)).sort();
  }

  /** A version by its first characters. */
  find(start: string): string | undefined {
    const found = this.versions().filter((version) => version.startsWith(start));
    return found.length === 1 ? found[0] : undefined;
  }

  acts(persona?: string): readonly Act[] {
    return this.#acts().filter((act) => persona === undefined || act.persona === persona);
  }

  /** The version in force for a persona; undefined for none. */
  inForce(persona: string): string | undefined {
    const version = this.acts(persona).at(-1)?.version ?? "";
    return version === "" ? undefined : version;
  }

  /** @throws GatewayError when the version is not here, or not this persona's */
  put(act: Act): void {
    if (act.version !== "") {
      const found = this.load(act.version);
      if (found === undefined) throw new GatewayError("CONFIGURATION", `there is no baseline ${act.version} in ${this.#folder}`); // prettier-ignore
      if (found.baseline.persona !== act.persona)
        throw new GatewayError("CONFIGURATION", `the baseline is of persona ${found.baseline.persona}, not of ${act.persona}`); // prettier-ignore
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const acts = actsSchema.parse({ v: 1, acts: [...this.#acts(), act] });
    this.#write(join(this.#folder, "inforce.json"), JSON.stringify(acts, undefined, 1));
  }

  #acts(): readonly Act[] {
    const path = join(this.#folder, "inforce.json");
    if (!existsSync(path)) return [];
    try {
      return actsSchema.parse(JSON.parse(readFileSync(path, "utf8"))).acts;
    } catch (cause) {
      throw new GatewayError("CONFIGURATION", `${path} cannot be read`, { cause, remedy: "restore it, or take it away: then no baseline is in force" }); // prettier-ignore
    }
  }

  #path(version: string): string {
    return join(this.#folder, `${version}.json`);
  }

  #write(path: string, text: string): void {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}
