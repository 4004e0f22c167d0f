/** `gatehouse status`: what the running node says of itself. */
import type { KillRule } from "../control/killfile.ts";
import type { NodeStatus } from "../control/operators.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { isLoaded, loadConfiguration } from "../config.ts";
import { findDrift, readRoles, sayDrift } from "./drift.ts";
import { ask, openProject } from "./project.ts";
import { sayRules } from "./sessions.ts";
import { columns, instant, line, say } from "./table.ts";

export async function statusCommand(argv: readonly string[], io: CliIo): Promise<number> {
  if (new Arguments(argv, [], []).rest.length > 0) throw new Misuse("status takes no more words");
  const status = (await ask(openProject(io), "status")) as NodeStatus & {
    readonly kills: readonly KillRule[];
  };
  const running = readRoles(status);
  const files = loadConfiguration(io.folder, { env: io.env });
  const drift = running !== undefined && isLoaded(files) ? findDrift(running, files.tables, true) : [];
  if (io.json) io.out(JSON.stringify({ ...status, drift }));
  else {
    const { kills, ...rest } = status;
    const parts = running === undefined ? rest : { ...rest, since: instant(running.since) };
    for (const each of sayRules(kills)) io.out(each);
    if (running !== undefined) {
      for (const each of sayDrift(running, drift)) io.out(each);
      if (!isLoaded(files)) io.out(io.spell("Note: the files have faults, so a new start would fail: gatehouse role check")); // prettier-ignore
    }
    for (const each of sayParts(parts, "")) io.out(each);
  }
  return finish(io, "status", true, {});
}

type Parts = { readonly [name: string]: unknown };

/** Names and values first, then each part that has parts of its own. */
function* sayParts(parts: Parts, indent: string): Generator<string> {
  const entries = Object.entries(parts).filter(([, value]) => value !== undefined && value !== null);
  const plain = entries.filter(([, value]) => typeof value !== "object");
  const width = Math.max(0, ...plain.map(([name]) => name.length));
  for (const [name, value] of plain) yield line(`${indent}${name.padEnd(width)}  ${say(value)}`);
  for (const [name, value] of entries) {
    if (typeof value !== "object" || value === null) continue;
    const rows = Array.isArray(value) ? (value as unknown[]) : undefined;
    if (rows?.length === 0) continue;
    if (indent === "") yield "";
    yield line(`${indent}${name}`);
    if (rows === undefined) yield* sayParts(value as Parts, `${indent}  `);
    else yield* sayRows(rows, `${indent}  `);
  }
}

/** A list of things with names as a table; any other list line by line. */
function* sayRows(rows: readonly unknown[], indent: string): Generator<string> {
  const things = rows.filter(
    (row): row is Parts => typeof row === "object" && row !== null && !Array.isArray(row),
  );
  if (things.length < rows.length) {
    for (const row of rows) yield line(`${indent}${say(row)}`);
    return;
  }
  const head = [...new Set(things.flatMap((thing) => Object.keys(thing)))];
  const cells = things.map((thing) => head.map((name) => say(thing[name])));
  for (const each of columns(head, cells)) yield `${indent}${each}`;
}
