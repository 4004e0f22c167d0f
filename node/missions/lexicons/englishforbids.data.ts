/**
 * How English forbids, a row for each way: an example, and the pattern over folded text that finds it. A test holds each example against
 * its own row. What forbids is tried row by row. Each takes time linear in the text: a long run of blanks or letters is read once, and
 * what looks back begins at a word that is rare.
 */
import type { Row } from "../anyof.ts";

export const negations: readonly Row[] = [
  ["never", /\b(?:never|neither)\b/],
  ["nobody", /\b(?:nothing|nobody|none|no one)\b/],
  ["no business", /\b(?:no business|no access)\b/],
  ["must not", /\b(?:must|may|shall|should) not\b/],
  ["cannot", /\bcan ?not\b/],
  ["do not", /\b(?:do|does) not\b/],
  ["mustn't", /\b(?:must|ca|do|does|should)n't\b/],
  ["not to", /\bnot to\b/],
  ["not allowed", /\bnot (?:allowed|permitted)\b/],
  ["has not been given the right", /\b(?:has|have)(?: not|n't) (?:been )?(?:given|granted|got) (?:the |any )?(?:rights?|permissions?|leave|access|authority)\b/],
  ["forbidden", /\b(?:forbidden|prohibited)\b/],
  ["under no circumstances", /\bunder no circumstances\b/],
  ["refrain", /\b(?:refrain|avoid)\b/],
  ["stay away from", /\b(?:(?:keep|keeps|stay|stays) (?:out of|away from)|steers? clear of)\b/],
  ["barred from", /\b(?:forbids?|prohibits?|bans?|barred|banned|precluded|excluded) (?=(?:from )?(?:to )?[a-z]+|it\b|the )\b/],
  ["no payments", /\bno (?:deletions?|payments?|transfers?|changes?|emails?|mails?)\b/],
  // "Meeting", "building": words in -ing that are things or say which, and no deed.
  ["no deleting", /\bno (?!existing|missing|incoming|outgoing|pending|remaining|matching|corresponding|following|meeting|booking|building|standing|billing|thing)[a-z]+ing\b/],
  ["no file may be", /\bno [a-z ]{1,40}?(?: may| shall| must| can| should)(?: ever)? be\b/],
  ["no file is ever deleted", /\bno [a-z ]{1,40}?(?: is| are| gets?)(?: ever| being)? [a-z]+(?:ed|en|wn|nt)\b/],
  // At the beginning: it looks back from the word, so that what stands before is read once.
  ["no exports", /\bno (?<=^\W*(?:and |or |but )?no )(?!(?:longer|one|matter|doubt|problem|more than|later)\b)[a-z]+\b/],
  ["is not entitled", /\b(?<!\b(?:that|which|who|if|when|where|what|because|still) (?:[a-z]+ ){0,2})(?:is|are|be) not (?:ever )?(?:[a-z]+ed|[a-z]+en|to|for|its|entitled|supposed|meant|there|here|in charge|responsible|kept|sent|put|made|sold|paid|cut|touched)\b/],
  ["it sends no mail", /\b(?:it|he|she|they|you|and|but|agent|assistant|bot|clerk|desk) (?!(?:is|are|was|were|has|have|had|finds?|sees?|gets?|makes?|needs?|takes?|there|with|to|in|of)\b)[a-z]+ (?:out |up |off |away )?(?:on |for |to |in )?no (?!longer|one|more|matter|doubt|later|problem|two)[a-z]+\b/],
]; // prettier-ignore

/** These forbid all of their sentence, also what stands before them. */
export const forbidding: readonly Row[] = [
  // What is said of a thing that is forbidden: "deletions are …".
  ["is excluded", /\b(?:is|are|be|being|remains?|stays?) (?:(?:[a-z]+ly|always|still|only) )?(?:excluded|ruled out|barred|banned|vetoed|outlawed|disallowed|precluded|withheld|not allowed|forbidden|prohibited|not permitted)\b/],
  ["is unauthorised", /\b(?:is|are|be|being|remains?|stays?) (?:(?:[a-z]+ly|always|still|only) )?(?:unauthori[sz]ed|inadmissible|unacceptable|impermissible|untouchable)\b/],
  ["is off limits", /\b(?:is|are|be|being|remains?|stays?) (?:(?:[a-z]+ly|always|still|only) )?(?:out of scope|no-?go|off limits|taboo|private|confidential|out of bounds)\b/],
  ["is outside its remit", /\b(?:is|are|be|being|remains?|stays?) (?:(?:[a-z]+ly|always|still|only) )?outside (?:of )?(?:its|his|her|their|your|this) (?:remit|mandate|scope|brief)\b/],
  ["is beyond their authority", /\b(?:is|are|be|being|remains?|stays?) (?:[a-z]+ly )?beyond (?:its|his|her|their|your) (?:remit|mandate|scope|brief|authority)\b/],
  ["is none of its business", /\b(?:is|are|be|being|remains?|stays?) (?:(?:[a-z]+ly|always|still|only) )?(?:not (?:its|his|her|their|our|your) (?:business|job|task|concern)|none of (?:its|his|her|their|our|your) (?:business|concern))\b/],
  ["is reserved for", /\b(?:is|are|be|being|remains?|stays?) (?:(?:[a-z]+ly|always|still|only) )?(?:reserved (?:for|to)|left to|a matter for)\b/],
  ["is up to the manager", /\b(?:is|are|be|being|remains?|stays?) (?:[a-z]+ly )?up to (?:the |a |our |its )?[a-z]+\b/],
  ["is for humans only", /\b(?:is|are|be|being|remains?|stays?) (?:[a-z]+ly )?for (?:the |our )?[a-z]+ (?:only|alone)\b/],
  ["is done by humans", /\b(?:is|are|be|being|remains?|stays?) (?:(?:[a-z]+ly|always|still|only) )?(?:done|decided|handled) by (?:humans?|people|others|somebody|someone)\b/],
  ["is out of the question", /\b(?:is|are) out of the question\b/],
  ["off limits", /\boff limits\b/],
  ["deletions: no!", /:\s*(?:no|never|nope|none|no way|not allowed|not permitted|forbidden|prohibited|excluded|taboo|off limits|out of bounds|hands off|don't)\s*(?:[,;.!(–—-]|$)/],
  ["payments: not your job", /:\s*not (?:its|his|her|their|your|our) (?:business|job|concern|task|affair|call)\s*(?:[.!]+\s*)?$/],
  ["keeps its hands off", /\bkeeps? (?:your|its|his|her|their) (?:hands|fingers) off\b/],
  // Somebody else does it, or says when.
  ["goes through me", /\b(?:goes|go|runs?) (?:through|via|past|by) me\b/],
  ["rests with the board", /\b(?:remains?|rests?|lies) with (?:the |a |an |our |my )?(?!agent|assistant|bot)[a-z]+/],
  ["not you", /\bnot (?:you|the agent|the assistant|the bot)\s*(?:[.!]+\s*)?$/],
  ["i write those myself", /\b(?:i|we) (?!do not\b|don't\b)[a-z]+(?: [a-z]+){0,3} (?:myself|ourselves)\b/],
  ["i deal with that myself", /\bi (?:do|handle|take care of|deal with|see to|decide)(?: \w+){0,2} myself\b/],
  ["leave that to me", /\bleave (?:\w+ ){1,3}to me\b/],
  ["the doctor signs herself", /\b(?:the|our|my) (?!agent|assistant|bot|clerk|desk|helper)[a-z]+ (?:[a-z]+ ){1,2}(?<!\b(?:about|for|to|of|by|with|from|on|at) )(?:themselves|himself|herself|itself)\b/],
  ["is the manager's decision", /\b(?:is|are) (?:the |a |an |our |my )?(?!agent|assistant|bot|clerk|desk|helper)[a-z]+(?:'s|s') (?:own )?(?:business|job|task|call|decision|responsibility|prerogative|privilege|duty|affair)\b/],
  ["only the manager may", /\bonly (?:the |a |an |our |my )?(?!agent|assistant|bot)(?:[a-z]+ ){1,2}(?:may|can|is allowed|are allowed|gets? to|decides?|approves?|signs?)\b/],
]; // prettier-ignore

/** Negations that forbid nothing, and are left out before the others are looked for: a cap, an order to remember, a condition, what is told. */
export const harmless =
  /\b(?:who|that|which) (?:have|has|had) ?(?:not|n't)(?: yet)? (?!to\b)\p{L}+(?: yet)?|, (?:but |and )?(?:never|not|no) more than(?= (?:[a-z]{1,4} ?|[$€£] ?)?\d)|\b(?:do(?:es)? not|don't|doesn't|never) (?:forget|hesitate|fail|have|know|remember|want|exist|work)\b|\bnot only\b|\bif [^,.;]{0,60}?\b(?:is|are|was|were|has|have|had|does|did|(?:they|we|you|i) do) not\b|\bif not\b|\b(?:nobody|no one|nothing) (?:has|have|had)\b|(?<=[a-z]{3,} )(?<!\b(?:and|but|that|then|sure) )(?:nobody|no one) [a-z]+s\b|\bno (?:longer|later than)\b/gu; // prettier-ignore
