import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { loadEngine } from "../gpu-worker/engine/engine-client.ts";
import type { Engine, GenerateParams } from "../gpu-worker/engine.ts";
import { readModelInfo } from "../gpu-worker/weights/folder/model-folder.ts";
import { defaultModel } from "../models/default-model.ts";
import { catalogModel } from "../shared/model-catalog/model-catalog.ts";
import { openApi } from "./support/api/api-under-test.ts";
import { caseFile } from "./support/engine/case-file.ts";

/*
 * The limits of the loaded checkpoint, from the API to the network: zimage-tiny's rotary axes are 512 caption positions
 * and 64 × 64 patches, which are 480 tokens and 1024 × 1024 pixels.
 */

const read = (path: string) => JSON.parse(readFileSync(caseFile(path), "utf8"));

async function api() {
  const opened = await openApi({
    models: [catalogModel(await readModelInfo(defaultModel.dir, { modelId: "zimage-tiny" }))],
  });
  onTestFinished(() => opened.close());
  return opened;
}

it("tells sides, pixels and tokens of the checkpoint", async () => {
  const { request } = await api();
  const { data } = (await (await request("GET", "/v1/models")).json()) as { data: { limits: object }[] };
  expect(data[0]!.limits).toMatchObject({ max_side: 1024, max_pixels: 1024 * 1024, max_prompt_tokens: 480 });
});

it.each([
  [
    "/v1/images/generations",
    "openai",
    "width must be 64 to 1024, got 1536; the longest side that zimage-tiny draws is 1024",
  ],
  ["/v1/jobs", "native", "width must be 64 to 1024, got 1040; the longest side that zimage-tiny draws is 1024"],
  [
    "/v1/jobs",
    "refine",
    "upscale refine draws at twice the sides, at most 1048576 pixels and sides of 1024 with this model",
  ],
])("refuses at %s a size that the checkpoint was not made for (%s.json)", async (path, name, message) => {
  const { request } = await api();
  const response = await request("POST", path, read(`02-side-over-1024/${name}.json`));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(message);
});

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine({ modelDir: defaultModel.dir, runtime: "node", threads: 1 });
});
afterAll(() => engine.close());

const params: GenerateParams = {
  prompt: "a penguin",
  width: 64,
  height: 64,
  steps: 1,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  seed: 7,
  format: "png",
  preview: false,
};

async function draw(changes: Partial<GenerateParams>) {
  const events = [];
  for await (const event of engine.generate({ ...params, ...changes })) events.push(event);
  return events;
}

it("cuts a long prompt to what the checkpoint reads, with a warning, and draws", async () => {
  const [encoded, ...rest] = await draw({ prompt: read("01-long-prompt/request.json").prompt });
  expect(encoded).toMatchObject({ type: "encoded", readTokens: 480 });
  expect(encoded?.type === "encoded" && encoded.promptTokens).toBeGreaterThan(480);
  expect(rest.at(-1)).toMatchObject({ type: "image" });
});

it.each([
  ["a side", { width: 1040 }, "width must be at most 1024 pixels for this model, got 1040"],
  [
    "a side that refining would have",
    { width: 528, upscale: "refine" as const },
    "width must be at most 1024 pixels for this model, got 1056",
  ],
])("refuses %s past the checkpoint's, and goes on drawing", async (_, changes, message) => {
  await expect(draw(changes)).rejects.toThrow(message);
  await expect(draw(changes)).rejects.toMatchObject({ code: "invalid_size", retryable: false });
  expect((await draw({})).at(-1)).toMatchObject({ type: "image" });
});

it.each([
  ["/v1/jobs", (seed: string) => `{"prompt":"a penguin","seed":${seed}}`],
  ["/v1/predictions", (seed: string) => `{"version":"zimage-tiny","input":{"prompt":"a penguin","seed":${seed}}}`],
])("takes ComfyUI's seeds and the −1 of others at %s", async (path, body) => {
  const { request, jobs } = await api();
  const text = readFileSync(caseFile("24-seeds/seeds.json"), "utf8");
  for (const seed of text.match(/-?\d+/g) ?? []) {
    const response = await request("POST", path, body(seed));
    expect([201, 202], `${seed} at ${path}: ${await response.clone().text()}`).toContain(response.status);
    const { id } = (await response.json()) as { id: string };
    const job = await jobs.get(id.startsWith("job_") ? id : `job_${id}`);
    if (!job) continue;
    const expected = { "18446744073709551615": 2 ** 53 - 1, "1125899906842624": 1125899906842624 }[seed];
    if (expected !== undefined) expect(job.params.seed).toBe(expected);
    expect(job.params.seed).toBeGreaterThanOrEqual(0);
  }
});

it("draws another image by each sampler and by another shift, the same one each time", async () => {
  const image = async (changes: Partial<GenerateParams>) => {
    const last = (await draw({ steps: 3, ...changes })).at(-1);
    if (last?.type !== "image") throw new Error("no image");
    return Buffer.from(last.image.bytes).toString("base64");
  };
  const euler = await image({});
  expect(await image({ sampler: "euler", shift: 3 })).toBe(euler);
  const others = [{ sampler: "heun" }, { sampler: "euler_ancestral" }, { shift: 6 }, { seed: 7 + 2 ** 32 }] as const;
  const images = [euler];
  for (const changes of others) {
    images.push(await image(changes));
    expect(await image(changes)).toBe(images.at(-1));
  }
  expect(new Set(images).size).toBe(5);
});
