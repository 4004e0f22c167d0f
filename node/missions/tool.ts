/** A tool as the compiler sees it: its effect, its verb, what it is about. Pure; words of descriptions are described.ts's. */
import type { Effect, ToolDefinition } from "./effect.ts";
import { effectOf } from "./effect.ts";
import { englishLexicon } from "./lexicons.ts";
import { englishStem, nameWords } from "./words.ts";

export interface CatalogueTool extends ToolDefinition {
  readonly server: string;
  /** Types of its arguments, where they are known: "array" asks for a pointer. */
  readonly types: { readonly [name: string]: string };
}

export interface Tool extends Effect {
  readonly definition: CatalogueTool;
  readonly server: string;
  /** Concepts of its name; `=stem` for words that no concept has. */
  readonly objects: ReadonlySet<string>;
  /** Concepts of its arguments: what a call of it needs to know. */
  readonly needs: ReadonlySet<string>;
}

/** A definition does not change: what it comes to is worked out once, for all the missions and tasks it is held against. */
const known = new WeakMap<CatalogueTool, Tool>();

export function toolOf(definition: CatalogueTool): Tool {
  const found = known.get(definition);
  if (found !== undefined) return found;
  const effect = effectOf(definition);
  const tool = {
    ...effect,
    definition,
    server: definition.server,
    objects: objectsOf(nameWords(definition.name), effect),
    needs: new Set(definition.parameters.flatMap((name) => nameWords(name).flatMap(needOf))),
  };
  known.set(definition, tool);
  return tool;
}

/** The words of a tool's name for some of its objects: what a person reads there, and no concept or stem of ours. */
export function wordsFor({ definition }: Tool, objects: readonly string[]): string {
  const words = objects.map((object) => nameWords(definition.name).find((word) => isFor(word, object)) ?? object.replace("=", "")); // prettier-ignore
  return [...new Set(words)].join(", ");
}

function isFor(word: string, object: string): boolean {
  if (object.startsWith("=")) return englishStem(word) === object.slice(1);
  return englishLexicon.concepts.find(word).has(object) || englishLexicon.hints.find(word).has(object);
}

function needOf(word: string): readonly string[] {
  if (/^(?:recipients?|participants?|attendees?|to|cc|bcc|email|sender)$/.test(word)) return ["contact"];
  return [...englishLexicon.concepts.find(word)].filter((concept) => concept !== "profile");
}

function objectsOf(words: readonly string[], { at = -1, group }: Effect): ReadonlySet<string> {
  // "search_contacts_by_email" is about contacts.
  const tail = words.findIndex((word, place) => place > at && /^(?:by|from|with|for|in|using)$/.test(word));
  const named = words.slice(0, tail < 0 ? undefined : tail).filter((_, place) => place !== at);
  const objects = new Set<string>();
  const isAlone = named.length === 0;
  for (const word of isAlone ? words : named) {
    const sure = englishLexicon.concepts.find(word);
    const found = sure.size > 0 ? sure : englishLexicon.hints.find(word);
    for (const concept of found) objects.add(concept);
    if (found.size === 0 && !englishLexicon.is("common", word) && !fillers.has(word)) objects.add(`=${englishStem(word)}`); // prettier-ignore
  }
  // Of leave there are balances too; one that is of nothing else is an account's.
  if (objects.size === 1 && objects.has("balance")) objects.add("transaction");
  if (objects.has("transaction")) objects.add("payment");
  if (group === "handover") return new Set(["human"]);
  if (objects.size > 1) objects.delete("date");
  return objects;
}

const fillers = new Set(["id", "ids", "current", "most", "recent", "new", "unread", "received", "pending", "delivered", "direct", "types", "type", "history", "and", "or"]); // prettier-ignore
