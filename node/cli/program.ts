/**
 * The program: what all commands share on the command line, and what becomes of their failures. Owns exit statuses and
 * the shape of errors. Does not own which commands there are (commands.ts), nor what one does (its own file).
 *
 * C1. Status 0 is well, 1 a finding that was printed, 2 misuse (the command line or a file cannot be read), 70 a bug
 *     of ours (sysexits.h EX_SOFTWARE). Nothing else leaves here, and nothing is thrown.
 * C2. With --json standard output holds JSON lines only, the last of which closes the command, also when it failed.
 * C3. A reader that goes away (`| head`) ends nothing with an error.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { errors, GatewayError } from "../../protocol/errors.ts";
import { didYouMean, list, quote, sayFault } from "../catalogue/fault.ts";
import type { Environment } from "../config.ts";
import { NoNode } from "../control/client.ts";
import { SecretFault } from "../vault/secret.ts";
import { commands } from "./commands.ts";
import type { Command } from "./commands.ts";
import { finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { nearestFolder, readInvocation, spellFor } from "./invocation.ts";
import type { Spell } from "./invocation.ts";
import { Faults } from "./project.ts";
import { line as oneLine } from "./table.ts";

/**
 * Runs one command line.
 *
 * @param argv what follows the program's name
 * @param env  the environment; read here and nowhere below
 * @returns the exit status
 */
export async function run(argv: readonly string[], env: Environment): Promise<number> {
  const output = new Output();
  try {
    return await execute(argv, env, output, (folder) => spellFor(readInvocation(env), folder));
  } finally {
    await output.end();
  }
}

/** Where lines go. */
export interface Lines {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Aborts when nobody reads on. */
  readonly closed: AbortSignal;
}

/**
 * The same, with its output given.
 *
 * @param speller how commands are spelt that are for a folder of gatehouse.yaml
 */
export async function execute(
  argv: readonly string[],
  env: Environment,
  output: Lines,
  speller: (folder: string) => Spell = () => (text) => text,
): Promise<number> {
  const line = readLine(argv);
  let io: CliIo = {
    out: output.out,
    err: output.err,
    json: line.json,
    folder: "",
    env,
    spell: (text) => text,
  };
  const [first = "help", second] = line.words;
  const named = commands.find((each) => each.name === first || each.name === `${first} ${second}`);
  const name = named?.name ?? first;
  try {
    const given = line.config ?? env["GATEHOUSE_CONFIG"] ?? "";
    io = { ...io, spell: speller(given === "" ? nearestFolder(process.cwd()) : resolve(given)) };
    if (line.missing !== undefined) throw new Misuse(line.missing);
    if (line.wants === "version") return printVersion(io);
    if (line.wants === "help" || name === "help")
      return printHelp(
        io,
        line.words.filter((word) => word !== "help"),
      );
    const { command, rest } = findCommand(line.words);
    const folder = findFolder(line.config ?? env["GATEHOUSE_CONFIG"]);
    io = { ...io, folder, spell: speller(folder) };
    return await command.run(rest, io, output.closed);
  } catch (thrown) {
    return report(thrown, io, name);
  }
}

interface CommandLine {
  /** Everything that is no option of all commands. */
  readonly words: readonly string[];
  readonly config: string | undefined;
  readonly json: boolean;
  readonly wants: "help" | "version" | undefined;
  /** What is wrong with an option of all commands. */
  readonly missing: string | undefined;
}

/** Takes out what every command understands, wherever it stands. */
function readLine(argv: readonly string[]): CommandLine {
  const words: string[] = [];
  let config: string | undefined;
  let json = false;
  let wants: CommandLine["wants"];
  let missing: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--json") json = true;
    else if (word === "--help" || word === "-h") wants ??= "help";
    else if (word === "--version") wants ??= "version";
    else if (word.startsWith("--config=")) config = word.slice("--config=".length);
    else if (word === "--config") {
      config = argv[++at];
      if (config === undefined) missing = "--config needs the folder of gatehouse.yaml";
    } else words.push(word);
  }
  return { words, config, json, wants, missing };
}

