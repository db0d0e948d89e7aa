import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { contentTypes, type ImageFormat } from "../../../shared/job.ts";
import { loadC2pa } from "../../../shared/provenance/c2pa/c2pa-library.ts";
import { encodeImageFile } from "../../engine/images/encode-image-file.ts";
import { imageTexts } from "../image-texts.ts";
import { type ContentCredentials, openContentCredentials } from "./content-credentials.ts";
import { openSigningKey } from "./signing-key.ts";

const formats = ["png", "jpeg", "webp", "avif"] as const;
const image = { data: new Uint8Array(96 * 64 * 3).map((_, i) => (i * 7) & 255), width: 96, height: 64 };
const texts = imageTexts(image, {
  params: { width: 96, height: 64, steps: 8, guidance: 0, sampler: "euler" },
  prompt: "a fox",
  seed: 7,
  isComposite: false,
  origin: { model: "z-image-turbo", request: { prompt: "a fox" } },
});

let folder: string;
let credentials: ContentCredentials;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
  const key = await openSigningKey(join(folder, "key"));
  credentials = openContentCredentials(key, { name: "Z-Image pipeline", version: "1.2.3" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As the reference reader sees it. */
async function read(bytes: Uint8Array, format: ImageFormat) {
  const { WasmReader } = await loadC2pa();
  const reader = await WasmReader.fromBytes(contentTypes[format], bytes);
  try {
    return JSON.parse(reader.json());
  } finally {
    reader.free();
  }
}

it.each(
  formats,
)("signs a %s that the reference reader finds valid, and no longer with one byte changed", async (format) => {
  const bytes = await encodeImageFile(image, format, { texts });
  const { bytes: signed, manifest: label } = await credentials.sign({ bytes, format });
  const report = await read(signed, format);
  const manifest = report.manifests[report.active_manifest];
  expect([report.validation_state, report.active_manifest]).toEqual(["Valid", label]);
  expect(manifest.claim_generator_info[0]).toMatchObject({ name: "Z-Image pipeline", version: "1.2.3" });
  expect(JSON.stringify(manifest.assertions)).toContain("digitalsourcetype/trainedAlgorithmicMedia");
  const [pixels, before] = await Promise.all([signed, bytes].map((file) => sharp(file).raw().toBuffer()));
  expect(Buffer.compare(pixels!, before!)).toBe(0);
  const changed = Uint8Array.from(signed);
  changed[changed.length - (format === "png" ? 30 : 20)]! ^= 1;
  expect((await read(changed, format)).validation_state).toBe("Invalid");
});

it("keeps the manifest of the image that another was made from", async () => {
  const input = { bytes: await encodeImageFile(image, "png", { texts }), format: "png" } as const;
  const { bytes: madeFrom } = await credentials.sign(input);
  const { bytes: signed } = await credentials.sign({
    bytes: await encodeImageFile(image, "jpeg", { texts }),
    format: "jpeg",
    madeFrom,
  });
  const report = await read(signed, "jpeg");
  const manifest = report.manifests[report.active_manifest];
  expect([report.validation_state, Object.keys(report.manifests).length]).toEqual(["Valid", 2]);
  expect(manifest.ingredients).toMatchObject([{ relationship: "parentOf", active_manifest: expect.any(String) }]);
  expect(JSON.stringify(manifest.assertions)).toContain("compositeWithTrainedAlgorithmicMedia");
});

it("takes an image without a manifest to be made from", async () => {
  const madeFrom = await encodeImageFile(image, "webp");
  const { bytes: signed } = await credentials.sign({
    bytes: await encodeImageFile(image, "avif", { texts }),
    format: "avif",
    madeFrom,
  });
  expect((await read(signed, "avif")).validation_state).toBe("Valid");
});
