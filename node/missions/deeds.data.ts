/**
 * Verbs of missions by group: group | - | French | German | Italian | Spanish, infinitives with what is irregular in them behind
 * (deeds.ts). Rows add words and change none: a word that a lexicon has keeps what it stands for.
 */
export const deeds = `
read | consult | consulter | konsultieren | consultare | consultar
read | inspect | inspecter | begutachten inspizieren | ispezionare | inspeccionar
read | verify | vérifier | verifizieren nachprüfen überprüfen | verificare | verificar verifica
read | examine | examiner | untersuchen | esaminare | examinar
read | - | suivre suit suivent | nachverfolgen verfolgen | tracciare seguire | rastrear seguir sigue siguen
read | - | surveiller | überwachen beobachten | monitorare sorvegliare | supervisar monitorizar vigilar
read | - | observer | mitverfolgen | osservare | observar
read | - | comparer | vergleichen abgleichen | confrontare | comparar contrastar
read | - | relire | durchsehen sichten | rivedere riesaminare | repasar
read | - | analyser | analysieren auswerten | analizzare | analizar
read | locate | localiser repérer | lokalisieren orten auffinden | localizzare individuare | localizar ubicar
read | identify | identifier | identifizieren ermitteln | identificare | identificar
read | - | retracer | zurückverfolgen | rintracciare | trazar
read | - | interroger | abfragen | interrogare | interrogar
read | retrieve | récupérer | holen abholen | recuperare prelevare | recuperar obtener obtiene obtienen
read | - | lister énumérer | aufzählen auflisten | elencare | enumerar listar
read | - | compter dénombrer | abzählen | contare | contar cuenta cuentan
read | browse | parcourir parcourt | durchblättern stöbern | sfogliare | hojear explorar
read | - | visualiser afficher | anzeigen einblicken | visualizzare | visualizar
read | summarise summarize | résumer synthétiser | resümieren | riassumere sintetizzare | resumir
read | - | mesurer | messen | misurare | medir mide miden
read | diagnose | diagnostiquer | diagnostizieren | diagnosticare | diagnosticar
read | - | regarder | nachsehen anschauen nachschauen hineinschauen | guardare | mirar
read | - | connaître connaît | kennen | conoscere | conocer
read | - | contrôler | kontrollieren checken | controllare | comprobar comprueba comprueban revisar
read | - | étudier | studieren | studiare | estudiar
read | detect | détecter | entdecken erkennen feststellen | rilevare | detectar
read | - | renseigner | Auskunftgeben | - | -
read | - | montrer | darstellen vorzeigen | mostrare | mostrar muestra muestran
read | - | expliquer | erklären erläutern | spiegare | explicar
read | - | récapituler | zusammentragen | ricapitolare | recapitular
read | - | prévisualiser | vorabansehen | - | previsualizar
read | - | chiffrer | - | - | -
read | peruse | éplucher | nachlesen durchlesen mitlesen | leggere | leer lee leen
create | - | inscrire enregistrer | registrieren | iscrivere registrare | inscribir
create | - | consigner | erfassen aufzeichnen protokollieren | annotare | anotar
create | - | journaliser | mitschreiben festhalten | - | -
create | - | ouvrir ouvre ouvrent | eröffnen aufmachen | aprire | abrir
create | - | - | aufwerfen | sollevare | -
create | - | déposer | einreichen | depositare presentare | presentar
create | submit | soumettre soumet | einsenden vorlegen | sottoporre inoltrare | someter
create | - | rédiger ébaucher | entwerfen skizzieren | redigere abbozzare | redactar bosquejar
create | compose | composer | abfassen ausformulieren | comporre | componer
create | - | préparer | vorbereiten aufbereiten | preparare predisporre | preparar elaborar
create | - | émettre délivrer | ausstellen herausgeben | emettere rilasciare | emitir expedir expide
create | generate | générer | generieren | generare | generar
create | - | construire élaborer | aufbauen zusammenbauen | costruire elaborare | construir
create | - | produire | produzieren | produrre | producir
create | - | - | einrichten | allestire | -
create | establish | établir | begründen | istituire costituire | establecer constituir
create | enrol enroll | - | einschreiben immatrikulieren | immatricolare | matricular
create | - | demander solliciter | beantragen anfordern | richiedere | solicitar pedir pide piden
create | - | postuler | - | - | -
create | propose | proposer | vorschlagen | proporre | proponer
create | - | suggérer | anregen | suggerire | sugerir sugiere
create | - | signaler déclarer | melden | segnalare denunciare | denunciar reportar
create | - | imprimer | drucken ausdrucken | stampare | imprimir
create | duplicate | dupliquer copier recopier | duplizieren kopieren vervielfältigen | duplicare copiare | duplicar copiar
create | - | concevoir | gestalten designen | progettare | diseñar
create | - | - | anpflanzen | - | -
create | - | sauvegarder | abspeichern speichern | salvare | guardar
create | - | stocker | einlagern | immagazzinare conservare | almacenar
create | - | saisir | eingeben | inserire | introducir ingresar
create | - | traduire traduit | übersetzen | tradurre | traducir
create | - | documenter | dokumentieren | documentare | documentar
create | - | recueillir collecter | einsammeln sammeln | raccogliere | recoger recopilar
create | initiate | initier entamer | initiieren anstoßen veranlassen | avviare | iniciar
create | - | lancer | lancieren | lanciare | lanzar
create | - | introduire | einführen | introdurre | -
create | - | facturer | fakturieren | fatturare | facturar
create | compile | compiler | zusammenstellen | compilare | compilar
create | formulate | formuler | ausarbeiten | formulare | formular
create | - | réapprovisionner | nachordern | - | -
schedule | - | planifier programmer | planen verplanen | pianificare programmare | planificar programar
schedule | - | organiser | arrangieren ausrichten | organizzare | organizar
schedule | - | fixer | anberaumen terminieren | fissare | fijar concertar
schedule | convene | convoquer | einberufen | convocare | convocar
schedule | - | - | disponieren einteilen | calendarizzare | calendarizar agendar
book | - | réserver retenir | buchen reservieren vormerken | prenotare riservare | reservar
book | - | louer | mieten | noleggiare affittare | alquilar
book | - | bloquer | freihalten blocken | - | -
add | append | ajouter adjoindre | anfügen beifügen hinzufügen | aggiungere allegare | añadir adjuntar agregar
add | attach | joindre | anhängen | accludere | anexar
add | annotate | annoter | annotieren | - | -
add | - | compléter | vervollständigen | completare integrare | completar
add | - | étoffer | nachreichen nachliefern | - | complementar
add | insert | insérer | einsetzen einpflegen einarbeiten | - | insertar
add | - | relier rattacher lier | verknüpfen verlinken | collegare | enlazar vincular
add | - | alimenter | aufstocken | - | -
upload | - | téléverser | hochladen | caricare | subir
send | - | envoyer expédier | zusenden entsenden | inviare spedire | enviar mandar
send | - | transmettre transmet transférer acheminer | weiterreichen übersenden | inoltrare trasmettere | reenviar remitir
send | - | dépêcher | ausliefern entsenden | - | despachar
send | deliver | livrer remettre remet | liefern überbringen überreichen | consegnare recapitare | entregar
send | distribute | distribuer diffuser | verteilen austeilen | distribuire diffondere | distribuir difundir
send | - | mailer | anmailen | - | -
send | - | - | simsen | messaggiare | -
send | - | - | durchgeben | - | -
send | communicate | communiquer | kommunizieren durchstellen | comunicare | comunicar
send | - | - | verschiffen | - | -
send | - | - | rundsenden | - | -
send | remit | - | übergeben aushändigen | - | -
reply | - | répondre répond répondent | zurückschreiben | rispondere | responder
reply | acknowledge | accuser | quittieren | - | acusar
reply | - | confirmer | bestätigen rückbestätigen | confermare | confirmar
notify | notify | notifier aviser avertir | benachrichtigen | notificare avvisare avvertire | notificar avisar
notify | inform | informer prévenir prévient | informieren unterrichten | informare | informar
notify | - | alerter | alarmieren warnen | allertare | alertar
notify | remind | rappeler relancer | erinnern anmahnen mahnen nachfassen | ricordare sollecitare | recordar recuerda recuerdan
notify | - | - | vorwarnen | preavvisare | advertir advierte
notify | - | contacter joindre | kontaktieren | contattare | contactar
notify | - | annoncer | ankündigen ansagen | annunciare | anunciar
notify | - | - | signalisieren | - | señalar
share | - | partager | teilen | condividere | compartir
share | disclose | divulguer | offenlegen weitersagen | divulgare rivelare | divulgar revelar
publish | publish | publier | publizieren veröffentlichen | pubblicare | publicar
publish | - | poster | aushängen | postare | -
publish | - | - | herausbringen | - | -
publish | advertise | - | ausschreiben inserieren bewerben | - | -
invite | invite | inviter convier | einladen | invitare | invitar
invite | onboard | accueillir | - | - | -
update | - | actualiser | aktualisieren | aggiornare | actualizar
update | modify | modifier changer | modifizieren verändern | modificare cambiare | modificar cambiar
update | - | corriger rectifier | berichtigen | correggere rettificare | corregir corrige rectificar
update | adjust | ajuster | justieren nachjustieren nachregeln | regolare aggiustare | ajustar
update | adapt | adapter | adaptieren | adattare | adaptar
update | amend | amender | abändern nachbessern | emendare | enmendar
update | revise | réviser remanier | revidieren überarbeiten | revisionare | -
update | - | éditer | editieren redigieren | editare | editar
update | rename | renommer | umbenennen | rinominare | renombrar
update | extend | prolonger étendre | verlängern ausdehnen | estendere prolungare | prolongar ampliar extender
update | renew | renouveler reconduire | verlängern erneuern | rinnovare | renovar renueva
update | - | augmenter | erhöhen aufstocken steigern | aumentare incrementare | aumentar incrementar
update | reduce | réduire diminuer abaisser | reduzieren verringern mindern | ridurre diminuire abbassare | reducir disminuir bajar
update | - | relever majorer | anheben heraufsetzen | alzare innalzare | elevar subir
update | - | baisser | herabsetzen | - | rebajar
update | - | étiqueter | taggen beschriften | etichettare | etiquetar
update | classify | classer catégoriser | klassifizieren einstufen | classificare categorizzare | clasificar categorizar
update | - | marquer | markieren ankreuzen | contrassegnare marcare | marcar
update | - | noter évaluer | benoten bewerten | valutare | calificar evaluar puntuar
update | prioritise prioritize | prioriser | priorisieren | - | priorizar
update | - | remplacer | ersetzen auswechseln | sostituire rimpiazzare | reemplazar sustituir
update | restore | restaurer rétablir | wiederherstellen | ripristinare | restaurar restablecer
update | - | réparer dépanner | reparieren | riparare | reparar
update | configure | configurer paramétrer | konfigurieren parametrieren | configurare impostare | configurar
update | calibrate | étalonner calibrer | kalibrieren eichen | calibrare tarare | calibrar
update | - | régler | einstellen feinjustieren | - | -
update | rewrite | réécrire | umschreiben | riscrivere | reescribir
update | normalise | normaliser | normalisieren bereinigen | normalizzare | normalizar
update | redirect | réorienter | umleiten umlenken | reindirizzare dirottare | redirigir desviar
update | - | permuter intervertir | - | - | permutar intercambiar
update | - | appliquer | anwenden | applicare | aplicar
update | - | créditer | gutschreiben | accreditare | abonar
update | - | débiter | belasten | addebitare | adeudar
update | reconcile | rapprocher pointer | abgleichen abstimmen | riconciliare | conciliar
update | - | - | gewichten | - | -
update | replenish restock | réapprovisionner | nachfüllen auffüllen wiederauffüllen | rifornire | reponer reabastecer
update | - | traiter | bearbeiten abarbeiten abwickeln | elaborare evadere | procesar tramitar
update | - | terminer achever | fertigstellen vollenden | terminare ultimare | terminar finalizar
update | consolidate | consolider | konsolidieren | consolidare | consolidar
update | - | ranger | aufräumen | riordinare | ordenar
move | - | déplacer | verschieben | spostare | mover mueve
move | - | muter | überführen versetzen | trasferire | trasladar
move | relocate | - | umsetzen umlagern | ricollocare | reubicar
move | reroute | dérouter | umleiten | - | -
move | - | trier | sortieren einsortieren | smistare ordinare | clasificar
reschedule | reschedule | reprogrammer décaler reporter | umterminieren verlegen | riprogrammare rinviare posticipare | reprogramar aplazar posponer
reschedule | postpone | repousser différer | vertagen aufschieben | rimandare | postergar
reschedule | - | avancer | vorziehen vorverlegen | anticipare | adelantar
reschedule | rebook | - | umbuchen | - | -
reset | - | réinitialiser | zurücksetzen | reimpostare azzerare | restablecer reiniciar
enable | enable activate | activer | aktivieren freischalten | attivare abilitare | activar habilitar
enable | disable deactivate | désactiver | deaktivieren abschalten | disattivare disabilitare | desactivar deshabilitar
enable | - | allumer éteindre | anschalten ausschalten umschalten | accendere spegnere | encender enciende apagar
enable | - | armer | scharfschalten | - | armar
enable | - | - | stummschalten | silenziare | silenciar
suspend | - | suspendre | suspendieren aussetzen | sospendere | suspender
suspend | - | - | pausieren unterbrechen | - | pausar
suspend | - | retenir | zurückhalten anhalten | trattenere | retener retiene
suspend | - | geler | einfrieren | congelare bloccare | congelar bloquear
resume | - | reprendre reprend | wiederaufnehmen fortsetzen | riprendere | reanudar
resume | - | libérer débloquer | entsperren freigeben | sbloccare | desbloquear liberar
assign | - | attribuer affecter assigner | zuweisen zuteilen | assegnare attribuire | asignar
assign | allocate | allouer répartir | zuordnen aufteilen | allocare ripartire | repartir
assign | delegate | déléguer | delegieren | delegare | delegar
assign | designate appoint | désigner nommer | bestimmen ernennen benennen | designare nominare | designar nombrar
close | - | clore clôturer fermer | schließen abschließen | chiudere | cerrar cierra cierran
close | resolve | résoudre résout | lösen beheben | risolvere | resolver resuelve resuelven
close | - | - | beilegen | - | -
close | conclude | conclure | - | concludere | concluir
archive | - | archiver | archivieren | archiviare | archivar
merge | - | fusionner | zusammenführen verschmelzen | unire fondere | fusionar unir
approve | - | approuver valider | genehmigen bewilligen absegnen | approvare validare | aprobar aprueba validar
approve | reject | rejeter refuser | ablehnen zurückweisen | rifiutare respingere | rechazar denegar
approve | - | signer parapher | unterschreiben unterzeichnen gegenzeichnen | firmare sottoscrivere | firmar
approve | certify | certifier | zertifizieren beglaubigen | certificare | certificar
approve | authorise authorize | - | - | - | -
export | - | exporter extraire | exportieren ausleiten | esportare estrarre | exportar extraer
manage | - | gérer administrer | managen steuern | gestire amministrare | gestionar administrar
manage | maintain | entretenir entretient | instandhalten warten | manutenere | mantener mantiene
manage | coordinate | coordonner | koordinieren | coordinare | coordinar
manage | - | s'occuper | - | occuparsi | encargarse ocuparse
manage | - | - | führen | - | llevar
delete | - | supprimer effacer | löschen | cancellare eliminare | borrar eliminar
delete | - | retirer enlever ôter | entfernen herausnehmen | rimuovere togliere | quitar retirar remover
delete | purge | purger vider | bereinigen leeren | svuotare | vaciar purgar
delete | - | détruire détruit | zerstören vernichten | distruggere | destruir destruye
delete | erase | expurger | ausradieren | - | suprimir
delete | discard | jeter écarter | wegwerfen ausmustern verschrotten | scartare rottamare dismettere | desechar descartar
delete | - | désabonner désinscrire | austragen | disiscrivere | -
delete | - | rayer radier | streichen | depennare | tachar
cancel | cancel | annuler | stornieren absagen | annullare disdire | cancelar anular
cancel | terminate | résilier | kündigen | recedere rescindere | rescindir
cancel | - | interrompre | abbrechen | interrompere | abortar interrumpir
cancel | - | - | zurückziehen | ritirare revocare | -
cancel | - | invalider | entwerten | invalidare | invalidar
pay | - | payer régler verser | bezahlen zahlen begleichen | pagare saldare versare | pagar abonar
pay | - | virer | überweisen | bonificare | transferir transfiere
pay | - | solder acquitter | ausgleichen | liquidare | liquidar saldar
pay | - | prélever encaisser | einziehen kassieren abbuchen | incassare riscuotere addebitare | cobrar recaudar
pay | - | - | abheben | prelevare | -
pay | donate | - | spenden | donare | donar
pay | disburse | débourser décaisser | auszahlen | erogare | desembolsar
refund | reimburse | rembourser | erstatten rückvergüten | rimborsare | reembolsar
refund | compensate | indemniser dédommager | entschädigen | risarcire indennizzare | indemnizar compensar
refund | waive | - | erlassen | condonare abbuonare | condonar
buy | - | acheter acquérir | kaufen einkaufen | comprare acquistare | comprar adquirir
buy | - | commander | bestellen nachbestellen ordern | ordinare | encargar
buy | procure | approvisionner | beschaffen | approvvigionare | abastecer
buy | - | souscrire | abonnieren | - | -
buy | redeem | - | einlösen | riscattare | canjear
exchange | - | échanger troquer | eintauschen umtauschen | scambiare | canjear
giveback | - | rendre restituer renvoyer | zurückgeben retournieren | restituire rendere | devolver devuelve devuelven
grant | - | accorder octroyer habiliter | gewähren erteilen einräumen | concedere accordare | conceder otorgar
grant | - | promouvoir | befördern | promuovere | ascender
revoke | revoke | révoquer | widerrufen entziehen | revocare | revocar
revoke | - | bannir exclure | verbannen ausschließen | bandire escludere | vetar
run | execute | exécuter | ausführen | eseguire | ejecutar
run | - | démarrer | starten hochfahren | avviare | arrancar
halt | - | arrêter stopper | anhalten stoppen herunterfahren | arrestare fermare spegnere | detener detiene parar
restart | - | redémarrer relancer | neustarten | riavviare | reiniciar
run | - | déclencher | auslösen | innescare | disparar activar
run | - | déverrouiller | aufschließen | - | -
run | install | installer | installieren | installare | instalar
download | - | télécharger | herunterladen | scaricare | descargar bajar
deploy | deploy | déployer | ausrollen | distribuire | desplegar despliega
handover | escalate | confier remonter escalader | eskalieren abgeben | affidare passare scalare | derivar escalar traspasar
compute | calculate compute | calculer | berechnen ausrechnen kalkulieren | calcolare | calcular
compute | - | estimer | schätzen abschätzen | stimare | estimar
compute | - | prévoir | prognostizieren vorhersagen | prevedere | pronosticar prever
compute | convert | convertir | umrechnen konvertieren | convertire | convertir convierte
compute | simulate | simuler | simulieren durchspielen | simulare | simular
update | isolate | isoler | isolieren abschotten | isolare | aislar
update | quarantine | - | - | - | -
update | acknowledge | acquitter | quittieren | - | reconocer reconoce reconocen
update | hide | masquer cacher | ausblenden verbergen | nascondere | ocultar
update | pin | épingler | anpinnen | - | fijar
update | snooze dismiss | - | wegklicken | - | descartar
update | exclude disqualify | - | disqualifizieren | - | excluir descalificar
update | include | inclure | einbeziehen | includere | incluir
update | upgrade | surclasser | hochstufen heraufstufen | - | -
update | downgrade | déclasser rétrograder | herunterstufen herabstufen | declassare | -
update | reactivate | réactiver | reaktivieren | riattivare | reactivar
update | restore recover | - | - | - | recuperar
update | migrate | migrer | migrieren | migrare | migrar
update | sync synchronise synchronize | synchroniser | synchronisieren | sincronizzare | sincronizar
update | split | scinder fractionner | aufsplitten | suddividere | dividir
update | combine | combiner | kombinieren | combinare | combinar
update | heat | chauffer | heizen beheizen | riscaldare | calentar
update | cool | refroidir | kühlen abkühlen | raffreddare | enfriar
update | dim | tamiser | dimmen | attenuare | atenuar
update | fill | remplir | befüllen ausfüllen | riempire | llenar rellenar
update | empty | vider | entleeren | - | vaciar
update | follow | - | - | - | -
update | confirm | - | - | - | -
update | score rank | - | punkten | - | -
update | seal | sceller | versiegeln plombieren | sigillare | sellar precintar
update | unseal | desceller | entsiegeln | dissigillare | desprecintar
update | isolate | confiner | - | - | confinar
update | enrich | enrichir | anreichern | arricchire | enriquecer
update | anonymise anonymize | anonymiser | anonymisieren | anonimizzare | anonimizar
update | water irrigate | arroser irriguer | bewässern gießen | irrigare annaffiare | regar
update | feed | nourrir | füttern | - | alimentar
update | disinfect clean | nettoyer désinfecter | reinigen desinfizieren säubern | pulire disinfettare | limpiar desinfectar
send | resend | renvoyer réexpédier | nachsenden nochmals | rispedire rinviare | reenviar
send | deliver | - | zustellen | - | -
notify | nudge | - | anstupsen | - | -
approve | endorse ratify | entériner | ratifizieren gutheißen | ratificare | ratificar
approve | reveal unblind | - | entblinden | - | desvelar
delete | prune scrap | élaguer | - | - | -
cancel | withdraw retract | rétracter | - | - | retirar
publish | unpublish | dépublier | - | - | -
restart | reboot | réamorcer | - | - | -
run | fire launch | - | abfeuern | - | -
update | touch | toucher | anrühren anfassen antasten | toccare | tocar
`;
