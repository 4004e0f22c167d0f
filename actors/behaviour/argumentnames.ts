/**
 * What an argument's name says of its value: where a call goes, to whom, or what it opens. Owns these words, each in one place.
 *
 * N1. Words are read in small letters: `recipientId`, `recipient_id` and `RECIPIENT-ID` are "recipient" and "id".
 */

/** Who or what something goes to: a destination by the last word of a name, and said wherever the word stands in it (`recipient_id`). */
const parties = "recipient recipients cc bcc participant participants attendee attendees invitee invitees guest guests address addresses email emails user users channel channels collaborator collaborators payee beneficiary account phone destination target"; // prettier-ignore
/** So told, too, but no destination by itself: what bears such a name is as often what is read. */
const partiesReadAsWell = "receiver receivers chat chats conversation conversations room rooms group groups team teams space spaces member members person people contact contacts customer customers subscriber subscribers audience assignee assignees payees beneficiaries accounts phones mailbox inbox destinations targets"; // prettier-ignore
/** What is opened. */
const places = "url urls uri link href endpoint webhook host domain";
/** Where something goes, as a last word alone. */
const others = "to username iban number";

const addresseeWords = wordSet(parties, partiesReadAsWell);
const destinationWords = wordSet(parties, places, others);
const fetchWords = wordSet(places);

function wordSet(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(" ")));
}

/** As much of a name as is read. */
export const argumentNameCharsMost = 64;

export function wordsOf(name: string): readonly string[] {
  return name.slice(0, argumentNameCharsMost).replace(/(\p{Ll})(\p{Lu})/gu, "$1_$2").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ""); // prettier-ignore
}

/** Whether an argument is called like one that says where a call goes. */
export function namesDestination(name: string): boolean {
  return destinationWords.has(wordsOf(name).at(-1) ?? "");
}

/** Whether it is called like one that says to whom something goes. */
export function namesAddressee(name: string): boolean {
  return wordsOf(name).some((word) => addresseeWords.has(word));
}

/** Whether it is called like one whose value is opened. */
export function namesPlaceToFetch(name: string): boolean {
  return fetchWords.has(wordsOf(name).at(-1) ?? "");
}
