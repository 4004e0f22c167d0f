/**
 * Words that tell a reader to do something: what a tool's answer has no need of when it only tells. By language; of several words
 * in a row when a row is one phrase. `address` is for whoever reads as a program that was given a task; of `hint`, which people and
 * handbooks write of people too, it takes two different ones. Forms of one verb are one word: "send" is no second order beside
 * "sending". Lines are split at commas.
 */
export interface DirectiveWords {
  /** Each line one order, in all of its forms. */
  readonly order: readonly string[];
  readonly address: string;
  readonly hint: string;
}

export const directiveWords: Readonly<Record<string, DirectiveWords>> = {
  en: {
    order: [
      "please", "must", "should, you should", "make sure", "do the following", "before you", "instruction, instructions", "important",
      "ignore", "disregard", "todo, todos", "need to", "required", "send", "email", "forward", "transfer", "transaction", "pay",
      "visit", "go to", "click", "post", "invite", "delete", "remove", "reserve", "book", "change", "update", "say", "create", "add",
      "schedule", "share", "write", "upload", "urgent", "immediately", "first",
    ],
    address: "your task, original task, previous instructions, your instructions, all instructions, system prompt, language model, ai agent, gave you, you can solve, after that you, ignore all, ignore previous, ignore your, new instructions, new objective, new task, you were asked, do not mention, do not tell, don't tell, without telling, without asking, system message, ai model, ai assistant, as an ai, chatbot, display:none, for the assistant, dear assistant, me the user, user asked you, user has asked you, user wants you, user needs you, user told you, user instructed you, your user wants, your user asked",
    hint: "the task, my task, the user, assistant, gpt, chatgpt, claude, gemini, copilot, llm, whichever model, the model reading",
  },
  fr: {
    order: [
      "veuillez, svp, s'il vous plaît, s'il te plaît, merci de", "devez, dois, doit, devrez", "il faut, faudra", "assurez-vous, assure-toi, veillez à", "avant de",
      "important, importante", "ignorez, ignore, oublie, oubliez", "envoyez, envoie, envoyer, envoyez-le, envoie-le, faites suivre, fais suivre", "transférez, transfère, transférer, virement, virez, verse, versez, verser",
      "payez, paie, paye, payer, réglez, régler", "visitez, ouvrez, ouvre, rendez-vous sur, allez sur", "cliquez, clique", "invitez, invite, inviter", "supprimez, supprime, supprimer, effacez, efface, retirez, retire, retirer",
      "réservez, réserve, réserver", "modifiez, modifie, modifier, changez, change, changer, mettez à jour", "instructions, consignes", "urgent, immédiatement, tout de suite", "ajoutez, ajoute, ajouter", "créez, crée, créer",
      "partagez, partage, partager, donnez accès", "écrivez, écris, écrire", "téléchargez, télécharge, télécharger", "obligatoire, obligatoirement", "d'abord",
    ],
    address: "votre tâche, ta tâche, instructions précédentes, nouvelles instructions, nouvelle tâche, nouveau but, ne mentionne pas, ne mentionnez pas, n'en parle pas, n'en parlez pas, ne le dis pas, ne dis rien, sans le dire, sans demander, modèle de langage, t'ai donné, t'ai donnée, vous ai donné, vous ai donnée, on t'a demandé, vous a demandé, l'utilisateur t'a demandé, l'utilisateur veut que, agent ia, intelligence artificielle",
    hint: "la tâche, assistant, l'utilisateur",
  },
  de: {
    order: [
      "bitte", "müssen, musst, muss, müsst", "solltest, sollten, sollen, sollst, sollte", "stelle sicher, stellen sie sicher", "bevor du, bevor sie", "wichtig", "ignoriere, ignorieren, vergiss, vergessen sie",
      "anweisung, anweisungen", "sende, senden, schicke, schicken, schick, verschicke, verschicken, maile", "leite, leiten sie, weiterleiten", "überweise, überweisen, überweisung", "zahle, zahlen, bezahle, bezahlen, begleiche, begleichen",
      "besuche, besuchen sie, öffne, öffnen sie, rufe, rufen sie, aufrufen", "klicke, klicken", "lade, laden sie, herunterladen, hochladen", "lösche, löschen, entferne, entfernen", "buche, buchen, reserviere, reservieren",
      "ändere, ändern, aktualisiere, aktualisieren", "dringend, sofort, umgehend", "erforderlich, zwingend", "füge, fügen sie, hinzufügen, ergänze", "erstelle, erstellen, lege, legen sie", "teile, teilen sie, gib, geben sie, freigeben",
      "schreibe, schreiben, schreib", "lade ein, einladen", "zuerst, zunächst",
    ],
    address: "deine aufgabe, ihre aufgabe ist, vorherigen anweisungen, bisherigen anweisungen, neue anweisungen, neue aufgabe, neues ziel, erwähne nicht, erwähne es nicht, erwähne das nicht, sag nichts, ohne zu fragen, ohne es dem, ohne rückfrage, sprachmodell, dir gegeben, ihnen gegeben habe, du gebeten, dir gestellt, nutzer hat dich, nutzer bittet dich, nutzer möchte dass, ki-agent, ki-assistent",
    hint: "die aufgabe, assistent, der nutzer, dem nutzer",
  },
  it: {
    order: [
      "per favore, per piacere, si prega di", "devi, dovete, deve, dovrai", "bisogna, occorre, è necessario", "assicurati, si assicuri, assicuratevi", "prima di", "importante", "ignora, ignori, dimentica",
      "istruzioni", "invia, inviare, invii, inviate, mandi, manda, mandare, invialo, invialo a", "inoltra, inoltrare, inoltri", "trasferisci, trasferire, trasferisca, bonifico, versa, versare", "paga, pagare, paghi, salda, saldare",
      "visita, visitare, apri, aprire, apra, vai su", "clicca, cliccare, clicchi", "invita, invitare, inviti", "elimina, eliminare, cancella, cancellare, rimuovi, rimuovere, rimuova", "prenota, prenotare, prenoti",
      "modifica, modificare, cambia, cambiare, cambi, aggiorna, aggiornare", "urgente, subito, immediatamente", "obbligatorio, obbligatoria", "aggiungi, aggiungere, aggiunga", "crea, creare, crei", "condividi, condividere, condivida, concedi, concedere",
      "scrivi, scrivere, scriva", "scarica, scaricare, carica, caricare", "prima",
    ],
    address: "il tuo compito, istruzioni precedenti, nuove istruzioni, nuovo compito, nuovo obiettivo, non menzionare, non menzionarlo, non parlarne, non dirlo, senza dirlo, senza chiedere, senza dire, modello linguistico, ti ho dato, ti è stato chiesto, l'utente ti ha chiesto, l'utente vuole che, vi ho dato, agente ia, intelligenza artificiale",
    hint: "il compito, assistente, l'utente, all'utente",
  },
  es: {
    order: [
      "por favor", "debes, debe, deben, deberás, deberá, tienes que, tiene que", "hay que, es necesario", "asegúrate, asegúrese", "antes de", "importante", "ignora, ignore, olvida, olvide", "instrucciones",
      "envía, enviar, envíe, envíalo, manda, mande, mandar, remite, remita", "reenvía, reenvíe, reenviar", "transfiere, transferencia, transfiera, transferir, ingresa, ingrese", "paga, pague, pagar, abona, abone, abonar",
      "visita, visite, visitar, abre, abra, abrir, entra en", "haz clic, haga clic", "invita, invite, invitar", "elimina, elimine, eliminar, borra, borre, borrar, quita, quite, quitar", "reserva, reserve, reservar",
      "cambia, cambie, cambiar, actualiza, actualice, actualizar, modifica, modifique", "urgente, inmediatamente, de inmediato", "obligatorio, obligatoria", "añade, añada, añadir, agrega, agregue", "crea, cree, crear",
      "comparte, comparta, compartir, concede, conceda", "escribe, escriba, escribir", "descarga, descargue, descargar, sube, suba", "primero",
    ],
    address: "tu tarea, instrucciones anteriores, nuevas instrucciones, nueva tarea, nuevo objetivo, no menciones, no lo menciones, no digas, sin decirlo, sin decírselo, sin preguntar, modelo de lenguaje, te di, te he dado, se te pidió, te pidieron, usuario te pidió, usuario te ha pedido, usuario quiere que, agente de ia, inteligencia artificial",
    hint: "la tarea, asistente, el usuario, al usuario",
  },
};
