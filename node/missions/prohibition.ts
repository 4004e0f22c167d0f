/**
 * What a mission forbids. A forbidding clause that fits no tool by its object forbids its whole effect; one with an exception
 * is kept as a constraint where it can be (a cap, a domain), and forbids otherwise.
 *
 * P1. What forbids and was not understood is a question, and until it is answered a person is asked before each write that it may
 *     mean: those about its object, and all of them where it has none that a tool is about.
 * P2. A clause that forbids by its effect alone, naming a thing that no tool is about, does not forbid what another line allows by one
 *     tool's own verb and all that it is about: nobody means both. But a person is asked before each call of that tool.
 */
import { canBound } from "./bounds.ts";
import { sharedObjects } from "./license.ts";
import type { Clause, Mission } from "./mission.ts";
import type { Tool } from "./tool.ts";
import type { EffectClass, VerbGroup } from "./verb.ts";
import { effectsOf, isSpecific, isTelling } from "./verb.ts";
import { fold, wordsOf } from "./words.ts";

export interface Prohibitions {
  /** The clause that forbids the tool; undefined when none does. */
  readonly of: (tool: Tool) => Clause | undefined;
  /** Words that may forbid the tool, a write, and were not understood: a person is asked before each of its calls. */
  readonly doubtOf: (tool: Tool) => string | undefined;
  /** Some of the mission forbids what is not known. */
  readonly isUnclear: boolean;
  readonly questions: readonly string[];
}

/** @param plain  tools that a line allows by name (P2) */
export function prohibitions(
  { clauses, doubts }: Pick<Mission, "clauses" | "doubts">,
  tools: readonly Tool[],
  plain: ReadonlySet<Tool> = new Set(),
): Prohibitions {
  const against = clauses.filter(
    (clause) => clause.isNegative && (clause.groups.size > 0 || clause.concepts.size > 0),
  );
  const questions: string[] = [];
  const reasons = new Map<Tool, Clause>();
  const unclear = new Map<Tool, string>();
  for (const clause of against) {
    const hit = forbiddenBy(clause, tools);
    if (hit.length === 0 && clause.groups.has("pry"))
      questions.push(`"${clause.text}" forbids to read, and names nothing that a tool here reads. Say what must not be read; until then it forbids no read.`); // prettier-ignore
    const kept = clause.isQualified ? hit.filter((tool) => canBound(tool, clause)) : [];
    if (clause.isQualified && kept.length < hit.length && hit.length > 0)
      questions.push(
        `"${clause.text}" forbids with an exception that no constraint can hold, so it forbids all of it. Name a domain or an amount, or leave it to the role's reviewer.`,
      );
    const spared = hit.filter((tool) => plain.has(tool) && isVague(clause, tool));
    for (const tool of spared) unclear.set(tool, clause.text);
    for (const tool of hit) if (!kept.includes(tool) && !spared.includes(tool)) reasons.set(tool, clause);
    if (spared.length > 0 && !isUnclear(clause)) questions.push(`"${clause.text}" forbids, and no tool is about what it names. A person is asked before each call of ${spared.map(({ definition }) => definition.name).join(", ")}, which another line allows by name. Does it mean that too?`); // prettier-ignore
  }
  // "Read-only" holds for what its sentence is about, wherever else that is spoken of.
  for (const clause of clauses.filter(({ isReadOnly, isNegative }) => isReadOnly && !isNegative))
    for (const tool of tools)
      if (tool.effect !== "read" && sharedObjects(tool, clause).length > 0) reasons.set(tool, clause);
  for (const clause of clauses.filter(isUnclear)) {
    const words = clause.deeds.map((word) => `"${word}"`).join(", ") || "no verb that is known";
    questions.push(`"${clause.text}" forbids, and what it forbids was not understood (${words}). Say it in other words. Until then a person is asked before each write that it may mean.`); // prettier-ignore
    for (const tool of doubtedBy(clause, tools)) unclear.set(tool, clause.text);
  }
  for (const text of doubts) for (const tool of tools) if (tool.effect !== "read") unclear.set(tool, text);
  return { of: (tool) => reasons.get(tool), doubtOf: (tool) => unclear.get(tool), isUnclear: doubts.length > 0 || clauses.some(isUnclear), questions }; // prettier-ignore
}

/** A cap or a domain says by itself what is meant. */
function isUnclear({ isNegative, deeds, groups, concepts, unknown, cap, domains }: Clause): boolean {
  if (!isNegative || deeds.length > 0) return isNegative;
  return groups.size === 0 && cap === undefined && domains.length === 0 && concepts.size + unknown.length > 0;
}

function isAbout({ objects }: Tool, { concepts, stems }: Clause): boolean {
  return [...objects].some((object) => object.startsWith("=") ? stems.has(object.slice(1)) : concepts.has(object)); // prettier-ignore
}

