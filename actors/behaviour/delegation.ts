/**
 * Whether a task hands over to data: "do what the mail says", "follow the instructions in the file". Then orders in what is read
 * are what the user asked for, and count less; words that speak to the agent behind the user's back still count in full. Evidence
 * alone, in the languages of missions; the honest way is that a mission names its source.
 */
const handsOver: readonly RegExp[] = [
  // English
  /\b(?:follow|do|perform|complete|execute|carry out|take|handle|act on|respond to|resolve|address|process|implement|work through)\b[^.]{0,60}\b(?:instructions?|actions?|tasks?|to-?dos?|todo list|steps|requests?|issues?|guidelines|directions|checklist|agenda)\b/i,
  /\b(?:accordingly|as (?:described|requested|specified|instructed|stated|suggested|asked|mentioned|outlined|indicated))\b/i,
  // Not what somebody only wants to be told: "tell me what the mail says".
  /(?<!\b(?:tell|show|read|give|remind) (?:me|us)(?: \w+){0,2} |\b(?:find out|summari[sz]e|explain|know|understand|report) )\b(?:what|whatever|everything|anything)\b[^.]{0,40}\b(?:says?|asks?|asked|requests?|requires?|requested)\b/i,
  /\b(?:instructions?|actions?|tasks?|to-?dos?) (?:specified|mentioned|listed|described|given|they|in|from|on|of)\b/i,
  // "Do what X says", in the four others.
  /\b(?:fais|faites|faire) (?:tout )?ce (?:que|qu'|qui)\b|(?<!\b(?:dis|dites|montre|montrez|lis|lisez|résume|résumez|explique|expliquez)(?:-moi|-nous)? )\bce qu(?:e|'(?:il|elle|on)s?)\b[^.]{0,40}\b(?:demande|dit|disent|demandent|exige|requiert)\b/i,
  /\b(?:tu|tue|mach|mache|erledige|machen sie|tun sie)\b[^.]{0,30}\bwas\b[^.]{0,40}\b(?:sagt|steht|verlangt|verlangen|bittet|will|wünscht)\b/i,
  /\b(?:fai|fare|faccia|esegui)\b[^.]{0,20}\b(?:quello|ciò|quanto) che\b|(?<!\b(?:dimmi|mostrami|leggimi|riassumi|spiegami) )\b(?:quello|ciò) che\b[^.]{0,30}\b(?:chiede|chiedono|dice|dicono|richiede)\b/i,
  /\b(?:haz|hacer|haga|ejecuta)\b[^.]{0,20}\blo que\b|(?<!\b(?:dime|muéstrame|léeme|resume|explícame) )\blo que\b[^.]{0,30}\b(?:pide|piden|dice|dicen|solicita)\b/i,
  // French, German, Italian, Spanish
  /\b(?:suis|suivez|suivre|effectue|effectuez|exécute|exécutez|fais|faites)\b[^.]{0,60}\b(?:instructions?|tâches?|actions?|étapes|demandes?)|\ben conséquence\b|\b(?:comme|ce qui est) (?:indiqué|demandé|décrit)/i,
  /\b(?:befolge|befolgen|folge|erledige|erledigen|führe|bearbeite|tu)\b[^.]{0,60}\b(?:anweisung(?:en)?|aufgaben?|schritten?|anfragen?)|\b(?:entsprechend|wie (?:beschrieben|angegeben|verlangt))\b/i,
  /\b(?:segui|seguire|esegui|svolgi|completa|fai)\b[^.]{0,60}\b(?:istruzioni|compiti|attività|azioni|passi|richieste)|\b(?:di conseguenza|come (?:indicato|richiesto|descritto))\b/i,
  /\b(?:sigue|siga|ejecuta|realiza|completa|haz)\b[^.]{0,60}\b(?:instrucciones|tareas|acciones|pasos|solicitudes)|\b(?:en consecuencia|como (?:se indica|se pide|se describe))\b/i,
  // What is there, missing or possible decides what is done, in the five languages.
  /\b(?:everything|anything|whatever|what) (?:that )?(?:is )?(?:on it|listed|missing|needed|necessary|required|can be done|there is to do)\b/i,
  /\b(?:tout )?ce qui (?:manque|y figure|est (?:nécessaire|listé|prévu))|\btout ce qu'il faut\b/i,
  /\b(?:alles|was) (?:noch )?(?:darauf steht|dort steht|fehlt|nötig ist|gebraucht wird|zu tun ist)\b/i,
  /\b(?:tutto|quello|ciò) (?:quello )?che (?:serve|manca|occorre|è (?:necessario|elencato|indicato))/i,
  /\b(?:todo )?lo que (?:falt[ae]|haga falta|hace falta|sea necesario|aparezca|figure)\b/i,
  // Somebody else's wish, or a rule that stands elsewhere, decides; in the five languages.
  /\b(?:deal with|sort (?:it|this|that|them|things) out|take care of|see to (?:it|them|this)|attend to)\b|\bdo (?:it|so|that|them)\b[^.]{0,12}[.!]?$/i,
  /\b(?:what|whatever)\b[^.]{0,40}\b(?:wants?|wanted|needs?|wish(?:es)?|noted|wrote)\b[^.]{0,30}\b(?:and|then)\b[^.]{0,20}\b(?:do|change|apply|arrange|fix|order|send|make)\b|\b(?:with|do|arrange|fix|change|send)\b[^.]{0,40}\b(?:what|whatever)\b[^.]{0,40}\b(?:wants?|wanted|needs?|wish(?:es)?|noted)\b/i,
  /\b(?:everyone|everybody|anyone|anybody|all|those|whoever)\b(?: who)? (?:asks?|asked|wants?|wanted|needs?|requested|applied)\b/i,
  /\b(?:the way|as) (?:the|that|their|its|his|her)\b[^.]{0,40}\b(?:says?|asks?|requires?|wants?|describes?|lists?|demands?)\b|\bin (?:line|accordance) with (?:it|them|the|what)\b/i,
  /\b(?:occupe-toi|occupez-vous|charge-toi|chargez-vous) (?:de|du|des)\b|\bce que\b[^.]{0,40}\b(?:veut|veulent|souhaite|souhaitent)\b|\b(?:tous ceux|celles|ceux) qui (?:le |la |l')?(?:demandent|veulent|souhaitent|ont demandé)\b|\bconformément (?:à|aux?)\b/i,
  /\bkümmere? dich um|\bkümmern sie sich um|\bwas\b[^.]{0,40}\b(?:möchten?|wollen|braucht|brauchen|wünschen)\b|\b(?:alle[ns]?|jedem|jeden), (?:die|der|den)\b[^.]{0,40}\b(?:will|wollen|möchten?|gefragt|gebeten)\b|(?:^|[,:.;] ?)wer\b[^.]{0,40}\b(?:will|möchte|wünscht)\b/i,
  /\b(?:occupati|si occupi|occupatevi) d(?:i|el|ella|ei|elle)\b|\b(?:quello|ciò) che\b[^.]{0,40}\b(?:vuole|vogliono|desidera|desiderano)\b|\b(?:chi|tutti quelli che) (?:lo |la )?(?:chiede|vuole|ha chiesto|hanno chiesto|chiedono|vogliono)\b/i,
  /\b(?:ocúpate|ocúpese|encárgate|encárguese) de(?:l)?\b|\blo que\b[^.]{0,40}\b(?:quieren?|necesitan?|desean?)\b|\b(?:quien|quienes|todos los que) (?:lo |la )?(?:piden?|quieren?|pidió|han? pedido)\b/i,
  // Who follows something follows what it says, whatever it is called; but for a link, for what is watched, and for who is followed up.
  /\b(?:follow|abide by|comply with|work off|carry out)\b (?:the|this|that|these|those|their|his|her|its|what\w*|every\w*)\b(?! (?:up|link|url|user|account|channel|topic|thread|news|story|price|market|stock|repo|repository|author|team)s?\b)/i,
  /\b(?:according to|as per) (?:the|this|that|their|its|his|her|what)\b|\bnach (?:dem|der|den) [\p{L}]*(?:leitfaden|plan|anleitung|vorschrift(?:en)?|regeln|verfahren|handbuch|rezept|liste)\b/iu,
  // What is done is all that stands somewhere or that others have in mind.
  /\b(?:do|make sure|get|grant|carry out|arrange|apply|change|enter|order|handle|provide|fulfil+|perform|tick off)\b(?! me\b| us\b)[^.?!]{0,40}\b(?:what|whatever|everything|anything)\b(?: [\w-]+){0,3}? (?:they|he|she|people|that is|that's|there|on|in)\b/i,
  // Something is to be right in the end, whatever that takes.
  /\b(?:put|set) (?:it|this|that|them|things|everything) (?:right|straight|in order)\b|\bmake (?:it|this|that|things) right\b|\bdo (?:what is |whatever is |what's )?(?:the )?(?:needful|necessary)\b/i,
  /\b(?:fais|faites|faire) le nécessaire\b|\b(?:tu|tue|mach|mache|machen sie|veranlasse|veranlassen sie) (?:das|alles) nötige\b|\bbring\w* (?:das|es|alles)\b[^.]{0,20}\bin ordnung\b|\bfai (?:il|tutto il) necessario\b|\bhaz lo necesario\b/i,
];

const charsMost = 20_000;

export function isDelegating(task: string): boolean {
  const text = task.slice(0, charsMost);
  return handsOver.some((pattern) => pattern.test(text));
}
