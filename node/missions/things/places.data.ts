/** Things of buildings, energy, guests, events, sports, home and land: English | French | German | Italian | Spanish (things.ts). */
export const places = `
floor storey | étage | Stockwerk/e Etage/n Geschoss/e | - | -
desk workstation | - | Schreibtisch/e Arbeitsplatz Arbeitsplätze | scrivania! postazione | escritorio
room | salle | Raum Räume Konferenzraum Konferenzräume Besprechungsraum Besprechungsräume | sala stanza aula | sala habitación
hall | - | Halle/n Saal Säle Turnhalle/n | salone | salón pabellón
parking | stationnement parking | Parkplatz Parkplätze Stellplatz Stellplätze Parkhaus Parkhäuser | parcheggio | aparcamiento estacionamiento
elevator lift | ascenseur | Aufzug Aufzüge Fahrstuhl Fahrstühle Lift | ascensore | ascensor
stairs staircase | escalier | Treppe/n Treppenhaus Treppenhäuser | scala | escalera
roof | toit toiture | Dach Dächer | tetto | tejado
window | fenêtre | Fenster | finestra | ventana
wall | mur | Wand Wände | muro parete | pared
kitchen | cuisine | Küche | cucina | cocina
toilet restroom | toilette sanitaire | Toilette/n Sanitäranlage/n | toilette | aseo
reception | - | Empfang Rezeption/en | - | recepción
canteen cafeteria | cantine | Kantine/n Mensa | mensa | comedor cafetería
locker | casier | Schließfach Schließfächer Spind/e | armadietto | taquilla
key | - | Schlüssel | chiave | -
furniture | meuble mobilier | Möbel | mobile arredo | mueble mobiliario
chair | chaise | Stuhl Stühle | sedia | silla
cleaning | nettoyage | Reinigung/en Putzdienst/e | pulizia | limpieza
maintenance | - | Wartung/en Instandhaltung/en | - | -
workorder | - | Arbeitsauftrag Arbeitsaufträge Wartungsauftrag Wartungsaufträge Werkstattauftrag | - | -
repair | réparation | Reparatur/en | riparazione | reparación
inspection | inspection | Inspektion/en Begehung/en Prüfprotokoll/e | ispezione sopralluogo | inspección
leak | fuite | Leck/s Rohrbruch Rohrbrüche | perdita | fuga
plumbing pipe | tuyau tuyauterie | Rohr/e Rohrleitung/en Sanitärinstallation | tubo tubazione | tubería
boiler | chaudière | Heizkessel Boiler | caldaia | caldera
pump | pompe | Pumpe/n | pompa | bomba
valve | vanne soupape | Ventil/e | valvola | válvula
fan ventilation | ventilation | Lüftung/en Ventilator/en | ventilazione ventilatore | ventilación
waste garbage trash | déchet ordure | Abfall Abfälle Müll | rifiuto | residuo basura
recycling | recyclage | Wertstoff/e Recycling | riciclaggio | reciclaje
bin | poubelle benne | Mülltonne/n Tonne/n | bidone cassonetto | -
meter | compteur | Zähler Stromzähler Wasserzähler Gaszähler | contatore | contador
reading | relevés! | Zählerstand Zählerstände Ablesung/en Messwert/e | lettura | lectura
consumption | consommation | Verbrauch Verbrauchswert/e Energieverbrauch Stromverbrauch | consumo | consumo
energy power | énergie | Energie/n | energia | energía
electricity | électricité | Strom Elektrizität | elettricità | electricidad
gas | gaz | Erdgas | gas | gas
water | eau | Wasser Trinkwasser | acqua | agua
heat | - | Fernwärme Wärme | - | calor
solar photovoltaic | solaire photovoltaïque | Photovoltaikanlage/n Solaranlage/n | solare fotovoltaico | fotovoltaico
panel | panneau | Solarmodul/e Modul/e | pannello | -
turbine | turbine éolienne | Turbine/n Windrad Windräder | turbina | turbina
inverter | onduleur | Wechselrichter | inverter | -
battery | batterie | Batterie/n Akku/s | batteria | batería
charger charging | chargeur borne recharge | Ladestation/en Ladesäule/n Ladepunkt/e Wallbox | colonnina ricarica | cargador recarga
grid | - | Stromnetz/e Verteilnetz/e | rete | red
substation | - | Umspannwerk/e | sottostazione | subestación
transformer | transformateur | Transformator/en | trasformatore | transformador
outage blackout | coupure panne | Stromausfall Stromausfälle Ausfall Ausfälle | guasto blackout | avería apagón
emission carbon | émission carbone | Emission/en | emissione | emisión carbono
fuel | carburant | Kraftstoff/e Treibstoff/e Tankfüllung | carburante | combustible
tank | cuve citerne réservoir | Tank/s | serbatoio cisterna | depósito!
generator | groupe | Generator/en Notstromaggregat/e | generatore | generador
socket plug outlet | prise | Steckdose/n | presa | enchufe
blind shutter curtain | volet store | Jalousie/n Rollladen Rollläden Vorhang | tapparella persiana tenda | persiana cortina
oven stove | four | Backofen Herd/e | forno | horno
fridge refrigerator freezer | frigo réfrigérateur congélateur | Kühlschrank Kühlschränke Gefrierschrank | frigorifero congelatore | nevera frigorífico congelador
vacuum robot | aspirateur robot | Staubsauger Roboter | aspirapolvere robot | aspiradora robot
sprinkler irrigation | arrosage irrigation | Bewässerung/en | irrigazione | riego
pool | piscine | Schwimmbad Schwimmbäder Schwimmbecken | piscina | piscina
scene automation | - | - | - | -
seat | siège | Sitz/e Sitzplatz Sitzplätze | sedile poltrona | asiento butaca
venue | lieu | Veranstaltungsort/e Spielstätte/n | sede | recinto
stage | scène | Bühne/n | palco | escenario
show performance | spectacle représentation | Vorstellung/en Aufführung/en | spettacolo | espectáculo
concert | concert | Konzert/e | concerto | concierto
exhibition exhibit | exposition | Ausstellung/en | mostra esposizione | exposición
booth stand | - | Messestand Messestände | - | -
ticketing | billetterie entrée | Eintrittskarte/n Eintritt | biglietteria ingresso | entrada taquillaje
festival | festival | Festival/s | festival | festival
wedding | mariage | Hochzeit/en | matrimonio | boda
banquet catering | banquet traiteur | Bankett/e Catering | banchetto catering | banquete catering
menu | menu | Speisekarte/n Menü/s | menù menu | menú
dish | plat | Speise/n | piatto | plato
drink beverage | boisson | Getränk/e | bevanda | bebida
meal | repas | Mahlzeit/en Essen | pasto | comida
breakfast | - | Frühstück/e | colazione | desayuno
allergen | allergène | Allergen/e | allergene | alérgeno
housekeeping | - | Zimmerreinigung/en | - | -
minibar | minibar | Minibar/s | minibar | minibar
checkin | - | Anreise/n | - | -
checkout | - | Abreise/n | - | -
arrival | arrivée | Ankunft Ankünfte | arrivo | llegada
tour excursion | excursion | Ausflug Ausflüge Stadtführung/en Rundfahrt/en | escursione gita | excursión
guide | - | Reiseführer Fremdenführer | - | -
attraction | attraction | Sehenswürdigkeit/en | attrazione | atracción
museum | musée | Museum Museen | museo | museo
park | parc | Park/s Freizeitpark/s | parco | parque
beach | plage | Strand Strände | spiaggia | playa
campsite camping | camping | Campingplatz Campingplätze | campeggio | camping
cabin cottage | cabane chalet gîte | Hütte/n Ferienhaus Ferienhäuser Ferienwohnung/en | baita rifugio | cabaña refugio
spa massage | spa massage | Massage/n Wellness | massaggio spa | masaje spa
gym | gymnase | Fitnessstudio/s | palestra | gimnasio
court pitch | terrain | Spielfeld/er Tennisplatz Tennisplätze Sportplatz Sportplätze | campo | cancha pista
match fixture | match | Spiel/e Begegnung/en | partita | partido
tournament | tournoi | Turnier/e | torneo | torneo
league | ligue | Liga Ligen | lega | liga
season | saison | Saison/s Spielzeit/en | stagione | temporada
score | score | Spielstand Spielstände Punktestand | punteggio | puntuación
standing ranking leaderboard | classement | Rangliste/n Bestenliste/n | classifica | clasificación
race | course | Rennen Wettlauf Wettläufe | corsa | carrera
training | entraînement formation | Trainingseinheit/en Fortbildung/en | allenamento formazione | entrenamiento formación
club | club | Verein/e Klub/s | club circolo | club
kit jersey | maillot | Trikot/s | maglia | camiseta
bet odds | pari cote | Wette/n Wettquote/n | scommessa | apuesta
boat vessel ship | bateau navire | Boot/e Schiff/e | barca nave | barco buque
berth mooring | amarrage mouillage | Liegeplatz Liegeplätze | ormeggio | amarre
harbour port marina | port marina | Hafen Häfen Jachthafen | porto marina | puerto
bike bicycle | vélo bicyclette | Fahrrad Fahrräder Leihrad | bicicletta bici | bicicleta bici
scooter | trottinette scooter | Roller Tretroller | monopattino scooter | patinete
field plot | champ | Feld/er Acker Äcker | - | -
crop | culture | Feldfrucht Feldfrüchte Kulturpflanze/n | coltura | cultivo
harvest | récolte vendange | Ernte/n Weinlese | raccolto vendemmia | cosecha vendimia
seed | graine semence | Saatgut Samen | seme semente | semilla
plant | plante | Pflanze/n | pianta | -
tree | arbre | Baum Bäume | albero | árbol
soil | sol | Boden Böden | suolo terreno | suelo
fertilizer fertiliser | engrais | Dünger Düngemittel | concime fertilizzante | fertilizante
pesticide | pesticide | Pflanzenschutzmittel Pestizid/e | pesticida | pesticida
greenhouse | serre | Gewächshaus Gewächshäuser | serra | invernadero
livestock cattle | bétail | Vieh Rind/er | bestiame | ganado
animal | animal | Tier/e | animale | animal
cow | vache | Kuh Kühe | mucca vacca | vaca
pig | porc | Schwein/e | maiale | cerdo
sheep | mouton brebis | Schaf/e | pecora | oveja
horse | cheval | Pferd/e | cavallo | caballo
poultry chicken | volaille poule | Geflügel Huhn Hühner | pollame gallina | gallina pollo
hive bee | ruche abeille | Bienenstock Bienenstöcke Biene/n | alveare | colmena abeja
milk | lait | Milch | latte | leche
egg | oeuf | Ei/er | uovo uova | huevo
vineyard | vigne vignoble | Weinberg/e | vigna vigneto | viñedo viña
wine | vin | Wein/e | vino | vino
forest wood | forêt bois | Wald Wälder Holz | bosco legno | bosque madera
fish catch | poisson | Fisch/e Fischfang | pesce | pescado pez
feed fodder | fourrage aliment | Futter Futtermittel | mangime foraggio | pienso
tractor | tracteur | Traktor/en | trattore | tractor
barn stable | étable grange | Stall Ställe Scheune/n | stalla | establo granero
garden | jardin | Garten Gärten | giardino | jardín
rain | pluie | Regen Niederschlag Niederschläge | pioggia | lluvia
storm | tempête orage | Sturm Stürme Gewitter Unwetter | tempesta | tormenta
snow | neige | Schnee | neve | nieve
tide | marée | Gezeiten | marea | marea
humidity moisture | humidité | Luftfeuchtigkeit Feuchtigkeit | umidità | humedad
noise | bruit | Lärm Geräusch/e | rumore | ruido
dust pollution | poussière pollution | Staub Luftverschmutzung | polvere inquinamento | polvo contaminación
pet dog cat | chien chat | Haustier/e Hund/e Katze/n | cane gatto | mascota perro gato
kennel | chenil refuge | Tierheim/e Zwinger | canile | perrera
adoption | adoption | Adoption/en | adozione | adopción
location | emplacement | Einsatzort/e | ubicazione | ubicación
country | pays | Land Länder | paese | país
city town | ville | Stadt Städte | città | ciudad
region | région | Region/en | regione | región
district | quartier | Bezirk/e Stadtteil/e | quartiere distretto | barrio distrito
street road | rue route | Straße/n | strada | calle carretera
bridge | pont | Brücke/n | ponte | puente
border | frontière | Grenze/n | confine | frontera
area zone | zone | Zone/n | zona | zona
site | chantier | Baustelle/n | cantiere | obra
blueprint floorplan | - | Grundriss/e Bauplan Baupläne | planimetria | -
permit | permis | Genehmigungsbescheid/e Bauantrag Bauanträge | - | -
scaffold crane | échafaudage grue | Gerüst/e Kran Kräne | gru ponteggio | grúa andamio
concrete cement | béton ciment | Beton Zement | cemento calcestruzzo | hormigón cemento
funeral grave cemetery | obsèques tombe cimetière | Beerdigung/en Grab Gräber Friedhof Friedhöfe | funerale tomba cimitero | funeral tumba cementerio
parish church | paroisse église | Pfarrei/en Kirche/n | parrocchia chiesa | parroquia iglesia
laundry | linge blanchisserie | Wäsche Wäscherei/en | biancheria lavanderia | lavandería colada
`;
