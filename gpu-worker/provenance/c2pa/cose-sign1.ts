/**
 * A COSE_Sign1 structure with ES256, as C2PA embeds it: the certificate chain in the protected header, the payload
 * detached.
 * @see RFC 9052, 4.2; RFC 9360, x5chain; C2PA 2.2, 13.2
 */

export interface SigningKey {
  /** DER certificates: the signer's first, each signed by the next. */
  readonly chain: readonly Uint8Array[];
  /** ECDSA on P-256 over SHA-256, as r and s of 32 bytes each. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** Major types of CBOR. @see RFC 8949, 3.1 */
const major = { bytes: 2, text: 3, array: 4, map: 5 } as const;
const es256 = [0x01, 0x26]; // alg: -7
const x5chain = [0x18, 33];
const tag18AndArrayOf4 = [0xd2, 0x84];
const nil = [0xf6];

/**
 * @param size - length of the whole in bytes, reached by padding
 * @throws RangeError when it does not fit
 */
export async function coseSign1(key: SigningKey, payload: Uint8Array, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const certificates = key.chain.map(byteString);
  const list = certificates.length === 1 ? [] : [head(major.array, certificates.length)];
  const header = Buffer.concat([head(major.map, 2), bytes(es256), bytes(x5chain), ...list, ...certificates]);
  const toSign = [head(major.array, 4), text("Signature1"), byteString(header), byteString([]), byteString(payload)];
  const signature = byteString(await key.sign(Buffer.concat(toSign)));
  const before = Buffer.concat([bytes(tag18AndArrayOf4), byteString(header), head(major.map, 1), text("pad")]);
  const padding = size - before.length - 3 - nil.length - signature.length;
  if (padding < 256) {
    throw new RangeError(
      `the certificate chain is too long: ${-padding + 256} bytes more than a signature has room for`,
    );
  }
  return new Uint8Array(Buffer.concat([before, byteString(Buffer.alloc(padding)), bytes(nil), signature]));
}

function bytes(values: readonly number[]): Buffer {
  return Buffer.from(values);
}

function byteString(content: Uint8Array | readonly number[]): Buffer {
  return Buffer.concat([head(major.bytes, content.length), Buffer.from(content)]);
}

function text(content: string): Buffer {
  return Buffer.concat([head(major.text, content.length), Buffer.from(content)]);
}

function head(type: number, length: number): Buffer {
  const first = type << 5;
  if (length < 24) return Buffer.from([first | length]);
  if (length < 0x100) return Buffer.from([first | 24, length]);
  if (length < 0x10000) return Buffer.from([first | 25, length >> 8, length & 0xff]);
  const long = Buffer.alloc(5, first | 26);
  long.writeUInt32BE(length, 1);
  return long;
}