function findCommand([first = "", second, ...more]: readonly string[]): {
  command: Command;
  rest: readonly string[];
} {
  const single = commands.find(({ name }) => name === first);
  if (single !== undefined) return { command: single, rest: second === undefined ? more : [second, ...more] };
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) {
    const known = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
    throw new Misuse(`there is no command ${quote(first)}. ${didYouMean(first, known)}See gatehouse help`);
  }
  const names = group.map(({ name }) => name.slice(first.length + 1));
  const found = group[names.indexOf(second ?? "")];
  if (found !== undefined) return { command: found, rest: more };
  if (second === undefined || second.startsWith("-"))
    throw new Misuse(`which ${first} command? ${list(names)}`);
  throw new Misuse(
    `there is no command ${quote(`${first} ${second}`)}. ${didYouMean(second, names)}Known: ${list(names)}`,
  );
}

/** The folder of gatehouse.yaml: the one given, else the nearest upwards that has one, else this one. */
function findFolder(given: string | undefined): string {
  if (given !== undefined && given !== "") {
    const folder = resolve(given);
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
    throw new Misuse(
      `${quote(given)} is no folder; --config and GATEHOUSE_CONFIG name the folder of gatehouse.yaml`,
    );
  }
  return nearestFolder(process.cwd());
}

/** @param words what stands on the command line; options and what follows them are no commands */
function printHelp(io: CliIo, words: readonly string[]): number {
  const end = words.findIndex((word) => word.startsWith("-"));
  const about = end < 0 ? words : words.slice(0, end);
  const shown = commands.filter(({ name }) =>
    name.split(" ").every((part, at) => about[at] === undefined || about[at] === part),
  );
  if (shown.length === 0) findCommand(about);
  if (io.json)
    for (const { name, usage, help, more } of shown)
      io.out(JSON.stringify({ command: name, usage, help, more }));
  else for (const each of helpLines(shown, io.spell)) io.out(each);
  return finish(io, "help", true, { commands: shown.length });
}

/** Where the second column of the help starts; a longer usage stands on a line of its own. */
const helpColumn = 48;

function* helpLines(shown: readonly Command[], spell: Spell): Generator<string> {
  if (shown.length === commands.length) {
    yield "Gatehouse stands between AI agents and their tools, and judges every call. Commands:";
    yield "";
  }
  for (const { name, usage, help } of shown) {
    const left = `  gatehouse ${name} ${usage}`.trimEnd();
    if (left.length >= helpColumn) {
      yield left;
      yield `${" ".repeat(helpColumn)}${help}`;
    } else yield `${left.padEnd(helpColumn)}${help}`;
  }
  const [only, other] = shown;
  if (only?.more !== undefined && other === undefined) yield* ["", ...only.more];
  yield "";
  yield "Every command takes --json (JSON lines, the last one closes the command), --config DIR (folder of gatehouse.yaml;";
  yield "default: GATEHOUSE_CONFIG, else the nearest one from here upwards) and --help. See docs/cli.md.";
  const typed = spell("gatehouse help");
  if (typed !== "gatehouse help")
    yield `Here, gatehouse is typed as: ${typed.slice(0, -"help".length).trimEnd()}`;
}

function printVersion(io: CliIo): number {
  const version = readVersion();
  if (io.json) io.out(JSON.stringify({ version, runtime: process.versions.node }));
  else io.out(`gatehouse ${version}, Node.js ${process.versions.node}`);
  return finish(io, "version", true, {});
}

