/** Each language, by missions of one help desk: what is allowed, what a negation forbids, and what asks for everything. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { lexicons } from "./lexicons.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";
import { isVerbGroup } from "./verb.ts";

const catalogue: readonly CatalogueTool[] = [
  tool("desk", "get_ticket"),
  tool("desk", "update_ticket"),
  tool("desk", "delete_ticket"),
  tool("mail", "search_mail"),
  tool("mail", "send_mail", ["to"]),
  tool("calendar", "create_event"),
  tool("till", "send_payment", ["recipient", "amount"]),
];

function compile(mission: string): { names: readonly string[]; language: string; questions: string } {
  const { grants, language, questions } = compileMission(mission, catalogue);
  return { names: grants.map(({ tool: name }) => name).sort(), language, questions: questions.join(" ") }; // prettier-ignore
}

interface Sample {
  readonly read: string;
  readonly write: string;
  readonly never: string;
  readonly section: string;
  readonly forbidden: string;
  readonly pay: string;
  readonly everything: string;
}

const samples: { readonly [language: string]: Sample } = {
  en: {
    read: "The agent reads the tickets of the customers.",
    write: "The agent reads tickets, updates them and sends emails to customers.",
    never: "The agent sends emails to customers. It must never send emails.",
    section: "It may:\n- send emails\n\nIt must not:\n- send emails",
    forbidden: "The agent sends emails to customers. Sending emails is forbidden.",
    pay: "The agent pays the invoices of the suppliers up to 200 EUR.",
    everything: "The agent gets full access to all tools.",
  },
  fr: {
    read: "L'agent lit les tickets des clients.",
    write: "L'agent lit les tickets, les modifie et envoie des courriels aux clients.",
    never: "L'agent envoie des courriels aux clients. Il ne doit jamais envoyer de courriels.",
    section: "Il peut :\n- envoyer des courriels\n\nIl ne doit pas :\n- envoyer des courriels",
    forbidden: "L'agent envoie des courriels aux clients. Envoyer des courriels est interdit.",
    pay: "L'agent paie les factures des fournisseurs jusqu'à 200 EUR.",
    everything: "L'agent a un accès complet : accorder tous les droits.",
  },
  de: {
    read: "Der Agent liest die Tickets der Kunden.",
    write: "Der Agent liest Tickets, bearbeitet sie und sendet E-Mails an Kunden.",
    never: "Der Agent sendet E-Mails an Kunden. Er darf niemals E-Mails senden.",
    section: "Er darf:\n- E-Mails senden\n\nEr darf nicht:\n- E-Mails senden",
    forbidden: "Der Agent sendet E-Mails an Kunden. E-Mails zu senden ist verboten.",
    pay: "Der Agent bezahlt die Rechnungen der Lieferanten bis zu 200 EUR.",
    everything: "Der Agent hat vollen Zugriff und darf alles.",
  },
  it: {
    read: "L'agente legge i ticket dei clienti.",
    write: "L'agente legge i ticket, li modifica e invia email ai clienti.",
    never: "L'agente invia email ai clienti. Non deve mai inviare email.",
    section: "Può:\n- inviare email\n\nNon deve:\n- inviare email",
    forbidden: "L'agente invia email ai clienti. Inviare email è vietato.",
    pay: "L'agente paga le fatture dei fornitori fino a 200 EUR.",
    everything: "L'agente ha accesso completo a tutti gli strumenti.",
  },
  es: {
    read: "El agente lee los tickets de los clientes.",
    write: "El agente lee los tickets, los modifica y envía correos a los clientes.",
    never: "El agente envía correos a los clientes. Nunca debe enviar correos.",
    section: "Puede:\n- enviar correos\n\nNo debe:\n- enviar correos",
    forbidden: "El agente envía correos a los clientes. Enviar correos está prohibido.",
    pay: "El agente paga las facturas de los proveedores hasta 200 EUR.",
    everything: "El agente tiene acceso completo a todas las herramientas.",
  },
};

test("every lexicon has its samples", () => {
  expect(lexicons.map(({ source }) => source.language).sort()).toEqual(Object.keys(samples).sort());
});

test("every lexicon speaks of the same verbs and concepts", () => {
  const english = lexicons.find(({ source }) => source.language === "en");
  for (const { source } of lexicons) {
    expect(Object.keys(source.verbs).filter((group) => !isVerbGroup(group))).toEqual([]);
    expect(Object.keys(source.nouns).filter((group) => !isVerbGroup(group))).toEqual([]);
    const unknown = Object.keys(source.concepts).filter((concept) => english?.source.concepts[concept] === undefined); // prettier-ignore
    expect(unknown).toEqual([]);
  }
});

describe.each(Object.entries(samples))("%s", (language, sample) => {
  test("its language is known, and a reading mission reads alone", () => {
    expect(compile(sample.read)).toMatchObject({ language, names: ["get_ticket"] });
  });

  test("its verbs license the writes that they mean, and no other", () => {
    const { names } = compile(sample.write);
    expect(names).toEqual(expect.arrayContaining(["get_ticket", "update_ticket", "send_mail"]));
    expect(names).not.toContain("delete_ticket");
    expect(names).not.toContain("send_payment");
  });

  test.each(["never", "section", "forbidden"] as const)("what it forbids wins (%s)", (kind) => {
    expect(compile(sample[kind]).names).not.toContain("send_mail");
  });

  test("an amount in it bounds a payment", () => {
    const { grants } = compileMission(sample.pay, catalogue);
    expect(grants.find(({ effect }) => effect === "pay")?.constraints).toMatchObject({ amount: { range: { max: 200 } } }); // prettier-ignore
  });

  test("what asks for everything grants nothing", () => {
    expect(compile(sample.everything)).toMatchObject({
      names: [],
      questions: expect.stringMatching(/asks for everything|language was not understood/),
    });
  });
});
