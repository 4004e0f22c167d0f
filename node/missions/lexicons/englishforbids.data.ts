/**
 * How English forbids, a row for each way: what it catches, by an example, and the pattern over folded text. A test holds each example
 * against its own row. Rows are tried together (`anyOf`); each takes time linear in the text: a long run of blanks or letters is read
 * once, and what looks back begins at a word that is rare.
 */

/** An example that the pattern has to find. */
type Row = readonly [example: string, pattern: string];

/** Who is meant by the mission itself: what is theirs is not somebody else's. */
const agent = "agent|assistant|bot";
const helper = `${agent}|clerk|desk|helper`;
const article = "(?:the |a |an |our |my )?";
/** Nothing more but a mark. */
const end = String.raw`\s*(?:[.!]+\s*)?$`;

/** "Meeting", "building": words in -ing that are things or say which, and no deed ("no deleting"). */
const noDeeds = "existing|missing|incoming|outgoing|pending|remaining|matching|corresponding|following|meeting|booking|building|standing|billing|thing"; // prettier-ignore

/** Within word boundaries. */
export const negations: readonly Row[] = [
  ["never", "never|neither"],
  ["nobody", "nothing|nobody|none|no one"],
  ["no business", "no business|no access"],
  ["must not", "(?:must|may|shall|should) not"],
  ["cannot", "can ?not"],
  ["do not", "(?:do|does) not"],
  ["mustn't", "(?:must|ca|do|does|should)n't"],
  ["not to", "not to"],
  ["not allowed", "not (?:allowed|permitted)"],
  ["forbidden", "forbidden|prohibited"],
  ["under no circumstances", "under no circumstances"],
  ["refrain", "refrain|avoid"],
  ["stay away from", "(?:keep|keeps|stay|stays) (?:out of|away from)|steers? clear of"],
  ["barred from", String.raw`(?:forbids?|prohibits?|bans?|barred|banned|precluded|excluded) (?=(?:from )?(?:to )?[a-z]+|it\b|the )`],
  ["no payments", "no (?:deletions?|payments?|transfers?|changes?|emails?|mails?)"],
  ["no deleting", `no (?!${noDeeds})[a-z]+ing`],
  ["no file may be", "no [a-z ]{1,40}?(?: may| shall| must| can| should)(?: ever)? be"],
  ["no file is ever deleted", "no [a-z ]{1,40}?(?: is| are| gets?)(?: ever| being)? [a-z]+(?:ed|en|wn|nt)"],
  // At the beginning: "No deletions". It looks back from the word, so that what stands before is read once.
  ["no exports", String.raw`no (?<=^\W*(?:and |or |but )?no )(?!(?:longer|one|matter|doubt|problem|more than|later)\b)[a-z]+`],
  ["is not entitled", String.raw`(?<!\b(?:that|which|who|if|when|where|what|because|still) (?:[a-z]+ ){0,2})(?:is|are|be) not (?:ever )?(?:[a-z]+ed|[a-z]+en|to|for|its|entitled|supposed|meant|there|here|in charge|responsible|kept|sent|put|made|sold|paid|cut|touched)`],
  ["it sends no mail", String.raw`(?:it|he|she|they|you|and|but|${agent}|clerk|desk) (?!(?:is|are|was|were|has|have|had|finds?|sees?|gets?|makes?|needs?|takes?|there|with|to|in|of)\b)[a-z]+ (?:out |up |off |away )?(?:on |for |to |in )?no (?!longer|one|more|matter|doubt|later|problem|two)[a-z]+`],
]; // prettier-ignore

/** What is said of a thing that is forbidden: "deletions are …". */
const beyondReach: readonly Row[] = [
  ["excluded", "excluded|ruled out|barred|banned|vetoed|outlawed|disallowed|precluded|withheld|not allowed|forbidden|prohibited|not permitted"],
  ["unauthorised", "unauthori[sz]ed|inadmissible|unacceptable|impermissible|untouchable"],
  ["off limits", "out of scope|no-?go|off limits|taboo|private|confidential|out of bounds"],
  ["outside its remit", "outside (?:of )?(?:its|his|her|their|your|this) (?:remit|mandate|scope|brief)"],
  ["beyond their authority", "beyond (?:its|his|her|their|your) (?:remit|mandate|scope|brief|authority)"],
  ["none of its business", "not (?:its|his|her|their|our|your) (?:business|job|task|concern)|none of (?:its|his|her|their|our|your) (?:business|concern)"],
  ["reserved for", "reserved (?:for|to)|left to|a matter for"],
  ["up to the manager", "up to (?:the |a |our |its )?[a-z]+"],
  ["for humans only", "for (?:the |our )?[a-z]+ (?:only|alone)"],
  ["done by humans", "(?:done|decided|handled) by (?:humans?|people|others|somebody|someone)"],
]; // prettier-ignore

