// The part of the demo about what went where: a value that one tool gave is kept from another, however it is written.
import { join } from "node:path";
import type { Agent } from "./agents.ts";
import type { Played } from "./sensitive.ts";

// Of ticket 0045. No detector knows such a number: it is remembered because it was read.
const account = "8320-4417-9052";

/** @param curator an agent of the persona curator, whose role keeps what tickets say of accounts out of the knowledge graph */
export async function playFlow(curator: Agent, sandbox: string, { say, check }: Played): Promise<void> {
  const read = await curator.call("read_text_file", {
    path: join(sandbox, "tickets", "0045-parcel-lost.txt"),
  });
  check("a ticket is read as it is, with the number of an account", read.text.includes(account), read);

  const note = (observation: string) => ({ entities: [{ name: "Customer 13", entityType: "customer", observations: [observation] }] }); // prettier-ignore
  const plain = await curator.call("create_entities", note(`has the account ${account}`));
  check("that number is kept from the server of the knowledge graph", plain.rule === "flow.value", plain);
  const encoded = Buffer.from(`account: ${account}`).toString("base64");
  const disguised = await curator.call("create_entities", note(`ref ${encoded}`));
  say(`      create_entities -> ${disguised.text.split("; ")[0]}`);
  const says = "a value of type own/id that came from read_text_file";
  check("so it is in base64, and the words say what came from which call, and not the value", disguised.rule === "flow.value" && disguised.text.includes(says) && !disguised.text.includes(account), disguised); // prettier-ignore
  const other = await curator.call("create_entities", note("waits for a parcel"));
  check("what was not read in a ticket goes there", !other.isError && other.rule === undefined, other);
}
