/** `gatehouse dlp external`: tries the recognisers outside this process, one by one; with a file, what they say of it. */
import { readFileSync } from "node:fs";
import { GatewayError } from "../../protocol/errors.ts";
import type { RecogniserSettings } from "../../protocol/recognisers.ts";
import { didYouMean, list, quote, whyUnread } from "../catalogue/fault.ts";
import type { Appointed } from "../dlp/external/examiner.ts";
import { openRecognisers } from "../dlp/external/opening.ts";
import type { Direction, Recogniser } from "../dlp/external/recogniser.ts";
import { Dialer } from "../upstream/dialer.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { openProject, openVaultOf } from "./project.ts";
import { line } from "./table.ts";

interface Tried {
  readonly recogniser: string;
  readonly direction?: Direction;
  readonly says?: Readonly<Record<string, string>>;
  readonly findings?: readonly { readonly type: string; readonly start: number; readonly end: number; readonly likelihood: number }[]; // prettier-ignore
  readonly blocked?: string;
  readonly fault?: string;
}

export async function externalCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["file"], []);
  const [wanted, ...more] = given.rest;
  if (more.length > 0) throw new Misuse("dlp external takes one name, or none for all");
  const project = openProject(io);
  const { external } = project.settings.dlp;
  const known = Object.keys(external);
  if (wanted !== undefined && !known.includes(wanted))
    throw new Misuse(
      `dlp.external has no ${quote(wanted)}. ${didYouMean(wanted, known)}Known: ${list(known)}`,
    );
  const path = given.value("file");
  const text = path === undefined ? undefined : readText(path);
  const chosen = Object.fromEntries(Object.entries(external).filter(([name]) => (wanted ?? name) === name));
  const dialer = new Dialer();
  const vault = (name: string) => openVaultOf(project, io).get(name);
  let faults = 0;
  try {
    const around = { env: io.env, folder: project.folder, vault };
    for (const [name, settings] of Object.entries(chosen))
      for (const tried of await openAndTry(
        name,
        () => openRecognisers({ [name]: settings }, { dialer, around }),
        text,
        io,
      )) {
        if (tried.fault !== undefined) faults++;
        say(io, tried, settings);
      }
  } finally {
    await dialer.close();
  }
  if (!io.json && Object.keys(chosen).length === 0)
    io.out("No recogniser is set up: dlp.external in gatehouse.yaml; docs/dlp.md says how.");
  return finish(io, "dlp external", faults === 0, { recognisers: Object.keys(chosen).length, faults });
}

function readText(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (cause) {
    throw new Misuse(`${path} ${whyUnread(cause)}`, { cause });
  }
}

/** One that cannot be opened says so, and the others are tried all the same. */
async function openAndTry(
  name: string,
  openNamed: () => readonly Appointed[],
  text: string | undefined,
  { spell }: CliIo,
): Promise<readonly Tried[]> {
  let opened: readonly Appointed[];
  try {
    opened = openNamed();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { detail = error.message, remedy } = error;
    return [{ recogniser: name, fault: spell(remedy === undefined ? detail : `${detail}: ${remedy}`) }];
  }
  const tried: Tried[] = [];
  for (const { recogniser, waitMs } of opened) {
    tried.push(...(await tryOne(name, recogniser, waitMs, text)));
    await recogniser.close();
  }
  return tried;
}

async function tryOne(
  name: string,
  recogniser: Recogniser,
  waitMs: number,
  text: string | undefined,
): Promise<readonly Tried[]> {
  // prettier-ignore
  const attempt = async (about: Partial<Tried>, act: () => Promise<Partial<Tried>>): Promise<Tried> => {
    try {
      return { recogniser: name, ...about, ...(await act()) };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { recogniser: name, ...about, fault: error.detail ?? error.message };
    }
  };
  const deadline = (): number => performance.now() + waitMs;
  const tried = [await attempt({}, async () => ({ says: await recogniser.probe(deadline()) }))];
  for (const direction of text === undefined ? [] : recogniser.directions)
    tried.push(await attempt({ direction }, () => recogniser.examine({ text: text ?? "", direction, deadlineMs: deadline() }))); // prettier-ignore
  return tried;
}

function say(io: CliIo, tried: Tried, settings: RecogniserSettings): void {
  if (io.json) return io.out(JSON.stringify(tried));
  const { recogniser, direction, says, findings, blocked, fault } = tried;
  const head = direction === undefined ? recogniser : `${recogniser}, ${direction}`;
  if (fault !== undefined) {
    io.out(line(`${head}: no verdict: ${fault}`));
    return direction === undefined ? sayFailing(io, recogniser, settings) : undefined;
  }
  for (const [what, told] of Object.entries(says ?? {})) io.out(line(`${head}: ${what}: ${told}`));
  if (says !== undefined) return;
  if (blocked !== undefined) io.out(line(`${head}: blocked: ${blocked}`));
  for (const { type, start, end, likelihood } of findings ?? []) io.out(line(`${head}: ${type} at ${start} to ${end}, likelihood ${likelihood}`)); // prettier-ignore
  if (blocked === undefined && findings?.length === 0) io.out(line(`${head}: clean`));
}

/** What calls meet meanwhile, and where the questions went; of an address nothing behind its host, where secrets may stand. */
function sayFailing(io: CliIo, name: string, settings: RecogniserSettings): void {
  const { icap, presidio, webhook, failing, personas } = settings;
  const urls = [icap?.request, icap?.response, presidio?.url, webhook?.url].filter(
    (url) => url !== undefined,
  );
  const asked = [...new Set(urls.map((url) => new URL(url).host))].join(", ");
  const others = Object.entries(personas).map(([persona, mode]) => `; of ${persona} they ${failingWords[mode]}`).join(""); // prettier-ignore
  io.out(line(`  ${name} is asked at ${asked}. While it gives no verdict, documents ${failingWords[failing]}${others}.`)); // prettier-ignore
}

const failingWords: Readonly<Record<RecogniserSettings["failing"], string>> = {
  closed: "are refused (failing: closed)",
  open: "pass on our own scan (failing: open)",
  local: "are not shown to it (failing: local)",
};
