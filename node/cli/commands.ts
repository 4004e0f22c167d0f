/** The commands of the program: their names, their usage, and where they are. The help is printed from here. */
import { dlpCommands } from "./dlpcommands.ts";
import type { CliIo } from "./io.ts";

/** What a command runs in: its output, and a signal that nobody reads on. */
export type Run = (argv: readonly string[], io: CliIo, stop: AbortSignal) => Promise<number>;

export interface Command {
  /** One word, or two for a command of a group. */
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  /** Lines that only its own help has. */
  readonly more?: readonly string[];
  readonly run: Run;
}

// Each file is loaded when one of its commands is called.
const sessions = () => import("./sessions.ts");
const scopes = () => import("./scopes.ts");
const approvals = () => import("./approvals.ts");
const audit = () => import("./audit.ts");
const keys = () => import("./keys.ts");
const catalogue = () => import("./catalogue.ts");
const cluster = () => import("./cluster.ts");
const call = () => import("./call.ts");
const role = () => import("./role.ts");
const roleVersions = () => import("./roleversions.ts");
const skills = () => import("./skills.ts");
const compile = () => import("./compile.ts");
const behaviour = () => import("./behaviour.ts");
const baseline = () => import("./baseline.ts");
const baselineShadow = () => import("./baselineshadow.ts");
const vault = () => import("./vault.ts");

