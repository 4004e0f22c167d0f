/** Things of computers, data and their safety: English | French | German | Italian | Spanish (things.ts). */
export const technology = `
cluster | cluster | Cluster/n | cluster | clúster
instance | instance | Instanz/en | istanza | instancia
machine vm | machine | Maschine/n | macchina | máquina
volume disk | volume disque | Festplatte/n Datenträger | volume disco | volumen disco
bucket blob | bucket | Bucket/s | bucket | bucket
webhook | webhook | Webhook/s | webhook | webhook
endpoint | - | Endpunkt/e | endpoint | endpoint
api | api | Schnittstelle/n API/s | api interfaccia | api
token | jeton! | Token | token | token
certificate | certificat | Zertifikat/e | certificato | certificado
key | clé | - | - | clave
firewall | firewall | Firewall/s | firewall | cortafuegos
vpn | vpn | VPN | vpn | vpn
subnet vpc | - | Subnetz/e | sottorete | subred
network | réseau | Netzwerk/e | - | -
ip | ip | - | ip | ip
loadbalancer | - | Lastverteiler | bilanciatore | balanceador
cache | cache | Zwischenspeicher | cache | caché
cron cronjob | - | Cronjob/s | cron | cron
build | build | Build/s | build | build
artifact artefact | artefact | Artefakt/e | artefatto | artefacto
package dependency | dépendance paquet | Abhängigkeit/en Paketabhängigkeit | dipendenza | dependencia
release version | version | Version/en | versione release | versión
changelog | - | Änderungsprotokoll/e | changelog | -
feature flag | fonctionnalité | Funktion/en | funzionalità | funcionalidad función
environment | environnement | Umgebung/en Testumgebung/en | ambiente | entorno
config configuration setting | configuration paramètre réglage | Konfiguration/en Einstellungswert/e Systemeinstellung/en | configurazione impostazione | configuración ajuste
variable | variable | Variable/n | variabile | variable
namespace | - | Namensraum Namensräume | namespace | -
function lambda | fonction | - | funzione | -
workflow | workflow | Arbeitsablauf Arbeitsabläufe Workflow/s | flusso workflow | flujo workflow
trigger | déclencheur | Auslöser | - | disparador
monitor probe | - | Überwachungssonde | monitor! | monitor!
metric | métrique | Metrik/en | metrica | métrica
error exception | erreur | - | errore | error
crash | plantage | Absturz Abstürze | arresto | -
latency uptime | latence disponibilité | Latenz/en Verfügbarkeit/en | latenza disponibilità | latencia disponibilidad
runbook playbook | - | - | runbook | -
vulnerability cve | vulnérabilité faille | Schwachstelle/n Sicherheitslücke/n | vulnerabilità falla | vulnerabilidad
threat | menace | Bedrohung/en | minaccia | amenaza
malware virus | virus | Schadsoftware Virus Viren | malware virus | malware virus
finding | constat | Feststellung/en | riscontro | hallazgo
scan | - | - | scansione | -
detection | détection | Erkennung/en | rilevamento | detección
attack | attaque | Angriff/e | attacco | ataque
phishing | hameçonnage phishing | Phishing | phishing | phishing
endpoint laptop computer | ordinateur portable | Endgerät/e Laptop/s Rechner Computer Arbeitsrechner | computer portatile | ordenador portátil
printer | imprimante | Drucker | stampante | impresora
screen display | écran moniteur | Bildschirm/e | schermo | pantalla
keyboard mouse | clavier souris | Tastatur/en | tastiera | teclado ratón
headset headphone | casque écouteur! | Kopfhörer | cuffia | auricular
tablet | tablette | - | - | tableta
smartphone handset | smartphone | Smartphone/s Handy/s | smartphone cellulare | smartphone móvil
software app application | logiciel application | Software App/s Anwendung/en | software applicazione | software aplicación
plugin extension | extension plugin | Erweiterung/en Plugin/s | estensione plugin | extensión plugin
update patch | - | Sicherheitsupdate/s | - | parche
cookie | cookie | Cookie/s | cookie | cookie
tenant | - | Mandant/en | - | -
snapshot | instantané | Momentaufnahme/n Schnappschuss | istantanea | instantánea
replica replication | réplique réplication | Replikat/e | replica | réplica
migration | migration | Migration/en | migrazione | migración
index | index | Index Indizes | indice | índice
column | colonne | Spalte/n | colonna | columna
row record | ligne | Zeile/n | riga | fila registro
cell | cellule | Zelle/n | cella | celda
sheet spreadsheet worksheet | - | Tabellenblatt Tabellenblätter | - | -
query | requête | Datenbankabfrage/n | - | consulta
model | modèle | Modell/e | modello | modelo
prediction inference | prédiction | Vorhersage/n | predizione | predicción
label annotation | étiquette annotation | Etikett/en Beschriftung/en | etichetta annotazione | etiqueta anotación
embedding vector | vecteur | Vektor/en | - | vector
notebook | carnet | Notizbuch Notizbücher | quaderno taccuino | cuaderno
chart graph | graphique diagramme | Diagramm/e | grafico diagramma | gráfico diagrama
diagram flowchart | - | - | - | -
whiteboard | - | Whiteboard/s | lavagna | pizarra
drawing sketch | dessin croquis | Zeichnung/en Skizze/n | disegno schizzo | dibujo boceto
prototype mockup | prototype maquette | Prototyp/en | prototipo | prototipo
component | composant | Bauteil/e Komponente/n | componente! | componente
icon | icône | Symbol/e | icona | icono
font | - | Schriftart/en | - | -
color colour palette | couleur | Farbe/n Farbpalette/n | colore palette | color paleta
template | - | - | - | plantilla
slide presentation | présentation diapositive | Folie/n Präsentation/en | presentazione diapositiva | presentación diapositiva
macro | macro | Makro/s | macro | macro
formula | formule | Formel/n | formula | fórmula
backlog | backlog | Backlog/s | backlog | backlog
roadmap | - | Fahrplan Fahrpläne | roadmap | -
deadline | échéance délai | Frist/en Abgabetermin/e | scadenza termine | plazo vencimiento
subtask | - | Teilaufgabe/n Unteraufgabe/n | - | -
reminder | rappel | Erinnerung/en | promemoria | recordatorio
bookmark favorite favourite | signet favori | Lesezeichen Favorit/en | segnalibro preferito | favorito
tag | - | Schlagwort Schlagwörter | - | -
category | catégorie | Kategorie/n Rubrik/en | categoria | categoría
filter | filtre | - | filtro | filtro
nft | nft | NFT | nft | nft
crypto bitcoin | crypto bitcoin | Kryptowährung/en Bitcoin/s | criptovaluta bitcoin | criptomoneda bitcoin
browser tab | navigateur onglet | Browser | navigatore | navegador pestaña
clipboard | - | Zwischenablage/n | - | portapapeles
terminal console | terminal console | Konsole/n | terminale! console | terminal! consola
memory | mémoire | Arbeitsspeicher | memoria | memoria
telemetry | télémétrie | Telemetrie Telemetriedaten | telemetria | telemetría
sensor | capteur | Messfühler Fühler | sensore | sensor
firmware | firmware | Firmware | firmware | firmware
drone | drone | Drohne/n | drone | dron
arm gripper | - | - | - | -
domain | domaine | Domäne/n | dominio | dominio
sitemap seo | - | - | - | -
visit pageview | - | Seitenaufruf/e | - | -
conversion | conversion | Konversion/en | conversione | conversión
funnel | entonnoir | Verkaufstrichter | - | embudo
experiment abtest | - | - | - | -
chatbot bot | - | - | - | -
`;
