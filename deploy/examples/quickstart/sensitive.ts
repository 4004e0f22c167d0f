// The part of the demo about sensitive data: masked, kept from a tool, and carried from one tool to another as a token.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import type { Agent } from "./agents.ts";

/** What a scene prints, and what it claims. */
export interface Played {
  readonly say: (text: string) => void;
  readonly check: (claim: string, holds: boolean, seen: unknown) => void;
}

// Of ticket 0044: published examples, and nobody's.
const iban = "GB82 WEST 1234 5698 7654 32";
const card = "4111 1111 1111 1111";

/** @param curator an agent of the persona curator, whose role tokenises accounts and masks cards */
export async function playSensitive(curator: Agent, sandbox: string, { say, check }: Played): Promise<void> {
  const read = await curator.call("read_text_file", { path: join(sandbox, "tickets", "0044-refund.txt") });
  const [token = ""] = /gwt1_[\w-]+/.exec(read.text) ?? [];
  for (const [line] of read.text.matchAll(/^(?:IBAN|Card): .*$/gm)) say(`      of the ticket: ${line.replace(token, `${token.slice(0, 24)}...`)}`); // prettier-ignore
  check("a card in a ticket comes masked to its last four", read.text.includes("**** **** **** 1111") && !read.text.includes(card), read); // prettier-ignore
  check("an account in it comes as a token, and the agent is told", token !== "" && !read.text.includes(iban) && read.text.includes("A token stands for its value"), read); // prettier-ignore

  const path = join(sandbox, "drafts", "0044-refund.md");
  const draft = await curator.call("write_draft", { path, content: `Pay 42.50 euros to ${token}.` });
  const written = draft.isError ? "" : readFileSync(path, "utf8");
  check("the tool that may have it gets the account in the token's place", written === `Pay 42.50 euros to ${iban}.`, draft); // prettier-ignore

  const entities = [{ name: "Customer 12", entityType: "customer", observations: [`account ${token}`] }];
  const kept = await curator.call("create_entities", { entities });
  say(`      create_entities -> ${kept.text}`);
  check("a tool that may not is not called with it", kept.rule === "data.token", kept);
  const invented = await curator.call("write_draft", { path, content: `gwt1_${"A".repeat(80)}` });
  check("a token that somebody made up is refused", invented.rule === "data.token", invented);

  // A key that is made here and thrown away.
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const leak = await curator.call("write_draft", { path, content: `the key:\n${pem}` });
  check("a private key in arguments is refused, in words without it", leak.rule === "data.arguments" && !leak.text.includes(pem.slice(40, 80)), leak); // prettier-ignore
}
