import { generateKeyPairSync, verify, X509Certificate } from "node:crypto";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openCredentialThread } from "../../functions/api/verify/credential-reader-thread.ts";
import { encodeImageFile } from "../../gpu-worker/engine/images/encode-image-file.ts";
import { openContentCredentials } from "../../gpu-worker/provenance/c2pa/content-credentials.ts";
import { openKmsSigner } from "../../shared/aws/kms-signer.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openCredentialReader } from "../../shared/provenance/c2pa/read-credentials.ts";
import { certifyKey } from "../../shared/provenance/signing/certify-key.ts";
import { derCertificates } from "../../shared/provenance/signing/pem-certificates.ts";
import { selfMadeChain } from "../../shared/provenance/signing/self-made-chain.ts";
import { readChains } from "../../shared/provenance/signing/stored-chains.ts";
import { type Emulator, findMoto, startMoto } from "../support/aws/aws-emulators.ts";

const generator = { name: "Z-Image pipeline", version: "1.2.3" };
const image = { data: new Uint8Array(96 * 64 * 3).map((_, i) => (i * 7) & 255), width: 96, height: 64 };
const drawn = { job: "job_1", index: 0, model: "z-image-turbo", at: Date.UTC(2026, 11, 1, 12) };

// Where there is no moto_server the run has said so in its first line, or has ended there.
describe.runIf(findMoto())("a key of KMS, on moto_server", () => {
  let emulator: Emulator;
  let items: EmbeddedItems;
  let keyArn: string;
  beforeAll(async () => {
    emulator = await startMoto();
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    vi.stubEnv("AWS_ENDPOINT_URL_KMS", emulator.endpoint);
    const kms = new KMSClient({ region: "us-east-1" });
    const made = await kms.send(new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }));
    keyArn = made.KeyMetadata!.Arn!;
    kms.destroy();
    items = openEmbeddedItems(":memory:");
  }, 120_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    items.close();
    await emulator?.stop();
  });

  it("has one chain, whoever needs it first, and signs what its certificate checks", async () => {
    const keys = await Promise.all([1, 2, 3].map(() => certifyKey(items, openKmsSigner(keyArn))));
    expect(await readChains(items)).toHaveLength(1);
    for (const { chain } of keys) expect(chain).toEqual(keys[0]!.chain);
    const [leaf, root] = keys[0]!.chain.map((der) => new X509Certificate(der));
    expect([leaf!.verify(root!.publicKey), leaf!.subject]).toEqual([true, expect.stringContaining("self-made")]);
    const signature = await keys[0]!.sign(Buffer.from("root of a day"));
    const key = { key: leaf!.publicKey, dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", Buffer.from("root of a day"), key, signature)).toBe(true);
  });

  it("is known in the thread that reads files for a function, beside other chains, and after a broken file", async () => {
    const credentials = openContentCredentials(await certifyKey(items, openKmsSigner(keyArn)), generator);
    const file = { bytes: await encodeImageFile(image, "png"), format: "png", image: drawn } as const;
    const { bytes } = await credentials.sign(file);
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const other = await selfMadeChain(publicKey.export({ type: "spki", format: "der" }));
    const pems = [other, ...(await readChains(items)).map(({ pem }) => pem)];
    const thread = openCredentialThread({ chains: async () => pems.map(derCertificates) });
    try {
      const [damaged, own] = await Promise.all([thread.read(bytes.subarray(0, 500), "png"), thread.read(bytes, "png")]);
      expect(damaged).toBeUndefined();
      expect(own).toMatchObject({ state: "intact", signedHere: true, image: drawn });
    } finally {
      await thread.close();
    }
  });

  it.each([
    "png",
    "jpeg",
    "webp",
    "avif",
  ] as const)("signs a %s that the reference reader finds intact", async (format) => {
    const credentials = openContentCredentials(await certifyKey(items, openKmsSigner(keyArn)), generator);
    const { bytes } = await credentials.sign({ bytes: await encodeImageFile(image, format), format, image: drawn });
    const read = openCredentialReader((await readChains(items)).map(({ pem }) => derCertificates(pem)));
    expect(await read(bytes, format)).toMatchObject({ state: "intact", signedHere: true, image: drawn });
    expect(await openCredentialReader()(bytes, format)).toMatchObject({ state: "intact", signedHere: false });
  });
});
