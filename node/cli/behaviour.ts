/**
 * `gatehouse behaviour replay`: recorded sessions through guard four as it stands on the road (docs/behaviour.md).
 *
 * R1. With --json standard output is one line for each test session and nothing else; the closing line of docs/cli.md then goes to
 *     standard error.
 * R2. Without it each session is followed by its calls, one line each: what was asked for, which rules, and why.
 */
import { sequenceActions, type SequenceAction } from "../../protocol/sequence.ts";
import { reasonWords } from "../../actors/behaviour/explanation.ts";
import { Replayer, type Replayed, type ReplayedCall } from "../behaviour/replayer.ts";
import { RecordedFault, fileText, sessionsOf, textsOf, type RecordedSession } from "../behaviour/sessions.ts";
import { readToolsFile } from "../missions/toolsfile.ts";
import type { CliIo } from "./io.ts";
import { Arguments, finish, Misuse } from "./io.ts";

const usage = "gatehouse behaviour replay --tools F --texts F [--train SESSIONS] --test SESSIONS";

export async function replayCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["tools", "texts", "train", "test"], []);
  const [tools, texts, train, test] = ["tools", "texts", "train", "test"].map((name) => given.value(name));
  if (given.rest.length > 0 || tools === undefined || texts === undefined || test === undefined)
    throw new Misuse(`behaviour replay takes tools, texts and test sessions. Usage: ${usage}`);
  try {
    return replayFiles(tools, texts, train, test, io);
  } catch (error) {
    if (error instanceof RecordedFault) throw new Misuse(error.message);
    throw error;
  }
}

function replayFiles(
  tools: string,
  texts: string,
  train: string | undefined,
  test: string,
  io: CliIo,
): number {
  const file = readToolsFile(fileText(tools));
  if (typeof file === "string") throw new Misuse(`${tools} is no file of tools: ${file}`);
  const known = textsOf(texts);
  const replayer = new Replayer(file, known);
  if (train !== undefined) for (const session of sessionsOf(train)) replayer.train(session);
  const counts = new Map<SequenceAction, number>(sequenceActions.map((action) => [action, 0]));
  let [sessions, unread] = [0, 0];
  for (const session of sessionsOf(test)) {
    if (!Object.hasOwn(file, session.tools)) throw new Misuse(`${test}: the session ${session.id} names the tools \`${session.tools}\`, which ${tools} does not have`); // prettier-ignore
    unread += session.calls.filter(({ result }) => typeof result === "string" && !known.has(result)).length;
    const replayed = replayer.replay(session);
    const line = lineOf(session.id, replayed);
    counts.set(line.action, (counts.get(line.action) ?? 0) + 1);
    sessions++;
    if (io.json) io.out(JSON.stringify(line));
    else for (const each of wordsOf(session, line, replayed)) io.out(each);
  }
  if (unread > 0) io.err(`${unread} answers are named whose text ${texts} does not have: the guard has read nothing of them.`); // prettier-ignore
  const closing = { ...io, out: io.json ? io.err : io.out };
  return finish(closing, "behaviour replay", true, { sessions, ...Object.fromEntries(counts) });
}

/** For people: the session, and below it each of its calls with what was asked for, which rules and why. */
function wordsOf({ id, calls: made }: RecordedSession, line: Line, { calls }: Replayed): readonly string[] {
  const names = made.map(({ tool }) => tool);
  const room = Math.max(...names.map((name) => name.length));
  const row = ({ i, action, score, rules, terms }: ReplayedCall): string => {
    const fired = rules.length === 0 ? "" : `  ${rules.map(({ rule }) => rule).join(", ")}:`;
    const reason = reasonWords(terms);
    return `  ${String(i).padStart(3)} ${(names[i] ?? "").padEnd(room)}  ${action.padEnd(9)} ${(score / 10).toFixed(1).padStart(4)}${fired}${reason === "" ? "" : ` ${reason}`}`; // prettier-ignore
  };
  return [`${line.action.padEnd(9)} ${line.max_score.toFixed(1).padStart(4)}  ${id}`, ...calls.map(row)];
}

interface Line {
  readonly id: string;
  readonly calls: readonly { readonly i: number; readonly action: SequenceAction; readonly rules: readonly string[]; readonly score: number }[]; // prettier-ignore
  readonly max_score: number;
  readonly action: SequenceAction;
}

export function lineOf(id: string, { calls }: Replayed): Line {
  const worst = calls.reduce((most, { action }) => Math.max(most, sequenceActions.indexOf(action)), 0);
  return {
    id,
    calls: calls.map(({ i, action, rules, score }) => ({ i, action, rules: rules.map(({ rule }) => `sequence.${rule}`), score: score / 10 })), // prettier-ignore
    max_score: calls.reduce((most, { score }) => Math.max(most, score), 0) / 10,
    action: sequenceActions[worst] ?? "allow",
  };
}
