/** Words of names and schemas by which the risk score knows what a tool touches, with their points. Stems are not taken: whole words. */
export const dataWords = [
  ["secrets", 12, "password passwords passwd passphrase secret secrets token credential credentials apikey apikeys privatekey otp pin env environment"],
  ["health", 8, "patient diagnosis medication prescription treatment symptom insurance"],
  ["money", 6, "iban bic card cvv amount salary invoice payment balance price refund account transaction"],
  [
    "persons",
    4,
    "email mail phone address birthdate birthday name surname ssn passport customer customers user users contact contacts employee recipient recipients attendees participants",
  ],
] as const;

/** Arguments through which a caller says anything at all, with their points. The first row that fits counts. */
export const openWords = [
  ["a command, script or query in a language of its own", 20, "command cmd script code shell sql statement expression javascript python eval graphql"],
  ["an address that the server opens", 12, "url uri href link endpoint webhook callback domain host"],
  ["a path", 5, "path paths file filename filepath folder directory source destination"],
] as const; // prettier-ignore

/** Arguments that say whose data a call is about. */
export const tenantWords = "tenant tenants organisation organization org workspace subscription realm";

/** Arguments that say to whom something goes. */
export const recipientWords =
  "to cc bcc recipient recipients email emails attendees participants channel iban payee beneficiary";

/** What a name says of a write that can be taken back. */
export const softWords = "draft archive trash suspend pause disable schedule close label tag";