/** From the nearest package.json upwards: it is the same in a checkout and in a package. */
function readVersion(): string {
  for (
    let folder = dirname(fileURLToPath(import.meta.url));
    dirname(folder) !== folder;
    folder = dirname(folder)
  ) {
    const file = join(folder, "package.json");
    if (existsSync(file))
      return String((JSON.parse(readFileSync(file, "utf8")) as { version?: unknown }).version);
  }
  return "unknown";
}

/** Says what went wrong and what to do. @returns the exit status */
function report(thrown: unknown, io: CliIo, name: string): number {
  const { status, faults } = readFailure(thrown, name, io.spell);
  for (const { fault, line } of faults) {
    if (io.json) io.out(JSON.stringify({ fault }));
    else io.err(line);
  }
  if (status === exitBug) io.err(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  finish(io, name, false, {});
  return status;
}

const exitBug = 70;

interface Failure {
  readonly status: number;
  readonly faults: readonly { readonly fault: object; readonly line: string }[];
}

function readFailure(thrown: unknown, name: string, spell: Spell): Failure {
  const one = (status: number, what: string, how: string, code?: string): Failure => {
    const [says, remedy] = [spell(what), spell(how)];
    const line = oneLine(`gatehouse: ${says}${remedy === "" ? "" : `. To mend it: ${remedy}`}`);
    return {
      status,
      faults: [{ fault: { ...(code === undefined ? {} : { code }), says, do: remedy }, line }],
    };
  };
  if (thrown instanceof Misuse)
    return one(2, thrown.message, thrown.message.includes("gatehouse") ? "" : `see gatehouse help ${name}`);
  if (thrown instanceof Faults)
    return { status: 2, faults: thrown.faults.map((fault) => ({ fault, line: spell(sayFault(fault)) })) };
  if (thrown instanceof SecretFault) return one(2, thrown.message, "", thrown.code);
  if (thrown instanceof NoNode) {
    const says = thrown.message === "" ? "no node runs in this data folder" : thrown.message;
    return one(1, says, "gatehouse start, in another terminal");
  }
  // The table's remedy for this code is meant for agents; here the detail says it all.
  if (thrown instanceof GatewayError && thrown.code === "PARAMS_INVALID" && thrown.detail !== undefined)
    return one(1, thrown.detail, "", thrown.code);
  if (thrown instanceof GatewayError) {
    const { message, code, remedy, heard = [] } = thrown;
    const failure = one(1, message, remedy ?? errors[code].do, code);
    const said = heard.map((text) => ({
      fault: { heard: text },
      line: oneLine(`  its standard error: ${text}`),
    }));
    return { ...failure, faults: [...failure.faults, ...said] };
  }
  // The file system's or the network's word: a world that is not as it should be, and no bug.
  if (thrown instanceof Error && "syscall" in thrown && "code" in thrown)
    return one(
      2,
      thrown.message,
      "check that the file or socket is there and belongs to you",
      String(thrown.code),
    );
  return one(exitBug, "this is a bug of Gatehouse, sorry", "please report it with the lines below");
}

/** Standard output and error, which may lose their readers at any time. */
class Output implements Lines {
  readonly #closed = new AbortController();
  readonly #onOut = (fault: NodeJS.ErrnoException): void => {
    if (fault.code !== "EPIPE") this.err(`gatehouse: the output cannot be written: ${fault.message}`);
    this.#closed.abort();
  };
  readonly #onErr = (): void => undefined;

  constructor() {
    process.stdout.on("error", this.#onOut);
    process.stderr.on("error", this.#onErr);
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  readonly out = (line: string): void => {
    if (!this.#closed.signal.aborted) process.stdout.write(`${line}\n`);
  };

  readonly err = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };

  /** Resolves when all is written, or nobody reads. The caller may end the process then. */
  async end(): Promise<void> {
    for (const stream of [process.stdout, process.stderr])
      if (stream.writable) await new Promise<void>((resolve) => stream.write("", () => resolve()));
    process.stdout.off("error", this.#onOut);
    process.stderr.off("error", this.#onErr);
  }
}
