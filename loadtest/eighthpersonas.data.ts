/**
 * An eighth set of persona missions: seven further jobs in five languages, over the recorded catalogues, the servers of
 * furtherpersonas.data.ts and twelve servers of its own together. Nearly every server has a rival that is for much the same: freight and
 * parcels (and a shop's orders), library and bookshop, rooms and the calendars, invoicing and accounting (and a bank), fleet and rental
 * cars, work orders and tickets, a notebook and a wiki, a drive and a share, a messenger, a chat and mail, training and the wiki.
 * Many of its tools are named object first. Written by somebody who had read the English lexicon and the rules, from the tools and
 * the job, and committed before the compiler ran on it: its first look is one whole figure, and after the mending one more. What it
 * misses is printed nowhere. The languages are no translations of each other.
 */
import type { FurtherMission } from "./furtherpersonas.data.ts";

/** `name(argument, argument): description`, by server. */
const lines: { readonly [server: string]: readonly string[] } = {
  freight: [
    "consignment.find(reference, consignee): Finds consignments by reference or consignee.",
    "consignment.status(reference): Tells where a consignment is.",
    "consignmentHold(reference, reason): Holds a consignment back at the terminal.",
    "consignmentRelease(reference): Releases a consignment that was held back.",
    "customs.declaration.get(reference): Gets the customs declaration of a consignment.",
    "customs.declaration.submit(reference, goods, value): Submits a customs declaration for a consignment.",
    "carrierBooking.create(carrier, reference, date): Books a carrier for a consignment.",
    "demurrage.settle(reference, amount): Pays the demurrage of a consignment.",
  ],
  parcels: [
    "parcel_lookup(tracking_number): Looks a parcel up.",
    "parcel_redirect(tracking_number, address): Changes the address a parcel goes to.",
    "parcel_return(tracking_number): Has a parcel brought back to its sender.",
    "pickup_schedule(address, day): Schedules the pickup of parcels.",
    "label_print(address, weight): Makes a shipping label.",
  ],
  messenger: [
    "conversation_list(limit): Lists the conversations of the messenger.",
    "conversation_read(conversation_id): Reads one conversation.",
    "conversation_reply(conversation_id, text): Replies in a conversation.",
    "broadcast_send(group, text): Sends a message to a whole group.",
    "contact_block(contact_id): Blocks a contact.",
  ],
  library: [
    "search_titles(author, title): Searches the titles of the library.",
    "copyStatus(copy_id): Tells whether a copy is on loan.",
    "loanRenew(loan_id, due): Renews a loan.",
    "holdPlace(title_id, reader_id): Places a hold on a title for a reader.",
    "reader.find(name): Finds the readers of that name.",
    "reader.fines(reader_id): Lists the fines of a reader.",
    "fineWaive(fine_id): Waives a fine.",
    "readerBlock(reader_id): Blocks a reader.",
  ],
  bookshop: [
    "find_book(isbn): Finds a book of the shop.",
    "order_book(isbn, customer_id): Orders a book for a customer.",
    "reserve_book(isbn, customer_id): Puts a book aside for a customer.",
    "list_bestsellers(): Lists the books that sell best.",
    "refund_purchase(receipt): Refunds a purchase.",
  ],
  rooms: [
    "roomSearch(capacity, day): Searches for rooms that are free.",
    "roomTimetable(room_id, day): Shows the timetable of a room.",
    "roomReserve(room_id, start, end): Reserves a room.",
    "roomReservationCancel(reservation_id): Cancels the reservation of a room.",
    "roomAccessGrant(room_id, person): Gives a person access to a room.",
  ],
  invoicing: [
    "invoice.list(state): Lists the invoices in a state.",
    "invoice.get(invoice_id): Gets an invoice.",
    "invoice.draft(customer, lines): Drafts an invoice for a customer.",
    "invoice.dispatch(invoice_id): Sends an invoice to its customer.",
    "invoice.reminder.send(invoice_id): Sends a reminder of an invoice that is not paid.",
    "invoice.void(invoice_id): Cancels an invoice.",
    "creditNote.issue(invoice_id, amount): Issues a credit note for an invoice.",
  ],
  accounting: [
    "ledger_entries(account, month): Lists the entries of an account.",
    "post_entry(account, amount): Posts an entry to an account.",
    "record_payment(invoice_number, amount): Records the payment of an invoice.",
    "pay_supplier_bill(bill_id): Pays the bill of a supplier.",
    "file_vat_return(period): Files a VAT return.",
  ],
  fleet: [
    "vehicle.list(): Lists the vehicles of the fleet.",
    "vehicle.mileage(vehicle_id): Tells the mileage of a vehicle.",
    "inspection.due(vehicle_id): Lists the inspections that are due.",
    "inspection.book(vehicle_id, day): Books an inspection of a vehicle.",
    "driver.assign(vehicle_id, driver): Assigns a driver to a vehicle.",
    "vehicle.retire(vehicle_id): Takes a vehicle out of the fleet for good.",
    "fuelCard.block(card_number): Blocks a fuel card.",
  ],
  workshop: [
    "work_order_search(query): Searches the work orders.",
    "work_order_open(vehicle, description): Opens a work order.",
    "work_order_note(work_order_id, text): Adds a note to a work order.",
    "work_order_close(work_order_id): Closes a work order.",
    "spare_parts_stock(part): Tells how many of a spare part there are.",
    "spare_parts_order(part, quantity): Orders spare parts.",
  ],
  notebook: [
    "note_find(query): Finds notes.",
    "note_read(note_id): Reads a note.",
    "note_write(title, body): Writes a note.",
    "note_trash(note_id): Throws a note away.",
  ],
  training: [
    "course_catalogue(topic): Lists the courses on a topic.",
    "course_enrol(course_id, employee_id): Enrols an employee in a course.",
    "course_unenrol(course_id, employee_id): Takes an employee out of a course.",
    "certificate_list(employee_id): Lists the certificates of an employee.",
    "attendance_record(course_id, employee_id): Records that an employee was there.",
  ],
};

