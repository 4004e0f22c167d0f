/** What a session remembers of values, and what counts as wholly seen, as operators read it. Reads and changes nothing. */
import { isCoarse, whollySeen, type WhollySeen } from "../../actors/guards/ledger.ts";
import type { CompiledRole } from "../../actors/guards/role.ts";
import type { SessionState } from "../../actors/session.ts";

export interface LedgerPortrait {
  /** Of guard five; absent when nothing was read. */
  readonly ledger?: {
    /** Answers of which values are remembered. */
    readonly answers: number;
    /** They are remembered under a key of the vault that is not in force any more: nothing can be compared with them. */
    readonly isStale?: true;
    readonly whollySeen?: WhollySeen & {
      /** Names of its role that are refused for it, whatever a call carries. */
      readonly refused: readonly string[];
    };
  };
}

/** @param role of the session, by its digest; without it no name can be told */
export function portrayLedger(
  state: SessionState,
  role: CompiledRole | undefined,
  key: string,
): LedgerPortrait {
  const { sources, memory } = state;
  if (sources.length === 0 && memory === undefined) return {};
  const seen = whollySeen(state);
  const answers = memory?.answers.length ?? 0;
  const refused = (role?.grants ?? []).filter((grant) => isCoarse(state, grant)).flatMap(({ index }) => role?.table.grants[index]?.name ?? []); // prettier-ignore
  return {
    ledger: {
      answers,
      ...(memory !== undefined && memory.key !== key ? { isStale: true as const } : {}),
      ...(seen === undefined ? {} : { whollySeen: { ...seen, refused: [...new Set(refused)].sort() } }),
    },
  };
}
