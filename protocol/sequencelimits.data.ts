/** Bounds of guard four, the sequence: rows of protocol/limits.ts. */
export const sequenceLimitTable = {
  traceValuesMax: [48, "values", "of one call's arguments that guard four looks at; more is a fact of the call"],
  traceAnswerCharsMax: [64 * 1024, "characters", "of one answer whose words are marked, a millisecond; the rest is not known, and that is a fact"],
  traceMarksMax: [768, "marks", "of one answer, 6 KB in its record; those nearest to directive words first"],
  trailToolsMax: [24, "tools", "that one session's trail counts apart"],
  trailBytesMax: [8 * 1024, "bytes", "one session's trail in memory"],
  sequenceStepsMax: [16, "rules", "on what may follow what, in one role"],
  sequenceDistinctMax: [4, "rules", "of them that count different things: 256 bytes of a session's trail each"],
  taskCharsMax: [4_096, "characters", "the text of a task that a client passes with a call; a longer one is none"],
  tasksKeptMax: [512, "tasks", "whose texts are read once, of all personas of a node"],
  replayCallsMax: [100_000, "calls", "of one recorded session that is replayed"],
  replayFileBytesMax: [1024 * 1024 * 1024, "bytes", "of one file of recorded sessions or texts, unpacked"],
} as const;
