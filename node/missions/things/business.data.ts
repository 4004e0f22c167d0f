/** Things of staff, money, law, insurance, property and sales: English | French | German | Italian | Spanish (things.ts). */
export const business = `
shift | quart | Schicht/en Dienstschicht/en | turno | turno
roster rota | - | Dienstplan/e Schichtplan/e Einsatzplan/e | turnistica | -
overtime | - | Überstunde/n Mehrarbeit | straordinario | -
timesheet | pointage | Stundenzettel Zeiterfassung/en Arbeitszeitnachweis/e Stundennachweis/e | - | -
workday | - | Arbeitstag/e | - | -
position | poste | Planstelle/n | posizione | -
appraisal | - | Mitarbeiterbeurteilung/en Leistungsbeurteilung/en | - | -
onboarding | onboarding | Einarbeitung/en Onboarding | onboarding | onboarding incorporación
offboarding | offboarding | Offboarding | offboarding | offboarding
resignation | démission | Eigenkündigung/en | dimissione dimissioni | dimisión
dismissal | licenciement | Entlassung/en | licenziamento | despido
hiring | embauche recrutement | Einstellung/en | assunzione | contratación
skill | compétence | Fähigkeit/en Fertigkeit/en Qualifikation/en Kompetenz/en | competenza | competencia habilidad
benefit | - | Sozialleistung/en Zusatzleistung/en | - | -
bonus | - | Bonus Prämienzahlung/en Sonderzahlung/en | - | bonificación
allowance | indemnité | Zulage/n | indennità | dieta
pension | pension retraite | Rente/n Pension/en Altersvorsorge | pensione | pensión jubilación
commission | commission | Provision/en | provvigione | comisión
headcount | effectif | Personalbestand Personalstärke | organico | -
team | équipe | Team/s Mannschaft/en | squadra | equipo
department | - | Abteilung/en | reparto | departamento
vacancy | - | Vakanz/en Stellenausschreibung/en | - | vacante
interview | - | Bewerbungsgespräch/e | colloquio | entrevista
badge | badge | Dienstausweis/e Hausausweis/e Zutrittskarte/n | badge | credencial
goal objective | objectif | Zielvorgabe/n | obiettivo | objetivo
payout | - | Auszahlung/en | - | desembolso!
bill | - | Rechnungsbetrag | - | -
receipt | reçu quittance | Quittung/en Kassenbon/s Beleg/e Kaufbeleg/e | ricevuta scontrino | recibo justificante
estimate | - | Schätzung/en | stima | estimación
budget | budget | Budget/s Haushaltsplan/e Etat/s | budget | presupuesto
tax vat | taxe impôt tva | Steuer/n Mehrwertsteuer Umsatzsteuer | tassa imposta iva | impuesto iva
asset | actif | Vermögenswert/e Anlagegut Anlagegüter | cespite | activo
liability | passif | Verbindlichkeit/en | passività | pasivo
journal | - | Buchungsjournal/e | - | -
cheque check | - | Scheck/s | assegno! | cheque
deposit | caution | Kaution/en Anzahlung/en | cauzione caparra | fianza
penalty fine | amende pénalité | Bußgeld/er Geldstrafe/n Strafzettel Vertragsstrafe/n | multa sanzione ammenda | multa sanción
surcharge | surcharge supplément | Zuschlag Zuschläge | supplemento maggiorazione | recargo
discount rebate | remise rabais ristourne | Rabatt/e Nachlass Nachlässe | sconto | descuento
interest | intérêt | Zinsen Zinssatz Zinssätze | interesse | interés
debt | dette | Schuld/en Außenstand Außenstände | debito | deuda
reminder dunning | relance | Mahnung/en Zahlungserinnerung/en | sollecito! | -
overdraft | découvert | Überziehung/en | - | descubierto
currency | devise monnaie | Währung/en | valuta | divisa moneda
bond | obligation | Anleihe/n | obbligazione | -
dividend | dividende | Dividende/n | dividendo | dividendo
investment | investissement placement | Kapitalanlage/n Investition/en | investimento | inversión
holding | - | Beteiligung/en | partecipazione | participación
forecast | prévision | Prognose/n | previsione | previsión
audit | audit | Revision/en Wirtschaftsprüfung/en | revisione | auditoría
reconciliation | rapprochement | Kontenabstimmung/en | riconciliazione | conciliación
costcentre | - | Kostenstelle/n | - | -
cost | coût | Aufwendung/en | costo | coste costo
revenue | recette | Erlös/e Einnahme/n | ricavo | -
margin | marge | Marge/n | margine | margen
donation gift | don donation | Spende/n | donazione | donación donativo
grant subsidy | subvention | Förderung/en Zuschuss Zuschüsse Fördermittel | sovvenzione | subvención
fund | fonds | Fonds | fondo! | fondo
wallet | portefeuille | Geldbörse/n Wallet/s | portafoglio | cartera monedero
beneficiary | bénéficiaire | Begünstigter | beneficiario | beneficiario
guarantee warranty | garantie | Garantie/n Gewährleistung/en Bürgschaft/en | garanzia | garantía
lease | bail baux | Pachtvertrag Pachtverträge Mietvertrag Mietverträge | locazione | arrendamiento
property estate | propriété | Immobilie/n Liegenschaft/en | immobile proprietà | inmueble
apartment flat | appartement | Wohnung/en Mietwohnung/en | appartamento | apartamento piso
house | maison | Wohnhaus Wohnhäuser Einfamilienhaus | casa | vivienda
building | bâtiment immeuble | Gebäude | edificio stabile | edificio
premises | - | Räumlichkeit/en | - | -
parcel | parcelle | Grundstück/e Flurstück/e | - | parcela
viewing | - | Wohnungsbesichtigung/en Besichtigung/en | - | -
listing | - | Inserat/e | inserzione | -
mortgage | hypothèque | Hypothek/en | mutuo ipoteca | hipoteca
landregister | cadastre | Grundbuch Kataster | catasto | catastro
deed | - | Urkunde/n | rogito | escritura
clause | clause | Klausel/n | clausola | cláusula
signature | signature | Unterschrift/en Signatur/en | firma | firma
contract | contrat | Vertrag Verträge | contratto | contrato
nda | nda | Geheimhaltungsvereinbarung/en | nda | nda
matter | - | Mandat/e | - | -
lawsuit litigation | procès litige | Rechtsstreit/e Gerichtsverfahren Klage/n | causa contenzioso | demanda pleito litigio
hearing | - | Gerichtstermin/e Anhörung/en | - | -
court | tribunal | Gericht/e | tribunale | tribunal juzgado
judgment verdict ruling | jugement | Urteil/e | sentenza | sentencia
evidence | preuve | Beweismittel Beweis/e | prova | prueba
statute law | loi | Gesetz/e | legge | ley
regulation | règlement | Verordnungstext/e Vorschrift/en | regolamento normativa | reglamento normativa
compliance | conformité | Compliance | conformità | cumplimiento
trademark | marque | Handelsmarke/n | marchio! | marca
patent | brevet | Patent/e | brevetto | patente
license licence | licence | Lizenz/en | licenza | licencia
notary | notaire | Notar/e Notariat/e | notaio | notario
claim | sinistre réclamation | Schadensfall Schadensfälle Schadenmeldung/en Schadensmeldung/en | sinistro | siniestro reclamación
premium | prime | Versicherungsbeitrag Versicherungsbeiträge Prämie/n | - | prima
coverage cover | couverture | Deckung/en Versicherungsschutz | copertura | cobertura
deductible | franchise | Selbstbeteiligung/en | franchigia | franquicia
damage | dommage dégât | Beschädigung/en | danno | daño
appraisal valuation | expertise | Gutachten Wertgutachten | perizia | tasación peritaje
policyholder | - | Versicherungsnehmer | contraente | asegurado
risk | risque | Risiko Risiken | rischio | riesgo
campaign | campagne | Kampagne/n | campagna | campaña
audience segment | segment | Zielgruppe/n Segment/e | segmento | segmento
keyword | - | Schlüsselwort Schlüsselwörter Suchbegriff/e | - | -
banner ad | bannière annonce | Werbeanzeige/n Werbebanner | banner | anuncio
landingpage | - | Landingpage/s | - | -
promotion promo | promotion promo | Sonderaktion/en Werbeaktion/en Verkaufsaktion/en | promozione promo | promoción promo
brand | - | Hausmarke/n | brand | -
logo | logo | Logo/s | logo | logo
competitor | concurrent | Mitbewerber Wettbewerber Konkurrent/en | concorrente | competidor
market | marché | Markt Märkte | mercato | mercado
territory | territoire | Vertriebsgebiet/e Gebiet/e | territorio | territorio
quota | quota | Quote/n Kontingent/e | quota | cuota cupo
target | - | Zielwert/e | - | -
tender rfp | - | Ausschreibung/en Ausschreibungsunterlage/n Vergabeverfahren Vergabe/n | bando | licitación
proposal | proposition | Vorschlag Vorschläge | proposta | propuesta
offer | offre | Offerte/n | offerta | oferta
demo | démo démonstration | Vorführung/en Produktdemo/s | demo dimostrazione | demo demostración
call | appel | Anruf/e Telefonat/e | telefonata chiamata | llamada
voicemail | - | Sprachnachricht/en Anrufbeantworter | - | -
transcript | transcription | Mitschrift/en Transkript/e Abschrift/en | trascrizione | transcripción
recording | enregistrement | Aufzeichnung/en Mitschnitt/e | registrazione | grabación
pipeline | pipeline | Pipeline/s | pipeline | pipeline
partner | partenaire | Partner | partner | -
branch | succursale | Filiale/n Zweigstelle/n Niederlassung/en | filiale succursale | sucursal
office | bureau | Büro/s Geschäftsstelle/n | ufficio | oficina
agency | agence | Agentur/en | agenzia | agencia
membership | adhésion | Mitgliedschaft/en | tesseramento | membresía afiliación
loyalty | fidélité | Treuepunkt/e Kundentreue | fedeltà | fidelidad fidelización
reward | récompense | Belohnung/en | ricompensa | recompensa
referral | - | Empfehlung/en | segnalazione | -
strategy | stratégie | Strategie/n | strategia | estrategia
resolution | résolution | Beschluss Beschlüsse | delibera | acuerdo
vote ballot | vote scrutin | Abstimmung/en Stimmabgabe/n Wahlgang Wahlgänge | votazione voto | votación voto
shareholder | actionnaire | Aktionär/e Gesellschafter | azionista socio | accionista
board | - | Vorstand Vorstände Aufsichtsrat | consiglio | -
merger acquisition | fusion acquisition | Übernahme/n Fusion/en | fusione acquisizione | adquisición
instalment installment | mensualité | Rate/n Monatsrate/n | rata | mensualidad
ledger | grandlivre | Hauptbuch | - | -
bookkeeping accounting | comptabilité | Buchhaltung/en Buchführung | contabilità | contabilidad
travel | - | Dienstreise/n Geschäftsreise/n | - | -
mileage | kilométrage | Kilometerstand Kilometerstände Laufleistung/en | chilometraggio | kilometraje
petition | pétition | Petition/en | petizione | -
mandate | mandat | Einzugsermächtigung/en | mandato! | -
`;
