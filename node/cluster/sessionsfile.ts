/** Where a node of a cluster puts its sessions away: apart from those of a time when it was alone, and new with each process. */
import { rmSync } from "node:fs";

export const sessionsFile = "cluster-sessions.db";

/** Sessions that an earlier process of this node has put away: not this one's any more (K2). */
export function forgetSessions(file: (name: string) => string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(file(sessionsFile + end), { force: true });
}