export const commands: readonly Command[] = [
  {
    name: "start",
    usage: "[--quickstart] [--port N] [--quiet]",
    help: "runs a node until Ctrl-C",
    run: async (argv, io) => (await import("./start.ts")).startCommand(argv, io),
  },
  {
    name: "status",
    usage: "",
    help: "the node: endpoints, upstreams, queues, kill rules",
    run: async (argv, io) => (await import("./status.ts")).statusCommand(argv, io),
  },
  {
    name: "cluster status",
    usage: "",
    help: "members, shards, NATS and kill lists of all nodes; 1 while something is not as it should be",
    more: [
      "  shard      one of 8,192 parts of all sessions; each has one owner, the node that decides for it",
      "  runner-up  the node next in line for a shard; its copy is what it holds of the shard's sessions",
      "  in sync    the copy has all that the owner has let out, so the runner-up can go on without a loss",
      "  copies     how many shards of others the node is the runner-up of",
      "  lost       shards whose past was lost once: their sessions began again with every label and empty buckets",
      "  kill list  how long ago the node last knew every order; STALE: it refuses all calls until it does",
      "  store      how long ago the rows that all nodes share last took something of this node",
      "  More: docs/cluster.md, words.",
    ],
    run: async (argv, io) => (await cluster()).statusCommand(argv, io),
  },
  {
    name: "cluster drain",
    usage: "NODE",
    help: "a node hands its sessions over, finishes its calls and ends",
    run: async (argv, io) => (await cluster()).drainCommand(argv, io),
  },
  {
    name: "call",
    usage: "PERSONA TOOL [JSON] [--key K] [--url U]",
    help: "one tools/call through the running node; the key is better in GATEHOUSE_KEY",
    run: async (argv, io) => (await call()).callCommand(argv, io),
  },
  {
    name: "connect",
    usage: "PERSONA [--url U]",
    help: "stdio bridge for desktop clients; key from GATEHOUSE_KEY",
    run: async (argv, io) => (await call()).connectCommand(argv, io),
  },
  {
    name: "role check",
    usage: "[FILE…]",
    help: "loads and resolves roles against catalogue and lock",
    run: async (argv, io) => (await role()).role(["check", ...argv], io),
  },
  {
    name: "role explain",
    usage: "PERSONA [TOOL]",
    help: "the table in words: grant, reason, constraints, limits",
    run: async (argv, io) => (await role()).role(["explain", ...argv], io),
  },
  {
    name: "role draft",
    usage: "SERVER [TOOL…] [--as NAME]",
    help: "prints a role file for a server's pinned tools, to be reviewed",
    run: async (argv, io) => (await role()).role(["draft", ...argv], io),
  },
  {
    name: "role compile",
    usage: "--mission FILE|- [--as NAME] [--tools F --catalogue KEY] [--propose URL …]",
    help: "a mission in plain words to a role file, with a reason for each grant",
    run: async (argv, io) => (await compile()).compileCommand(argv, io),
  },
  {
    name: "role diff",
    usage: "PERSONA [VERSION | --against FILE]",
    help: "what a role lets pass more or less than its approved version; 1 when it needs an approval",
    run: async (argv, io) => (await roleVersions()).diffCommand(argv, io),
  },
  {
    name: "role approve",
    usage: "PERSONA --reason R [--digest D]",
    help: "makes the role file as it stands the next version, signed with this machine's key",
    run: async (argv, io) => (await roleVersions()).approveCommand(argv, io),
  },
  {
    name: "role history",
    usage: "PERSONA",
    help: "versions of a role, who approved them and why; checks the chain",
    run: async (argv, io) => (await roleVersions()).historyCommand(argv, io),
  },
  {
    name: "role reload",
    usage: "",
    help: "the running node reads its role files anew; 1 while one is not approved",
    run: async (argv, io) => (await roleVersions()).reloadCommand(argv, io),
  },
  {
    name: "behaviour replay",
    usage: "--tools F --texts F [--train SESSIONS] --test SESSIONS",
    help: "recorded sessions through the sequence guard, call by call",
    run: async (argv, io) => (await behaviour()).replayCommand(argv, io),
  },
  {
    name: "skills list",
    usage: "",
    help: "bundles of grants, their versions, and the roles that include them",
    run: async (argv, io) => (await skills()).listCommand(argv, io),
  },
  {
    name: "skills show",
    usage: "NAME",
    help: "one skill: its grants and its guidance",
    run: async (argv, io) => (await skills()).showCommand(argv, io),
  },
  {
    name: "skills used-by",
    usage: "NAME",
    help: "roles that include a skill, and what it lets each do beyond its approved version; 1 when there is such",
    run: async (argv, io) => (await skills()).usedByCommand(argv, io),
  },
  {
    name: "risk",
    usage: "[TOOL]",
    help: "how much harm each accepted tool can do, 0 to 100, with reasons",
    run: async (argv, io) => (await import("./risk.ts")).riskCommand(argv, io),
  },
  {
    name: "catalogue check",
    usage: "[SERVER]",
    help: "live definitions against the lock",
    run: async (argv, io) => (await catalogue()).checkCommand(argv, io),
  },
  {
    name: "catalogue accept",
    usage: "SERVER [TOOL…] [--yes]",
    help: "pins what the server says now; lifts quarantine",
    run: async (argv, io) => (await catalogue()).acceptCommand(argv, io),
  },
  {
    name: "keys create",
    usage: "--agent A --persona P … [--user U] [--days N]",
    help: "makes a key and prints it once",
    run: async (argv, io) => (await keys()).createCommand(argv, io),
  },
  {
    name: "keys list",
    usage: "",
    help: "keys, what they open, until when; never the keys themselves",
    run: async (argv, io) => (await keys()).listCommand(argv, io),
  },
  {
    name: "keys rotate",
    usage: "ID",
    help: "makes a successor; the old key works on for a day",
    run: async (argv, io) => (await keys()).rotateCommand(argv, io),
  },
  {
    name: "keys revoke",
    usage: "ID",
    help: "a key is refused from the next request on",
    run: async (argv, io) => (await keys()).revokeCommand(argv, io),
  },
  {
    name: "vault put",
    usage: "NAME [--from env:NAME|file:PATH]",
    help: "seals a credential, read from standard input, for `vault:NAME` in the catalogue",
    run: async (argv, io) => (await vault()).putCommand(argv, io),
  },
  {
    name: "vault list",
    usage: "",
    help: "names and keys of what is sealed; never the secrets",
    run: async (argv, io) => (await vault()).listCommand(argv, io),
  },
  {
    name: "vault remove",
    usage: "NAME",
    help: "forgets a credential",
    run: async (argv, io) => (await vault()).removeCommand(argv, io),
  },
  {
    name: "vault rewrap",
    usage: "",
    help: "puts all that is sealed under the master key in force",
    run: async (argv, io) => (await vault()).rewrapCommand(argv, io),
  },
  {
    name: "vault status",
    usage: "",
    help: "master keys by id, and how much stands under each; 1 while one is missing",
    run: async (argv, io) => (await vault()).statusCommand(argv, io),
  },
  {
    name: "audit tail",
    usage: "[-n N] [--follow] [--session S] [--kind K]",
    help: "last records, one line each",
    run: async (...given) => (await audit()).tailCommand(...given),
  },
  {
    name: "audit show",
    usage: "OPERATION",
    help: "all records of one call",
    run: async (argv, io) => (await audit()).showCommand(argv, io),
  },
  {
    name: "audit verify",
    usage: "[FOLDER] [--head HASH] [--first SEGMENT]",
    help: "checks the whole chain; finds and locates a changed byte",
    run: async (argv, io) => (await audit()).verifyCommand(argv, io),
  },
  {
    name: "audit recover",
    usage: "NODE --out FOLDER",
    help: "writes what the store has of a lost machine's records to a folder; says what is missing",
    run: async (argv, io) => (await import("./recover.ts")).recoverCommand(argv, io),
  },
  {
    name: "audit replay",
    usage: "SESSION",
    help: "feeds the recorded events to the actor again and compares each decision",
    run: async (argv, io) => (await audit()).replayCommand(argv, io),
  },
  {
    name: "sessions list",
    usage: "[PREFIX] [-n N]",
    help: "sessions, who is stopped, open calls, open breakers; in a cluster of all nodes, with owners",
    run: async (argv, io) => (await sessions()).listCommand(argv, io),
  },
  {
    name: "sessions show",
    usage: "KEY",
    help: "one session with its buckets, breakers and open calls, and in a cluster its owner",
    run: async (argv, io) => (await sessions()).showCommand(argv, io),
  },
  {
    name: "sessions lift",
    usage: "KEY [kill|behaviour|tools] [--reason R] | KEY flow --reason R | --agent A | --persona P | --all",
    help: "an operator's pardon, recorded; flow lets what was read and is not remembered value by value go anywhere",
    run: async (argv, io) => (await sessions()).liftCommand(argv, io),
  },
  {
    name: "scopes list",
    usage: "[PREFIX] [-n N]",
    help: "what sessions share: budget left and held, labels, open breakers; in a cluster of all nodes, with owners",
    run: async (argv, io) => (await scopes()).listCommand(argv, io),
  },
  {
    name: "scopes show",
    usage: "KEY",
    help: "one scope: its owner, budget, leases, labels with users, breaker",
    run: async (argv, io) => (await scopes()).showCommand(argv, io),
  },
  {
    name: "approvals list",
    usage: "[-n N]",
    help: "calls that wait for a person, and those decided on; in a cluster of all nodes",
    run: async (argv, io) => (await approvals()).listCommand(argv, io),
  },
  {
    name: "approvals approve",
    usage: "ID [--reason R]",
    help: "lets one call pass, once, when its agent makes it again",
    more: [
      "  It takes the administrator's key: the file administrator.key in the node's data folder, or the variable",
      "  GATEHOUSE_ADMINISTRATOR_KEY. Who approved, when and why is on record.",
      "  More: docs/approvals.md.",
    ],
    run: async (argv, io) => (await approvals()).approveCommand(argv, io),
  },
  {
    name: "approvals deny",
    usage: "ID [--reason R]",
    help: "refuses it; the agent cannot ask for the same call again until its time is over",
    run: async (argv, io) => (await approvals()).denyCommand(argv, io),
  },
  {
    name: "baseline build",
    usage: "PERSONA [--from DAY] [--to DAY] [--users N] [--approve NUMBER]…",
    help: "learns what is usual for a persona from the records here; puts nothing in force",
    more: [
      "  --from, --to  days, UTC: 2026-01-31. Without --to the newest three tenths are left for the shadow run",
      "  --users       how many users must have used a destination before it is known (2; 1 for a persona of one user)",
      "  --approve     a destination that a person knows, by the number that a build before has shown",
    ],
    run: async (argv, io) => (await baseline()).buildCommand(argv, io),
  },
  {
    name: "baseline shadow",
    usage: "PERSONA VERSION [--from DAY] [--to DAY] [--incident OPERATION]…",
    help: "in how many sessions each rule would have fired; what is above its budget will only tell",
    more: [
      "  --from, --to  days, UTC; without --from those after the days that it was learned from",
      "  --incident    a call that was an attack: its session's day is left out",
    ],
    run: async (argv, io) => (await baselineShadow()).shadowCommand(argv, io),
  },
  {
    name: "baseline promote",
    usage: "PERSONA VERSION --reason R [--destinations N] [--lowered N] [--unmeasured]",
    help: "puts a baseline in force, recorded",
    more: [
      "  --destinations  how many destinations become known by it, as it shows them: that somebody has seen them",
      "  --lowered       how many rules it lowers to an alert, as it shows them: that somebody has looked at what fired them",
      "  --unmeasured    although no shadow run has measured it, or one of fewer than 60 sessions",
    ],
    run: async (argv, io) => (await baseline()).promoteCommand(argv, io),
  },
  {
    name: "baseline rollback",
    usage: "PERSONA [VERSION] --reason R",
    help: "puts the one before in force again, or one that was before it, recorded",
    run: async (argv, io) => (await baseline()).rollbackCommand(argv, io),
  },
  {
    name: "baseline show",
    usage: "[PERSONA [VERSION]]",
    help: "baselines, which is in force, and what was done with them",
    run: async (argv, io) => (await baseline()).showCommand(argv, io),
  },
  {
    name: "kill",
    usage: "KEY | --agent A | --persona P | --all  --reason R",
    help: "stops sessions, closes their streams, refuses new calls",
    run: async (argv, io) => (await sessions()).killCommand(argv, io),
  },
  {
    name: "scan",
    usage: "[FILE…|-] [--min 1..5] [--index FILE]…",
    help: "finds sensitive data in texts; prints where, never what",
    run: async (...given) => (await import("./scan.ts")).scanCommand(...given),
  },
  ...dlpCommands,
];
