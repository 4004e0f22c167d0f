/** Things of public offices, safety, media, telecoms and culture: English | French | German | Italian | Spanish (things.ts). */
export const publicservice = `
permit | permis | Genehmigungsbescheid/e Erlaubnisschein/e | - | -
registration | - | Anmeldebescheinigung/en Zulassung/en | immatricolazione | -
passport | passeport | Reisepass Reisepässe | passaporto | pasaporte
visa | visa | Visum Visa | visto | visado
identity | identité | Ausweis/e Personalausweis/e Identität/en | identità | identidad
residence | résidence domicile | Aufenthaltstitel Wohnsitz/e | residenza domicilio | residencia domicilio
birthcertificate | - | Geburtsurkunde/n | - | -
notice | avis | Bescheid/e Aushang Aushänge | - | -
petition | pétition | Petition/en | petizione | -
election poll | élection | Wahl/en | elezione | elección
referendum | référendum | Volksentscheid/e Referendum | referendum | referéndum
council | - | Gemeinderat Stadtratssitzung/en | - | ayuntamiento
municipality commune | commune mairie municipalité | Gemeinde/n Rathaus | comune municipio | municipio alcaldía
ministry authority | ministère autorité | Ministerium Ministerien Behörde/n Amt Ämter | ministero autorità | ministerio autoridad
bylaw ordinance | arrêté | Satzung/en | ordinanza | ordenanza
decree | décret | Erlass Erlasse Dekret/e | decreto | decreto
procurement | - | Beschaffung/en | appalto | -
census | recensement | Volkszählung/en | censimento | censo
pothole | - | Schlagloch Schlaglöcher | buca | bache
streetlight | lampadaire | Straßenlaterne/n | lampione | farola
sewer sewage | égout | Kanalisation Abwasser | fogna | alcantarillado
parkingpermit | - | Parkausweis/e Anwohnerparkausweis/e | - | -
speedlimit | - | Tempolimit/s | - | -
traffic | trafic circulation | Verkehr | traffico | tráfico
crash collision | - | Unfall Unfälle | incidente | accidente
crime offence | crime délit infraction | Straftat/en Verbrechen Ordnungswidrigkeit/en | reato | delito
theft burglary | vol cambriolage | Diebstahl Diebstähle Einbruch Einbrüche | furto | robo hurto
suspect | suspect | Verdächtiger | sospetto | sospechoso
patrol | patrouille ronde | Streife/n Kontrollgang Kontrollgänge | pattuglia ronda | patrulla
fire | incendie feu | Brand Brände Feuer | incendio | incendio fuego
evacuation | évacuation | Evakuierung/en Räumung/en | evacuazione | evacuación
hazard danger | danger | Gefahr/en Gefährdung/en | pericolo | peligro
hydrant extinguisher | hydrant extincteur | Hydrant/en Feuerlöscher | idrante estintore | hidrante extintor
flood | inondation | Hochwasser Überschwemmung/en | alluvione | inundación
earthquake | séisme | Erdbeben | terremoto | terremoto
rescue | sauvetage secours | Rettung/en Rettungseinsatz Rettungseinsätze | salvataggio soccorso | rescate
mission deployment | - | Einsatz Einsätze | - | -
turnstile | tourniquet | Drehkreuz/e | tornello | torno
intrusion breach | intrusion | Einbruchsversuch/e Sicherheitsverletzung/en | intrusione violazione | intrusión brecha
surveillance | surveillance | - | sorveglianza | vigilancia
weapon | arme | Waffe/n | arma | arma
detention prison | détention prison | Haft Gefängnis/se | detenzione carcere | detención prisión cárcel
asylum | asile | Asyl Asylantrag Asylanträge | - | asilo
customs duty | douane | Zoll Zölle Zollanmeldung/en | dogana dazio | aduana arancel
quarantine | quarantaine | Quarantäne | quarantena | cuarentena
story | récit histoire | Geschichte/n | racconto storia | historia relato
column editorial | chronique | Kolumne/n Leitartikel | rubrica editoriale | columna editorial
edition issue | édition | Ausgabe/n | edizione | edición
headline | titre manchette | Schlagzeile/n | - | titular
interview | interview | Interview/s | intervista | -
episode | épisode | Episode/n Folge/n | episodio puntata | episodio
show series | série | Serie/n | serie | serie
broadcast programme | diffusion | Rundfunksendung/en | trasmissione | -
channel | chaîne | Sender Fernsehsender | emittente | emisora
stream livestream | flux | Livestream/s Stream/s | diretta | -
clip footage | clip extrait | Clip/s | clip | clip
subtitle caption | légende | Untertitel | sottotitolo didascalia | subtítulo
script screenplay | scénario script | Drehbuch Drehbücher | copione sceneggiatura | guion
scene | - | Szene/n | scena | escena
cinema theatre | cinéma théâtre | Kino/s Theater | cinema teatro | cine teatro
auction bid | enchère | Auktion/en Versteigerung/en | asta | subasta puja
artwork painting | oeuvre tableau | Kunstwerk/e Gemälde | opera dipinto quadro | cuadro pintura
collection | collection | Sammlung/en | collezione | colección
photo gallery | galerie | Galerie/n | galleria | galería
podcast | podcast | Podcast/s | podcast | podcast
lyrics | - | Liedtext/e | - | -
radio | radio | Radio/s | radio | radio
copyright royalty | - | Urheberrecht/e Tantieme/n | - | -
advertisement | publicité | Reklame/n Werbung | pubblicità | publicidad
press | communiqué presse | Pressemitteilung/en Presse | comunicato stampa | comunicado prensa
sim esim | sim | - | sim | sim
sms text | sms | SMS Kurznachricht/en | sms | sms
minutes | - | Gesprächsminute/n | - | -
broadband internet | internet | Internetanschluss Internetanschlüsse Breitband | internet | internet
modem router | modem routeur | Modem/s Router | modem router | módem router
antenna tower | antenne | Antenne/n Funkmast/en | antenna | antena
coverage signal | signal! | Netzabdeckung/en Signal/e | segnale! | señal
bandwidth | - | Bandbreite/n | - | -
cable fibre fiber | câble fibre | Kabel Glasfaser/n | cavo fibra | cable fibra
satellite | satellite | Satellit/en | satellite | satélite
landline | - | Festnetz Festnetzanschluss | - | -
porting portability | portabilité | Rufnummernmitnahme/n | portabilità | portabilidad
tv television | télévision télé | Fernseher Fernsehgerät/e | televisore televisione | televisor televisión
decoder | décodeur | Receiver | decoder | decodificador
stamp postage | timbre affranchissement | Briefmarke/n Porto | francobollo affrancatura | sello franqueo
mailbox | - | Briefkasten Briefkästen | - | buzón
postcard envelope | enveloppe | Umschlag Umschläge Postkarte/n | busta cartolina | sobre postal
letter | lettre | Brief/e | lettera | carta
memorial heritage monument | monument patrimoine | Denkmal Denkmäler | monumento patrimonio | monumento patrimonio
excavation | fouille | Fundstück/e Ausgrabung/en | scavo reperto | excavación
coin | - | Münze/n | moneta | -
game | jeu | - | gioco | juego
prize award | prix | Auszeichnung/en Preisverleihung/en | - | premio
lottery raffle | loterie tombola | Lotterie/n Tombola/s Verlosung/en | lotteria | lotería sorteo
horoscope | horoscope | Horoskop/e | oroscopo | horóscopo
joke | blague | Witz/e | barzelletta | chiste
timezone | - | Zeitzone/n | - | -
holiday | - | Feiertag/e | festività | festivo
prayer | prière | Gebet/e | preghiera | oración
choir | choeur chorale | Chor Chöre | coro | coro
orchestra | orchestre | Orchester | orchestra | orquesta
score sheetmusic | partition | Partitur/en | spartito partitura | partitura
costume | costume | Kostüm/e | costume | vestuario
prop | accessoire | Requisit/en | - | -
casting audition | audition | Vorsprechen | audizione provino | audición
`;
