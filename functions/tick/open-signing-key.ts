import { openKmsSigner } from "../../shared/aws/kms-signer.ts";
import type { Items } from "../../shared/ports/items.ts";
import { type CertifiedKey, certifyKey } from "../../shared/provenance/signing/certify-key.ts";

/** The key of the deployment, with its certificates. Loaded where one is set, once: it brings a client of KMS. */
export function openSigningKey(items: Items, keyArn: string): Promise<CertifiedKey> {
  return certifyKey(items, openKmsSigner(keyArn));
}
