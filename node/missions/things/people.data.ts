/** Who does a job or is served: English | French | German | Italian | Spanish (things.ts). Every kind of server may know some of them. */
export const people = `
driver chauffeur | conducteur conductrice chauffeur | Fahrer Kraftfahrer | autista conducente! | conductor conductora chófer
courier | coursier livreur | Kurier/e Bote/n Zusteller | corriere | mensajero repartidor!
nurse | infirmier infirmière | Krankenschwester/n Krankenpfleger Pflegekraft Pflegekräfte | infermiere infermiera | enfermero enfermera
midwife | - | Hebamme/n | ostetrica | matrona comadrona
caregiver carer | soignant aidant | Betreuungskraft Pflegeperson/en | badante | cuidador cuidadora
pharmacist | pharmacien pharmacienne | Apotheker | farmacista | farmacéutico farmacéutica
veterinarian vet | vétérinaire | Tierarzt Tierärzte Tierärztin | veterinario veterinaria | veterinario veterinaria
surgeon | chirurgien chirurgienne | Chirurg/en Chirurgin | chirurgo | cirujano cirujana
psychologist | psychologue | Psychologe/n Psychologin | psicologo psicologa | psicólogo psicóloga
technician | technicien technicienne | Techniker Monteur/e | tecnico tecnica | técnico técnica
engineer | ingénieur ingénieure | Ingenieur/e | ingegnere | ingeniero ingeniera
mechanic | mécanicien mécanicienne | Mechaniker | meccanico | mecánico
electrician | électricien | Elektriker | elettricista | electricista
plumber | plombier | Klempner Installateur/e | idraulico | fontanero
craftsman tradesman | artisan | Handwerker | artigiano | artesano
cleaner | - | Reinigungskraft Reinigungskräfte Putzkraft | - | limpiador limpiadora
janitor caretaker | concierge gardien | Hausmeister | portiere custode | conserje portero
gardener | jardinier | Gärtner | giardiniere | jardinero
guard | vigile | Wachmann Wachleute | - | vigilante! guardia
officer | officier | Sachbearbeiter | funzionario | funcionario
teacher | enseignant enseignante professeur instituteur | Lehrer Lehrkraft Lehrkräfte | insegnante docente professore maestra | profesor profesora docente maestro maestra
tutor mentor | tuteur tutrice mentor | Tutor/en Mentor/en Nachhilfelehrer | tutor mentore | tutor tutora mentor
professor | - | Professor/en | - | catedrático
trainer coach instructor | formateur formatrice entraîneur coach | Trainer Ausbilder | istruttore istruttrice allenatore formatore coach | instructor instructora entrenador formador coach
trainee intern apprentice | stagiaire apprenti apprentie | Praktikant/en Auszubildender Lehrling/e | tirocinante stagista apprendista | becario becaria aprendiz
graduate alumni | - | Absolvent/en | laureato | graduado
researcher scientist | chercheur chercheuse scientifique | Forscher Wissenschaftler | ricercatore ricercatrice scienziato | investigador investigadora científico
librarian | bibliothécaire | Bibliothekar/e | bibliotecario | bibliotecario
reader | lecteur lectrice | Leser | lettore lettrice | lector lectora
borrower | emprunteur | Entleiher | - | prestatario
parent guardian | parent | Eltern Elternteil/e Erziehungsberechtigter | genitore | -
child kid | enfant | Kind/er | bambino bambina | niño niña
resident inhabitant | résident habitant | Bewohner Einwohner Anwohner | residente abitante | residente habitante
citizen | citoyen citoyenne | Bürger | cittadino cittadina | ciudadano ciudadana
taxpayer | contribuable | Steuerzahler Steuerpflichtiger | contribuente | contribuyente
voter | électeur électrice | Wähler | elettore | votante
volunteer | bénévole volontaire | Freiwilliger Ehrenamtlicher Helfer | volontario volontaria | voluntario voluntaria
donor sponsor | donateur donatrice sponsor mécène | Spender Sponsor/en | donatore donatrice sponsor | donante patrocinador
tenant lodger | locataire | Mieter Pächter | inquilino inquilina | inquilino inquilina arrendatario
landlord owner | propriétaire bailleur | Vermieter Eigentümer Besitzer Hausbesitzer | proprietario proprietaria | propietario propietaria arrendador
broker realtor | courtier | Makler | mediatore | corredor
lawyer attorney solicitor | avocat avocate | Anwalt Anwälte Anwältin Rechtsanwalt Rechtsanwälte Rechtsanwältin | avvocato avvocata | abogado abogada
judge | juge | Richter | giudice | juez jueza
witness | témoin | Zeuge/n Zeugin | testimone | testigo
paralegal | parajuriste | Anwaltsgehilfe/n | - | -
accountant bookkeeper | comptable | Buchhalter Steuerberater | contabile commercialista ragioniere | contable
auditor | auditeur auditrice | Auditor/en Prüfer | revisore | auditor auditora
treasurer cashier | trésorier trésorière caissier | Kassenwart/e Schatzmeister Kassierer | tesoriere cassiere | tesorero tesorera cajero
analyst | analyste | Analyst/en | analista | analista
consultant adviser advisor | consultant consultante | - | - | asesor asesora consultor
salesperson seller | vendeur vendeuse commercial | Verkäufer | venditore venditrice | vendedor vendedora comercial
merchant retailer dealer | commerçant marchand concessionnaire revendeur | Händler Einzelhändler | commerciante rivenditore | comerciante minorista
wholesaler distributor | grossiste distributeur | Großhändler | grossista distributore | mayorista distribuidor
manufacturer | fabricant | Hersteller Fabrikant/en | produttore fabbricante | fabricante
contractor subcontractor | prestataire | Auftragnehmer Subunternehmer | appaltatore subappaltatore | contratista subcontratista
freelancer | indépendant | Freiberufler | - | autónomo
carrier haulier | transporteur | Spediteur/e Frachtführer Spedition/en | vettore trasportatore spedizioniere | transportista
shipper consignee | expéditeur destinataire | Absender Empfänger | mittente destinatario | remitente! destinatario
dispatcher | répartiteur régulateur | Disponent/en | - | despachador
pilot | pilote | Pilot/en | pilota | piloto
crew | équipage | Besatzung/en | equipaggio | tripulación
sailor skipper | marin | Seemann Matrose/n | marinaio | marinero
farmer grower | agriculteur agricultrice fermier! | Landwirt/e Bauer/n | agricoltore | agricultor agricultora granjero
breeder | éleveur | Züchter | allevatore | ganadero
beekeeper | apiculteur | Imker | apicoltore | apicultor
winemaker | vigneron | Winzer | vignaiolo viticoltore | viticultor
cook chef | cuisinier cuisinière | Koch Köche Köchin | cuoco cuoca | cocinero cocinera
baker | boulanger boulangère | Bäcker | fornaio panettiere | panadero
waiter | serveur | Kellner | cameriere cameriera | camarero camarera
bartender | barman | Barkeeper | barista | -
receptionist | réceptionniste | Rezeptionist/en Empfangskraft | - | recepcionista
housekeeper | - | Zimmermädchen | governante | gobernanta
host | hôte hôtesse | Gastgeber | ospite | anfitrión anfitriona
visitor | visiteur visiteuse | Besucher | visitatore visitatrice | visitante
tourist | touriste | Tourist/en | turista | turista
exhibitor | exposant | Aussteller | espositore | expositor
performer artist | artiste interprète | Künstler | artista interprete | artista intérprete
musician | musicien musicienne | Musiker | musicista | músico
actor | acteur actrice comédien | Schauspieler | attore attrice | actor actriz
author writer | auteur autrice écrivain | Autor/en Schriftsteller | autore autrice scrittore | autor autora escritor
editor | rédacteur rédactrice éditeur | Redakteur/e Lektor/en | redattore redattrice editore | redactor redactora editor!
journalist reporter | journaliste | Journalist/en | giornalista cronista | periodista
publisher | - | Verlag/e Herausgeber | - | -
photographer | photographe | Fotograf/en Fotografin | fotografo | fotógrafo
designer | designer concepteur | Gestalter Designer | designer | diseñador diseñadora
architect | architecte | Architekt/en | architetto | arquitecto
surveyor | géomètre | Vermesser Landvermesser | geometra | topógrafo
developer programmer | développeur développeuse programmeur | Entwickler Programmierer | sviluppatore sviluppatrice programmatore | desarrollador desarrolladora programador
tester | testeur | Tester | tester collaudatore | -
maintainer | mainteneur | - | - | -
administrator admin | administrateur administratrice | Administrator/en Admin/s | amministratore | administrador administradora
operator | opérateur opératrice | Bediener | operatore operatrice | operador operadora
inspector | inspecteur inspectrice contrôleur | Inspektor/en Kontrolleur/e | ispettore ispettrice controllore | inspector inspectora
athlete player | athlète joueur joueuse sportif | Sportler Athlet/en Spieler | atleta giocatore giocatrice | atleta jugador jugadora deportista
referee umpire | arbitre | Schiedsrichter | arbitro | árbitro
opponent | adversaire | Gegner | avversario | adversario
fan spectator | spectateur supporter | Zuschauer Fan/s | spettatore tifoso | espectador aficionado
investor | investisseur | Investor/en Anleger | investitore | inversora
creditor debtor | créancier débiteur | Gläubiger Schuldner | creditore debitore | acreedor deudor
insured | assuré assurée | Versicherter | assicurato assicurata | -
adjuster | expert | Schadensregulierer Gutachter | perito | perito
policeman police | policier gendarme police | Polizist/en Polizei | poliziotto polizia | policía
firefighter | pompier | Feuerwehrmann Feuerwehrleute | pompiere | bombero
paramedic | ambulancier secouriste | Sanitäter Rettungssanitäter | soccorritore paramedico | paramédico socorrista
soldier | soldat | Soldat/en | soldato | soldado
applicant | postulant | Antragsteller | richiedente | solicitante
claimant plaintiff | plaignant demandeur | Kläger Anspruchsteller | reclamante | demandante
defendant | défendeur prévenu | Beklagter Angeklagter | imputato convenuto | demandado acusado
prisoner inmate | détenu prisonnier | Häftling/e Insasse/n | detenuto | preso recluso
refugee migrant | réfugié migrant | Flüchtling/e Geflüchteter | rifugiato migrante | refugiado migrante
pensioner retiree | - | Rentner Pensionär/e | pensionato | jubilado pensionista
family household | famille | Familie/n Haushalt/e | famiglia nucleo | familia hogar
neighbour neighbor | voisin | Nachbar/n Nachbarin | vicino | vecino
partner spouse | conjoint | Ehepartner Ehegatte/n | coniuge | cónyuge
relative | - | Angehöriger Angehörige | familiare parente | familiar pariente
heir | héritier | Erbe/n Erbin | erede | heredero
minister mayor | ministre maire | Minister Bürgermeister | ministro sindaco | ministro alcalde
councillor deputy | élu conseillère | Abgeordneter Stadtrat | consigliere deputato | concejal diputado
delegate representative | délégué | Delegierter Vertreter | delegato | delegado
secretary assistant | secrétaire | Sekretär/e Sekretariat/e | segretario segretaria segreteria | secretario secretaria secretaría
director executive | directeur directrice dirigeant | Direktor/en Geschäftsführer | direttore direttrice dirigente | director directora directivo
chairman president | président présidente | Vorsitzender Präsident/en | presidente | presidente presidenta
member subscriber | - | - | - | -
moderator | modérateur | Moderator/en | moderatore | moderador
speaker lecturer | conférencier | Redner Vortragender | relatore conferenziere | ponente conferenciante
organizer organiser | organisateur | Veranstalter Organisator/en | organizzatore | organizador
interpreter translator | traducteur traductrice | Übersetzer Dolmetscher | traduttore traduttrice | traductor traductora
stylist hairdresser | coiffeur coiffeuse | Friseur/e | parrucchiere parrucchiera | peluquero peluquera
beautician | esthéticienne | Kosmetiker | estetista | esteticista
planner scheduler | planificateur | Planer | pianificatore | planificador
picker packer | préparateur | Kommissionierer | - | -
forester | forestier | Förster | - | -
fisherman | pêcheur | Fischer | pescatore | pescador
hunter | chasseur | Jäger | cacciatore | cazador
worker labourer | ouvrier ouvrière | Arbeiter | operaio operaia | obrero obrera operario
`;
