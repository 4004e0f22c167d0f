/**
 * Which of our types are the exact type of a label: by the label's name, beginnings of our ids. Names of types only, as the
 * sources publish them. Labels of vendors that are not listed are matched by the vendor's name (dlpevaluate.ts).
 */
export const exactTypes: Readonly<Record<string, readonly string[]>> = {
  // presidio-research and the tests of Presidio's recognisers
  ADDRESS: ["address", "postal", "street"], STREET_ADDRESS: ["address", "street"], ZIP_CODE: ["postal"],
  AGE: ["person.age", "age"], CREDIT_CARD: ["pan.", "card."], CRYPTO: ["btc.", "eth.", "crypto."], DATE_TIME: ["dob", "date"],
  DOMAIN_NAME: ["url", "domain", "internal_host"], EMAIL_ADDRESS: ["email", "person.email"], IBAN_CODE: ["iban"],
  IP_ADDRESS: ["ip"], MAC_ADDRESS: ["mac"], URL: ["url"], PERSON: ["person"], TITLE: ["person.title"],
  PHONE: ["phone"], PHONE_NUMBER: ["phone"], TR_PHONE_NUMBER: ["phone"], PH_MOBILE_NUMBER: ["phone"],
  AU_ABN: ["au.abn"], AU_ACN: ["au.acn"], AU_MEDICARE: ["au.medicare"], AU_TFN: ["au.tfn"], CA_SIN: ["ca.sin"],
  DE_BSNR: ["de.bsnr"], DE_HEALTH_INSURANCE: ["de.kvnr", "de.health"], DE_ID_CARD: ["de.ausweis"], DE_LANR: ["de.lanr"],
  DE_PASSPORT: ["de.passport", "de.ausweis"], DE_SOCIAL_SECURITY: ["de.rvnr"], DE_TAX_ID: ["de.steuer"], DE_VAT_ID: ["de.vat"],
  ES_NIE: ["es.nie"], ES_NIF: ["es.dni", "es.nif"], ES_PASSPORT: ["es.passport"], FI_PERSONAL_IDENTITY_CODE: ["fi.hetu"],
  IN_AADHAAR: ["in.aadhaar"], IN_GSTIN: ["in.gstin"], IN_PAN: ["in.pan"], IN_PASSPORT: ["in.passport"],
  IN_VEHICLE_REGISTRATION: ["plate.in", "in.vehicle", "in.plate"], IN_VOTER: ["in.voter"],
  IT_DRIVER_LICENSE: ["it.patente", "it.driver"], IT_IDENTITY_CARD: ["it.carta"], IT_VAT_CODE: ["it.partita_iva"],
  KR_BRN: ["kr.brn"], KR_DRIVER_LICENSE: ["kr.driver"], KR_FRN: ["kr.frn", "kr.rrn"], KR_PASSPORT: ["kr.passport"], KR_RRN: ["kr.rrn"],
  NG_VEHICLE_REGISTRATION: ["plate.ng", "ng.vehicle", "ng.plate"], PH_TIN: ["ph.tin"], PL_PESEL: ["pl.pesel"],
  SE_ORGANISATIONSNUMMER: ["se.orgnr"], SE_PERSONNUMMER: ["se.personnummer"], SG_NRIC_FIN: ["sg.nric"], SG_UEN: ["sg.uen"],
  TH_TNIN: ["th."], TR_LICENSE_PLATE: ["plate.tr", "tr.plate"], TR_NATIONAL_ID: ["tr.tckn"], UK_DRIVING_LICENCE: ["uk.driving"],
  UK_NHS: ["uk.nhs"], UK_NINO: ["uk.nino"], UK_PASSPORT: ["uk.passport"], UK_POSTCODE: ["postal.uk", "uk.postcode"],
  UK_VEHICLE_REGISTRATION: ["plate.uk", "uk.vehicle", "uk.plate"], US_DRIVER_LICENSE: ["us.driver"], US_ITIN: ["us.itin"],
  US_MBI: ["us.mbi"], US_NPI: ["us.npi"], US_PASSPORT: ["us.passport"], US_SSN: ["us.ssn"], ZA_ID_NUMBER: ["za.id"],
  // secrets whose label does not begin with the vendor's name
  "1password-service-account-token": ["1password", "onepassword"], "azure-ad-client-secret": ["azure.ad"],
  "curl-auth-header": ["curl", "http."], "curl-auth-user": ["curl"], "private-key": ["pem", "key."], "vault-service-token": ["vault", "hashicorp"],
  "sidekiq-sensitive-url": ["url.", "db.url", "sidekiq"], "gcp-service-account": ["gcp."], aws_key: ["aws", "kw.aws"],
  basic_auth: ["http.basic", "url.", "db.url"], ip_public: ["ip"], jwt: ["jwt"], stripe_key: ["stripe"], npm: ["npm"],
  azure_storage_key: ["azure.storage"], mailchimp_key: ["mailchimp", "kw.mailchimp"], gitlab_token: ["gitlab"],
}; // prettier-ignore

/** By the vendor in a label: other names that our ids have for it. */
export const vendorNames: Readonly<Record<string, readonly string[]>> = {
  dockerhub: ["docker"], hashicorp: ["vault", "terraform", "hashicorp"], jwt: ["jwt"], pem: ["pem", "key"], postgres: ["db"], mongodb: ["db"],
  odbc: ["odbc", "db"], pwhash: ["hash", "pwhash", "unix"], google: ["gcp", "google"], generic: ["generic", "env", "http"], netrc: ["netrc"],
  msteams: ["teams"], wireguard: ["wireguard"], psexec: ["psexec", "generic"], krb5: ["krb5", "kerberos"], arn: ["aws"], age: ["age"],
  kubernetes: ["k8s"], facebook: ["facebook", "meta"], intra42: ["intra42"], snyk: ["snyk"], vmware: ["vmware", "generic"],
}; // prettier-ignore
