import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Job } from "../../../shared/job.ts";
import { type ApiUnderTest, base, openApi, turbo } from "../../../test/support/api/api-under-test.ts";

/**
 * Every parameter that the documentation of an API without published types names is mapped (the job is another with
 * it), named in a warning, or refused under its own name. For clients with types,
 * `test/clients/typed-parameters.test.ts` reads those.
 */

const adapters = { loras: new Set(["ink"]), controlnets: new Set(["union"]) };
let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi({ models: [{ ...turbo, adapters }, base] });
});
afterAll(() => api.close());

const file = await sharp({ create: { width: 64, height: 64, channels: 3, background: "white" } })
  .png()
  .toBuffer();
const image = `data:image/png;base64,${file.toString("base64")}`;
const prompt = "a fox";

interface Documented {
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: (parameters: object) => object;
  /** Id of the job in the response. */
  readonly idOf: (body: never) => string;
  /** Values of each parameter, that are not the default and that are allowed there. */
  readonly parameters: { readonly [name: string]: readonly unknown[] };
  /** Parameters that another needs beside it. */
  readonly beside?: { readonly [name: string]: object };
}

const drawing = { seed: [5], negative_prompt: ["fog"] };
const documented: { readonly [api: string]: Documented } = {
  // replicate.com/prunaai/z-image-turbo and its siblings
  "replicate's z-image-turbo": {
    path: "/v1/models/prunaai/z-image-turbo/predictions",
    headers: {},
    body: (input) => ({ input: { prompt, seed: 1, width: 64, height: 64, ...input } }),
    idOf: ({ id }: { id: string }) => id,
    parameters: {
      ...drawing,
      prompt: ["a cat"],
      width: [128, 1_440],
      height: [128],
      num_inference_steps: [4, 50],
      guidance_scale: [3],
      output_format: ["png", "webp"],
      output_quality: [50, 0],
      go_fast: [true],
      image: [image],
      strength: [0.3, 0],
      lora_weights: [["ink"], "ink", ["https://example.com/ink.safetensors"]],
      lora_scales: [[0.5]],
      control_image: [image],
      controlnet_conditioning_scale: [0.5, 2],
    },
    beside: {
      strength: { image: image },
      lora_scales: { lora_weights: ["ink"] },
      controlnet_conditioning_scale: { control_image: image },
    },
  },
  // alibabacloud.com/help/en/model-studio/z-image-api-reference
  "DashScope's z-image-turbo": {
    path: "/api/v1/services/aigc/multimodal-generation/generation",
    headers: { "X-DashScope-Async": "enable" },
    body: (parameters) => ({
      model: "z-image-turbo",
      input: { messages: [{ role: "user", content: [{ text: prompt }] }] },
      parameters: { seed: 1, size: "64*64", ...parameters },
    }),
    idOf: ({ output }: { output: { task_id: string } }) => output.task_id,
    parameters: { ...drawing, size: ["128*64"], n: [2], prompt_extend: [true], watermark: [true] },
  },
  // modelscope.cn/docs/model-service/API-Inference/intro
  "ModelScope's images": {
    path: "/v1/images/generations",
    headers: { "X-ModelScope-Async-Mode": "true" },
    body: (fields) => ({ model: "Tongyi-MAI/Z-Image-Turbo", prompt, seed: 1, size: "64x64", ...fields }),
    idOf: ({ task_id }: { task_id: string }) => task_id,
    parameters: {
      ...drawing,
      model: ["Tongyi-MAI/Z-Image"],
      prompt: ["a cat"],
      size: ["128x64"],
      steps: [4, 100],
      guidance: [3.5],
      image_url: [image],
      loras: ["ink", { ink: 0.5 }],
    },
  },
};

const content = ({ params, response, lane }: Job) => JSON.stringify({ params, response, lane });

describe.each(Object.entries(documented))("%s", (_, { path, headers, body, idOf, parameters, beside = {} }) => {
  const send = async (given: object): Promise<{ readonly job?: Job; readonly text: string }> => {
    const response = await api.request("POST", path, body(given), headers);
    const text = await response.text();
    return { text, job: response.ok ? await api.jobs.get(idOf(JSON.parse(text) as never)) : undefined };
  };

  it.each(Object.entries(parameters))("hears %s", async (name, values) => {
    const other = beside[name] ?? {};
    const plain = await send(other);
    expect(plain.job, plain.text).toBeDefined();
    for (const value of values) {
      const { job, text } = await send({ ...other, [name]: value });
      if (job === undefined) {
        expect(text).not.toContain("unknown");
        expect(text).toContain(name);
        continue;
      }
      const isMapped = content(job) !== content(plain.job!);
      expect(isMapped || job.warnings.some(({ message }) => message.includes(name)), `${name}: ${String(value)}`).toBe(
        true,
      );
    }
  });
});
