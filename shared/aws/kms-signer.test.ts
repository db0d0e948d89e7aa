import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { beforeEach, expect, it, vi } from "vitest";
import { scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { openKmsSigner, plainSignature } from "./kms-signer.ts";

const keyArn = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return () => vi.unstubAllEnvs();
});

async function signerWith(...answers: Parameters<typeof scriptedAws>[0]) {
  const { endpoint, seen } = await scriptedAws(answers);
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", endpoint);
  return { signer: openKmsSigner(keyArn), seen };
}

const signing = (request: { readonly body: string }) => {
  const message = Buffer.from(JSON.parse(request.body).Message, "base64");
  return { body: JSON.stringify({ Signature: base64(sign("sha256", message, privateKey)) }) };
};

it("has KMS hash what fits into a request, and hashes what does not, in the region of the key", async () => {
  const { signer, seen } = await signerWith(signing, signing);
  const [short, long] = [Buffer.alloc(4_096, 1), Buffer.alloc(4_097, 1)];
  const signature = await signer.sign(short);
  await signer.sign(long);
  const key = { key: createPublicKey(privateKey), dsaEncoding: "ieee-p1363" } as const;
  expect(verify("sha256", short, key, signature)).toBe(true);
  const common = { KeyId: keyArn, SigningAlgorithm: "ECDSA_SHA_256" };
  expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
    { ...common, Message: base64(short), MessageType: "RAW" },
    { ...common, Message: base64(createHash("sha256").update(long).digest()), MessageType: "DIGEST" },
  ]);
  expect(seen[0]!.headers.authorization).toContain("/eu-central-1/kms/");
});

it("gives r and s their leading zeros", () => {
  const short = Buffer.from("3006020101020200ff", "hex");
  expect(Buffer.from(plainSignature(short)).toString("hex")).toBe(`${"00".repeat(31)}01${"00".repeat(31)}ff`);
  for (let i = 0; i < 200; i++) {
    const message = Buffer.from(String(i));
    const signature = plainSignature(sign("sha256", message, privateKey));
    expect(verify("sha256", message, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
  }
});

it.each([
  "",
  "3006020101",
  `3044022100${"ff".repeat(33)}`,
  "0102020101020101",
])("refuses %j, which is no such signature", (hex) => {
  expect(() => plainSignature(Buffer.from(hex, "hex"))).toThrow("expected an ECDSA signature of P-256 in DER");
});

it("takes a key of P-256 alone", async () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  const [own, theirs] = [publicKey, other].map((key) => base64(key.export({ type: "spki", format: "der" })));
  const { signer } = await signerWith(...[own, theirs].map((PublicKey) => ({ body: JSON.stringify({ PublicKey }) })));
  expect(base64(await signer.publicKey())).toBe(own);
  await expect(signer.publicKey()).rejects.toThrow(/must be asymmetric, of the spec ECC_NIST_P256.*, got secp384r1/);
});

it("says that the key did not sign, which may be tried again", async () => {
  const refusal = { status: 400, body: JSON.stringify({ __type: "DisabledException", message: "is disabled" }) };
  const { signer } = await signerWith(refusal);
  await expect(signer.sign(Buffer.from("x"))).rejects.toMatchObject({
    code: "signing_failed",
    retryable: true,
    message: `the key ${keyArn} did not sign: DisabledException: is disabled`,
  });
});

it("refuses what is no ARN of a key", () => {
  expect(() => openKmsSigner("alias/z-image")).toThrow(
    'expected the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID, got "alias/z-image"',
  );
});
