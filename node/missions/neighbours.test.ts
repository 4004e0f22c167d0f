/** Short missions of languages that look like one of the lexicons', and short ones of the lexicons' own. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { lexicons } from "./lexicons.ts";
import { readMission } from "./mission.ts";
import { neighbourOf } from "./neighbours.ts";
import type { CatalogueTool } from "./tool.ts";

function tool(name: string): CatalogueTool {
  return { name, server: "desk", description: "", parameters: [], types: {} };
}

const catalogue = ["get_ticket", "update_ticket", "delete_ticket", "send_message", "list_orders", "cancel_order", "pay_invoice", "list_files", "delete_file", "create_event"].map(tool); // prettier-ignore

const portuguese = [
  "Lê os tickets e responde.",
  "Envia mensagens aos clientes.",
  "O agente lê os pedidos e atualiza os pedidos.",
  "Consulta as reservas e cancela voos.",
  "Nunca apaga mensagens.",
  "Não enviar e-mails.",
  "Cria eventos no calendário.",
  "Ler o correio e responder.",
  "Atualiza a morada do cliente.",
  "Marca reuniões com a equipa.",
  "Pode ler ficheiros.",
  "Reserva um quarto de hotel.",
  "Gere os produtos da loja.",
  "O assistente consulta contratos.",
  "Envia um e-mail ao fornecedor.",
  "Responder às perguntas dos utilizadores.",
  "Não cancela encomendas.",
  "O agente paga as faturas dos fornecedores.",
  "Pesquisa voos e reserva hotéis.",
  "Cria um contrato e envia o contrato ao cliente.",
  "Lê os pedidos dos clientes. Cancela pedidos, mas nunca apaga ficheiros.",
  "Lista os documentos. Não altera nem apaga nada.",
];

const spanish = [
  "Lee los tickets y responde.",
  "Envía mensajes a los clientes.",
  "Envia correos a los clientes cada dia, mas no los borra.",
  "Consulta las reservas y cancela vuelos.",
  "Nunca borra mensajes.",
  "No enviar correos.",
  "Crea eventos en el calendario.",
  "Pagar facturas.",
  "Busca clientes por nombre.",
  "Reserva dos habitaciones.",
  "Cancelar reservas de clientes.",
  "Leer mensajes del canal.",
  "Consultar el saldo de la cuenta.",
  "Ver pedidos, cancelar pedidos.",
  "Enviar correos a ventas@example.com.br",
  "Subir fotos a São Paulo",
  "Leer tickets e incidencias",
  "Da de alta clientes",
  "Responder e informar",
  "Avisar a Nova",
  "Leer OS y tickets",
  "Consultar horarios e imprimir",
  "Cancelar vuelos, no reservar",
  "Leer e-mails, responder e-mails",
  "Tickets: leer, cerrar",
  "Consultar cuotas; nada más",
  "Si no hay stock, avisa a compras.",
];

describe("Portuguese", () => {
  test.each(portuguese)("is no Spanish, grants nothing, and it is said: %s", (text) => {
    const { grants, questions } = compileMission(text, catalogue);
    expect(grants).toEqual([]);
    expect(questions.join(" ")).toMatch(/looks like (?:Portuguese|Galician)|language was not understood/);
  });

  test.each(["Pagar faturas.", "Procura clientes pelo nome.", "Apagar ficheiros antigos."])(
    "of two words grants nothing: %s",
    (text) => {
      expect(compileMission(text, catalogue).grants).toEqual([]);
    },
  );

  test("in a Spanish mission it allows nothing, and may forbid something", () => {
    const { grants, questions } = compileMission("El agente lee los tickets de los clientes y actualiza los tickets con la respuesta del equipo. Paga as faturas dos fornecedores e não apaga os ficheiros.", catalogue); // prettier-ignore
    expect(grants.map(({ tool: name }) => name)).not.toContain("pay_invoice");
    expect(questions.join(" ")).toContain("looks like Portuguese");
    expect(grants.find(({ tool: name }) => name === "update_ticket")?.approval).toBeDefined();
  });
});

test.each([
  ["Catalan", "Llegeix els correus i respon als clients. No pot esborrar res."],
  ["Galician", "Le os correos e envía as mensaxes aos usuarios. Non borra nada."],
  ["Romanian", "Citește mesajele și trimite facturi către clienți, dar niciodată după ora 18."],
  ["Dutch", "De agent leest de berichten en stuurt facturen naar de klanten."],
  ["Swedish", "Agenten läser meddelanden och skickar fakturor till kunder."],
  ["Danish", "Agenten læser beskeder og sender fakturaer til kunderne."],
])("%s grants nothing", (_, text) => {
  const { grants, questions } = compileMission(text, catalogue);
  expect(grants).toEqual([]);
  expect(questions.length).toBeGreaterThan(0);
});

test.each(spanish)("Spanish stays Spanish: %s", (text) => {
  const { language, questions } = readMission(text);
  expect([language, questions.filter((question) => question.includes("looks like"))]).toEqual(["es", []]);
});

test.each([
  ["en", "Read e-mails and answer them. No refunds."],
  ["fr", "Lit les reçus et les façades, ça suffit : non."],
  ["de", "E-Mails löschen, Dateien löschen."],
  ["it", "Qualcuno ha traslocato? Cambia l'indirizzo, e non altro."],
])("%s stays what it is: %s", (language, text) => {
  const lexicon = lexicons.find(({ source }) => source.language === language);
  expect(lexicon === undefined ? "" : neighbourOf(text, lexicon)).toBeUndefined();
});
