import { beforeAll, expect, it } from "vitest";
import { type HostileHub, startHostileHub } from "../../../test/support/weights/hostile-hub.ts";
import { formatForms, listForms } from "./list-forms.ts";

const bytes = (size: number) => Buffer.alloc(size, size);
let hub: HostileHub;
beforeAll(async () => {
  hub = await startHostileHub(
    {
      "model_index.json": bytes(2),
      "tokenizer/tokenizer.json": bytes(3),
      "scheduler/scheduler_config.json": bytes(4),
      "transformer/diffusion_pytorch_model.safetensors": bytes(500),
    },
    {
      "Comfy-Org/z_image_turbo": {
        "split_files/diffusion_models/z_image_turbo_int8_convrot.safetensors": bytes(100),
        "split_files/text_encoders/qwen_3_4b_fp8_mixed.safetensors": bytes(60),
        "split_files/vae/ae.safetensors": bytes(10),
      },
      "unsloth/Z-Image-Turbo-GGUF": { "z-image-turbo-Q8_0.gguf": bytes(110) },
      "unsloth/Qwen3-4B-GGUF": { "Qwen3-4B-Q8_0.gguf": bytes(70), "Qwen3-4B-Q4_0.gguf": bytes(40) },
    },
  );
  return () => hub.close();
});
const list = (signal?: AbortSignal) =>
  listForms({ model: "z-image-turbo", from: "huggingface", mirror: hub.address, signal });

it("tells what each form weighs now, and why one cannot be pulled", async () => {
  expect(await list()).toEqual([
    { form: "published", bytes: 509 },
    { form: "int8-convrot", bytes: 177 },
    { form: "fp8", problem: expect.stringContaining("there is no T5B/Z-Image-Turbo-FP8 there") },
    { form: "gguf-q8", bytes: 197 },
    { form: "gguf-q4", problem: expect.stringContaining("has no file for diffusion_models/z-image-turbo-Q4_0.gguf") },
  ]);
});

it("stops when told to, in place of calling that a problem of the hub", async () => {
  await expect(list(AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
});

it("refuses a mirror that is no address", async () => {
  await expect(listForms({ model: "z-image", from: "huggingface", mirror: "here" })).rejects.toThrow("here");
});

it("marks the form to take on this machine", () => {
  const forms = [
    { form: "fp8", problem: "withdrawn" },
    { form: "gguf-q4", bytes: 6.5e9 },
  ] as const;
  expect(formatForms("z-image-turbo", forms, { form: "gguf-q4", reason: "CPU, 8.0 GB" })).toBe(
    "  fp8           withdrawn\n* gguf-q4       6.5 GB\n\n" +
      "* for this machine (CPU, 8.0 GB): npm run models -- pull z-image-turbo --form gguf-q4",
  );
  expect(formatForms("z-image-turbo", [], undefined)).toContain("no backend is usable here: npm run doctor");
});
