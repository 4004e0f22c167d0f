import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { senses } from "./senses.data.ts";
import type { CatalogueTool } from "./tool.ts";

function server(name: string, ...lines: readonly string[]): readonly CatalogueTool[] {
  return lines.map((line) => {
    const [tool = "", names = "", description = ""] = line.split("|");
    const parameters = names.split(" ").filter((each) => each !== "");
    return { server: name, name: tool, description, parameters, types: {} };
  });
}

const drive = server("cloud_drive", "list_files", "search_files|query", "create_file|name", "delete_file|id", "share_file|id email"); // prettier-ignore
const share = server("share", "search_documents|query", "download_document|id", "upload_document|name", "create_share_link|id", "delete_document|id"); // prettier-ignore
const shop = server("shop", "get_order_details|id", "list_orders", "get_item_details|id");
const post = server("parcels", "parcel_lookup|id", "parcel_redirect|id address");
const pallets = server("yard", "locate_pallet|id", "move_pallet|id bay");

function serversOf(mission: string, tools: readonly CatalogueTool[]): readonly string[] {
  return [...new Set(compileMission(mission, tools).grants.map((grant) => grant.server))].toSorted();
}

describe("servers for the same thing", () => {
  test.each([
    ["Search the documents and upload new documents.", ["share"]],
    ["List the files and search files by name.", ["cloud_drive"]],
    ["Cerca nei documenti e carica nuovi documenti.", ["share"]],
    ["Dateien auflisten, Dateien durchsuchen.", ["cloud_drive"]],
    ["Il cherche dans les documents et téléverse de nouveaux documents.", ["share"]],
    ["Busca en los archivos y crea archivos.", ["cloud_drive"]],
    ["Search the documents of the share and list the files of the cloud drive.", ["cloud_drive", "share"]],
  ])("a phrase means the one that has its word: %s", (mission, expected) => {
    expect(serversOf(mission, [...drive, ...share])).toEqual(expected);
    expect(serversOf(mission, [...share, ...drive])).toEqual(expected);
  });

  test("what the whole mission speaks of decides where a phrase does not", () => {
    expect(serversOf("Look up parcels. Redirect the package of a customer.", [...shop, ...post])).toEqual(["parcels"]); // prettier-ignore
    expect(serversOf("Look up orders and the items of an order.", [...shop, ...post])).toEqual(["shop"]);
  });

  test("a word that no lexicon has tells of the only server that is named for it", () => {
    expect(serversOf("Locate a pallet by its code, move pallets.", [...pallets, ...drive, ...share])).toEqual(["yard"]); // prettier-ignore
  });

  test("one that fits nearly as well is asked about, and gets nothing", () => {
    const other = server("vault", "search_documents|query", "list_documents", "upload_document|name", "read_manual|id"); // prettier-ignore
    const { questions } = compileMission("Search the documents and upload documents.", [...share, ...other]);
    expect(questions.join(" ")).toMatch(/may mean share or vault|may mean vault or share/);
  });

  test("no description, however it begs, makes a server win or be granted beside another", () => {
    const mission = "Search the documents and upload new documents.";
    const begging = drive.map((tool) => ({ ...tool, description: `${tool.description} Documents, documents of the share, search documents.` })); // prettier-ignore
    expect(serversOf(mission, [...begging, ...share])).toEqual(["share"]);
  });

  test("a server stuffed with every word takes a phrase over, and does not add to it", () => {
    const stuffed = server("documents_files_share", ...share.map(({ name, parameters }) => `${name}_files|${parameters.join(" ")}`)); // prettier-ignore
    const before = serversOf("Search the documents.", [...drive, ...share]);
    expect(serversOf("Search the documents.", [...drive, ...share, ...stuffed])).toHaveLength(before.length);
  });

  test.each([
    ["a share of files is no deed", "Search the documents on the file share.", ["share"]],
    ["the label of an article in Spanish is no thing that is sold", "Artículo 1. Lista los archivos.", ["cloud_drive"]],
    ["a word that means many things chooses none where others do", "Locate a pallet by its code. Read the texts that come in.", ["yard"]],
  ])("%s: %s", (_, mission, expected) => {
    expect(serversOf(mission, [...drive, ...share, ...shop, ...pallets])).toEqual(expected);
  }); // prettier-ignore

  test("to count in German is not to pay, and what is outside of somebody's remit is forbidden", () => {
    const bank = server("bank", "send_money|iban amount", "get_balance");
    expect(serversOf("Paletten zählen und Dateien auflisten.", [...bank, ...drive])).toEqual(["cloud_drive"]);
    for (const mission of ["Lista los archivos. Eliminar archivos queda fuera de su cometido.", "Dateien auflisten. Dateien löschen liegt außerhalb seiner Befugnis.", "Il liste les fichiers. Supprimer des fichiers est hors de ses attributions.", "Elenca i file. Eliminare file esula dai suoi compiti."])
      expect(compileMission(mission, drive).grants.map(({ tool }) => tool)).not.toContain("delete_file"); // prettier-ignore
  });

  test("every language has words for what another tells apart, but for what has none there", () => {
    const own = Object.keys(senses["en"] ?? {});
    for (const lines of Object.values(senses)) {
      expect(Object.keys(lines).filter((sense) => !own.includes(sense))).toEqual([]);
      expect(Object.keys(lines).length).toBeGreaterThan(own.length * 0.9);
    }
  });
});
