/**
 * Words and forms around findings: what is written where a secret would stand, what is published
 * for tests. Also what speaks against a number. Data; what is done with it stands in validators and engine.
 */

/** In lower case, anywhere in the value: written by people where a secret goes. Never short enough to come up by chance. */
export const placeholderWords: readonly string[] = [
  "example", "changeme", "change_me", "change-me", "placeholder", "redacted", "xxxx", "****", "####", "....", "dummy", "notreal", "not-a-real",
  "not_a_real", "insert", "replaceme", "replace_me", "replace-me", "your_", "your-", "yourkey", "yoursecret", "yourtoken", "yourpassword",
  "yourapi", "my_secret", "my-secret", "mysecret", "my_password", "mypassword", "my_token", "my-token", "mytoken", "my_api", "myapikey",
  "samplekey", "sample_", "sample-", "fakekey", "fake_", "fake-", "testkey123", "test_key", "test-key", "test_secret", "test-secret",
  "test_token", "test-token", "secret_here", "key_here", "token_here", "password_here", "here>", "undefined", "lorem", "foobar", "foo_bar",
  "deadbeef", "cafebabe", "qwertyuiop", "asdfghjkl", "a1b2c3d4e5", "generate_", "enter_",
  "change-this", "change_this", "changethis", "not-a-secret", "not_a_secret", "todo", "tobedefined", "to_be_", "do_not_use", "donotuse", "<secret", "<password", "<token", "hidden", "masked", "removed", "sanitized",
];

/** Templates and references, which name a secret and hold none. */
export const placeholderForms: readonly RegExp[] = [
  /^\$\{?[A-Za-z_][\w.:-]{0,80}\}?$/,
  /\$\{[^}]{1,80}\}/,
  /\{\{[^}]{1,80}\}\}/,
  /^\{\{?[\s\w.-]{1,80}$/,
  /^\$\([^)]{1,80}\)?$/,
  /^%[A-Za-z_][\w]{0,40}%$/,
  /^<[^>]{1,80}>?$/,
  /^\[[^\]]{1,60}\]?$/,
  /^#\{[^}]{1,80}\}/,
  /^(?:process\.env|os\.environ|System\.getenv|ENV)\b/,
  /^(?:env|file|vault|secret|ssm|arn|keyvault|op|sops|data):/i,
  /^__\w{1,80}__$/,
  /^@@\w{1,80}@@$/,
  // A call, and a digest that names its function.
  /^@?[A-Za-z_][\w.]{1,60}\([^)]{0,80}\)?;?$/,
  /^(?:sha(?:1|224|256|384|512)|md5)[-:]/i,
  /^\*{3,}/,
  /^x{3,}$/i,
  /^-{3,}/,
  /^_{3,}/,
];

/** What follows "password:" in a form, a message or a type, and is none. */
export const dictionaryWords: ReadonlySet<string> = new Set([
  "password", "passwd", "passphrase", "passcode", "secret", "token", "string", "str", "text", "char", "varchar", "number", "integer", "boolean",
  "bool", "object", "array", "null", "nil", "none", "undefined", "true", "false", "yes", "no", "required", "optional", "missing", "invalid",
  "incorrect", "wrong", "expired", "reset", "forgotten", "forgot", "changed", "updated", "protected", "encrypted", "hashed", "hash", "input",
  "field", "value", "label", "type", "name", "empty", "blank", "default", "unset", "notset", "notprovided", "provided", "confirm", "confirmation",
  "repeat", "again", "enter", "new", "old", "current", "login", "username", "user", "admin", "email", "prompt", "policy", "strength", "manager",
  "length", "minimum", "maximum", "must", "should", "cannot", "please", "check", "valid", "validation", "error", "failed", "failure", "success",
  "successful", "accepted", "rejected", "denied", "generated", "random", "stdin", "file", "environment", "variable", "param", "params",
  "parameter", "argument", "config", "configuration", "setting", "settings", "credential", "credentials", "authentication", "authorization",
  "bearer", "basic", "digest", "plain", "plaintext", "clear", "cleartext", "base64", "sha256", "sha512", "bcrypt", "argon2", "scrypt", "pbkdf2",
  "function", "return", "const", "let", "var", "public", "private", "static", "final", "self", "this", "super", "import", "export", "async", "await",
  "example", "sample", "test", "testing", "demo", "dummy", "fake", "foo", "bar", "baz", "foobar", "redacted", "removed", "hidden", "masked",
  "securestring", "bytes", "buffer", "binary", "enum", "any", "unknown", "never", "void", "data", "json", "yaml", "header", "headers", "cookie",
  "session", "request", "response", "client", "server", "service", "account", "accounts", "profile", "reminder", "recovery", "rotation", "history",
]);

/** Domains of documents and tests. @see RFC 2606, RFC 6761 */
export const testDomains: ReadonlySet<string> = new Set([
  "example.com", "example.org", "example.net", "example.edu", "example.co", "test.com", "domain.com", "yourdomain.com", "mydomain.com",
  "company.com", "email.com", "users.noreply.github.com", "noreply.github.com", "localhost.com", "acme.com", "foo.com", "bar.com",
]);

export const testLocalParts: ReadonlySet<string> = new Set([
  "noreply", "no-reply", "donotreply", "do-not-reply", "postmaster", "mailer-daemon", "abuse", "hostmaster", "git", "root", "example", "nobody",
]);

