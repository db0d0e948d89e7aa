import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type HostileHub,
  type HubFiles,
  hubRevision,
  startHostileHub,
  turboRepository,
} from "../../../test/support/weights/hostile-hub.ts";
import { readManifest, verifyModel } from "../../weights/folder/model-manifest.ts";
import { parseModelsArguments } from "./arguments.ts";
import { hubNames } from "./hubs.ts";
import { type PullOptions, pullModel } from "./pull-model.ts";

const bytes = (size: number) => Buffer.alloc(size, size);
const published: HubFiles = {
  "model_index.json": bytes(2),
  "tokenizer/tokenizer.json": bytes(3),
  "scheduler/scheduler_config.json": bytes(4),
  "transformer/diffusion_pytorch_model.safetensors": bytes(500),
};
const comfy: HubFiles = {
  "split_files/diffusion_models/z_image_turbo_bf16.safetensors": bytes(200),
  "split_files/diffusion_models/z_image_turbo_int8_convrot.safetensors": bytes(100),
  "split_files/text_encoders/qwen_3_4b_fp8_mixed.safetensors": bytes(60),
  "split_files/vae/ae.safetensors": bytes(10),
};
const unsloth: HubFiles = { "z-image-turbo-Q8_0.gguf": bytes(110), "z-image-turbo-Q4_0.gguf": bytes(50) };
const qwen: HubFiles = { "Qwen3-4B-Q8_0.gguf": bytes(70), "Qwen3-4B-Q4_0.gguf": bytes(40) };

let hub: HostileHub;
let folder: string;
beforeEach(async () => {
  hub = await startHostileHub(published, {
    "Comfy-Org/z_image_turbo": comfy,
    "unsloth/Z-Image-Turbo-GGUF": unsloth,
    "unsloth/Qwen3-4B-GGUF": qwen,
  });
  folder = mkdtempSync(join(tmpdir(), "pull-forms-"));
});
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

const pull = (options: Partial<PullOptions>) =>
  pullModel({ model: "z-image-turbo", mirror: hub.address, outDir: join(folder, "model"), ...options });

it.each(
  hubNames,
)("pulls int8_convrot from %s, with encoder, VAE, tokenizer and scheduler, and their origins", async (from) => {
  await pull({ form: "int8-convrot", from });
  const dir = join(folder, "model");
  const manifest = (await readManifest(dir))!;
  expect(manifest.files.map(({ path, bytes }) => [path, bytes])).toEqual([
    ["diffusion_models/z_image_turbo_int8_convrot.safetensors", 100],
    ["scheduler/scheduler_config.json", 4],
    ["text_encoders/qwen_3_4b_fp8_mixed.safetensors", 60],
    ["tokenizer/tokenizer.json", 3],
    ["vae/ae.safetensors", 10],
  ]);
  const revision = from === "huggingface" ? hubRevision : "master";
  const source = (repository: string) => ({ hub: from, address: hub.address, repository, revision });
  expect(manifest).toMatchObject({
    form: "int8-convrot",
    source: source("Comfy-Org/z_image_turbo"),
    otherSources: [source(turboRepository)],
  });
  expect(await verifyModel(dir)).toEqual([]);
});

it("takes GGUF from three repositories beside the tokenizer's", async () => {
  await pull({ form: "gguf-q4" });
  const dir = join(folder, "model");
  expect(readdirSync(dir).sort()).toEqual([
    "diffusion_models",
    "scheduler",
    "text_encoders",
    "tokenizer",
    "vae",
    "z-image-manifest.json",
  ]);
  expect(readFileSync(join(dir, "text_encoders/Qwen3-4B-Q4_0.gguf")).equals(bytes(40))).toBe(true);
  expect((await readManifest(dir))!.otherSources!.map(({ repository }) => repository)).toEqual([
    "unsloth/Qwen3-4B-GGUF",
    "Comfy-Org/z_image_turbo",
    turboRepository,
  ]);
});

it("deletes what has not the checksum that the hub stated, and names a file that a publisher withdrew", async () => {
  const encoder = "split_files/text_encoders/qwen_3_4b_fp8_mixed.safetensors";
  hub.misbehave(encoder, { kind: "wrong bytes", times: 1 });
  await expect(pull({ form: "int8-convrot" })).rejects.toThrow(
    /^text_encoders\/qwen_3_4b_fp8_mixed\.safetensors: .*and was deleted; run pull again/,
  );
  await pull({ form: "int8-convrot" });
  await expect(pull({ form: "fp8", outDir: join(folder, "fp8") })).rejects.toThrow(
    "there is no T5B/Z-Image-Turbo-FP8 there",
  );
  const { [encoder]: _, ...withoutEncoder } = comfy;
  const poor = await startHostileHub(published, { "Comfy-Org/z_image_turbo": withoutEncoder });
  try {
    const pulling = pull({ form: "int8-convrot", mirror: poor.address, outDir: join(folder, "poor") });
    await expect(pulling).rejects.toThrow(
      `Comfy-Org/z_image_turbo at ${poor.address} has no file for text_encoders/qwen_3_4b_fp8_mixed.safetensors`,
    );
  } finally {
    await poor.close();
  }
});

it("refuses a form that nobody publishes, and a revision of several repositories", () => {
  expect(parseModelsArguments(["pull", "z-image-turbo", "--form", "gguf-q8"])).toMatchObject({ form: "gguf-q8" });
  expect(() => parseModelsArguments(["pull", "z-image", "--form", "fp8"])).toThrow(
    "--form of z-image must be one of published, int8-convrot, gguf-q8, gguf-q4, got fp8",
  );
  expect(() => parseModelsArguments(["pull", "z-image", "--form", "gguf-q4", "--revision", "v1"])).toThrow(
    "--revision is of the published form's repository; gguf-q4 comes from several",
  );
});
