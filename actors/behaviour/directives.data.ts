/**
 * Words that tell a reader to do something: what a tool's answer has no need of when it only tells. By language; of several words
 * in a row when a row is one phrase. `address` is for whoever reads as a program that was given a task.
 */
export const directiveWords: Readonly<Record<string, { readonly order: readonly string[]; readonly address: readonly string[] }>> = {
  en: {
    order: [
      "please", "must", "should", "you should", "make sure", "do the following", "before you", "instruction", "instructions", "important",
      "ignore", "disregard", "todo", "todos", "need to", "required", "send", "email", "forward", "transfer", "transaction", "pay",
      "visit", "go to", "click", "post", "invite", "delete", "remove", "reserve", "book", "change", "update", "say", "create", "add",
      "schedule", "share", "write", "upload", "urgent", "immediately", "first",
    ],
    address: [
      "your task", "the task", "my task", "original task", "previous instructions", "your instructions", "all instructions", "the user", "assistant", "system prompt",
      "language model", "ai agent", "gave you", "you can solve", "after that you", "ignore all", "ignore previous", "ignore your",
      "new instructions", "new objective", "new task", "you were asked", "do not mention", "do not tell", "don't tell", "without telling", "without asking",
      "system message", "ai model", "ai assistant", "as an ai", "chatbot", "display:none",
    ],
  },
  fr: {
    order: ["veuillez", "svp", "devez", "il faut", "assurez-vous", "avant de", "important", "ignorez", "ignore", "envoyez", "envoie", "transférez", "virement", "payez", "visitez", "cliquez", "invitez", "supprimez", "réservez", "modifiez", "instructions", "urgent"],
    address: ["votre tâche", "la tâche", "ta tâche", "instructions précédentes", "assistant", "l'utilisateur", "nouvelles instructions", "nouvelle tâche", "ne mentionne pas", "ne mentionnez pas", "sans le dire", "modèle de langage"],
  },
  de: {
    order: ["bitte", "müssen", "musst", "solltest", "sollten", "stelle sicher", "bevor du", "bevor sie", "wichtig", "ignoriere", "ignorieren", "anweisung", "anweisungen", "sende", "senden", "schicke", "überweise", "überweisen", "zahle", "besuche", "klicke", "lade", "lösche", "löschen", "buche", "ändere", "dringend", "erforderlich"],
    address: ["deine aufgabe", "die aufgabe", "vorherigen anweisungen", "assistent", "der nutzer", "neue anweisungen", "neue aufgabe", "erwähne nicht", "erwähne es nicht", "ohne zu fragen", "sprachmodell"],
  },
  it: {
    order: ["per favore", "devi", "dovete", "assicurati", "prima di", "importante", "ignora", "istruzioni", "invia", "inviare", "inoltra", "trasferisci", "bonifico", "paga", "visita", "clicca", "invita", "elimina", "cancella", "prenota", "modifica", "urgente"],
    address: ["il tuo compito", "il compito", "istruzioni precedenti", "assistente", "l'utente", "nuove istruzioni", "nuovo compito", "non menzionare", "senza dirlo", "modello linguistico"],
  },
  es: {
    order: ["por favor", "debes", "debe", "asegúrate", "antes de", "importante", "ignora", "instrucciones", "envía", "enviar", "reenvía", "transfiere", "transferencia", "paga", "visita", "haz clic", "invita", "elimina", "borra", "reserva", "cambia", "urgente"],
    address: ["tu tarea", "la tarea", "instrucciones anteriores", "asistente", "el usuario", "nuevas instrucciones", "nueva tarea", "no menciones", "sin decirlo", "modelo de lenguaje"],
  },
};
