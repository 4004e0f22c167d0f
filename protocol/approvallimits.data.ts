/** Bounds of calls that wait, for a person or for their agent's answer: rows of protocol/limits.ts. */
export const approvalLimitTable = {
  parkedCallsPerSessionMax: [32, "calls", "calls waiting for the client's answer to input_required"],
  parkedCallMs: [10 * 60_000, "ms", "how long an upstream call waits for a person"],
  approvalsPerSessionMax: [8, "approvals", "of one session that wait for a person, for their use, or were refused and are not over"], // prettier-ignore
  approvalsPastPerSessionMax: [8, "approvals", "of one session that are over and still known by their id; the oldest is forgotten"], // prettier-ignore
  approvalMs: [15 * 60_000, "ms", "how long a parked call waits for a person, where the role says nothing"],
  approvalUseMs: [5 * 60_000, "ms", "from an approval until its use, at the least: agents come back late"],
  approvalMinutesMax: [240, "minutes", "how long a role may let parked calls wait: what was asked must still be what is meant"], // prettier-ignore
  approvalWhyCharsMax: [512, "characters", "what an approval keeps of why it was asked for, for who decides"],
  approvalShownCharsMax: [
    400,
    "characters",
    "what an approval keeps of the arguments that the role constrains",
  ],
  approvalHoldMs: [20_000, "ms", "how long an agent's request is held open for a person's decision, where the role says nothing"], // prettier-ignore
  approvalHoldSecondsMax: [50, "seconds", "the same, at most: clients give up after 60"],
  approvalAgainMs: [1_000, "ms", "between two looks of a held call whether a person has decided"],
  approvalHeldPerSessionMax: [
    8,
    "calls",
    "of one session held open for a decision; more are told to ask again",
  ],
  approvalHeldMax: [512, "calls", "of one node held open for a decision; more are told to ask again"],
  approvalAskAgainMs: [5_000, "ms", "after which an agent is told to ask again for a call that a person has not decided on"], // prettier-ignore
  approvalsListedMax: [1_000, "approvals", "of one list"],
  approvalCopyMs: [1_000, "ms", "until another node has a person's decision; then its answer says that none has it"], // prettier-ignore
  approvalHookMs: [5_000, "ms", "one try to tell the approvals webhook"],
  approvalHookAttempts: [3, "tries", "to tell it; then it is given up, and said on the console"],
  approvalHookAgainMs: [1_000, "ms", "before the second try; four times as long before the third"],
  approvalHookAnswerBytesMax: [64 * 1024, "bytes", "of an answer of the approvals webhook, which is not read; then its connection is closed"], // prettier-ignore
  approvalHookConnectionsMax: [2, "sockets", "to the approvals webhook"],
  approvalHookWaitingMax: [64, "messages", "to the webhook under way or waiting for their next try"],
} as const;
