import { createHash, createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { InvalidInputError, PipelineError } from "../errors.ts";
import type { KeySigner } from "../provenance/signing/key-signer.ts";

/** KMS hashes a message up to this size itself, and takes the digest of a longer one. */
const mostMessageBytes = 4_096;
const arnForm = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/;

/**
 * Signs with a key of KMS, which never leaves it: ECDSA on P-256 over SHA-256.
 * @param keyArn - an asymmetric key, spec ECC_NIST_P256, use SIGN_VERIFY
 * @throws InvalidInputError for what is no ARN of a key; its methods PipelineError `signing_failed`, retryable
 */
export function openKmsSigner(keyArn: string): KeySigner & { readonly close: () => void } {
  const region = arnForm.exec(keyArn)?.[1];
  if (region === undefined) {
    const form = "arn:aws:kms:REGION:ACCOUNT:key/ID";
    throw new InvalidInputError("invalid_config", `expected the ARN of a key, ${form}, got ${JSON.stringify(keyArn)}`);
  }
  const requestHandler = { connectionTimeout: 5_000, socketTimeout: 10_000 };
  const client = new KMSClient({ region, retryMode: "standard", maxAttempts: 5, requestHandler });
  const asked = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new PipelineError("signing_failed", `the key ${keyArn} did not sign: ${reason}`, {
        retryable: true,
        cause,
      });
    }
  };
  return {
    key: keyArn,
    async publicKey() {
      const { PublicKey = new Uint8Array() } = await asked(client.send(new GetPublicKeyCommand({ KeyId: keyArn })));
      const curve = curveOf(PublicKey);
      if (curve === "prime256v1") return PublicKey;
      const wanted = "must be asymmetric, of the spec ECC_NIST_P256 for SIGN_VERIFY";
      throw new InvalidInputError(
        "invalid_config",
        `the key ${keyArn} ${wanted}, got ${curve ?? "another kind"}; name another`,
      );
    },
    async sign(bytes) {
      const isLong = bytes.byteLength > mostMessageBytes;
      const { Signature } = await asked(
        client.send(
          new SignCommand({
            KeyId: keyArn,
            Message: isLong ? createHash("sha256").update(bytes).digest() : bytes,
            MessageType: isLong ? "DIGEST" : "RAW",
            SigningAlgorithm: "ECDSA_SHA_256",
          }),
        ),
      );
      return plainSignature(Signature ?? new Uint8Array());
    },
    close: () => client.destroy(),
  };
}

function curveOf(publicKey: Uint8Array): string | undefined {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  return key.asymmetricKeyDetails?.namedCurve;
}

/**
 * r and s of 32 bytes each, as COSE and JOSE have them.
 * @param der - SEQUENCE of two INTEGERs, as X9.62 has them: short of leading zeros, or with one too many
 */
export function plainSignature(der: Uint8Array): Uint8Array {
  const signature = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const digits = number.subarray(Math.max(0, number.length - 32));
    if (der[0] !== 0x30 || der[at] !== 0x02 || length === 0 || number.length !== length || length > 33) {
      throw new Error(`expected an ECDSA signature of P-256 in DER, got ${Buffer.from(der).toString("hex")}`);
    }
    signature.set(digits, end - digits.length);
    at += 2 + length;
  }
  return signature;
}
