import { webcrypto } from "node:crypto";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const tenYearsMs = 10 * 365.25 * 86_400_000;
const emailProtection = "1.3.6.1.5.5.7.3.4";

/**
 * Certificates for a key that nobody vouches for: a root that signs one certificate, and whose own key is then
 * forgotten. Whoever checks a signature can tell that it is the same signer, and no more; both names say so.
 * @param publicKey - SubjectPublicKeyInfo of a key on P-256, DER
 * @returns PEM, the key's certificate first
 */
export async function selfMadeChain(publicKey: Uint8Array): Promise<string> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const key = await webcrypto.subtle.importKey("spki", new Uint8Array(publicKey), algorithm, true, ["verify"]);
  const rootKeys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notBefore = new Date();
  const life = { notBefore, notAfter: new Date(notBefore.getTime() + tenYearsMs), signingAlgorithm: algorithm };
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...life,
    serialNumber: "01",
    name: "CN=Z-Image pipeline root, O=self-made",
    keys: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...life,
    serialNumber: "02",
    subject: "CN=Z-Image pipeline, O=self-made",
    issuer: root.subject,
    publicKey: key,
    signingKey: rootKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([emailProtection]),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(key),
    ],
  });
  return `${leaf.toString("pem")}\n${root.toString("pem")}\n`;
}
