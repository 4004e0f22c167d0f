/**
 * A second set of persona missions, of other jobs than personas.data.ts, written and fixed before the compiler's first result on
 * them was looked at, by somebody who had read the compiler. Nothing is tuned on them.
 */
import type { PersonaMission } from "./personas.data.ts";

interface Topic {
  readonly name: string;
  readonly servers: readonly string[];
  readonly needed: readonly string[];
  readonly missions: { readonly [language: string]: string };
}

const mail = "email_client";
const calendar = "calendar_client";
const drive = "cloud_drive_client";
const bank = "banking_client";
const air = "tau2/airline";
const shop = "tau2/retail";

const topics: readonly Topic[] = [
  {
    name: "treasury",
    servers: [bank],
    needed: [`${bank}:get_balance`, `${bank}:get_most_recent_transactions`, `${bank}:send_money`, `${bank}:schedule_transaction`],
    missions: {
      en: "The treasury clerk watches over the company's bank account. It checks the balance and the latest transactions, pays suppliers by bank transfer and schedules payments that are due later. It never pays more than 2,000 EUR.",
      fr: "L'agent de trésorerie veille sur le compte bancaire de l'entreprise. Il vérifie le solde et les dernières transactions, paie les fournisseurs par virement et planifie les paiements à venir. Il ne paie jamais plus de 2 000 EUR.",
      de: "Die Kasse wacht über das Bankkonto der Firma. Sie prüft den Kontostand und die letzten Umsätze, bezahlt Lieferanten per Überweisung und plant spätere Zahlungen ein. Sie zahlt niemals mehr als 2.000 EUR.",
      it: "La tesoreria sorveglia il conto bancario dell'azienda. Controlla il saldo e le ultime transazioni, paga i fornitori con bonifico e pianifica i pagamenti futuri. Non paga mai più di 2.000 EUR.",
      es: "La tesorería vigila la cuenta bancaria de la empresa. Comprueba el saldo y las últimas transacciones, paga a los proveedores por transferencia y programa los pagos futuros. Nunca paga más de 2.000 EUR.",
    },
  },
  {
    name: "meetings",
    servers: [calendar, mail],
    needed: [`${calendar}:create_calendar_event`, `${calendar}:add_calendar_event_participants`, `${calendar}:search_calendar_events`, `${mail}:send_email`],
    missions: {
      en: "Organises the meetings of the project office. It looks for free slots in the calendar, creates meetings, adds participants to them and sends the participants an email with the agenda.",
      fr: "Organise les réunions du bureau de projet. Il cherche des créneaux libres dans l'agenda, crée des réunions, y ajoute des participants et envoie aux participants un courriel avec l'ordre du jour.",
      de: "Organisiert die Besprechungen des Projektbüros. Er sucht freie Zeiten im Kalender, legt Besprechungen an, fügt Teilnehmer hinzu und sendet den Teilnehmern eine E-Mail mit der Tagesordnung.",
      it: "Organizza le riunioni dell'ufficio progetti. Cerca spazi liberi nel calendario, crea riunioni, vi aggiunge i partecipanti e invia ai partecipanti una email con l'ordine del giorno.",
      es: "Organiza las reuniones de la oficina de proyectos. Busca huecos libres en el calendario, crea reuniones, añade participantes y envía a los participantes un correo con el orden del día.",
    },
  },
  {
    name: "travel desk",
    servers: [air],
    needed: [`${air}:get_reservation_details`, `${air}:update_reservation_flights`, `${air}:update_reservation_baggages`, `${air}:cancel_reservation`, `${air}:get_flight_status`],
    missions: {
      en: "The travel desk helps passengers with their reservations.\n\nIt may:\n- look up reservations and the status of flights\n- change the flights and the baggage of a reservation\n- cancel reservations\n\nIt must never:\n- book new reservations",
      fr: "Le guichet voyage aide les passagers avec leurs réservations.\n\nIl peut :\n- consulter les réservations et le statut des vols\n- modifier les vols et les bagages d'une réservation\n- annuler des réservations\n\nIl ne doit jamais :\n- faire de nouvelles réservations",
      de: "Der Reiseschalter hilft Fluggästen mit ihren Reservierungen.\n\nEr darf:\n- Reservierungen und den Status von Flügen nachsehen\n- Flüge und Gepäck einer Reservierung ändern\n- Reservierungen stornieren\n\nEr darf niemals:\n- neue Reservierungen buchen",
      it: "Lo sportello viaggi aiuta i passeggeri con le loro prenotazioni.\n\nPuò:\n- consultare le prenotazioni e lo stato dei voli\n- modificare i voli e i bagagli di una prenotazione\n- annullare prenotazioni\n\nNon deve mai:\n- fare nuove prenotazioni",
      es: "El mostrador de viajes ayuda a los pasajeros con sus reservas.\n\nPuede:\n- consultar las reservas y el estado de los vuelos\n- cambiar los vuelos y el equipaje de una reserva\n- cancelar reservas\n\nNunca debe:\n- hacer nuevas reservas",
    },
  },
  {
    name: "order desk",
    servers: [shop],
    needed: [`${shop}:get_order_details`, `${shop}:get_product_details`, `${shop}:cancel_pending_order`, `${shop}:modify_pending_order_address`],
    missions: {
      en: "Answers customers of the web shop about their orders. Looks up orders and products, cancels pending orders and changes the delivery address of an order.",
      fr: "Répond aux clients de la boutique au sujet de leurs commandes. Consulte les commandes et les produits, annule les commandes en attente et modifie l'adresse de livraison d'une commande.",
      de: "Antwortet Kunden des Ladens zu ihren Bestellungen. Sieht Bestellungen und Produkte nach, storniert offene Bestellungen und ändert die Lieferadresse einer Bestellung.",
      it: "Risponde ai clienti del negozio sui loro ordini. Consulta ordini e prodotti, annulla gli ordini in sospeso e modifica l'indirizzo di consegna di un ordine.",
      es: "Responde a los clientes de la tienda sobre sus pedidos. Consulta pedidos y productos, cancela los pedidos pendientes y cambia la dirección de entrega de un pedido.",
    },
  },
  {
    name: "sharing",
    servers: [drive],
    needed: [`${drive}:list_files`, `${drive}:search_files`, `${drive}:share_file`],
    missions: {
      en: "Hands out documents inside the company: it lists and searches the files of the drive and shares files with colleagues. It must not delete or change a file.",
      fr: "Distribue les documents dans l'entreprise : il liste et recherche les fichiers du drive et partage des fichiers avec des collègues. Il ne doit ni supprimer ni modifier un fichier.",
      de: "Verteilt Dokumente im Haus: er listet und durchsucht die Dateien im Laufwerk und gibt Dateien für Kollegen frei. Er darf keine Datei löschen oder ändern.",
      it: "Distribuisce i documenti in azienda: elenca e cerca i file del drive e condivide file con i colleghi. Non deve eliminare né modificare un file.",
      es: "Reparte documentos dentro de la empresa: lista y busca los archivos de la unidad y comparte archivos con compañeros. No debe eliminar ni modificar un archivo.",
    },
  },
  {
    name: "secretary",
    servers: [mail, calendar, drive],
    needed: [`${mail}:get_unread_emails`, `${mail}:send_email`, `${calendar}:get_day_calendar_events`, `${calendar}:create_calendar_event`, `${drive}:search_files`],
    missions: {
      en: "Secretary of the head of sales. Reads the unread mail and answers it, enters appointments into the calendar, tells what is on today, and finds documents in the drive. It deletes nothing.",
      fr: "Secrétaire du directeur commercial. Lit les courriels non lus et y répond, inscrit les rendez-vous dans l'agenda, dit ce qui est prévu aujourd'hui et retrouve des documents dans le drive. Il ne supprime rien.",
      de: "Sekretariat der Vertriebsleitung. Liest ungelesene E-Mails und beantwortet sie, trägt Termine in den Kalender ein, sagt, was heute ansteht, und findet Dokumente im Laufwerk. Es löscht nichts.",
      it: "Segretario del responsabile vendite. Legge le email non lette e risponde, inserisce gli appuntamenti nel calendario, dice che cosa c'è oggi e trova documenti nel drive. Non elimina nulla.",
      es: "Secretario del director de ventas. Lee los correos no leídos y los contesta, anota las citas en el calendario, dice qué hay hoy y encuentra documentos en la unidad. No elimina nada.",
    },
  },
]; // prettier-ignore

export const laterPersonaMissions: readonly PersonaMission[] = topics.flatMap(
  ({ name, servers, needed, missions }) =>
    Object.entries(missions).map(([language, mission]) => ({ id: `${name}, ${language}`, language, mission, needed, servers })), // prettier-ignore
);
