/** Bounds of baselines, and of what is counted over days: rows of protocol/limits.ts. */
export const baselineLimitTable = {
  baselineBytesMax: [
    256 * 1024,
    "bytes",
    "one baseline's file; a few KB is usual, a thousand known destinations are 40 KB",
  ],
  baselineToolsMax: [512, "tools", "of one baseline; those with the fewest sessions are left out"],
  baselineDestinationsMax: [
    1_024,
    "destinations",
    "known to one baseline; those seen in the fewest sessions are left out",
  ],
  baselineModesMax: [128, "rules", "whose measured rates one baseline holds"],
  baselineClassesMax: [64, "classes", "of objects or data whose days one baseline holds"],
  baselineLevelsMax: [256, "users", "of one class whose own level a baseline holds"],
  baselineNameCharsMax: [600, "characters", "of a tool with its server, of a class or a rule in a baseline"],
  baselineKeptMax: [1_000, "baselines", "kept in one data folder; older ones must be taken away by hand"],
  baselineShadowSessionsMin: [
    60,
    "sessions",
    "that a shadow run must have measured before its baseline is offered: nothing seen in 60 is at most 5 % (3/n), the budget of rules that only tell; 150 stand for the 2 % of those that ask a person",
  ],
  rejudgedSessionsMax: [
    50_000,
    "sessions",
    "whose past a shadow run holds, two to five KB each; then what is known of the one that was silent for longest is let go, and told",
  ],
  rejudgedDaysMax: [
    200_000,
    "days",
    "of sessions that a shadow run holds open, a third of a KB each: those of the last two days, and those on which a call waits for a person",
  ],
  baselineAskAgainMs: [
    30_000,
    "ms",
    "after which a node asks another again for its baseline, where the two still differ",
  ],
  baselineNewsRecorded: [
    64,
    "destinations",
    "newly known ones that the record of a promotion names; their number is always told",
  ],
  summaryToolsMax: [
    256,
    "tools",
    "of one session that a summary tells apart; calls of further ones are summed up",
  ],
  summaryObjectsMax: [4_096, "objects", "different ones that a summary tells apart, for each tool"],
  summaryDestinationsMax: [256, "destinations", "of one tool that a summary keeps"],
  accumulationRulesMax: [16, "rules", "on what may be read over days, of one role"],
  tallyMarksMax: [
    32,
    "reads",
    "that a session has counted and not told its scopes; half of them are told at once",
  ],
  tallyTellMs: [10_000, "ms", "after which a session tells its scopes of fewer reads than that"],
  tallyClassesMax: [64, "classes", "that one scope counts by the day; the one idle for longest is forgotten"],
  tallyStopsMax: [16, "classes", "whose reads are stopped, that one session knows of"],
  tallyGaveMax: [32, "servers", "of which a session knows that they gave data of a class that is counted"],
} as const;
