import { webcrypto } from "node:crypto";
import type { KeySigner } from "./key-signer.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * A request for a certificate (PKCS #10) in PEM, signed by the key itself, for an authority to issue one.
 * @param subject - such as `CN=Z-Image, O=Example`
 */
export async function certificateRequest({ publicKey, sign }: KeySigner, subject: string): Promise<string> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const spki = new Uint8Array(await publicKey());
  const key = await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  // The private key never leaves where it is, so what would sign with it asks there.
  const subtle = {
    exportKey: (format: "spki", exported: webcrypto.CryptoKey) => webcrypto.subtle.exportKey(format, exported),
    sign: async (_algorithm: unknown, _key: unknown, bytes: ArrayBuffer) =>
      new Uint8Array(await sign(new Uint8Array(bytes))).buffer,
  };
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: subject, keys: { publicKey: key, privateKey: key }, signingAlgorithm: algorithm },
    { ...webcrypto, subtle } as unknown as Parameters<typeof x509.Pkcs10CertificateRequestGenerator.create>[1],
  );
  return `${request.toString("pem")}\n`;
}
