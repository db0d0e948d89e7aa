import type { Items } from "../../ports/items.ts";
import type { KeySigner } from "./key-signer.ts";
import { derCertificates } from "./pem-certificates.ts";
import { selfMadeChain } from "./self-made-chain.ts";
import { addFirstChain, chainOf } from "./stored-chains.ts";

/** A key with its certificates, as images and the roots of days are signed with it. */
export interface CertifiedKey {
  /** DER, the key's own certificate first. */
  readonly chain: readonly Uint8Array[];
  readonly sign: KeySigner["sign"];
}

/** The key with the newest of its chains in the store; one is made there by the first process that finds none. */
export async function certifyKey(items: Items, signer: KeySigner): Promise<CertifiedKey> {
  const { key, sign } = signer;
  const stored = (await chainOf(items, key)) ?? (await addFirstChain(items, await makeChain(signer)));
  return { chain: derCertificates(stored.pem), sign };
}

async function makeChain({ key, publicKey }: KeySigner) {
  return { key, pem: await selfMadeChain(await publicKey()) };
}
