/**
 * certificates: a certificate authority and the server certificates it signs, for a cluster on one machine. Made anew
 * at each start; no key lies in the repository. DER by hand (X.690, RFC 5280): a dozen fields, always the same ones.
 *
 * C1. The authority's key leaves `issue` neither as a value nor as a file: after it nobody can sign another server.
 * C2. A server certificate is good for 127.0.0.1 and for its name, as a server and as a client (routes are both).
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Issued {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  readonly servers: readonly Certificate[];
}

/** A stand lives for hours; a cluster of `npm run cluster` is made anew at each start. */
const validMs = 30 * 24 * 3_600_000;
/** Clocks that lag a little. */
const backdatedMs = 3_600_000;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const octets = (...parts: readonly Buffer[]): Buffer => der(0x04, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const yes = der(0x01, Buffer.from([0xff]));
const utcTime = (ms: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`));
const ecdsaSha256 = sequence(oid("2a8648ce3d040302"));

const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(name)))));

const extensions = {
  authority: [
    sequence(oid("551d13"), yes, octets(sequence(yes))), // basicConstraints: CA
    sequence(oid("551d0f"), yes, octets(der(0x03, Buffer.from([1, 0x06])))), // keyUsage: keyCertSign, cRLSign
  ],
  server: (name: string): readonly Buffer[] => [
    sequence(oid("551d0f"), yes, octets(der(0x03, Buffer.from([7, 0x80])))), // keyUsage: digitalSignature
    // extKeyUsage: serverAuth, clientAuth
    sequence(oid("551d25"), octets(sequence(oid("2b06010505070301"), oid("2b06010505070302")))),
    // subjectAltName: dNSName, iPAddress
    sequence(
      oid("551d11"),
      octets(sequence(der(0x82, Buffer.from(name)), der(0x87, Buffer.from([127, 0, 0, 1])))),
    ),
  ],
};

interface Wanted {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}

function signed({ subject, issuer, publicKey, signer, extensions: wanted }: Wanted): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive, and no needless leading zero
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaSha256,
    commonName(issuer),
    sequence(utcTime(now - backdatedMs), utcTime(now + validMs)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...wanted)),
  );
  const signature = sign("sha256", body, signer);
  const bytes = sequence(body, ecdsaSha256, der(0x03, Buffer.from([0]), signature));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** @param names one for each server, at most 60 letters, digits and dashes */
export function issue(names: readonly string[]): Issued {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = "Gatehouse cluster on one machine";
  const ca = signed({
    subject: issuer,
    issuer,
    publicKey: authority.publicKey,
    signer: authority.privateKey,
    extensions: extensions.authority,
  });
  const servers = names.map((name) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return {
      key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      cert: signed({
        subject: name,
        issuer,
        publicKey,
        signer: authority.privateKey,
        extensions: extensions.server(name),
      }),
    };
  });
  return { ca, servers };
}
