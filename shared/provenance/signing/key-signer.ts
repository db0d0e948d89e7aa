/** A private key on P-256 that can be asked and not read. */
export interface KeySigner {
  /** What it is called; certificates are kept under it. */
  readonly key: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: () => Promise<Uint8Array>;
  /** ECDSA over SHA-256, as r and s of 32 bytes each. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}