/** These forbid all of their sentence, also what stands before them. */
export const forbidding: readonly Row[] = [
  ["are strictly excluded", String.raw`\b(?:is|are|be|being|remains?|stays?) (?:[a-z]+ly )?(?:${beyondReach.map(([, pattern]) => pattern).join("|")})\b`],
  ["is out of the question", String.raw`\b(?:is|are) out of the question\b`],
  ["off limits", String.raw`\boff limits\b`],
  ["deletions: no!", String.raw`:\s*(?:no|never|nope|none|no way|not allowed|not permitted|forbidden|prohibited|excluded|taboo|off limits|out of bounds|hands off|don't)${end}`],
  ["payments: not your job", String.raw`:\s*not (?:its|his|her|their|your|our) (?:business|job|concern|task|affair|call)${end}`],
  ["keeps its hands off", String.raw`\bkeeps? (?:your|its|his|her|their) (?:hands|fingers) off\b`],
  // Somebody else does it, or says when.
  ["goes through me", String.raw`\b(?:goes|go|runs?) (?:through|via|past|by) me\b`],
  ["rests with the board", String.raw`\b(?:remains?|rests?|lies) with ${article}(?!${agent})[a-z]+`],
  ["not you", String.raw`\bnot (?:you|the agent|the assistant|the bot)${end}`],
  ["i write those myself", String.raw`\b(?:i|we) (?!do not\b|don't\b)[a-z]+(?: [a-z]+){0,3} (?:myself|ourselves)\b`],
  ["i deal with that myself", String.raw`\bi (?:do|handle|take care of|deal with|see to|decide)(?: \w+){0,2} myself\b`],
  ["leave that to me", String.raw`\bleave (?:\w+ ){1,3}to me\b`],
  ["the doctor signs herself", String.raw`\b(?:the|our|my) (?!${helper})[a-z]+ (?:[a-z]+ ){1,2}(?<!\b(?:about|for|to|of|by|with|from|on|at) )(?:themselves|himself|herself|itself)\b`],
  ["is the manager's decision", String.raw`\b(?:is|are) ${article}(?!${helper})[a-z]+(?:'s|s') (?:own )?(?:business|job|task|call|decision|responsibility|prerogative|privilege|duty|affair)\b`],
  ["only the manager may", String.raw`\bonly ${article}(?!${agent})(?:[a-z]+ ){1,2}(?:may|can|is allowed|are allowed|gets? to|decides?|approves?|signs?)\b`],
]; // prettier-ignore

/** A negation that forbids nothing, and is left out before the others are looked for. */
export const harmless: readonly Row[] = [
  // A cap.
  [", never more than 5", String.raw`, (?:but |and )?(?:never|not|no) more than(?= (?:[a-z]{1,4} ?|[$€£] ?)?\d)`],
  ["don't forget", String.raw`\b(?:do(?:es)? not|don't|doesn't|never) (?:forget|hesitate|fail|have|know|remember|want|exist|work)\b`],
  ["not only", String.raw`\bnot only\b`],
  ["if they do not", String.raw`\bif [^,.;]{0,60}?\b(?:is|are|was|were|has|have|had|does|did|(?:they|we|you|i) do) not\b`],
  ["if not", String.raw`\bif not\b`],
  ["nobody has", String.raw`\b(?:nobody|no one|nothing) (?:has|have|had)\b`],
  ["tickets nobody answers", String.raw`(?<=[a-z]{3,} )(?<!\b(?:and|but|that|then|sure) )(?:nobody|no one) [a-z]+s\b`],
  ["no longer", String.raw`\bno (?:longer|later than)\b`],
]; // prettier-ignore
