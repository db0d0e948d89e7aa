import type { Items } from "../ports/items.ts";
import { type CertifiedKey, certifyKey } from "../provenance/signing/certify-key.ts";
import { openKmsSigner } from "./kms-signer.ts";

/**
 * A key of KMS that signs for the deployment, with its certificates. To be loaded where one is set: it brings a client.
 */
export function openKmsKey(items: Items, keyArn: string): Promise<CertifiedKey> {
  return certifyKey(items, openKmsSigner(keyArn));
}