/** Top-level domains of more than two letters that addresses of people are in, with those of companies left out. @see IANA, Root Zone Database */
export const topDomains: ReadonlySet<string> = new Set(
  (
    "com org net edu gov mil int info biz name pro aero coop museum jobs mobi travel tel cat asia post arpa xxx " +
    "academy accountant accountants actor adult agency airforce apartments app army art associates attorney auction audio auto autos baby " +
    "band bank bar bargains bayern beauty beer berlin best bet bible bid bike bingo bio black blog blue boats bond boo book boston boutique " +
    "broker brussels build builders business buzz cab cafe cam camera camp capital car cards care career careers cars casa cash casino catering " +
    "center ceo charity chat cheap christmas church city claims cleaning click clinic clothing cloud club coach codes coffee college cologne " +
    "community company computer condos construction consulting contact contractors cooking cool corsica country coupons courses credit " +
    "creditcard cruises cymru dad dance data date dating day deals degree delivery democrat dental dentist design dev diamonds diet digital " +
    "direct directory discount diy doctor dog domains download durban earth eco education email energy engineer engineering enterprises " +
    "equipment esq estate events exchange expert exposed express fail faith family fan fans farm fashion fast feedback film finance financial " +
    "fish fishing fit fitness flights florist flowers fly foo food football forex forsale forum foundation frl fun fund furniture futbol fyi " +
    "gallery game games garden gay gift gifts gives global gmbh gold golf graphics gratis green gripe group guide guitars guru hair hamburg haus " +
    "health healthcare help hiphop hiv hockey holdings holiday homes horse hospital host hosting house how icu immo immobilien inc industries " +
    "ing ink institute insurance insure international investments irish ist istanbul jetzt jewelry juegos kaufen kids kim kitchen kiwi koeln " +
    "krd kyoto land lat law lawyer lease legal lgbt life lighting limited limo link live living llc llp loan loans lol london lotto love ltd " +
    "luxe luxury madrid maison makeup management market marketing markets mba med media melbourne meme memorial men menu miami moda moe mom " +
    "monash money monster mortgage moscow motorcycles mov movie music nagoya navy network new news nexus ngo ninja nrw nyc observer one onl " +
    "online ong ooo organic osaka page paris partners parts party pet phd photo photography photos physio pics pictures pink pizza place plumbing " +
    "plus poker porn press productions prof promo properties property protection pub quebec racing realestate realty recipes red rehab reise " +
    "reisen rent rentals repair report republican rest restaurant review reviews rich rip rocks rodeo rsvp rugby ruhr run saarland sale salon " +
    "sarl school schule science scot security select services sex sexy shiksha shoes shop shopping show singles site skin soccer social " +
    "software solar solutions soy space spa spot srl storage store stream studio study style sucks supplies supply support surf surgery swiss " +
    "sydney systems tattoo tax taxi team tech technology tennis theater theatre tickets tienda tips tires tirol today tokyo tools top tours " +
    "town toys trade trading training tube university uno vacations vegas ventures versicherung vet viajes video villas vin vip vision vlaanderen " +
    "vodka vote voting voyage wales wang watch weather web webcam website wed wedding whoswho wien wiki win wine work works world wtf xin xyz " +
    "yachts yoga yokohama zip zone zuerich google amazon microsoft apple bmw audi"
  ).split(" "),
);

/** Names of fields and words before a number that make it something else: an order, a digest, a time, a build. */
export const negativeWords: readonly string[] = [
  "order id", "order number", "order no", "order", "sku", "tracking", "tracking number", "tracking id", "invoice", "invoice number", "invoice id",
  "shipment", "parcel", "ticket", "issue", "pull request", "commit", "sha", "sha1", "sha256", "sha512", "md5", "checksum", "digest", "hash", "etag",
  "trace id", "traceid", "span id", "spanid", "request id", "correlation id", "transaction id", "event id", "message id", "job id", "run id",
  "batch id", "session id", "uuid", "guid", "build", "build id", "build number", "version", "revision", "rev", "release", "timestamp", "ts",
  "created at", "updated at", "deleted at", "modified at", "expires at", "epoch", "unix time", "nonce", "seq", "sequence", "offset", "cursor",
  "row id", "object id", "line", "port", "pid", "thread", "size", "bytes", "length", "count", "total", "quantity", "qty", "price", "amount",
  "latency", "duration", "elapsed", "barcode", "ean", "upc", "isbn", "issn", "gtin", "asin", "part number", "serial", "serial number", "lot",
  "model", "firmware", "snapshot", "checkpoint", "block", "height", "gas", "nonce", "score", "rank", "index", "page",
];

/** Names of fields that end so hold no personal number: `created_at`, `file_sha256`. */
export const negativeEndings: readonly string[] = ["_at", "_ts", "_time", "_ms", "_sha", "_sha1", "_sha256", "_hash", "_etag", "_uuid", "_count", "_size"];

/** Published for tests: found, and called test data. Digits and letters only. */
export const testNumbers: Readonly<Record<string, readonly string[]>> = {
  "pan": [
    "4111111111111111", "4242424242424242", "4012888888881881", "4000056655665556", "4000000000000002", "4000000000000069", "5555555555554444",
    "5200828282828210", "5105105105105100", "2223003122003222", "378282246310005", "371449635398431", "378734493671000", "6011111111111117",
    "6011000990139424", "6011981111111113", "3056930009020004", "30569309025904", "36227206271667", "38520000023237", "3566002020360505",
    "3530111333300000", "6200000000000005", "5019717010103742", "6304000000000000", "6759649826438453",
  ],
  "iban": ["GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300", "GB33BUKB20201555555555", "CH9300762011623852957"],
  "us.ssn": ["078051120", "219099999", "457555462", "123456789", "987654320", "987654321", "987654322", "987654323", "987654324", "987654325", "987654326", "987654327", "987654328", "987654329"],
  "us.aba_routing": ["110000000", "021000021"],
  "uk.nhs": ["9434765919", "4505577104"],
  "vin": ["11111111111111111", "1M8GDM9AXKP042788"],
};