function doubtedBy(clause: Clause, tools: readonly Tool[]): readonly Tool[] {
  const writes = tools.filter(({ effect }) => effect !== "read");
  const near = writes.filter((tool) => isAbout(tool, clause));
  const named = [...clause.concepts].filter((concept) => !recipients.has(concept));
  // A thing that no tool can change, and no verb: "no weather". Nothing of that is granted.
  if (near.length === 0 && clause.deeds.length === 0 && named.length > 0) return [];
  return near.length > 0 && named.length > 0 ? near : writes;
}

const recipients = new Set(["user", "customer", "contact", "participant", "patient", "employee", "student", "supplier", "company", "human", "candidate", "doctor"]); // prettier-ignore

/**
 * "The merges are mine, and don't delete the pages": a deed that tools are named for, none of which is about what the clause names, is
 * forbidden of those; the rest of the clause forbids of its own object.
 */
function forbiddenBy(clause: Clause, tools: readonly Tool[]): readonly Tool[] {
  const isAbout = ({ objects }: Tool): boolean => [...objects].some((object) => clause.concepts.has(object));
  const apart = [...clause.groups].filter((each) => isSpecific(each) && tools.some(({ group }) => group === each) && !tools.some((tool) => tool.group === each && isAbout(tool))); // prettier-ignore
  const rest = new Set([...clause.groups].filter((group) => !apart.includes(group)));
  const isMixed = apart.length > 0 && rest.size > 0 && tools.some((tool) => tool.group !== undefined && rest.has(tool.group) && isAbout(tool)); // prettier-ignore
  if (!isMixed) return forbiddenTogether(clause, tools);
  const own = tools.filter(({ group, effect }) => group !== undefined && apart.includes(group) && effect !== "read"); // prettier-ignore
  return [...own, ...forbiddenTogether({ ...clause, groups: rest }, tools)];
}

function forbiddenTogether(clause: Clause, tools: readonly Tool[]): readonly Tool[] {
  const groups = [...clause.groups];
  if (groups.length > 0 && groups.every((group) => group === "heed")) return [];
  const fitting = tools.filter((tool) => groups.length === 0 ? tool.effect !== "read" : isMeant(tool, clause)); // prettier-ignore
  // "Never write to customers": to whom is no thing that a tool is about, and any way of writing to them is meant.
  if (groups.some(isTelling) && clause.concepts.size > 0 && [...clause.concepts].every((concept) => recipients.has(concept)))
    return fitting.filter(({ effect }) => effect !== "read"); // prettier-ignore
  const near = fitting.filter((tool) => isAbout(tool, clause));
  // "Never change the rights of a page": the page itself may be changed, where a tool is for its rights.
  const isOf = (effect: EffectClass): boolean => groups.some((group) => effectsOf(group).some((each) => each === effect)); // prettier-ignore
  const isRights = clause.concepts.has("permission") && clause.concepts.size > 1 && (isOf("update") || isOf("permission")) && !isOf("delete") && !isOf("send"); // prettier-ignore
  const rights = isRights ? near.filter(({ effect, objects }) => effect === "permission" || objects.has("permission")) : []; // prettier-ignore
  if (rights.length > 0) return rights;
  const whole = partOf(near, clause, groups);
  if (whole.length > 0) return whole;
  const named = near.filter(({ group }) => group !== undefined && clause.groups.has(group));
  // Who sets up no standing payments may still pay.
  if (named.length > 0 && groups.every((group) => isSpecific(group) || group === "schedule")) return named;
  if (near.length > 0) return near;
  // "Never approve one": a deed that tools are named for is forbidden of those.
  const own = fitting.filter(({ group }) => group !== undefined && clause.groups.has(group));
  if (own.length > 0 && groups.every(isSpecific)) return own;
  // "Never send anything": no object, or one that no tool has. Reads are not forbidden so.
  return groups.length === 0 ? [] : fitting.filter(({ effect }) => effect !== "read");
}

