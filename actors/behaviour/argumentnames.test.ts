/** Words of arguments' names: argumentnames.ts. */
import { expect, test } from "vitest";
import { namesAddressee, namesDestination, namesPlaceToFetch } from "./argumentnames.ts";

const kinds = (name: string): readonly boolean[] => [namesDestination(name), namesAddressee(name), namesPlaceToFetch(name)]; // prettier-ignore

test.each([
  ["to", true, false, false],
  ["recipientId", false, true, false],
  ["RECIPIENT", true, true, false],
  ["chat_id", false, true, false],
  ["chat", false, true, false],
  ["replyTo", true, false, false],
  ["webhook-url", true, false, true],
  ["url_count", false, false, false],
  ["payees", false, true, false],
  ["iban", true, false, false],
  ["ticket", false, false, false],
  ["", false, false, false],
])("%s: a destination %s, an addressee %s, a place to fetch %s", (name, ...expected) => {
  expect(kinds(name)).toEqual(expected);
});

test("what is opened is a destination, by whichever of its names", () => {
  for (const word of ["url", "urls", "uri", "link", "href", "endpoint", "webhook", "host", "domain"])
    expect(kinds(`call_${word}`)).toEqual([true, false, true]);
});
