/**
 * A third set of persona missions, of domains and phrasings that are in neither personas.data.ts nor laterpersonas.data.ts, with
 * tools of our own beside those of the recorded catalogues. Written and fixed before the compiler's first result on them
 * was looked at. Every second topic is to tune on; the others are reported. A topic lies in one half with all its languages.
 */
import type { PersonaMission } from "./personas.data.ts";

export interface FurtherMission extends PersonaMission {
  readonly half: "tune" | "report";
}

/** `name(argument, argument): description`, by server. */
const lines: { readonly [server: string]: readonly string[] } = {
  chat: [
    "slack_list_channels(limit): List the channels of the workspace.",
    "slack_get_channel_history(channel_id, limit): Get recent messages from a channel.",
    "slack_get_thread_replies(channel_id, thread_ts): Get all replies in a message thread.",
    "slack_post_message(channel_id, text): Post a new message to a channel.",
    "slack_reply_to_thread(channel_id, thread_ts, text): Reply to a message thread.",
    "slack_add_reaction(channel_id, reaction): Add a reaction emoji to a message.",
    "slack_get_users(limit): Get the users of the workspace.",
    "slack_invite_user(channel_id, user_id): Invite a user to a channel.",
    "slack_remove_user(channel_id, user_id): Remove a user from a channel.",
    "slack_delete_message(channel_id, ts): Delete a message.",
  ],
  crm: [
    "search_leads(query): Search leads by name or company.",
    "get_lead(lead_id): Get one lead with its history.",
    "create_lead(name, company, phone): Create a lead.",
    "update_lead(lead_id, status): Update a lead.",
    "list_deals(stage): List the deals of the pipeline.",
    "update_deal(deal_id, stage): Update a deal.",
    "delete_lead(lead_id): Delete a lead.",
    "export_leads(format): Export all leads.",
    "create_quote(deal_id, lines): Create a quote for a deal.",
  ],
  code: [
    "search_repositories(query): Search repositories.",
    "get_file_contents(repo, path): Get the contents of a file of a repository.",
    "list_commits(repo): List the commits of a branch.",
    "list_issues(repo, state): List the issues of a repository.",
    "create_issue(repo, title, body): Create an issue.",
    "add_issue_comment(repo, issue_number, body): Add a comment to an issue.",
    "create_branch(repo, branch): Create a branch.",
    "create_pull_request(repo, head, base): Create a pull request.",
    "merge_pull_request(repo, pull_number): Merge a pull request.",
    "delete_branch(repo, branch): Delete a branch.",
    "push_files(repo, branch, files): Push files to a branch.",
  ],
  home: [
    "list_devices(): List the devices of the house.",
    "get_device_state(device_id): Get the state of a device.",
    "turn_on_light(room): Turn on the light of a room.",
    "turn_off_light(room): Turn off the light of a room.",
    "set_thermostat_temperature(room, degrees): Set the temperature of a thermostat.",
    "lock_door(door): Lock a door.",
    "unlock_door(door): Unlock a door.",
    "get_camera_snapshot(camera): Get a picture of a camera.",
    "disarm_alarm(code): Disarm the alarm.",
  ],
  hospital: [
    "search_patients(name, birth_date): Search patients.",
    "get_patient_record(patient_id): Get the medical record of a patient.",
    "list_appointments(day, doctor): List the appointments of a doctor.",
    "book_appointment(patient_id, doctor, time): Book an appointment.",
    "cancel_appointment(appointment_id): Cancel an appointment.",
    "get_lab_results(patient_id): Get the results of the laboratory.",
    "create_prescription(patient_id, medication, dose): Create a prescription.",
    "update_patient_record(patient_id, entry): Update the medical record of a patient.",
  ],
  trips: [
    "search_hotels(city, check_in, check_out): Search hotels in a city.",
    "get_hotel_reviews(hotel): Get the reviews of a hotel.",
    "get_hotel_prices(hotel): Get the prices of a hotel.",
    "reserve_hotel(hotel, start, end): Reserve a hotel.",
    "search_restaurants(city, cuisine): Search restaurants in a city.",
    "reserve_restaurant(restaurant, time): Reserve a table in a restaurant.",
    "search_rental_cars(city): Search rental cars.",
    "reserve_rental_car(company, start, end): Reserve a rental car.",
  ],
  people: [
    "list_leave_requests(employee_id): List leave requests.",
    "get_leave_balance(employee_id): Get the days of leave that are left.",
    "submit_leave_request(employee_id, start, end): Submit a leave request.",
    "approve_leave_request(request_id): Approve a leave request.",
    "get_payslip(employee_id, month): Get a payslip.",
    "get_employee(employee_id): Get an employee.",
    "update_salary(employee_id, amount): Update the salary of an employee.",
  ],
  share: [
    "list_folders(parent): List folders.",
    "search_documents(query): Search documents.",
    "download_document(document_id): Download a document.",
    "upload_document(folder, name, content): Upload a document.",
    "move_document(document_id, folder): Move a document to another folder.",
    "create_folder(parent, name): Create a folder.",
    "create_share_link(document_id, expires): Create a link that shares a document.",
    "revoke_share_link(link_id): Revoke a link.",
    "delete_document(document_id): Delete a document.",
  ],
  desk: [
    "search_tickets(query): Search tickets.",
    "get_ticket(ticket_id): Get a ticket.",
    "create_ticket(subject, body): Create a ticket.",
    "update_ticket(ticket_id, status, priority): Update a ticket.",
    "add_ticket_comment(ticket_id, body): Add a comment to a ticket.",
    "assign_ticket(ticket_id, agent): Assign a ticket.",
    "close_ticket(ticket_id): Close a ticket.",
    "delete_ticket(ticket_id): Delete a ticket.",
    "merge_tickets(ticket_ids): Merge tickets.",
  ],
  wiki: [
    "search_pages(query): Search the pages of the wiki.",
    "get_page(page_id): Get a page.",
    "create_page(space, title, body): Create a page.",
    "update_page(page_id, body): Update a page.",
    "delete_page(page_id): Delete a page.",
    "list_spaces(): List the spaces.",
    "set_page_permissions(page_id, users): Set the permissions of a page.",
  ],
};

