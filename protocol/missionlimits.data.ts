/** Bounds of the mission compiler, and of guard four: rows of protocol/limits.ts. */
import { sequenceLimitTable } from "./sequencelimits.data.ts";

export const missionLimitTable = {
  missionCharsMax: [20_000, "characters", "a mission that a person reviews; the same as a role file's"],
  missionWordsMax: [
    500,
    "words",
    "longer texts are policies, whose words name far more tools than an agent needs",
  ],
  missionUnmatchedMax: [200, "words", "of a mission that matched nothing, in one answer"],
  missionToolsMax: [5_000, "tools", "of one catalogue that a mission is compiled against"],
  missionToolsBytesMax: [32 * 1024 * 1024, "bytes", "a file of tools for the compiler"],
  proposalMs: [60_000, "ms", "a language model has for its proposal; nothing waits for it but the command"],
  proposalCharsMax: [64 * 1024, "characters", "of what a model says in one proposal"],
  proposalTokensMax: [2_000, "tokens", "that a model is asked to say at most"],
  proposalsMax: [20, "tools", "that one proposal may name: what a person reads"],
  proposalReasonCharsMax: [300, "characters", "of a model's reason for one tool, in a role file's comment"],
  roleHistoryBytesMax: [
    32 * 1024 * 1024,
    "bytes",
    "the versions of one role, each with the whole role: a hundred of the largest",
  ],
  riskRecordsMax: [20_000, "records", "of the last ones that a risk score looks at, so that it takes a second"],
  roleChangesShownMax: [8, "changes", "of a role that is refused, in one fault; gatehouse role diff shows all"],
  ...sequenceLimitTable,
} as const;
