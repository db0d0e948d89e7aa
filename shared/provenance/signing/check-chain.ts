import type { X509Certificate } from "node:crypto";

/** Purposes that readers of C2PA accept a signer's certificate for. @see C2PA 2.2, 14.5.1 */
const purposes = ["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36"];
/** What a signature has room for, beside what else is in it. */
const mostBytes = 3_600;

/**
 * What is wrong with a chain of certificates for a key.
 * @param chain - the key's own first, each signed by the next
 * @param publicKey - SubjectPublicKeyInfo, DER
 * @param now - milliseconds since the epoch
 * @returns a sentence with a remedy; `undefined` where nothing is
 */
export function chainFault(chain: readonly X509Certificate[], publicKey: Uint8Array, now: number): string | undefined {
  const [own] = chain;
  if (own === undefined) return "there is no certificate";
  if (!own.publicKey.export({ type: "spki", format: "der" }).equals(Buffer.from(publicKey))) {
    return `the first certificate, of ${nameOf(own)}, is for another key; have one issued for the request of this one`;
  }
  for (const [i, certificate] of chain.entries()) {
    const { validFrom, validTo } = certificate;
    if (Date.parse(validFrom) > now || Date.parse(validTo) < now) {
      return `the certificate of ${nameOf(certificate)} is valid from ${validFrom} to ${validTo}; renew it`;
    }
    const issuer = chain[i + 1];
    if (issuer !== undefined && !certificate.verify(issuer.publicKey)) {
      return `the certificate of ${nameOf(certificate)} is not signed by the next, ${nameOf(issuer)}; order them from the key's own up`;
    }
  }
  if (own.ca) return `the certificate of ${nameOf(own)} is that of an authority; a signer's is needed`;
  // Node calls the extended key usage so.
  const usage = own.keyUsage ?? [];
  if (!purposes.some((purpose) => usage.includes(purpose))) {
    return `the certificate of ${nameOf(own)} is for ${usage.join(", ") || "no purpose"}; it must be for emailProtection or documentSigning`;
  }
  const bytes = chain.reduce((sum, { raw }) => sum + raw.length, 0);
  return bytes > mostBytes
    ? `the certificates have ${bytes} bytes, and a signature has room for ${mostBytes}; leave out the root`
    : undefined;
}

function nameOf({ subject }: X509Certificate): string {
  return subject.replaceAll("\n", ", ");
}
