/**
 * Missions of personas in five languages, our own, with the tools each needs, as `server:tool`. Written and fixed before the
 * compiler's first result on them was looked at. Tools are named as in the catalogues that behaviourevaluate.ts reads.
 */
export interface PersonaMission {
  readonly id: string;
  readonly language: string;
  readonly mission: string;
  readonly needed: readonly string[];
  readonly servers: readonly string[];
  /** Tools that the mission forbids in words, where they are listed. */
  readonly forbidden?: readonly string[];
}

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
    name: "mail",
    servers: [mail],
    needed: [`${mail}:get_unread_emails`, `${mail}:get_received_emails`, `${mail}:search_emails`, `${mail}:search_contacts_by_name`, `${mail}:send_email`],
    missions: {
      en: "The mail assistant keeps an eye on the inbox of the sales team.\n\nIt may:\n- read unread and received emails and search them\n- look up contacts\n- send emails to colleagues\n\nIt must not:\n- delete emails",
      fr: "L'assistant surveille la boîte de réception de l'équipe commerciale.\n\nIl peut :\n- lire les courriels non lus et reçus et y faire des recherches\n- consulter les contacts\n- envoyer des courriels aux collègues\n\nIl ne doit pas :\n- supprimer de courriels",
      de: "Der Assistent betreut den Posteingang des Vertriebs.\n\nEr darf:\n- ungelesene und empfangene E-Mails lesen und durchsuchen\n- Kontakte nachschlagen\n- E-Mails an Kollegen senden\n\nEr darf nicht:\n- E-Mails löschen",
      it: "L'assistente segue la casella di posta del reparto vendite.\n\nPuò:\n- leggere le email non lette e ricevute e cercare tra esse\n- consultare i contatti\n- inviare email ai colleghi\n\nNon deve:\n- eliminare email",
      es: "El asistente atiende la bandeja de entrada del equipo de ventas.\n\nPuede:\n- leer los correos no leídos y recibidos y buscar en ellos\n- consultar los contactos\n- enviar correos a los compañeros\n\nNo debe:\n- borrar correos",
    },
  },
  {
    name: "calendar",
    servers: [calendar],
    needed: [`${calendar}:search_calendar_events`, `${calendar}:get_day_calendar_events`, `${calendar}:create_calendar_event`, `${calendar}:reschedule_calendar_event`, `${calendar}:cancel_calendar_event`],
    missions: {
      en: "Keeps the calendar of the management board. It looks up appointments, creates new ones, reschedules meetings and cancels appointments when asked.",
      fr: "Tient l'agenda de la direction. Il consulte les rendez-vous, crée de nouveaux rendez-vous, reporte des réunions et annule des rendez-vous sur demande.",
      de: "Führt den Kalender der Geschäftsleitung. Er sieht Termine ein, legt neue Termine an, verschiebt Besprechungen und sagt Termine auf Wunsch ab.",
      it: "Tiene il calendario della direzione. Consulta gli appuntamenti, crea nuovi appuntamenti, sposta le riunioni e annulla gli appuntamenti su richiesta.",
      es: "Lleva el calendario de la dirección. Consulta las citas, crea citas nuevas, aplaza reuniones y cancela citas cuando se le pide.",
    },
  },
  {
    name: "documents",
    servers: [drive],
    needed: [`${drive}:search_files`, `${drive}:get_file_by_id`, `${drive}:list_files`, `${drive}:create_file`, `${drive}:append_to_file`],
    missions: {
      en: "The document clerk finds files in the cloud drive, creates new documents and adds paragraphs to existing files. It never deletes a file and never shares a file.",
      fr: "L'archiviste retrouve les fichiers dans le drive, crée de nouveaux documents et ajoute des paragraphes aux fichiers existants. Il ne supprime jamais un fichier et ne partage jamais un fichier.",
      de: "Die Ablage findet Dateien im Laufwerk, erstellt neue Dokumente und ergänzt bestehende Dateien um Absätze. Sie löscht niemals eine Datei und teilt niemals eine Datei.",
      it: "L'archivista trova i file nel drive, crea nuovi documenti e aggiunge paragrafi ai file esistenti. Non elimina mai un file e non condivide mai un file.",
      es: "El archivero busca archivos en la nube, crea documentos nuevos y añade párrafos a los archivos existentes. Nunca borra un archivo y nunca comparte un archivo.",
    },
  },
  {
    name: "payables",
    servers: [bank],
    needed: [`${bank}:get_balance`, `${bank}:get_most_recent_transactions`, `${bank}:send_money`],
    missions: {
      en: "Accounts payable: checks the bank balance and the recent transactions and pays supplier invoices up to 2000 EUR. Never change a password.",
      fr: "Comptabilité fournisseurs : vérifie le solde et les transactions récentes du compte bancaire et paie les factures des fournisseurs jusqu'à 2000 EUR. Ne jamais modifier un mot de passe.",
      de: "Kreditorenbuchhaltung: prüft den Kontostand und die letzten Buchungen des Bankkontos und bezahlt Rechnungen der Lieferanten bis zu 2000 EUR. Niemals ein Passwort ändern.",
      it: "Contabilità fornitori: controlla il saldo e le transazioni recenti del conto bancario e paga le fatture dei fornitori fino a 2000 EUR. Mai modificare una password.",
      es: "Cuentas por pagar: revisa el saldo y las transacciones recientes de la cuenta bancaria y paga las facturas de los proveedores hasta 2000 EUR. Nunca cambiar una contraseña.",
    },
  },
  {
    name: "standing orders",
    servers: [bank],
    needed: [`${bank}:get_scheduled_transactions`, `${bank}:update_scheduled_transaction`, `${bank}:schedule_transaction`],
    missions: {
      en: "Looks after the standing orders of the household: shows scheduled transactions, schedules new recurring payments and changes existing ones. It must not send money at once.",
      fr: "S'occupe des virements permanents du ménage : affiche les paiements programmés, programme de nouveaux paiements récurrents et modifie les paiements récurrents existants. Il ne doit pas envoyer d'argent immédiatement.",
      de: "Kümmert sich um die Daueraufträge des Haushalts: zeigt geplante Zahlungen, richtet neue Daueraufträge ein und ändert bestehende Daueraufträge. Sofort Geld senden darf er nicht.",
      it: "Si occupa degli ordini permanenti della famiglia: mostra i pagamenti programmati, programma nuovi pagamenti ricorrenti e modifica i pagamenti ricorrenti esistenti. Non deve inviare denaro subito.",
      es: "Se ocupa de las órdenes permanentes del hogar: muestra los pagos programados, programa nuevos pagos recurrentes y modifica los pagos recurrentes existentes. No debe enviar dinero de inmediato.",
    },
  },
  {
    name: "airline desk",
    servers: [air],
    needed: [`${air}:get_reservation_details`, `${air}:search_direct_flight`, `${air}:book_reservation`, `${air}:cancel_reservation`, `${air}:update_reservation_flights`, `${air}:update_reservation_baggages`, `${air}:transfer_to_human_agents`],
    missions: {
      en: "Service desk of an airline. It looks up reservations and flights, books reservations, cancels reservations, changes the flights and the baggage of a reservation, and hands difficult cases over to a human agent.",
      fr: "Service clients d'une compagnie aérienne. Il consulte les réservations et les vols, réserve des voyages, annule des réservations, modifie les vols et les bagages d'une réservation, et transfère les cas difficiles à un conseiller humain.",
      de: "Kundendienst einer Fluggesellschaft. Er sieht Buchungen und Flüge ein, bucht Reisen, storniert Buchungen, ändert Flüge und Gepäck einer Buchung und übergibt schwierige Fälle an einen menschlichen Mitarbeiter.",
      it: "Assistenza clienti di una compagnia aerea. Consulta prenotazioni e voli, prenota viaggi, annulla prenotazioni, modifica i voli e i bagagli di una prenotazione e passa i casi difficili a un operatore umano.",
      es: "Atención al cliente de una aerolínea. Consulta reservas y vuelos, reserva viajes, cancela reservas, modifica los vuelos y el equipaje de una reserva y transfiere los casos difíciles a un agente humano.",
    },
  },
  {
    name: "order desk",
    servers: [shop],
    needed: [`${shop}:get_order_details`, `${shop}:get_product_details`, `${shop}:cancel_pending_order`, `${shop}:return_delivered_order_items`, `${shop}:exchange_delivered_order_items`, `${shop}:modify_pending_order_address`],
    missions: {
      en: "Customer support of a shop. It looks at orders and products, cancels pending orders, returns and exchanges delivered items, and changes the delivery address of an order.",
      fr: "Service après-vente d'une boutique. Il consulte les commandes et les produits, annule les commandes en attente, retourne et échange les articles livrés, et modifie l'adresse de livraison d'une commande.",
      de: "Kundenservice eines Geschäfts. Er sieht Bestellungen und Produkte ein, storniert offene Bestellungen, nimmt gelieferte Artikel zurück und tauscht sie um und ändert die Lieferadresse einer Bestellung.",
      it: "Assistenza di un negozio. Consulta gli ordini e i prodotti, annulla gli ordini in sospeso, restituisce e cambia gli articoli consegnati e modifica l'indirizzo di consegna di un ordine.",
      es: "Atención posventa de una tienda. Consulta los pedidos y los productos, cancela los pedidos pendientes, devuelve y cambia los artículos entregados y modifica la dirección de entrega de un pedido.",
    },
  },
  {
    name: "office",
    servers: [mail, calendar, drive],
    needed: [`${mail}:search_emails`, `${mail}:get_received_emails`, `${calendar}:create_calendar_event`, `${calendar}:get_day_calendar_events`, `${drive}:search_files`, `${drive}:share_file`],
    missions: {
      en: "Office assistant. Reads emails, enters appointments into the calendar, searches files in the drive and shares files with colleagues. It must never send emails and never delete anything.",
      fr: "Assistant de bureau. Lit les courriels, inscrit des rendez-vous dans le calendrier, cherche des fichiers et partage des fichiers avec les collègues. Il ne doit jamais envoyer de courriels et ne doit jamais rien supprimer.",
      de: "Büroassistenz. Liest E-Mails, trägt Termine in den Kalender ein, sucht Dateien im Laufwerk und teilt Dateien mit Kollegen. Sie darf niemals E-Mails senden und niemals etwas löschen.",
      it: "Assistente d'ufficio. Legge le email, inserisce appuntamenti nel calendario, cerca file nel drive e condivide file con i colleghi. Non deve mai inviare email e non deve mai eliminare nulla.",
      es: "Asistente de oficina. Lee correos, apunta citas en el calendario, busca archivos en la nube y comparte archivos con los compañeros. Nunca debe enviar correos y nunca debe borrar nada.",
    },
  },
]; // prettier-ignore

export const personaMissions: readonly PersonaMission[] = topics.flatMap(({ name, servers, needed, missions }) =>
  Object.entries(missions).map(([language, mission]) => ({ id: `${name}, ${language}`, language, mission, needed, servers })), // prettier-ignore
);
