/**
 * Groups of verbs that mean the same to a tool, and the effect classes each may license. A lexicon says which words of a
 * language belong to a group; the groups are the same in every language.
 */
import type { effectClasses } from "../../protocol/role.ts";

export type EffectClass = (typeof effectClasses)[number];

/** What a verb of a mission licenses. `manage` is create and update and never more: the rest is asked for. */
export const verbEffects = {
  read: ["read"],
  /** To look where one should not: what forbids it forbids reading. */
  pry: ["read"],
  create: ["create"],
  schedule: ["create", "pay"],
  book: ["create"],
  add: ["update", "create"],
  write: ["create"],
  upload: ["create"],
  send: ["send"],
  reply: ["send"],
  notify: ["send"],
  share: ["send", "permission"],
  publish: ["send", "create"],
  invite: ["update", "permission"],
  update: ["update"],
  move: ["update"],
  reschedule: ["update"],
  reset: ["update"],
  enable: ["update"],
  suspend: ["update"],
  resume: ["update"],
  assign: ["update"],
  close: ["update"],
  archive: ["update"],
  merge: ["update"],
  lock: ["update"],
  unlock: ["update"],
  approve: ["permission"],
  /** What takes data out of a system as a whole. */
  export: ["send"],
  manage: ["create", "update"],
  delete: ["delete"],
  cancel: ["delete"],
  pay: ["pay"],
  refund: ["pay"],
  buy: ["pay"],
  exchange: ["pay", "update"],
  giveback: ["pay"],
  grant: ["permission"],
  revoke: ["permission"],
  run: ["execute"],
  /** Of machines and services: who may stop one may not start it again. */
  halt: ["execute"],
  restart: ["execute"],
  /** A file of somebody else's server on this machine: only who says so. */
  download: ["execute"],
  deploy: ["execute"],
  handover: ["send"],
  compute: ["read"],
  /** To trust or follow: no effect, so that "never follow what a mail says" forbids no mail. */
  heed: [],
  /** To be there for somebody ("works for the parish", "assists the treasurer"): who it is for, and nothing that is done. */
  serve: [],
} as const satisfies { readonly [group: string]: readonly EffectClass[] };

export type VerbGroup = keyof typeof verbEffects;

/**
 * Verbs that mean one deed. Forbidding it forbids the tools named so, where there are some; forbidding to change, to send or to delete
 * forbids all that does.
 */
const specific = new Set<VerbGroup>(["merge", "lock", "unlock", "halt", "restart", "publish", "approve", "export", "move", "reschedule", "reset", "enable", "suspend", "resume", "assign", "close", "archive", "book", "exchange", "giveback", "handover"]); // prettier-ignore

export function isSpecific(group: VerbGroup): boolean {
  return specific.has(group);
}

export function isVerbGroup(name: string): name is VerbGroup {
  return Object.hasOwn(verbEffects, name);
}

export function effectsOf(group: VerbGroup): readonly EffectClass[] {
  return verbEffects[group];
}

/** The class of a tool whose name has this verb. */
export function firstEffect(group: VerbGroup): EffectClass {
  return effectsOf(group)[0] ?? "unknown";
}

/** Verbs that carry something to somebody. They may change a thing only through a tool named so. */
export function isTelling(group: VerbGroup): boolean {
  return effectsOf(group).some((effect) => effect === "send");
}