const ofWords = / (?:of|du|de|des|d'|del|della|dei|delle|di|dell'|der|eines|einer|von) ?/;
const joints = /(?:^|[ ,])(?:and|or|nor|et|ou|ni|und|oder|noch|e|o|ne'|y|u)(?= )/;

/** "Flights of a reservation are not changed": of the tools for a change those that are about both, where there are some. */
function partOf(near: readonly Tool[], clause: Clause, groups: readonly VerbGroup[]): readonly Tool[] {
  const text = fold(clause.text);
  if (!groups.every((group) => effectsOf(group)[0] === "update" || effectsOf(group)[0] === "read") || !groups.some((group) => effectsOf(group)[0] === "update")) return []; // prettier-ignore
  if (!ofWords.test(text) || joints.test(text)) return [];
  const things = [...clause.concepts].filter((concept) => near.some(({ objects }) => objects.has(concept)));
  return things.length < 2 ? [] : near.filter(({ objects }) => things.every((thing) => objects.has(thing)));
}

/** To do any of these is to change. */
const changing: ReadonlySet<VerbGroup> = new Set(["update", "write", "manage"]);

/** Whether the clause's verbs mean the tool: its own verb, or its effect. To forbid changes forbids every write. */
export function isMeant(tool: Tool, clause: Clause): boolean {
  const groups = [...clause.groups];
  if (tool.group !== undefined && clause.groups.has(tool.group)) return true;
  // "Sets permissions" grants, whatever its verb.
  if (tool.effect !== "read" && tool.objects.has("permission") && groups.some((group) => effectsOf(group).includes("permission"))) return true; // prettier-ignore
  if (groups.some((group) => !changing.has(group) && effectsOf(group).includes(tool.effect))) return true;
  if (!groups.some((group) => changing.has(group))) return false;
  // Who may not change a thing may still share it, or invite somebody to it.
  return tool.effect !== "read" && tool.effect !== "send" && tool.effect !== "pay" && tool.group !== "share" && tool.group !== "invite"; // prettier-ignore
}

/**
 * Words for things in general, and for what was named before: what is said of them is said of what another line allows, too ("never changes the
 * data"). English, French, German, Italian, Spanish.
 */
const anyThing = [
  /^(?:things?|stuff|circumstances?|cases?|data|values?|states?|items?|entr(?:y|ies)|records?|contents?|config(?:uration)?s?|settings?|systems?|production|environments?|infrastructure|hardware|equipment|machinery|devices?|objects?|elements?|resources?|assets?|databases?|rest|remainder|lot|whole|totality|entirety|world|same|ones?|bit|iota|jot|details?|originals?|former|latter|above|aforementioned|said|mentioned|status)$/,
  /^(?:choses?|cas|donnees?|valeurs?|etats?|entrees?|enregistrements?|contenus?|systemes?|environnements?|materiels?|equipements?|appareils?|objets?|ressources?|bases?|reste|tout|totalite|ensemble|monde|virgule|precedente?s?|susdite?s?|originaux)$/,
  /^(?:sachen?|dinge?n?|falle?|daten|werte?n?|zustande?|eintrage?n?|datensatze?n?|inhalte?|konfiguration(?:en)?|einstellung(?:en)?|systeme?n?|produktion|umgebung(?:en)?|hardware|anlagen?|gerate?n?|gegenstande?n?|objekte?n?|ressourcen?|bestande?n?|datenbank(?:en)?|ganzen?|ubrigen?|gesamtheit|welt|jota|kleinigkeit(?:en)?|geringsten?|genannten?|obigen?|originale?)$/,
  /^(?:cos[ae]|cas[oi]|dat[oi]|valor[ei]|stat[oi]|voc[ei]|contenut[oi]|sistem[ai]|produzione|ambient[ei]|apparecchi[oa]?|attrezzatur[ae]|oggett[oi]|element[oi]|risors[ae]|resto|tutto|totalita|insieme|mondo|virgola|dettagli[oa]?|suddett[eio]|predett[eio]|original[ei])$/,
  /^(?:cosas?|casos?|datos?|valor(?:es)?|estados?|entradas?|registros?|contenidos?|sistemas?|produccion|entornos?|aparatos?|equipos?|objetos?|elementos?|recursos?|demas|todo|totalidad|conjunto|mundo|coma|detalles?|minimo|anterior(?:es)?|dichos?|dichas?|citad[ao]s?|original(?:es)?)$/,
]; // prettier-ignore

/** "Never calibrate the pitch", of which no tool is: it forbids by its effect alone, and by no verb for one deed. */
function isVague(clause: Clause, tool: Tool): boolean {
  const isOwn = tool.group !== undefined && isSpecific(tool.group) && clause.groups.has(tool.group);
  if (clause.groups.size === 0 || clause.cap !== undefined || isOwn) return false;
  const named = [...clause.concepts].filter((concept) => !recipients.has(concept));
  const words = wordsOf(fold(clause.text));
  if (words.some((word) => anyThing.some((each) => each.test(word)))) return false;
  return !isAbout(tool, clause) && (named.length > 0 || namesThing(words, clause));
}

/** Before these a thing is named, and not "any" or "no" thing. */
const articles =
  /^(?:the|an?|its|their|our|your|l|le|la|les|du|des|une?|son|sa|ses|leurs?|d(?:er|ie|as|en|em|es)|eine?[nrms]?|seine?[nr]?|ihre?[nr]?|unsere?[nr]?|il|lo|i|gli|del|dello|della|dei|degli|delle|uno|una|suo|sua|el|los|las|su|sus|al)$/;

function namesThing(words: readonly string[], { unknown, deeds }: Clause): boolean {
  return words.some((word, at) => unknown.includes(word) && !deeds.includes(word) && articles.test(words[at - 1] ?? "")); // prettier-ignore
}
