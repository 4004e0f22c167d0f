/**
 * Verbs of tool names, by group. Stricter than those of missions: "download", "verify", "open" and "log in" may change what
 * they touch, so that a tool named so is no read.
 */
export const toolVerbs: { readonly [group: string]: string } = {
  read: "get read list show find check look search retrieve view fetch summarize summarise query lookup count describe browse inspect stat cat head tail ls tree grep preview explain analyze analyse echo ping compare track recommend suggest estimate filter locate peek examine enumerate poll predict discover identify measure diagnose",
  compute: "calculate compute convert think simulate",
  create: "create make new generate insert draft duplicate copy clone fork comment save store put register submit import apply enroll enrol initialize init issue place record report compose enqueue provision instantiate define establish lodge reissue enter capture",
  write: "write",
  upload: "upload",
  schedule: "schedule plan",
  book: "book reserve",
  add: "add append attach push",
  send: "send email mail post forward message text dm broadcast dispatch ship fax resend redeliver deliver transmit",
  reply: "reply respond answer",
  notify: "notify alert inform announce remind warn nudge",
  share: "share",
  publish: "publish tweet release unpublish",
  invite: "invite onboard",
  update: "update change modify edit adjust set correct rename replace patch label tag mark rate renew extend redirect acknowledge ack isolate quarantine hide unhide pin unpin star unstar flag unflag annotate reorder reclassify categorize categorise prioritize prioritise snooze dismiss complete finish unmark untag upgrade downgrade reactivate restore undelete recover revert throttle scale resize rebalance migrate normalize normalise translate increase decrease raise lower adapt amend revise override configure calibrate tune customize customise link unlink detach map unmap exclude include disqualify requeue reprocess heat cool dim brighten fill empty replenish restock relabel regrade reroute divert sync synchronize synchronise split combine allocate reallocate confirm score rank follow unfollow seal unseal nominate",
  merge: "merge",
  lock: "lock",
  unlock: "unlock",
  approve: "approve reject sign endorse ratify certify sanction reveal unblind unmask",
  export: "export",
  move: "move relocate reposition",
  reschedule: "reschedule postpone",
  reset: "reset rotate rekey",
  enable: "enable activate toggle disable deactivate turn switch arm disarm mute unmute silence unsilence",
  suspend: "suspend pause freeze hold",
  resume: "resume unfreeze",
  assign: "assign reassign unassign",
  close: "close resolve reopen conclude finalize finalise",
  archive: "archive",
  delete: "delete remove erase drop clear kick unsubscribe purge destroy dispose trash wipe truncate retire decommission discard unenroll unenrol scrap prune expunge evict uninstall cull flush",
  cancel: "cancel abort decline void annul terminate disconnect",
  pay: "pay transfer wire donate charge withdraw deposit settle bill disburse remit",
  refund: "refund reimburse waive compensate",
  buy: "purchase buy redeem order checkout procure",
  exchange: "exchange swap",
  giveback: "return",
  grant: "grant promote demote authorize authorise permit allow chmod elevate impersonate",
  revoke: "revoke ban block unblock unban",
  run: "run execute exec eval start invoke trigger call navigate click login logout verify open install boot launch fire replay retry",
  halt: "stop kill shutdown halt",
  restart: "restart reboot",
  download: "download",
  deploy: "deploy rollback",
  handover: "handover escalate handoff",
};

/** Verbs that are as often nouns ("order_search", "label_print"): before another verb they are what is done to. */
export const nounVerbs = new Set("email mail message text order post comment label tag plan schedule draft copy store book list refund deposit charge purchase call export import upload download comment note filter fork patch report record issue hold place sign bill ship fax map star pin link score rank scale flag sync seal heat split".split(" ")); // prettier-ignore

/** Of those the ones that are verbs only where a description begins with them ("outage.report": Reports an outage). */
export const describedVerbs = new Set("report record issue place sign hold bill ship fax map star pin link score rank scale".split(" "));

/** Nouns of action, of names without a verb: "invoice.settlement". */
export const toolDeeds: { readonly [noun: string]: string } = {
  settlement: "pay", payment: "pay", payout: "pay", remittance: "pay", reimbursement: "refund", cancellation: "cancel", deletion: "delete", removal: "delete", disposal: "delete",
  creation: "create", submission: "create", registration: "create", enrolment: "create", enrollment: "create", approval: "approve", revocation: "revoke", renewal: "update", correction: "update",
  activation: "enable", deactivation: "enable", suspension: "suspend", closure: "close", assignment: "assign", dispatch: "send", execution: "run", deployment: "deploy", rescheduling: "reschedule",
}; // prettier-ignore
