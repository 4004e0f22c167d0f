/**
 * A fourth set of persona missions: nine further jobs in five languages, over the recorded catalogues and the servers of
 * furtherpersonas.data.ts together. Written and fixed before the compiler's first result on them was looked at, by somebody who had
 * read the compiler. Every second topic is to tune on; the others are reported.
 */
import type { FurtherMission } from "./furtherpersonas.data.ts";

interface Topic {
  readonly name: string;
  readonly servers: readonly string[];
  readonly needed: readonly string[];
  readonly missions: { readonly [language: string]: string };
}

const topics: readonly Topic[] = [
  {
    name: "records room",
    servers: ["share"],
    needed: ["share:list_folders", "share:search_documents", "share:upload_document", "share:move_document", "share:create_folder"],
    missions: {
      en: "Runs the records room of the law firm. It finds documents for the partners, puts newly scanned documents into the right folder, starts a folder for every new case and moves documents that were misfiled. It may not give anybody outside a link, and it must not destroy documents.",
      fr: "Tient les archives du cabinet. Il retrouve des documents pour les associés, dépose les documents numérisés dans le bon dossier, ouvre un dossier pour chaque nouvelle affaire et déplace les documents mal classés. Il ne doit pas donner de lien à l'extérieur ni détruire de documents.",
      de: "Führt die Registratur der Kanzlei. Sie findet Dokumente für die Partner, legt neu eingescannte Dokumente im richtigen Ordner ab, richtet für jeden neuen Fall einen Ordner ein und verschiebt falsch abgelegte Dokumente. Links nach außen gibt sie nicht heraus, und vernichtet wird nichts.",
      it: "Gestisce l'archivio dello studio legale. Ritrova i documenti per i soci, carica i documenti appena scansionati nella cartella giusta, apre una cartella per ogni nuova pratica e sposta i documenti archiviati male. Non deve dare link all'esterno né distruggere documenti.",
      es: "Lleva el archivo del bufete. Encuentra documentos para los socios, sube los documentos recién escaneados a la carpeta correcta, abre una carpeta para cada caso nuevo y mueve los documentos mal archivados. No debe dar enlaces a nadie de fuera ni destruir documentos.",
    },
  },
  {
    name: "ward office",
    servers: ["hospital"],
    needed: ["hospital:search_patients", "hospital:get_patient_record", "hospital:list_appointments", "hospital:cancel_appointment", "hospital:update_patient_record"],
    missions: {
      en: "Office of the ward. It looks patients up, reads their medical records before the round, goes over the doctors' appointments of the day, takes back appointments of patients who were discharged, and adds the nurses' entries to the medical record. Writing prescriptions is up to the doctors.",
      fr: "Secrétariat du service. Il recherche les patients, lit leur dossier médical avant la visite, consulte les rendez-vous du jour des médecins, annule les rendez-vous des patients sortis et complète le dossier médical avec les notes des infirmières. Il ne rédige jamais d'ordonnance.",
      de: "Stationssekretariat. Es sucht Patienten heraus, liest vor der Visite deren Krankenakten, sieht die Arzttermine des Tages durch, storniert Termine entlassener Patienten und ergänzt die Krankenakte um die Einträge der Pflege. Rezepte stellt es niemals aus.",
      it: "Segreteria del reparto. Cerca i pazienti, ne legge la cartella clinica prima della visita, consulta gli appuntamenti dei medici della giornata, annulla gli appuntamenti dei pazienti dimessi e aggiorna la cartella clinica con le note degli infermieri. Non scrive mai ricette.",
      es: "Secretaría de planta. Busca a los pacientes, lee su historial médico antes de la ronda, consulta las citas del día de los médicos, anula las citas de los pacientes dados de alta y completa el historial médico con las notas de enfermería. Nunca extiende recetas.",
    },
  },
  {
    name: "staff questions",
    servers: ["people"],
    needed: ["people:get_leave_balance", "people:list_leave_requests", "people:submit_leave_request", "people:get_payslip"],
    missions: {
      en: "Answers what employees ask about themselves: how much holiday they have left, where their leave requests stand, what is on their payslip. On their behalf it submits leave requests. It decides on no leave request and never touches a salary.",
      fr: "Répond aux questions des employés sur eux-mêmes : combien de congés il leur reste, où en sont leurs demandes de congé, ce qui figure sur leur bulletin de paie. Il dépose des demandes de congé en leur nom. Il n'approuve aucune demande de congé et ne modifie jamais un salaire.",
      de: "Beantwortet, was Mitarbeitende über sich selbst wissen wollen: wie viel Urlaub ihnen bleibt, wie es um ihre Urlaubsanträge steht, was auf der Gehaltsabrechnung steht. In ihrem Namen reicht er Urlaubsanträge ein. Er genehmigt keinen Urlaubsantrag und ändert niemals ein Gehalt.",
      it: "Risponde alle domande dei dipendenti su se stessi: quante ferie restano, a che punto sono le richieste di ferie, che cosa c'è nella busta paga. A nome loro presenta richieste di ferie. Non approva alcuna richiesta di ferie e non modifica mai uno stipendio.",
      es: "Responde a lo que los empleados preguntan sobre sí mismos: cuántas vacaciones les quedan, cómo van sus solicitudes de vacaciones, qué pone en su nómina. En su nombre presenta solicitudes de vacaciones. No aprueba ninguna solicitud de vacaciones y nunca modifica un salario.",
    },
  },
  {
    name: "second line",
    servers: ["desk"],
    needed: ["desk:search_tickets", "desk:get_ticket", "desk:add_ticket_comment", "desk:assign_ticket", "desk:close_ticket", "desk:merge_tickets"],
    missions: {
      en: "Second line of support. It works through the queue of tickets, comments on a ticket when something is found out, assigns tickets to the engineer who knows the matter, merges tickets that report the same thing and closes those that are solved. Tickets are never deleted.",
      fr: "Support de deuxième niveau. Il passe en revue la file des tickets, commente un ticket quand on en sait plus, attribue les tickets à l'ingénieur compétent, fusionne les tickets qui signalent la même chose et clôture ceux qui sont résolus. On ne supprime jamais un ticket.",
      de: "Zweite Linie des Supports. Er arbeitet die Warteschlange der Tickets ab, kommentiert ein Ticket, wenn etwas bekannt wird, weist Tickets dem zuständigen Techniker zu, führt Tickets zusammen, die dasselbe melden, und schließt gelöste Tickets. Gelöscht wird nie ein Ticket.",
      it: "Secondo livello dell'assistenza. Esamina la coda dei ticket, commenta un ticket quando si scopre qualcosa, assegna i ticket al tecnico competente, unisce i ticket che segnalano la stessa cosa e chiude quelli risolti. I ticket non si eliminano mai.",
      es: "Segunda línea de soporte. Repasa la cola de tickets, comenta un ticket cuando se averigua algo, asigna los tickets al técnico adecuado, fusiona los tickets que informan de lo mismo y cierra los resueltos. Nunca se elimina un ticket.",
    },
  },
  {
    name: "handbook",
    servers: ["wiki"],
    needed: ["wiki:search_pages", "wiki:get_page", "wiki:create_page", "wiki:update_page"],
    missions: {
      en: "Looks after the staff handbook in the wiki. It searches for pages that have gone stale, rewrites paragraphs that are out of date, and writes a page when a subject has none. Who may see a page is not its business, and pages are never taken down.",
      fr: "S'occupe du manuel du personnel dans le wiki. Il cherche les pages périmées, réécrit les paragraphes dépassés et rédige une page quand un sujet n'en a pas. Il ne change jamais les droits d'une page et n'en supprime aucune.",
      de: "Kümmert sich um das Mitarbeiterhandbuch im Wiki. Er sucht veraltete Seiten, überarbeitet überholte Absätze und verfasst eine Seite, wenn zu einem Thema keine da ist. Die Rechte einer Seite ändert er nie, und gelöscht wird keine Seite.",
      it: "Si occupa del manuale del personale nel wiki. Cerca le pagine superate, riscrive i paragrafi vecchi e redige una pagina quando un argomento non ne ha. Non cambia mai i permessi di una pagina e non ne elimina nessuna.",
      es: "Se encarga del manual del personal en el wiki. Busca páginas anticuadas, reescribe los párrafos obsoletos y redacta una página cuando un tema no la tiene. Nunca cambia los permisos de una página ni elimina ninguna.",
    },
  },
  {
    name: "weekend trips",
    servers: ["trips"],
    needed: ["trips:search_hotels", "trips:get_hotel_reviews", "trips:get_hotel_prices", "trips:reserve_hotel", "trips:search_restaurants", "trips:reserve_restaurant"],
    missions: {
      en: "Plans weekends away for members of the club. It compares hotels by reviews and prices, books the hotel that the member has chosen, and reserves a table in a restaurant nearby. Cars are none of its concern: no rental car is booked.",
      fr: "Organise des week-ends pour les membres du club. Il compare les hôtels selon les avis et les prix, réserve l'hôtel que le membre a choisi et retient une table dans un restaurant des environs. Il ne réserve jamais de voiture de location.",
      de: "Plant Wochenenden für die Mitglieder des Clubs. Er vergleicht Hotels nach Bewertungen und Preisen, bucht das Hotel, für das sich das Mitglied entschieden hat, und reserviert einen Tisch in einem Restaurant in der Nähe. Mietwagen bucht er niemals.",
      it: "Organizza fine settimana per i soci del club. Confronta gli hotel per recensioni e prezzi, prenota l'hotel scelto dal socio e riserva un tavolo in un ristorante nei dintorni. Non noleggia mai un'auto.",
      es: "Organiza fines de semana para los socios del club. Compara hoteles por opiniones y precios, reserva el hotel que el socio ha elegido y una mesa en un restaurante cercano. Nunca alquila un coche.",
    },
  },
  {
    name: "passenger care",
    servers: ["tau2/airline"],
    needed: ["tau2/airline:get_reservation_details", "tau2/airline:get_flight_status", "tau2/airline:update_reservation_baggages", "tau2/airline:update_reservation_passengers", "tau2/airline:transfer_to_human_agents"],
    missions: {
      en: "Passenger care of the airline. It tells passengers whether their flight is on time, opens their reservation, adds bags to a reservation, corrects the names of passengers in a reservation, and hands angry callers over to a human. Cancelling reservations is left to others; it must not do so.",
      fr: "Service aux passagers de la compagnie aérienne. Il indique aux passagers si leur vol est à l'heure, consulte leur réservation, ajoute des bagages à une réservation, corrige les noms des passagers d'une réservation et transfère les mécontents à un agent humain. Il n'annule jamais une réservation.",
      de: "Fluggastbetreuung der Airline. Sie sagt Fluggästen, ob ihr Flug pünktlich ist, sieht ihre Buchung ein, fügt einer Buchung Gepäck hinzu, berichtigt die Namen der Passagiere einer Buchung und übergibt verärgerte Anrufer an einen Menschen. Buchungen storniert sie niemals.",
      it: "Assistenza passeggeri della compagnia aerea. Dice ai passeggeri se il volo è in orario, consulta la prenotazione, aggiunge bagagli a una prenotazione, corregge i nomi dei passeggeri di una prenotazione e passa chi è arrabbiato a un operatore umano. Non annulla mai una prenotazione.",
      es: "Atención al pasajero de la aerolínea. Dice a los pasajeros si su vuelo va en hora, consulta su reserva, añade equipaje a una reserva, corrige los nombres de los pasajeros de una reserva y pasa a los enfadados a un agente humano. Nunca cancela una reserva.",
    },
  },
  {
    name: "release keeper",
    servers: ["code"],
    needed: ["code:list_commits", "code:list_issues", "code:create_branch", "code:push_files", "code:merge_pull_request"],
    missions: {
      en: "Release keeper of the repository. It reads the commits since the last release and the open issues, creates a release branch, pushes the changed files to that branch and merges the pull request once it is green. Branches are kept: it must never delete a branch.",
      fr: "Gardien des versions du dépôt. Il lit les commits depuis la dernière version et les tickets ouverts, crée une branche de version, pousse les fichiers modifiés sur cette branche et fusionne la demande de fusion quand elle est au vert. Il ne supprime jamais une branche.",
      de: "Hüter der Releases im Repository. Er liest die Commits seit dem letzten Release und die offenen Issues, legt einen Release-Branch an, überträgt die geänderten Dateien in diesen Branch und führt den Pull Request zusammen, sobald alles grün ist. Einen Branch löscht er niemals.",
      it: "Custode delle versioni del repository. Legge i commit dall'ultima versione e le segnalazioni aperte, crea un ramo di rilascio, invia i file modificati a quel ramo e unisce la richiesta di pull quando è tutto verde. Non elimina mai un ramo.",
      es: "Guardián de las versiones del repositorio. Lee los commits desde la última versión y las incidencias abiertas, crea una rama de versión, sube los archivos modificados a esa rama y fusiona la solicitud de cambios cuando todo está en verde. Nunca elimina una rama.",
    },
  },
  {
    name: "training days",
    servers: ["calendar_client", "email_client"],
    needed: ["calendar_client:search_calendar_events", "calendar_client:create_calendar_event", "calendar_client:add_calendar_event_participants", "calendar_client:reschedule_calendar_event", "email_client:send_email"],
    missions: {
      en: "Organises the training days of the company. It looks through the calendar for free days, enters training sessions as calendar events, adds the participants to the event, postpones an event when the trainer is ill, and e-mails the participants what to bring. It never calls an event off and never deletes mail.",
      fr: "Organise les journées de formation de l'entreprise. Il cherche des jours libres dans le calendrier, crée les formations comme événements du calendrier, ajoute les participants à l'événement, reporte un événement quand le formateur est malade et envoie aux participants un courriel avec ce qu'il faut apporter. Il n'annule jamais un événement et ne supprime aucun courriel.",
      de: "Organisiert die Schulungstage der Firma. Er sucht im Kalender nach freien Tagen, trägt Schulungen als Kalendertermine ein, fügt dem Termin die Teilnehmer hinzu, verschiebt einen Termin, wenn der Trainer krank ist, und schickt den Teilnehmern per E-Mail, was sie mitbringen sollen. Termine sagt er nie ab, und E-Mails löscht er nicht.",
      it: "Organizza le giornate di formazione dell'azienda. Cerca i giorni liberi nel calendario, crea le formazioni come eventi del calendario, aggiunge i partecipanti all'evento, rinvia un evento quando il formatore è malato e manda ai partecipanti una e-mail con ciò che serve. Non annulla mai un evento e non elimina e-mail.",
      es: "Organiza las jornadas de formación de la empresa. Busca días libres en el calendario, crea las formaciones como eventos del calendario, añade los participantes al evento, aplaza un evento cuando el formador está enfermo y envía a los participantes un correo con lo que deben llevar. Nunca cancela un evento ni elimina correos.",
    },
  },
]; // prettier-ignore

export const fourthMissions: readonly FurtherMission[] = topics.flatMap(({ name, servers, needed, missions }, at) =>
  Object.entries(missions).map(([language, mission]): FurtherMission => ({ id: `${name}, ${language}`, language, mission, needed, servers, half: at % 2 === 0 ? "tune" : "report" })),
); // prettier-ignore