/** In the form of a file of tools (node/missions/toolsfile.ts). */
export const eighthTools: { readonly [server: string]: readonly object[] } = Object.fromEntries(
  Object.entries(lines).map(([server, tools]) => [
    server,
    tools.map((line) => {
      const [, name = "", names = "", description = ""] = /^([\w.]+)\(([^)]*)\): (.*)$/.exec(line) ?? [];
      const parameters = Object.fromEntries(names.split(", ").filter((each) => each !== "").map((each) => [each, { type: "string" }])); // prettier-ignore
      return { name, description, parameters };
    }),
  ]),
);

interface Topic {
  readonly name: string;
  readonly servers: readonly string[];
  readonly needed: readonly string[];
  /** Writes that each of its missions forbids in words. */
  readonly forbidden: readonly string[];
  readonly missions: { readonly [language: string]: string };
}

const topics: readonly Topic[] = [
  {
    name: "port freight desk",
    servers: ["freight", "messenger"],
    needed: ["freight:consignment.find", "freight:consignment.status", "freight:consignmentHold", "freight:customs.declaration.submit", "messenger:conversation_read", "messenger:conversation_reply"],
    forbidden: ["freight:demurrage.settle", "freight:consignmentRelease"],
    missions: {
      en: "Freight desk of a small port. The agent reads the conversations that forwarders start in the messenger and replies in the same conversation. It finds the consignment by its reference and says what its status is. If papers are missing it holds the consignment, and once they are there it submits the customs declaration. Releasing a consignment is the harbour master's decision, and demurrage is never paid by the agent.",
      fr: "Bureau du fret d'un port\n- lire les conversations des transitaires dans la messagerie instantanée\n- répondre dans la conversation\n- trouver l'envoi par sa référence et donner son état\n- bloquer l'envoi s'il manque des papiers\n- déposer la déclaration en douane\nIl ne libère aucun envoi et ne règle jamais de surestaries.",
      de: "Frachtbüro eines kleinen Hafens. Unterhaltungen der Spediteure im Messenger lesen, in der Unterhaltung antworten. Sendung über die Referenz finden, ihren Stand nennen. Papiere fehlen: Sendung zurückhalten. Papiere da: Zollanmeldung einreichen. Sendungen freigeben: nein. Liegegeld zahlen: nein.",
      it: "Art. 1. L'agente assiste l'ufficio merci di un porto. Art. 2. Legge le conversazioni degli spedizionieri e risponde nella conversazione. Art. 3. Trova la spedizione in base al riferimento e ne comunica lo stato. Art. 4. Trattiene la spedizione quando mancano i documenti di viaggio e presenta la dichiarazione doganale. Art. 5. È vietato svincolare spedizioni e pagare controstallie.",
      es: "Trabajo en la oficina de carga de un puerto y me hace falta ayuda. Lee las conversaciones que abren los transitarios y contesta en la misma conversación. Busca el envío por su referencia y diles en qué estado está. Si faltan papeles, retén el envío; cuando estén, presenta la declaración de aduana. Liberar envíos lo hago yo, y las demoras no las pagues nunca.",
    },
  },
  {
    name: "library counter",
    servers: ["library", "email_client"],
    needed: ["library:search_titles", "library:copyStatus", "library:loanRenew", "library:holdPlace", "library:reader.find", "email_client:send_email"],
    forbidden: ["library:fineWaive", "library:readerBlock"],
    missions: {
      en: "Public library, counter.\n- find the reader by name\n- search the titles of the library\n- check whether a copy is on loan\n- renew a loan\n- place a hold on a title for the reader\n- e-mail the reader when the title is back\n- never: waive fines, block readers",
      fr: "L'assistant tient le comptoir d'une bibliothèque municipale. Il retrouve le lecteur par son nom, cherche dans les titres de la bibliothèque et vérifie si un exemplaire est en prêt. Il prolonge un prêt et place une réservation sur un titre pour le lecteur. Quand le titre est rentré, il envoie un courriel au lecteur. Annuler des amendes ou bloquer un lecteur lui est interdit.",
      de: "Ausleihtheke der Stadtbibliothek\n\n| Anliegen | Aufgabe |\n|---|---|\n| wer ist da? | den Leser nach Namen suchen |\n| gesuchtes Buch | in den Titeln der Bibliothek suchen, prüfen, ob ein Exemplar ausgeliehen ist |\n| länger behalten | die Ausleihe verlängern |\n| vergriffen | eine Vormerkung auf den Titel für den Leser setzen |\n| Titel zurück | dem Leser eine E-Mail schicken |\n| nie | Gebühren erlassen, Leser sperren |",
      it: "Lavoro al banco prestiti di una biblioteca e vorrei un aiuto. Mi trovi il lettore per nome, cerchi nei titoli della biblioteca e mi dica se una copia è in prestito. Se il lettore vuole tenerla ancora, rinnovi il prestito; se il titolo è fuori, metta una prenotazione sul titolo. Quando torna, mandi un'e-mail al lettore. Le multe non si condonano e i lettori non si bloccano.",
      es: "Mostrador de la biblioteca. Lector: buscarlo por nombre. Títulos de la biblioteca: buscar; ver si el ejemplar está en préstamo. Préstamo: renovarlo. Título prestado: poner una reserva para el lector. Título devuelto: enviar un correo al lector. Perdonar multas, bloquear lectores: no.",
    },
  },
  {
    name: "coworking house",
    servers: ["rooms", "invoicing"],
    needed: ["rooms:roomSearch", "rooms:roomTimetable", "rooms:roomReserve", "rooms:roomReservationCancel", "invoicing:invoice.list", "invoicing:invoice.draft", "invoicing:invoice.reminder.send"],
    forbidden: ["rooms:roomAccessGrant", "invoicing:invoice.void"],
    missions: {
      en: "1. The agent runs the rooms of a coworking house. 2. It may search for a free room, look at the timetable of a room, reserve a room and cancel the reservation of a room. 3. At the end of the month it drafts an invoice for each customer. 4. It lists the invoices that are open and sends a reminder for an invoice that is overdue. 5. It shall not void an invoice, and it shall not grant anybody access to a room.",
      fr: "Maison de coworking. Salles : chercher une salle libre, consulter le planning d'une salle, réserver la salle, annuler la réservation d'une salle. Factures : lister celles qui sont impayées, préparer une facture par client, envoyer un rappel de facture. Interdits : annuler une facture ; donner à quelqu'un l'accès à une salle.",
      de: "Er betreut die Räume eines Coworking-Hauses. Er sucht freie Räume, zeigt die Belegung eines Raums, reserviert einen Raum und storniert die Reservierung eines Raums. Am Monatsende entwirft er für jeden Kunden eine Rechnung, listet die offenen Rechnungen auf und verschickt zu einer überfälligen Rechnung eine Mahnung. Rechnungen storniert er nicht, und Zutritt zu Räumen gewährt er niemandem.",
      it: "Spazio di coworking\n\n| ambito | compiti |\n|---|---|\n| sale | cercare una sala libera, guardare l'orario di una sala, prenotare la sala, annullare la prenotazione di una sala |\n| fatture | elencare le fatture aperte, preparare una bozza di fattura per cliente, inviare il sollecito di una fattura scaduta |\n| vietato | annullare fatture, concedere l'accesso a una sala |",
      es: "Casa de coworking, recepción\n- buscar una sala libre\n- mirar el horario de una sala\n- reservar la sala\n- anular la reserva de una sala\n- listar las facturas pendientes\n- preparar un borrador de factura para cada cliente\n- enviar un recordatorio de la factura vencida\nProhibido: anular facturas, dar acceso a una sala",
    },
  },
  {
    name: "ambulance garage",
    servers: ["fleet", "workshop"],
    needed: ["fleet:vehicle.list", "fleet:inspection.due", "fleet:inspection.book", "workshop:work_order_search", "workshop:work_order_open", "workshop:work_order_note"],
    forbidden: ["fleet:vehicle.retire", "workshop:spare_parts_order"],
    missions: {
      en: "I'm in charge of the garage of an ambulance service. Each Monday, list the vehicles of the fleet and tell me which inspections are due; book an inspection for those that need one. When a crew reports a rattle, search the work orders, and if nobody has written one yet, open a work order. Whatever they tell you later goes on the work order as a note. Don't order any spare parts, and don't retire a vehicle.",
      fr: "Article 1. L'agent assiste le garage d'un service d'ambulances. Article 2. Il liste les véhicules de la flotte, consulte les contrôles à venir et réserve un contrôle pour le véhicule concerné. Article 3. Il recherche les ordres de travail, ouvre un ordre de travail pour chaque panne et y ajoute une note. Article 4. Il est interdit de commander des pièces détachées et de retirer un véhicule de la flotte.",
      de: "Werkstatt eines Rettungsdienstes\n- Fahrzeuge der Flotte auflisten\n- nachsehen, welche Prüfungen fällig sind\n- eine Prüfung für ein Fahrzeug buchen\n- Arbeitsaufträge durchsuchen\n- für eine Panne einen Arbeitsauftrag eröffnen\n- dem Arbeitsauftrag eine Notiz hinzufügen\nVerboten: Ersatzteile bestellen, Fahrzeuge ausmustern",
      it: "Si occupa dell'officina di un servizio di ambulanze. Elenca i veicoli della flotta, guarda quali revisioni sono in scadenza e prenota una revisione. Cerca tra gli ordini di lavoro, apre un ordine di lavoro per ogni guasto e vi aggiunge una nota. Non ordina pezzi di ricambio e non ritira veicoli dalla flotta.",
      es: "| Cuándo | Tarea |\n|---|---|\n| lunes | listar los vehículos de la flota y ver qué revisiones tocan |\n| vence una revisión | reservar la revisión del vehículo |\n| avería | buscar en las órdenes de trabajo; si no hay ninguna, abrir una orden de trabajo |\n| novedades | añadir una nota a la orden de trabajo |\n| nunca | pedir repuestos, dar de baja un vehículo |",
    },
  },
  {
    name: "choir scores",
    servers: ["cloud_drive_client", "notebook"],
    needed: ["cloud_drive_client:search_files", "cloud_drive_client:list_files", "cloud_drive_client:share_file", "notebook:note_find", "notebook:note_write"],
    forbidden: ["cloud_drive_client:delete_file", "notebook:note_trash"],
    missions: {
      en: "Choir, score keeper. Scores are files in the cloud drive: list the files, search them by composer, share a file with a singer who asks. Rehearsal notes are in the notebook: find the last note, write a new note after each rehearsal. Deleting files or throwing notes away: no.",
      fr: "Je dirige un chœur et les partitions sont des fichiers dans le cloud. Il faudrait lister les fichiers, chercher dans les fichiers par compositeur et partager un fichier avec le choriste qui le demande. Dans mon carnet de notes, retrouve la dernière note et écris une note après chaque répétition. On ne supprime aucun fichier, et on ne jette pas de note.",
      de: "(1) Der Agent verwaltet die Noten eines Chors, die als Dateien in der Cloud liegen. (2) Er darf die Dateien auflisten, die Dateien durchsuchen und eine Datei mit einer Sängerin teilen. (3) Er darf im Notizbuch Notizen finden und nach jeder Probe eine Notiz schreiben. (4) Das Löschen von Dateien und das Wegwerfen von Notizen sind untersagt.",
      it: "Coro, archivista\n- elencare i file del drive\n- cercare tra i file per compositore\n- condividere un file con il corista che lo chiede\n- trovare le note dell'ultima prova nel taccuino\n- scrivere una nota dopo ogni prova\n- vietato: eliminare file, buttare note",
      es: "Lleva las partituras de un coro, que son archivos en la nube. Lista los archivos, busca en los archivos por compositor y comparte un archivo con quien lo pide. En el cuaderno encuentra las notas del último ensayo y escribe una nota después de cada ensayo. No elimina archivos ni tira notas.",
    },
  },
  {
    name: "apprentices",
    servers: ["training", "people"],
    needed: ["training:course_catalogue", "training:course_enrol", "training:certificate_list", "people:get_employee", "people:list_leave_requests"],
    forbidden: ["training:course_unenrol", "people:approve_leave_request"],
    missions: {
      en: "| step | what the agent does |\n|---|---|\n| new apprentice | open the employee's file |\n| which course | list the courses on a topic |\n| dates | look at the employee's leave requests |\n| agreed | enrol the employee in the course |\n| end of year | list the certificates of the employee |\n| out of bounds | taking somebody out of a course, approving leave |",
      fr: "Il accompagne les apprentis d'une entreprise. Il consulte la fiche du salarié, liste les formations sur un thème, regarde les demandes de congé du salarié et inscrit le salarié à la formation. En fin d'année il liste les certificats du salarié. Il ne désinscrit personne d'une formation et n'approuve aucun congé.",
      de: "Wir sind ein Betrieb mit dreißig Lehrlingen und brauchen Hilfe. Sieh dir den Mitarbeiter an, liste die Kurse zu einem Thema auf, schau nach, welche Urlaubsanträge er gestellt hat, und melde den Mitarbeiter zum Kurs an. Am Jahresende hätte ich gern eine Liste der Zertifikate des Mitarbeiters. Melde niemanden von einem Kurs ab, und Urlaub genehmigst du nie.",
      it: "Apprendisti. Dipendente: consultarne la scheda. Corsi: elencare quelli su un tema. Ferie: guardare le richieste di ferie del dipendente. Iscrizione: iscrivere il dipendente al corso. Fine anno: elencare i certificati del dipendente. Esclusi: togliere qualcuno da un corso, approvare ferie.",
      es: "Artículo 1. El agente acompaña a los aprendices de la empresa. Artículo 2. Podrá consultar la ficha del empleado, listar los cursos sobre un tema y revisar las solicitudes de vacaciones del empleado. Artículo 3. Podrá inscribir al empleado en un curso. Artículo 4. Listará los certificados del empleado. Artículo 5. No podrá dar de baja a nadie de un curso ni aprobar vacaciones.",
    },
  },
  {
    name: "parcel complaints",
    servers: ["parcels", "desk"],
    needed: ["parcels:parcel_lookup", "parcels:parcel_redirect", "parcels:pickup_schedule", "desk:search_tickets", "desk:create_ticket", "desk:add_ticket_comment"],
    forbidden: ["parcels:parcel_return", "desk:close_ticket"],
    missions: {
      en: "It takes care of complaints of a parcel service. It looks up the parcel by its tracking number, redirects the parcel to another address and schedules a pickup. It searches the tickets of the customer, creates a ticket for each new complaint and adds a comment to the ticket. It never returns a parcel to its sender and it closes no ticket.",
      fr: "Réclamations, service de colis\n\n| demande | action |\n|---|---|\n| où est le colis | rechercher le colis par son numéro de suivi |\n| nouvelle adresse | rediriger le colis |\n| rien à la maison | planifier un enlèvement de colis |\n| réclamation connue | chercher dans les tickets, ajouter un commentaire au ticket |\n| réclamation nouvelle | créer un ticket |\n| jamais | retourner un colis, fermer un ticket |",
      de: "Art. 1 Der Agent bearbeitet Beschwerden eines Paketdienstes. Art. 2 Er schlägt Pakete anhand der Sendungsnummer nach, leitet ein Paket an eine andere Adresse um und plant die Abholung von Paketen. Art. 3 Er durchsucht die Tickets, erstellt für neue Beschwerden ein Ticket und fügt dem Ticket einen Kommentar hinzu. Art. 4 Die Rücksendung von Paketen und das Schließen von Tickets sind ausgeschlossen.",
      it: "Ho un servizio di pacchi e i reclami non finiscono mai. Cerca il pacco con il numero di tracciamento, se serve devia il pacco a un altro indirizzo e programma il ritiro dei pacchi. Guarda tra i ticket del cliente, crea un ticket per ogni reclamo nuovo e aggiungi un commento al ticket. I pacchi non vanno mai restituiti al mittente, e i ticket li chiudo io.",
      es: "Reclamaciones de paquetería:\n• buscar el paquete por su número de seguimiento\n• desviar el paquete a otra dirección\n• programar la recogida de paquetes\n• buscar en los tickets del cliente\n• crear un ticket por cada reclamación nueva\n• añadir un comentario al ticket\nNo devolver paquetes al remitente. No cerrar tickets.",
    },
  },
]; // prettier-ignore

export const eighthMissions: readonly FurtherMission[] = topics.flatMap(({ name, servers, needed, forbidden, missions }) =>
  Object.entries(missions).map(([language, mission]): FurtherMission => ({ id: `${name}, ${language}`, language, mission, needed, servers, forbidden, half: "report" })),
); // prettier-ignore
