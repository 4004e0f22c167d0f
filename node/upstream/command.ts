/**
 * What a stdio entry of the catalogue may run (checklist T8). Pure but for the path of our own binary. Owns: the binary,
 * the argument list, the environment. Does not own: processes (child.ts), the credential (dialer.ts).
 *
 * C1. The binary is `node` (our own) or a path; nothing is looked up, nothing goes through a shell.
 * C2. An interpreter runs a file that an operator can read and review, never a program from its arguments.
 * C3. The environment is PATH, HOME and what the entry lists, without what makes a runtime load other code.
 */
import { basename, resolve } from "node:path";
import { GatewayError } from "../../protocol/errors.ts";

/** `transport.stdio` of a catalogue entry. */
export interface CommandEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder?: string | undefined;
  readonly env?: { readonly [name: string]: string } | undefined;
}

export interface Command {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
}

/** Binaries that only start others: what they start would escape the rules below. */
const launchers = new Set(["env", "busybox", "xargs", "nohup", "setsid", "sudo", "su", "doas", "script", "cmd", "cmd.exe"]); // prettier-ignore

interface Interpreter {
  readonly binary: RegExp;
  /** Flags that run or preload code given on the command line. */
  readonly bad: RegExp;
  /** Flags without a value: behind them the next argument still is a flag or the script. */
  readonly plain: RegExp;
  /** Flags and words that name what is run, as a script does: flags end there. */
  readonly script: RegExp;
}

const never = /(?!)/;
const interpreters: readonly Interpreter[] = [
  {
    binary: /^(node|nodejs)(\.exe)?$/,
    bad: /^(-[cepri]|--(eval|print|check|interactive|require|import|loader|experimental-loader|env-file|env-file-if-exists|inspect|run|snapshot-blob|build-snapshot|openssl-config)\b|(inspect|repl)$)/,
    plain:
      /^--(enable-source-maps|no-warnings|no-deprecation|no-addons|trace-warnings|permission|expose-gc|frozen-intrinsics|use-system-ca|experimental-strip-types|experimental-transform-types)$/,
    script: never,
  },
  {
    binary: /^(bun|deno)(\.exe)?$/,
    bad: /^(-[a-z]*[cepr]|--(eval|print|preload|require|import|inspect)\b|(eval|repl|exec|x|jupyter)$)/,
    plain: never,
    script: /^run$/,
  },
  {
    binary: /^(ba|da|z|k|a|fi|c|tc)?sh(\.exe)?$/,
    bad: /^([-+][a-zA-Z]*[cepis]|--(command|init-file|init-command|rcfile|interactive|login)\b)/,
    plain: /^--(norc|noprofile|posix)$/,
    script: never,
  },
  {
    binary: /^(python|pypy)[\d.]*(\.exe)?$/,
    bad: /^-[bBdEhIOPqRsStuvV]*[cepi]/,
    plain: /^-[bBdEIOPqsSuv]+$/,
    script: /^-[bBdEIOPqsSuv]*m/,
  },
  {
    binary: /^(perl|ruby|lua|luajit|php|pwsh|powershell)[\d.]*(\.exe)?$/i,
    bad: /^-{1,2}[a-z]*[cepriBEM]/i,
    plain: /^-[wW]+$/,
    script: never,
  },
];

/**
 * Reads a stdio entry.
 *
 * @param folder of the catalogue file: relative paths start there, as do arguments that begin with ./ or ../
 * @throws GatewayError CONFIGURATION, with the remedy
 */
export function readCommand(entry: CommandEntry, folder: string): Command {
  const isOurs = entry.command === "node";
  if (!isOurs && !/[\\/]/.test(entry.command))
    throw refused("command is a bare name: write `node`, or the path of a binary");
  const file = isOurs ? process.execPath : resolve(folder, entry.command);
  const name = isOurs ? "node" : basename(file);
  if (launchers.has(name))
    throw refused(`command is ${name}, which starts another program: name that program itself`);
  for (const text of [file, ...entry.args])
    if (text.includes("\0")) throw refused("command or args hold a NUL character");
  const interpreter = interpreters.find((row) => row.binary.test(name));
  if (interpreter !== undefined) checkFlags(interpreter, entry.args);
  return {
    file,
    args: entry.args.map((text) => (/^\.{1,2}\//.test(text) ? resolve(folder, text) : text)),
    folder: entry.folder === undefined ? folder : resolve(folder, entry.folder),
  };
}

/** Goes through the flags before the script. Behind a flag that may take a value it stays careful to the end. */
function checkFlags(interpreter: Interpreter, args: readonly string[]): void {
  let isCertain = true;
  for (const argument of args) {
    if (argument === "--") return;
    if (argument === "-") throw refused("args let an interpreter read its program from standard input");
    if (interpreter.bad.test(argument))
      throw refused(
        `args have ${argument.slice(0, 32)}, which runs or loads code from the command line: use a file`,
      );
    if (interpreter.script.test(argument)) return;
    if (interpreter.plain.test(argument)) continue;
    const isFlag = argument.startsWith("-") || argument.startsWith("+");
    if (!isFlag && isCertain) return;
    if (isFlag && !argument.includes("=")) isCertain = false;
  }
}

/** Variables by which a loader, shell or runtime is told to run something else. */
const loading =
  /^(LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|NODE_REPL_.*|NODE_EXTRA_CA_CERTS|BASH_ENV|ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|IFS|CDPATH|GLOBIGNORE|PYTHON(STARTUP|PATH|HOME|INSPECT|BREAKPOINT|USERBASE|EXECUTABLE)|PERL5(OPT|LIB|DB)|PERLLIB|RUBY(OPT|LIB)|GEM_(HOME|PATH)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|GIT_(SSH|SSH_COMMAND|EXEC_PATH|CONFIG.*|ASKPASS|EXTERNAL_DIFF)|SSH_ASKPASS|PAGER|EDITOR|VISUAL|OPENSSL_CONF|GCONV_PATH|LOCPATH|MALLOC_.*|GATEHOUSE_.*)$/;

export interface Environment {
  readonly env: Record<string, string>;
  /** Names that were listed and left out. */
  readonly stripped: readonly string[];
}

/**
 * The environment of a child, without its credential.
 *
 * @param home a folder of its own
 * @param path PATH of the gateway
 */
export function childEnvironment(entry: CommandEntry, home: string, path: string | undefined): Environment {
  const env: Record<string, string> = { PATH: path ?? "/usr/local/bin:/usr/bin:/bin", HOME: home };
  const stripped: string[] = [];
  for (const [name, value] of Object.entries(entry.env ?? {})) {
    if (isStripped(name)) stripped.push(name);
    else env[name] = value;
  }
  return { env, stripped };
}

/** Whether a variable never reaches a child, as a credential neither. */
export function isStripped(name: string): boolean {
  return loading.test(name.toUpperCase());
}

function refused(why: string): GatewayError {
  return new GatewayError("CONFIGURATION", `a stdio server of the catalogue: ${why}`);
}