/** In the form of a file of tools (node/missions/toolsfile.ts). */
export const furtherTools: { readonly [server: string]: readonly object[] } = Object.fromEntries(
  Object.entries(lines).map(([server, tools]) => [
    server,
    tools.map((line) => {
      const [, name = "", names = "", description = ""] = /^(\w+)\(([^)]*)\): (.*)$/.exec(line) ?? [];
      const parameters = Object.fromEntries(names.split(", ").filter((each) => each !== "").map((each) => [each, { type: "string" }])); // prettier-ignore
      return { name, description, parameters };
    }),
  ]),
);

interface Topic {
  readonly name: string;
  readonly servers: readonly string[];
  readonly needed: readonly string[];
  readonly missions: { readonly [language: string]: string };
}

const topics: readonly Topic[] = [
  {
    name: "team chat",
    servers: ["chat"],
    needed: ["chat:slack_list_channels", "chat:slack_get_channel_history", "chat:slack_get_thread_replies", "chat:slack_post_message", "chat:slack_reply_to_thread"],
    missions: {
      en: "Keeps an eye on our team chat. It goes through what was written in the channels since yesterday, posts a short digest in the channel of the team leads and answers questions in threads. Kicking people out or removing messages is off limits.",
      fr: "Garde un œil sur la messagerie d'équipe. Il parcourt ce qui a été écrit dans les canaux depuis hier, publie un court résumé dans le canal des responsables et répond aux questions dans les fils de discussion. Exclure quelqu'un ou effacer des messages est interdit.",
      de: "Behält unseren Team-Chat im Auge. Er geht durch, was seit gestern in den Kanälen geschrieben wurde, postet eine kurze Zusammenfassung im Kanal der Teamleiter und beantwortet Fragen in den Threads. Leute hinauswerfen oder Nachrichten entfernen ist verboten.",
      it: "Tiene d'occhio la chat del gruppo. Scorre quanto è stato scritto nei canali da ieri, pubblica un breve riassunto nel canale dei capigruppo e risponde alle domande nei thread. Buttare fuori qualcuno o cancellare messaggi è vietato.",
      es: "Vigila el chat del equipo. Repasa lo que se ha escrito en los canales desde ayer, publica un breve resumen en el canal de los jefes y responde a las preguntas en los hilos. Expulsar a alguien o borrar mensajes está prohibido.",
    },
  },
  {
    name: "sales pipeline",
    servers: ["crm"],
    needed: ["crm:search_leads", "crm:get_lead", "crm:create_lead", "crm:update_lead", "crm:list_deals"],
    missions: {
      en: "Inside sales. Captures new leads from the trade fair, looks up what we know about a prospect, keeps the status of leads current and gives an overview of open deals. Nothing gets exported or deleted.",
      fr: "Vente interne. Saisit les nouveaux prospects du salon, recherche ce que nous savons d'un prospect, tient à jour le statut des prospects et donne un aperçu des affaires en cours. Rien n'est exporté ni supprimé.",
      de: "Innendienst im Verkauf. Erfasst neue Interessenten von der Messe, schlägt nach, was wir über einen Interessenten wissen, hält den Status der Interessenten aktuell und gibt einen Überblick über offene Geschäfte. Nichts wird exportiert oder gelöscht.",
      it: "Vendite interne. Registra i nuovi contatti commerciali della fiera, cerca che cosa sappiamo di un potenziale cliente, tiene aggiornato lo stato dei contatti commerciali e dà una panoramica delle trattative aperte. Nulla viene esportato o eliminato.",
      es: "Ventas internas. Da de alta los nuevos clientes potenciales de la feria, busca lo que sabemos de un cliente potencial, mantiene al día el estado de los clientes potenciales y ofrece una vista general de los negocios abiertos. No se exporta ni se elimina nada.",
    },
  },
  {
    name: "bug triage",
    servers: ["code"],
    needed: ["code:list_issues", "code:create_issue", "code:add_issue_comment", "code:get_file_contents", "code:create_pull_request", "code:create_branch"],
    missions: {
      en: "Triage bot of the development team. It goes over the open issues, files new bugs, leaves comments on issues, reads the source files concerned, cuts a branch for a fix and opens a pull request. Merging is for humans only; it must never merge a pull request itself.",
      fr: "Robot de tri de l'équipe de développement. Il passe en revue les tickets ouverts, signale de nouveaux bogues, laisse des commentaires sur les tickets, lit les fichiers sources concernés, crée une branche pour un correctif et ouvre une demande de fusion. Il ne doit jamais fusionner lui-même.",
      de: "Triage-Bot der Entwicklung. Er geht die offenen Issues durch, meldet neue Fehler, hinterlässt Kommentare zu Issues, liest die betroffenen Quelldateien, legt einen Branch für die Korrektur an und öffnet einen Pull Request. Selbst zusammenführen darf er niemals.",
      it: "Bot di smistamento del gruppo di sviluppo. Passa in rassegna le segnalazioni aperte, segnala nuovi bug, lascia commenti alle segnalazioni, legge i file sorgente interessati, crea un ramo per la correzione e apre una richiesta di pull. Non deve mai fare il merge.",
      es: "Bot de clasificación del equipo de desarrollo. Repasa las incidencias abiertas, da de alta nuevos errores, deja comentarios en las incidencias, lee los archivos fuente afectados, crea una rama para la corrección y abre una solicitud de extracción. Nunca debe fusionar por sí mismo.",
    },
  },
  {
    name: "smart home",
    servers: ["home"],
    needed: ["home:list_devices", "home:get_device_state", "home:turn_on_light", "home:turn_off_light", "home:set_thermostat_temperature"],
    missions: {
      en: "Takes care of our house while we are out. Tells us which devices are on, switches the lights on and off and turns the heating up or down. It must not open any door and has nothing to do with the alarm.",
      fr: "S'occupe de la maison en notre absence. Il nous dit quels appareils sont allumés, allume et éteint les lumières et règle le chauffage. Il ne doit ouvrir aucune porte ni toucher à l'alarme.",
      de: "Kümmert sich um unser Haus, wenn wir weg sind. Sagt uns, welche Geräte an sind, schaltet das Licht ein und aus und regelt die Heizung. Türen öffnen und die Alarmanlage anfassen darf er nicht.",
      it: "Si prende cura della casa quando siamo fuori. Ci dice quali dispositivi sono accesi, accende e spegne le luci e regola il riscaldamento. Non deve aprire nessuna porta né toccare l'allarme.",
      es: "Cuida de la casa cuando estamos fuera. Nos dice qué aparatos están encendidos, enciende y apaga las luces y regula la calefacción. No debe abrir ninguna puerta ni tocar la alarma.",
    },
  },
  {
    name: "surgery reception",
    servers: ["hospital"],
    needed: ["hospital:search_patients", "hospital:list_appointments", "hospital:book_appointment", "hospital:cancel_appointment"],
    missions: {
      en: "Front desk of a doctor's surgery. It finds patients, tells when a doctor has time, makes appointments for patients and calls appointments off. Medical records are none of its business, and it writes no prescriptions.",
      fr: "Accueil d'un cabinet médical. Il retrouve les patients, indique quand un médecin est libre, prend des rendez-vous pour les patients et décommande des rendez-vous. Les dossiers médicaux ne le regardent pas et il ne rédige aucune ordonnance.",
      de: "Empfang einer Arztpraxis. Er sucht Patienten heraus, sagt, wann ein Arzt Zeit hat, vergibt Termine an Patienten und sagt Termine ab. Krankenakten gehen ihn nichts an, und Rezepte stellt er keine aus.",
      it: "Accettazione di uno studio medico. Trova i pazienti, dice quando un medico è libero, fissa visite per i pazienti e disdice le visite. Le cartelle cliniche non lo riguardano e non scrive ricette.",
      es: "Recepción de una consulta médica. Localiza a los pacientes, dice cuándo está libre un médico, da citas a los pacientes y anula citas. Los historiales médicos no son asunto suyo y no extiende recetas.",
    },
  },
  {
    name: "trip planner",
    servers: ["trips"],
    needed: ["trips:search_hotels", "trips:get_hotel_reviews", "trips:get_hotel_prices", "trips:reserve_hotel", "trips:search_restaurants", "trips:reserve_restaurant"],
    missions: {
      en: "Plans business trips of the staff: compares hotels by price and by what guests say of them, books a room, suggests restaurants nearby and gets a table. No rental cars.",
      fr: "Prépare les déplacements du personnel : compare les hôtels selon le prix et l'avis des clients, réserve une chambre d'hôtel, propose des restaurants à proximité et y réserve une table. Pas de voiture de location.",
      de: "Plant Dienstreisen der Belegschaft: vergleicht Hotels nach Preis und Bewertungen, bucht ein Hotelzimmer, schlägt Restaurants in der Nähe vor und reserviert dort einen Tisch. Keine Mietwagen.",
      it: "Organizza le trasferte del personale: confronta gli alberghi per prezzo e recensioni, prenota una camera d'albergo, propone ristoranti nelle vicinanze e vi prenota un tavolo. Niente auto a noleggio.",
      es: "Organiza los viajes de trabajo del personal: compara hoteles por precio y opiniones, reserva una habitación de hotel, propone restaurantes cercanos y reserva mesa en ellos. Nada de coches de alquiler.",
    },
  },
  {
    name: "leave office",
    servers: ["people"],
    needed: ["people:list_leave_requests", "people:get_leave_balance", "people:submit_leave_request"],
    missions: {
      en: "Helps employees with their holidays. It tells how many days of leave they have left, shows leave requests and hands in a leave request for them. Approving is the manager's job: never approve one. Salaries and payslips are taboo.",
      fr: "Aide les salariés pour leurs congés. Il indique combien de jours de congé il leur reste, affiche les demandes de congé et dépose une demande de congé pour eux. Il ne doit jamais approuver une demande. Les salaires et fiches de paie lui sont interdits.",
      de: "Hilft Beschäftigten bei ihrem Urlaub. Sagt, wie viele Urlaubstage noch übrig sind, zeigt Urlaubsanträge und reicht Urlaubsanträge für sie ein. Genehmigen darf er niemals. Gehälter und Lohnabrechnungen sind verboten.",
      it: "Aiuta i dipendenti con le ferie. Dice quanti giorni di ferie restano, mostra le richieste di ferie e presenta una richiesta di ferie per loro. Non deve mai approvare una richiesta. Stipendi e buste paga sono vietati.",
      es: "Ayuda a los empleados con sus vacaciones. Dice cuántos días de vacaciones quedan, muestra las solicitudes de vacaciones y presenta solicitudes de vacaciones por ellos. Nunca debe aprobar una solicitud. Los salarios y las nóminas están prohibidos.",
    },
  },
  {
    name: "file share",
    servers: ["share"],
    needed: ["share:list_folders", "share:search_documents", "share:upload_document", "share:move_document", "share:create_folder"],
    missions: {
      en: "Tidies up the department's file share: it looks through the folders, sets up folders where they are missing, files documents where they belong by moving them, and puts scanned documents up there. It hands out no links to the outside and throws nothing away.",
      fr: "Range le partage de fichiers du service : il parcourt les dossiers, crée des dossiers là où il en manque, déplace les documents au bon endroit et y dépose les documents numérisés. Il ne donne aucun lien à l'extérieur et ne jette rien.",
      de: "Räumt die Dateiablage der Abteilung auf: er sieht die Ordner durch, legt fehlende Ordner an, verschiebt Dokumente an den richtigen Platz und lädt eingescannte Dokumente hoch. Er gibt keine Links nach außen und wirft nichts weg.",
      it: "Riordina la condivisione del reparto: scorre le cartelle, crea cartelle dove mancano, sposta i documenti al posto giusto e vi carica i documenti scansionati. Non dà nessun link all'esterno e non butta via nulla.",
      es: "Ordena los archivos compartidos del departamento: recorre las carpetas, crea carpetas donde faltan, mueve los documentos a su sitio y sube los documentos escaneados. No da ningún enlace hacia fuera y no tira nada.",
    },
  },
  {
    name: "household money, as spoken",
    servers: ["banking_client", "user_account"],
    needed: ["banking_client:get_most_recent_transactions", "banking_client:get_balance", "banking_client:send_money", "banking_client:update_scheduled_transaction"],
    missions: {
      en: "Hi! I'd like you to see what I've spent this month and how much is left in my account. Then please pay my sister back the 40 EUR I owe her, and raise the amount of my standing order for the rent. Don't touch my password.",
      fr: "Bonjour ! J'aimerais que tu regardes ce que j'ai dépensé ce mois-ci et combien il reste sur mon compte. Ensuite, paie à ma sœur les 40 EUR que je lui dois et augmente le montant de mon virement permanent pour le loyer. Ne touche pas à mon mot de passe.",
      de: "Hallo! Schau bitte nach, was ich diesen Monat ausgegeben habe und wie viel noch auf meinem Konto ist. Zahl dann meiner Schwester die 40 EUR zurück, die ich ihr schulde, und erhöhe den Betrag meines Dauerauftrags für die Miete. Lass die Finger von meinem Passwort: das darfst du nicht ändern.",
      it: "Ciao! Vorrei che guardassi quanto ho speso questo mese e quanto resta sul mio conto. Poi paga a mia sorella i 40 EUR che le devo e aumenta l'importo del mio ordine permanente per l'affitto. Non toccare la mia password.",
      es: "¡Hola! Quiero que mires qué he gastado este mes y cuánto queda en mi cuenta. Después, paga a mi hermana los 40 EUR que le debo y sube el importe de mi orden permanente del alquiler. No toques mi contraseña.",
    },
  },
  {
    name: "busy parent, as spoken",
    servers: ["email_client", "calendar_client"],
    needed: ["email_client:search_emails", "email_client:send_email", "calendar_client:get_day_calendar_events", "calendar_client:create_calendar_event", "calendar_client:reschedule_calendar_event"],
    missions: {
      en: "Have a look in my mailbox for what the school wrote, put the dates into my diary and push my dentist appointment back if it clashes. Drop Clara a line by email once that is done.",
      fr: "Jette un œil dans ma boîte mail pour voir ce que l'école a écrit, mets les dates dans mon agenda et décale mon rendez-vous chez le dentiste s'il tombe en même temps. Préviens Clara par courriel quand c'est fait.",
      de: "Schau in mein Postfach, was die Schule geschrieben hat, trag die Termine in meinen Kalender ein und verschieb meinen Zahnarzttermin, wenn er sich überschneidet. Gib Clara danach per E-Mail Bescheid.",
      it: "Dai un'occhiata alla mia casella di posta per vedere che cosa ha scritto la scuola, metti le date nel calendario e sposta il mio appuntamento dal dentista se coincide. Avvisa Clara via email quando hai finito.",
      es: "Echa un vistazo a mi buzón para ver qué ha escrito el colegio, pon las fechas en mi calendario y retrasa mi cita con el dentista si coincide. Avisa a Clara por correo cuando esté hecho.",
    },
  },
  {
    name: "service desk",
    servers: ["desk"],
    needed: ["desk:search_tickets", "desk:get_ticket", "desk:update_ticket", "desk:add_ticket_comment", "desk:close_ticket"],
    missions: {
      en: "Second-level support.\n\nAllowed:\n- to go through tickets and find similar ones\n- to raise or lower a ticket's priority\n- to leave notes on tickets\n- to resolve tickets that are done\n\nNot allowed:\n- to throw tickets away",
      fr: "Support de deuxième niveau.\n\nAutorisé :\n- parcourir les tickets et en trouver de semblables\n- relever ou abaisser la priorité d'un ticket\n- laisser des notes sur les tickets\n- clore les tickets réglés\n\nInterdit :\n- jeter des tickets",
      de: "Support der zweiten Stufe.\n\nErlaubt:\n- Tickets durchgehen und ähnliche finden\n- die Priorität eines Tickets anheben oder senken\n- Notizen zu Tickets hinterlassen\n- erledigte Tickets abschließen\n\nVerboten:\n- Tickets wegwerfen",
      it: "Supporto di secondo livello.\n\nPermesso:\n- scorrere i ticket e trovarne di simili\n- alzare o abbassare la priorità di un ticket\n- lasciare note sui ticket\n- chiudere i ticket risolti\n\nVietato:\n- buttare via ticket",
      es: "Soporte de segundo nivel.\n\nPermitido:\n- recorrer los tickets y encontrar otros parecidos\n- subir o bajar la prioridad de un ticket\n- dejar notas en los tickets\n- cerrar los tickets resueltos\n\nProhibido:\n- tirar tickets",
    },
  },
  {
    name: "knowledge base",
    servers: ["wiki"],
    needed: ["wiki:search_pages", "wiki:get_page", "wiki:create_page", "wiki:update_page"],
    missions: {
      en: "Editor of the company wiki. Looks for pages that are out of date, brings them up to date and writes new pages on request. It may not decide who sees a page, nor take pages down.",
      fr: "Rédacteur du wiki de l'entreprise. Cherche les pages périmées, les remet à jour et rédige de nouvelles pages sur demande. Il ne décide pas qui voit une page et ne retire aucune page.",
      de: "Redakteur des Firmenwikis. Sucht veraltete Seiten, bringt sie auf den neuesten Stand und schreibt auf Wunsch neue Seiten. Er entscheidet nicht, wer eine Seite sieht, und nimmt keine Seiten herunter.",
      it: "Redattore del wiki aziendale. Cerca le pagine superate, le rimette in pari e scrive nuove pagine su richiesta. Non decide chi vede una pagina e non toglie pagine.",
      es: "Redactor de la wiki de la empresa. Busca páginas anticuadas, las pone al día y redacta páginas nuevas a petición. No decide quién ve una página ni retira páginas.",
    },
  },
]; // prettier-ignore

export const furtherMissions: readonly FurtherMission[] = topics.flatMap(
  ({ name, servers, needed, missions }, at) =>
    Object.entries(missions).map(([language, mission]) => ({ id: `${name}, ${language}`, language, mission, needed, servers, half: at % 2 === 0 ? "tune" : "report" })), // prettier-ignore
);
