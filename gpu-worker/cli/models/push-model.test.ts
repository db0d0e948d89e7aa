import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultModel } from "../../../models/default-model.ts";
import { openS3Objects } from "../../../shared/aws/objects.ts";
import { type Emulator, findMoto, startMoto } from "../../../test/support/aws/aws-emulators.ts";
import { createBucket } from "../../../test/support/aws/aws-resources.ts";
import { seededBytes } from "../../../test/support/seeded-random.ts";
import { fetchWeights } from "../../cloud/fetch-weights.ts";
import { listFiles, manifestName, verifyModel, writeManifest } from "../../weights/folder/model-manifest.ts";
import { pushModel } from "./push-model.ts";

const folder = mkdtempSync(join(tmpdir(), "push-model-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = join(folder, "local");
const weights = "transformer/weights.safetensors";
/** The least that S3 takes for a part that is not the last. */
const partBytes = 5 * 2 ** 20;

// Where there is no moto_server the run has said so in its first line, or has ended there.
describe.runIf(findMoto())("over S3 on moto_server", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startMoto();
    await createBucket(emulator.clients.s3, "weights");
    mkdirSync(join(model, "transformer"), { recursive: true });
    writeFileSync(join(model, weights), seededBytes(2, 2 * partBytes + 1000));
    writeFileSync(join(model, "empty.txt"), "");
    await writeManifest(model, { format: 1, form: "int4", files: await listFiles(model) });
  }, 120_000);
  afterAll(() => emulator?.stop());

  const push = (onBytes?: (bytes: number) => void) =>
    pushModel(model, {
      client: emulator.clients.s3,
      bucket: "weights",
      prefix: "z/int4",
      connections: 2,
      partBytes,
      onBytes,
    });

  it("sends in parts what a worker fetches whole, and nothing twice", async () => {
    const sent: number[] = [];
    await push((bytes) => sent.push(bytes));
    expect(sent.toSorted((a, b) => b - a)).toEqual([partBytes, partBytes, 1000, 0]);
    const objects = openS3Objects({ client: emulator.clients.s3, bucket: "weights" });
    const out = join(folder, "disk");
    expect(await fetchWeights(objects, "z/int4", out)).toBe(2 * partBytes + 1000);
    expect(await verifyModel(out)).toEqual([]);

    const again: number[] = [];
    await push((bytes) => again.push(bytes));
    expect(again).toEqual([0, 2 * partBytes + 1000]); // each file in one go: it is there
  });

  it("sends a folder that was not made here, once it is a whole model", async () => {
    const theirs = join(folder, "theirs");
    cpSync(defaultModel.dir, theirs, { recursive: true });
    rmSync(join(theirs, manifestName));
    const options = { client: emulator.clients.s3, bucket: "weights", prefix: "theirs" };
    await pushModel(theirs, options);
    const out = join(folder, "their-disk");
    await fetchWeights(openS3Objects({ client: emulator.clients.s3, bucket: "weights" }), "theirs", out);
    const names = async (dir: string) => (await listFiles(dir)).map(({ path }) => path);
    expect(await names(out)).toEqual(await names(theirs));

    rmSync(join(theirs, "vae"), { recursive: true });
    await expect(pushModel(theirs, { ...options, prefix: "half" })).rejects.toThrow("vae");
  });

  it("publishes nothing that is damaged", async () => {
    writeFileSync(join(model, weights), "x");
    await expect(push()).rejects.toThrow(
      `has 1 bytes, expected ${2 * partBytes + 1000}; pull or convert the model again`,
    );
  });
});
