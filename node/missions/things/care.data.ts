/** Things of health, education, research, libraries and social work: English | French | German | Italian | Spanish (things.ts). */
export const care = `
clinic | clinique | Klinik/en | clinica | clínica
hospital | hôpital | Krankenhaus Krankenhäuser Spital Spitäler | ospedale | hospital
ward | - | Krankenstation/en Pflegestation/en | - | -
bed | - | Krankenbett/en Pflegebett/en | - | -
triage | triage | Triage Ersteinschätzung/en | triage | triaje
admission | admission | Krankenhausaufnahme/n Patientenaufnahme/n | ricovero | -
discharge | - | Entlassungsbericht/e Klinikentlassung/en | - | alta
referral | - | Überweisungsschein/e | impegnativa | -
symptom | symptôme | Symptom/e Beschwerden | sintomo | síntoma
disease illness | maladie | Krankheit/en Erkrankung/en | malattia | enfermedad
allergy | allergie | Allergie/n | allergia | alergia
vaccine vaccination immunization | vaccin vaccination | Impfung/en Impfstoff/e | vaccino vaccinazione | vacuna vacunación
surgery operation | chirurgie | Eingriff/e Operationssaal | chirurgia | cirugía
treatment therapy | traitement thérapie | Behandlung/en Therapie/n | trattamento terapia | tratamiento terapia
vital vitals | - | Vitalwert/e Vitalzeichen | - | -
pulse heartrate | pouls | Puls Herzfrequenz/en | polso | pulso
pressure | tension | Blutdruck | pressione | presión tensión
glucose sugar | glycémie sucre | Blutzucker | glicemia zucchero | glucosa azúcar
blood | sang | Blut Blutspende/n Blutkonserve/n | sangue | sangre
specimen | échantillon prélèvement | Probenröhrchen | campione | -
xray radiology imaging | radiographie radiologie | Röntgenbild/er Röntgenaufnahme/n Radiologie | radiografia radiologia | radiografía radiología
ultrasound | échographie | Ultraschall | ecografia | ecografía
ambulance | ambulance | Krankenwagen Rettungswagen | ambulanza | ambulancia
emergency | urgence | Notfall Notfälle Notruf/e | emergenza | emergencia urgencia
pharmacy | pharmacie | Apotheke/n | farmacia | farmacia
refill | renouvellement | Folgerezept/e | - | -
dosage | dosage posologie | Dosierung/en Dosis | dosaggio posologia | dosis
implant prosthesis | implant prothèse | Implantat/e Prothese/n | impianto protesi | implante prótesis
tooth dental | dent | Zahn Zähne | dente | diente
glasses lens eyewear | lunette | Brille/n Kontaktlinse/n | occhiale | gafas lentilla
hearingaid | - | Hörgerät/e | - | audífono
wheelchair | - | Rollstuhl Rollstühle | carrozzina | -
diet nutrition | régime nutrition | Diät/en Ernährungsplan Ernährungspläne | dieta alimentazione nutrizione | nutrición
calorie | calorie | Kalorie/n | caloria | caloría
weight | poids | Gewicht/e | peso | peso
sleep | sommeil | Schlaf | sonno | sueño
mood | humeur | Stimmung/en | umore | ánimo
careplan | - | Pflegeplan Pflegepläne Behandlungsplan Behandlungspläne | - | -
consent | consentement | Einwilligung/en Einverständniserklärung/en | consenso | consentimiento
birth | naissance | Geburt/en | nascita parto | nacimiento parto
death | décès | Todesfall Todesfälle Sterbefall | decesso | fallecimiento defunción
disability | handicap | Behinderung/en | disabilità | discapacidad
visit | - | Hausbesuch/e Besuch/e | - | -
queue waitlist | - | Warteliste/n Warteschlange/n | - | -
fertility pregnancy | grossesse | Schwangerschaft/en | gravidanza | embarazo
trial study | essai étude | Studie/n | studio! | ensayo estudio
cohort | cohorte | Kohorte/n | coorte | cohorte
protocol | protocole | Versuchsprotokoll/e | protocollo | protocolo
experiment | expérience | Experiment/e Versuch/e | esperimento | experimento
hypothesis | hypothèse | Hypothese/n | ipotesi | hipótesis
dataset | - | Datensatz Datensätze Datenbestand | dataset | dataset
measurement | mesure | Messung/en | misura misurazione | medición medida
instrument | instrument | Messinstrument/e Instrument/e | strumento | instrumento
microscope | microscope | Mikroskop/e | microscopio | microscopio
reagent chemical | réactif | Reagenz Reagenzien Chemikalie/n | reagente | reactivo
gene genome | gène génome | Gen/e Genom/e | gene genoma | gen genoma
protein | protéine | Protein/e | proteina | proteína
molecule compound | molécule | Molekül/e | molecola | molécula
species | espèce | Art/en Tierart/en Spezies | specie | especie
paper preprint | - | Fachartikel Vorabdruck/e | - | -
publication | publication | Publikation/en Veröffentlichung/en | pubblicazione | publicación
citation | citation | Zitat/e Quellenangabe/n Zitation/en | citazione | cita
reference bibliography | bibliographie | Literaturangabe/n Literaturverzeichnis/se | bibliografia | bibliografía
journal | - | Fachzeitschrift/en | rivista | revista
thesis dissertation | thèse | Dissertation/en Abschlussarbeit/en | tesi | tesis
abstract | - | Kurzfassung/en | - | -
library | bibliothèque | Bibliothek/en Bücherei/en | biblioteca | biblioteca
copy | - | Buchexemplar/e Exemplar/e | - | ejemplar
shelf shelves | étagère rayon | Regal/e | scaffale | estante
hold | - | Vormerkung/en | - | -
archive | - | Archiv/e | - | archivo
magazine periodical | magazine revue | Zeitschrift/en Magazin/e | - | -
newspaper | - | Zeitung/en | giornale quotidiano | periódico
encyclopedia dictionary | dictionnaire encyclopédie | Wörterbuch Wörterbücher Lexikon Lexika | dizionario enciclopedia | diccionario enciclopedia
subject | - | Schulfach Schulfächer Unterrichtsfach Unterrichtsfächer | materia | asignatura
topic | sujet thème | Thema Themen | argomento tema | tema
enrollment enrolment | inscription | Einschreibung/en Immatrikulation/en Kursanmeldung/en | iscrizione | matrícula inscripción
assignment homework | devoir | Hausaufgabe/n Übungsblatt Übungsblätter | - | -
submission | rendu soumission | Abgabe/n Einreichung/en | - | entrega
attendance | présence | Anwesenheit/en Anwesenheitsliste/n | presenza | asistencia
exam test | examen | Klausur/en Examen Examina Prüfungstermin/e | esame | examen
gradebook | - | Notenbuch Notenbücher | - | -
score | note | Punktzahl/en | - | nota calificación
certificate diploma | diplôme | Diplom/e Zeugnis/se Abschlusszeugnis | diploma | título diploma
degree | - | Studienabschluss Studiengang Studiengänge | - | -
semester term | semestre trimestre | Semester Halbjahr/e | semestre trimestre | semestre trimestre
syllabus | programme | Lehrplan Lehrpläne | - | temario
module unit | module | Lerneinheit/en | modulo unità | módulo
lecture | - | Vorlesung/en | - | -
classroom | - | Klassenzimmer Klassenraum Klassenräume | - | aula
university college faculty | université faculté | Universität/en Hochschule/n Fakultät/en | università facoltà | universidad facultad
kindergarten nursery daycare | crèche maternelle garderie | Kindergarten Kindergärten Kita/s Kindertagesstätte/n | asilo | guardería
tuition | scolarité | Studiengebühr/en Schulgeld Kursgebühr/en | - | -
scholarship | bourse | Stipendium Stipendien | borsa | beca
flashcard | - | Karteikarte/n Lernkarte/n | - | -
quiz | quiz | Quiz | quiz | -
forum | forum | Forum Foren | forum | foro
tutorial | tutoriel | Tutorial/s | - | -
internship | stage | Praktikum Praktika | tirocinio stage | pasantía
apprenticeship | apprentissage | Ausbildung/en Lehrstelle/n | apprendistato | aprendizaje
placement | - | Vermittlung/en | collocamento | colocación
childcare | - | Kinderbetreuung | - | -
mealplan | - | Essensplan Essenspläne Speiseplan Speisepläne | - | -
schoolbus bus | bus autocar | Schulbus Schulbusse Bus Busse | autobus scuolabus pullman | autobús autocar
counselling | - | Beratungstermin/e | - | -
shelter | abri | Notunterkunft Notunterkünfte | - | albergue
foodbank | - | Tafel | - | -
welfare | aide allocation | Sozialhilfe | sussidio | ayuda subsidio
fundraising | - | Spendenaktion/en | colletta | recaudación
volunteering | bénévolat | Ehrenamt | volontariato | voluntariado
`;
