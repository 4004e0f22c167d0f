/** Things of transport, vehicles, factories, shops and food: English | French | German | Italian | Spanish (things.ts). */
export const trade = `
vehicle | véhicule | Fahrzeug/e Dienstfahrzeug/e Kraftfahrzeug/e | veicolo | vehículo
truck lorry | camion | Lastwagen LKW Lastkraftwagen | camion autocarro | camión
van | camionnette fourgon fourgonnette | Lieferwagen Transporter | furgone | furgoneta
trailer semitrailer | remorque | Anhänger Auflieger | rimorchio | remolque
forklift | - | Gabelstapler Stapler | muletto | carretilla
fleet | flotte | Fuhrpark/s Flotte/n Fahrzeugflotte/n | flotta | flota
tyre tire | pneu | Reifen | pneumatico gomma | neumático
engine | moteur | Motor/en | motore | motor
brake | frein | Bremse/n | freno | freno
oil | huile | Öl/e | olio | aceite
odometer | odomètre | Tachostand Tachostände | - | odómetro
logbook | - | Fahrtenbuch Fahrtenbücher Logbuch Logbücher | - | bitácora
trip | - | Fahrt/en | - | -
ride | - | Mitfahrt/en | - | -
toll | péage | Maut Mautgebühr/en | pedaggio | peaje
plate | plaque immatriculation | Kennzeichen Nummernschild/er | targa | -
drivinglicence | - | Führerschein/e | patente | -
geofence | - | - | geofence | geocerca
load | - | Ladung/en | carico! | -
cargo freight | cargaison fret | Fracht/en Frachtgut | merce | flete cargamento
pallet | palette | Palette/n | bancale pallet | palé palet
crate box carton | carton | Kiste/n Karton/s | cassa scatola cartone | cartón
container | conteneur | Frachtcontainer Seecontainer | - | contenedor
manifest | manifeste | Ladeliste/n Frachtmanifest | manifesto | manifiesto
waybill consignmentnote | - | Frachtbrief/e | - | -
tracking | suivi | Sendungsverfolgung/en | tracciamento | seguimiento
depot hub | entrepôt dépôt | Depot/s Verteilzentrum Verteilzentren | deposito! hub | -
dock bay ramp | quai rampe | Rampe/n Laderampe/n | banchina rampa | muelle rampa
bin | - | Lagerplatz Lagerplätze Lagerfach | - | -
picklist | - | Pickliste/n Kommissionierliste/n | - | -
stocktake | inventaire | Inventur/en | - | inventario
replenishment | réassort réapprovisionnement | Nachschub | rifornimento riassortimento | reabastecimiento reposición
backorder | - | Rückstand Rückstände | - | -
rma return | retour | Retoure/n Rücksendung/en | reso restituzione | devolución
label | - | Versandetikett/en | - | -
barcode | - | Strichcode/s | - | -
sku | - | Artikelnummer/n | - | -
lot batch | - | Charge/n | lotto | lote
expiry expiration | péremption expiration | Verfallsdatum Ablaufdatum Haltbarkeit/en | - | caducidad
recall | - | Rückruf/e Rückrufaktion/en | richiamo! | -
procurement | approvisionnement | Einkauf | approvvigionamento | aprovisionamiento
purchaseorder po | - | Bestellanforderung/en | - | -
quality | qualité | Qualität/en | qualità | calidad
defect scrap | défaut rebut | Ausschuss Mängel | difetto scarto! | defecto desecho
nonconformity | - | Abweichung/en | - | -
sample | - | Muster Stichprobe/n | - | muestra
material | matériau | Material Materialien Werkstoff/e Rohstoff/e | materiale | material
steel metal | acier métal | Stahl Metall/e | acciaio metallo | acero metal
part sparepart | pièce | Ersatzteil/e | ricambio | pieza repuesto
bom | nomenclature | Stückliste/n | distinta | -
recipe | - | Rezeptur/en | - | -
production | production fabrication | Produktion/en Fertigung/en Herstellung | produzione fabbricazione | producción fabricación
assembly | assemblage | Montage/n Baugruppe/n | assemblaggio montaggio | ensamblaje montaje
line | - | Fertigungslinie/n Produktionslinie/n | - | -
tool | outil | Werkzeug/e | attrezzo | herramienta
plant factory | usine fabrique | Fabrik/en Werksgelände | fabbrica stabilimento | fábrica
downtime | - | Stillstand Stillstände Stillstandszeit/en | - | -
calibration | étalonnage calibrage calibration | Kalibrierung/en | calibrazione taratura | calibración
throughput oee | - | Durchsatz | - | -
setpoint | - | Sollwert/e | - | consigna
kiln furnace | - | Brennofen Schmelzofen | fornace | -
weld | soudure | Schweißnaht Schweißnähte | saldatura | soldadura
mold mould | moule | Gussform/en | stampo | molde
shop store | magasin boutique | Laden Läden Geschäft/e Ladengeschäft/e | negozio | tienda
checkout till | caisse | Kasse/n | - | -
basket cart | - | - | - | -
wishlist | - | Wunschliste/n | - | -
giftcard | - | Geschenkkarte/n | - | -
size | taille | Größe/n Konfektionsgröße | taglia | talla
clothing garment dress | vêtement robe | Kleidung Kleid/er Kleidungsstück/e | vestito abito indumento | ropa vestido prenda
shoe footwear | chaussure | Schuh/e | scarpa calzatura | zapato calzado
jewellery jewelry ring | bijou bague | Schmuck Ring/e | gioiello anello | joya anillo
fabric textile | tissu textile | Stoff/e Textilie/n | tessuto tessile | tejido textil
toy | jouet | Spielzeug/e | giocattolo | juguete
flower bouquet | fleur bouquet | Blume/n Blumenstrauß | fiore bouquet | flor ramo
cosmetics perfume | cosmétique parfum | Kosmetik Parfüm/s | cosmetico profumo | cosmético perfume
bread | pain | Brot/e | pane | pan
cake pastry | gâteau pâtisserie | Torte/n Gebäck | torta dolce | pastel tarta
cheese | fromage | Käse | formaggio | queso
meat | viande | Fleisch | carne | carne
fruit | fruit | Obst Frucht Früchte | frutta frutto | fruta
vegetable | légume | Gemüse | verdura ortaggio | verdura hortaliza
coffee tea | café thé | Kaffee Tee | caffè tè | café té
beer | bière | Bier/e | birra | cerveza
grocery groceries | épicerie | Lebensmittel | alimentari spesa | -
shopping list | - | Einkaufsliste/n | - | -
market stall | étal | Marktstand Marktstände | bancarella | puesto
vendingmachine | - | Verkaufsautomat/en Automat/en | - | expendedora
kiosk | kiosque | Kiosk/e | chiosco edicola | quiosco
station stop | gare station arrêt | Bahnhof Bahnhöfe Haltestelle/n | stazione fermata | estación parada
platform | - | Bahnsteig/e Gleis/e | binario | andén
tram metro subway | tramway métro | Straßenbahn/en | tram metropolitana metro | tranvía metro
ferry | ferry | Fähre/n | traghetto | ferri transbordador
fare | - | Fahrpreis/e | - | -
pass | - | Abokarte | abbonamento | -
seatmap | - | Sitzplan Sitzpläne | - | -
runway | piste | Landebahn/en Startbahn/en | pista | -
delay | retard | Verspätung/en Verzögerung/en | ritardo | retraso!
crossing | - | Überfahrt/en | - | -
stopover layover | escale | Zwischenstopp/s Zwischenlandung/en | scalo | escala
locker | - | Packstation/en Abholfach | - | -
pickup | enlèvement collecte ramassage | Abholung/en | ritiro! | recogida
moving removal | déménagement | - | trasloco | mudanza
rental | - | Vermietung/en Verleih | - | -
tool hire | - | - | - | -
garage workshop | garage | Werkstatt Werkstätten | officina | taller
bodywork paint | carrosserie peinture | Lack Lackierung/en Karosserie | carrozzeria vernice | carrocería
inspection | - | Hauptuntersuchung/en | - | -
tachograph | tachygraphe | Tachograf/en Fahrtenschreiber | cronotachigrafo | tacógrafo
rest break | pause | Pause/n Ruhezeit/en | pausa | descanso
fuelcard | - | Tankkarte/n | - | -
dealership | concession | Autohaus Autohäuser | concessionaria | concesionario
testdrive | - | Probefahrt/en | - | -
tradein | - | Inzahlungnahme/n | - | -
mine quarry | mine carrière | Bergwerk/e Steinbruch | miniera cava | mina cantera
rig well | puits | Bohrloch Bohrlöcher | pozzo | pozo
pipeline | - | - | oleodotto | oleoducto
sail | voile | Segel | vela | vela
voyage | - | Schiffsreise/n Seereise/n | - | -
cruise | croisière | Kreuzfahrt/en | crociera | crucero
`;
