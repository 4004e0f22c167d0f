/**
 * Names of fields (JSON keys, CSV headers) whose values are about a person, by language. Lower case, parts separated by one
 * space; a field is compared with its separators and capitals turned into spaces, and also with all of them left out.
 * `sure` names say it alone; `bare` ones do not: files, products, tools and programs have names, addresses and owners too.
 */
export interface PersonFieldWords {
  readonly title: string;
  readonly sure: readonly string[];
  readonly bare: readonly string[];
}

export const personFieldWords: Readonly<Record<"person.name" | "person.address" | "person.birth_date" | "person.birth_place", PersonFieldWords>> = {
  "person.name": {
    title: "Name of a person in a field with its label",
    sure: [
      "full name", "first name", "given name", "middle name", "last name", "family name", "surname", "forename", "maiden name", "legal name",
      "preferred name", "customer name", "patient name", "employee name", "contact name", "cardholder name",
      "cardholder", "account holder", "account holder name", "holder name", "passenger name", "guest name", "student name",
      "applicant name", "beneficiary name", "insured name", "next of kin", "emergency contact", "mother maiden name", "spouse name",
      "attending physician", "doctor name", "tenant name", "recipient name", "sender name", "signatory", "billing name", "shipping name",
      "vorname", "nachname", "familienname", "geburtsname", "vollständiger name", "kundenname", "patientenname", "ansprechpartner", "kontoinhaber",
      "prénom", "prenom", "nom de famille", "nom complet", "nom du client", "nom du patient", "nom de naissance", "titulaire",
      "nombre completo", "apellido", "apellidos", "primer apellido", "segundo apellido", "nombre del cliente", "nombre del paciente",
      "nome completo", "cognome", "nome cliente", "intestatario", "nome do cliente", "sobrenome", "apelido",
      "voornaam", "achternaam", "volledige naam", "förnamn", "efternamn", "fornavn", "etternavn", "efternavn", "etunimi", "sukunimi",
      "imię", "imie", "nazwisko", "imię i nazwisko", "jméno", "příjmení", "meno a priezvisko", "priezvisko", "keresztnév", "vezetéknév",
      "prenume", "nume de familie", "ime i prezime", "prezime", "priimek", "ad soyad", "soyad", "soyadı", "επώνυμο", "ονοματεπώνυμο",
      "фамилия", "отчество", "фио", "прізвище", "姓名", "氏名", "성명", "họ tên", "họ và tên",
      "nama lengkap", "นามสกุล", "اسم العائلة", "שם מלא", "שם משפחה",
    ],
    bare: ["name", "nom", "nombre", "nome", "naam", "namn", "navn", "nimi", "nazwa", "contact", "owner", "customer", "patient", "employee", "author",
      "display name", "member name", "client name", "titular", "имя", "име", "ім'я", "όνομα", "名前", "名字", "이름", "ชื่อ", "नाम", "الاسم"],
  },
  "person.address": {
    title: "Postal address in a field with its label",
    sure: [
      "street address", "home address", "mailing address", "postal address", "billing address", "shipping address", "residential address",
      "delivery address", "address line 1", "address line 2", "address1", "address2", "street and number",
      "straße", "strasse", "anschrift", "wohnadresse", "rechnungsadresse", "lieferadresse",
      "adresse postale", "adresse de livraison", "adresse de facturation", "rue", "domicilio", "calle", "dirección", "direccion",
      "dirección postal", "indirizzo", "via e numero", "endereço", "endereco", "logradouro", "morada", "woonadres", "straat",
      "gatuadress", "postadress", "gateadresse", "katuosoite", "ulica", "adres zamieszkania", "bydliště", "lakcím", "strada",
      "διεύθυνση", "адрес", "адрес проживания", "адреса", "地址", "住所", "주소", "địa chỉ", "alamat", "ที่อยู่", "العنوان", "כתובת", "पता",
    ],
    bare: ["address", "adresse", "adres", "street", "addr"],
  },
  "person.birth_date": {
    title: "Date of birth in a field with its label",
    sure: [
      "date of birth", "birth date", "birthdate", "birthday", "dob", "born on", "geburtsdatum", "geburtstag", "date de naissance",
      "fecha de nacimiento", "data di nascita", "data de nascimento", "geboortedatum", "födelsedatum", "fødselsdato", "syntymäaika",
      "data urodzenia", "datum narození", "dátum narodenia", "születési dátum", "data nașterii", "datum rođenja", "datum rojstva",
      "doğum tarihi", "ημερομηνία γέννησης", "дата рождения", "дата народження", "дата на раждане", "出生日期", "生年月日", "생년월일",
      "ngày sinh", "tanggal lahir", "วันเกิด", "تاريخ الميلاد", "תאריך לידה", "जन्म तिथि",
    ],
    bare: ["born", "birth"],
  },
  "person.birth_place": {
    title: "Place of birth in a field with its label",
    sure: [
      "place of birth", "birth place", "birthplace", "city of birth", "country of birth", "geburtsort", "lieu de naissance",
      "lugar de nacimiento", "luogo di nascita", "local de nascimento", "naturalidade", "geboorteplaats", "födelseort", "fødested",
      "miejsce urodzenia", "místo narození", "születési hely", "locul nașterii", "doğum yeri", "место рождения", "місце народження",
      "出生地", "出身地", "출생지", "nơi sinh", "tempat lahir",
    ],
    bare: [],
  },
};
