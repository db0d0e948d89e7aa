import { X509Certificate } from "node:crypto";

/** The certificates of a PEM text, in their order. @throws Error where there is none, or one that cannot be read */
export function pemCertificates(pem: string): X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error("none found");
  return found.map((text) => new X509Certificate(text));
}

/** The same, DER. */
export function derCertificates(pem: string): Uint8Array[] {
  return pemCertificates(pem).map(({ raw }) => new Uint8Array(raw));
}
