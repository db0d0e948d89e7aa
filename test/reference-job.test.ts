import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { goldenTensors, maxAbsDiff } from "./support/engine/golden-tensors.ts";
import { StartProcess } from "./support/start-process.ts";

/** The reference's images through the whole product: HTTP in, queue, worker process, store, HTTP out. */

const golden = join(import.meta.dirname, "golden");
const folder = mkdtempSync(join(tmpdir(), "reference-job-"));
const pipeline = new StartProcess({
  dataDir: join(folder, "data"),
  args: ["--model", join(golden, "checkpoints/tiny-turbo")],
});
let url: string;
let key: string;

beforeAll(async () => {
  ({ url, key } = await pipeline.ready());
});
afterAll(async () => {
  await pipeline.end("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

async function draw(body: object): Promise<{ pixels: Buffer; width: number; height: number }> {
  const response = await fetch(`${url}/v1/jobs`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      prefer: "wait=120",
      accept: "image/png",
    },
    body: JSON.stringify(body),
  });
  // Sent on to the image's own link; anything else says why.
  if (response.headers.get("content-type") !== "image/png") throw new Error(await response.text());
  const { data, info } = await sharp(await response.arrayBuffer())
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

it.each([
  "turbo_square",
  "turbo_wide",
  "turbo_bilingual",
])("a job from the latents of %s gives its pixels", async (name) => {
  const { inputs } = JSON.parse(readFileSync(join(golden, name, "manifest.json"), "utf8")) as {
    inputs: { prompt: string; width: number; height: number; num_inference_steps: number };
  };
  const tensors = goldenTensors(name);
  const { data: latents } = tensors.floats("latents_init");
  const { prompt, width, height, num_inference_steps: steps } = inputs;
  const image = await draw({
    prompt,
    width,
    height,
    steps,
    latents: Buffer.from(latents.buffer, latents.byteOffset, latents.byteLength).toString("base64"),
  });
  expect([image.width, image.height]).toEqual([width, height]);
  expect(maxAbsDiff(image.pixels, tensors.integers("image_u8"))).toBeLessThanOrEqual(1);
});

it.each([
  [128, 128, "a"],
  [1024, 256, "一座灯塔，黎明，水彩"],
  [256, 1024, "a lighthouse at dawn, ".repeat(80)],
  [1024, 1024, "a lighthouse at dawn"],
])("draws %d×%d", async (width, height, prompt) => {
  const image = await draw({ prompt, width, height, steps: 1, seed: 1 });
  expect([image.width, image.height]).toEqual([width, height]);
});
