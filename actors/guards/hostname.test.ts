import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileHosts, isListed, readHost } from "./hostname.ts";
import type { HostList } from "./hostname.ts";

function hosts(...entries: readonly string[]): HostList {
  const list = compileHosts(entries);
  if (typeof list === "string") throw new Error(`no host: ${list}`);
  return list;
}

describe("readHost", () => {
  test.each([
    ["api.example.com", "api.example.com"],
    ["API.Example.COM", "api.example.com"],
    ["api.example.com.", "api.example.com"],
    ["api.example.com:8443", "api.example.com"],
    ["https://api.example.com", "api.example.com"],
    ["HTTPS://api.example.com./a?b#c", "api.example.com"],
    ["http://api.example.com:80/a@b", "api.example.com"],
    ["wss://api.example.com/a", "api.example.com"],
    ["https://api.example.com?to=x", "api.example.com"],
    ["https://api.example.com#x", "api.example.com"],
    ["localhost", "localhost"],
    ["127.0.0.1:3000", "127.0.0.1"],
    ["http://[::1]:3000/", "[::1]"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ])("%j has the host %j", (text, host) => {
    expect(readHost(text)).toBe(host);
  });

  test.each([
    ["user information", "https://good.example@evil.example/"],
    ["user information with a password", "https://a:b@evil.example/"],
    ["an @ before the path", "https://good.example?@evil.example/"],
    ["an @ in what some take for a fragment", "https://good.example#@evil.example/"],
    ["a backslash that some take for a slash", "https://good.example\\@evil.example/"],
    ["a backslash in place of slashes", "https:\\\\good.example/"],
    ["a backslash in the path", "https://good.example/a\\b"],
    ["one slash", "https:/evil.example"],
    ["no slash", "https:evil.example"],
    ["three slashes", "https:///evil.example"],
    ["no scheme", "//evil.example/a"],
    ["a path without a scheme", "good.example/a"],
    ["a tab that some drop", "https://go\tod.example/"],
    ["a line feed that some drop", "ht\ntps://good.example/"],
    ["a leading space", " https://good.example/"],
    ["a no-break space", "https://good.example\u00a0/"],
    ["a percent sign in the host", "https://good%2eexample/"],
    ["a letter outside ASCII", "https://b\u00fccher.example/"],
    ["a full-width dot", "https://good\uff0eexample/"],
    ["an ideographic full stop", "https://good\u3002example/"],
    ["a Cyrillic letter", "https://g\u043eod.example/"],
    ["an empty label", "https://good..example/"],
    ["two dots at the end", "good.example.."],
    ["a label that begins with a hyphen", "-good.example"],
    ["a port that is no number", "good.example:evil"],
    ["two ports", "good.example:80:90"],
    ["a script", "javascript://good.example/%0aalert(1)"],
    ["a file", "file://good.example/etc/passwd"],
    ["a mail address", "someone@good.example"],
    ["an IPv4 address as one number", "http://2130706433/"],
    ["an IPv4 address in hexadecimal", "http://0x7f.0.0.1/"],
    ["an IPv4 address in octal", "http://0177.0.0.1/"],
    ["a short IPv4 address", "127.1"],
    ["an IPv4 address with too large a number", "127.0.0.256"],
    ["nothing", ""],
    ["a dot", "."],
  ])("refuses %s", (_why, text) => {
    expect(readHost(text)).toBeUndefined();
  });

  test("never reads another host than the platform's URL parser does", () => {
    const piece = fc.constantFrom(
      ..."https:// http:// 0x7f 1 . good.example evil.example @ : / \\ ? # . .. % %2f [ ] ::1 80 \t A ü 。 - javascript:".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        const host = readHost(text);
        // An IPv6 address is given as written, and a text that the platform refuses leads nowhere.
        if (host === undefined || !text.includes("//") || host.startsWith("[") || !URL.canParse(text)) return;
        expect(new URL(text).hostname.replace(/\.$/, "")).toBe(host);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a host list", () => {
  test("an exact entry allows itself alone", () => {
    const list = hosts("Example.com.");
    expect(isListed("example.com", list)).toBe(true);
    expect(isListed("a.example.com", list)).toBe(false);
    expect(isListed("notexample.com", list)).toBe(false);
  });

  test("*. allows subdomains at any depth, and not the parent", () => {
    const list = hosts("*.example.com");
    expect(isListed("a.example.com", list)).toBe(true);
    expect(isListed("a.b.example.com", list)).toBe(true);
    expect(isListed("example.com", list)).toBe(false);
    expect(isListed("aexample.com", list)).toBe(false);
    expect(isListed("example.com.evil.example", list)).toBe(false);
  });

  test.each([
    "*",
    "*.",
    "a*.example.com",
    "https://example.com",
    "example.com:80",
    "b\u00fccher.example",
    "*.[::1]",
    "",
  ])("the entry %j is refused when the role is compiled", (entry) => {
    expect(compileHosts(["example.com", entry])).toBe(entry);
  });
});
