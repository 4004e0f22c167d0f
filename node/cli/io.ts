/** What every command gets, and the closing line each one prints with --json (docs/cli.md). */
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export interface CliIo {
  /** One line to standard output. */
  readonly out: (line: string) => void;
  /** One line to standard error. */
  readonly err: (line: string) => void;
  readonly json: boolean;
  /** Folder of gatehouse.yaml. */
  readonly folder: string;
  /** Commands in a text of ours, as they can be typed here (invocation.ts). */
  readonly spell: (text: string) => string;
  readonly env: { readonly [name: string]: string | undefined };
}

/** Exit status 2: the command line or a file cannot be read. */
export class Misuse extends Error {}

export interface Figures {
  readonly [name: string]: number | string | boolean;
}

/** Prints the closing line with --json. @returns the exit status: 0, or 1 for a finding */
export function finish(io: CliIo, command: string, ok: boolean, figures: Figures, seed?: number): number {
  if (io.json)
    io.out(
      JSON.stringify({ command, commit: commit(), ...(seed === undefined ? {} : { seed }), ok, figures }),
    );
  return ok ? 0 : 1;
}

/** The checkout's commit; "unknown" outside one. Only asked for when a closing line is printed. */
export function commit(): string {
  try {
    const folder = dirname(fileURLToPath(import.meta.url));
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

/** Options of one command line: --name value, --name=value, --flag; the rest in order. */
export class Arguments {
  readonly rest: string[] = [];
  readonly #values = new Map<string, string[]>();
  readonly #flags = new Set<string>();

  /**
   * @param withValue names that take a value; all other names are flags
   * @throws Misuse for an unknown name or a missing value
   */
  constructor(argv: readonly string[], withValue: readonly string[], flags: readonly string[]) {
    for (let at = 0; at < argv.length; at++) {
      const word = argv[at] ?? "";
      if (!/^--[a-z]|^-n$/.test(word)) {
        this.rest.push(word);
        continue;
      }
      const [name, given] = splitOption(word);
      if (withValue.includes(name)) {
        const value = given ?? argv[++at];
        if (value === undefined) throw new Misuse(`${optionText(name)} needs a value`);
        this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
      } else if (flags.includes(name) && given === undefined) this.#flags.add(name);
      else
        throw new Misuse(
          `unknown option ${word}; known: ${[...withValue, ...flags].map(optionText).join(", ") || "none of its own"}`,
        );
    }
  }

  flag(name: string): boolean {
    return this.#flags.has(name);
  }

  value(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  values(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** A whole number from `min` to `max`. @throws Misuse */
  number(name: string, min: number, max: number): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max)
      throw new Misuse(`${optionText(name)} must be a whole number from ${min} to ${max}`);
    return number;
  }
}

/** An option as it is typed: one letter has one dash. */
function optionText(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function splitOption(word: string): [string, string | undefined] {
  const bare = word.replace(/^--?/, "");
  const at = bare.indexOf("=");
  return at < 0 ? [bare, undefined] : [bare.slice(0, at), bare.slice(at + 1)];
}
