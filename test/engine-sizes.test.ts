import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadEngine } from "../gpu-worker/engine/engine-client.ts";
import type { Engine, GeneratedImage } from "../gpu-worker/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine({ modelDir: "test/golden/checkpoints/tiny-turbo" });
});
afterAll(() => engine.close());

/** Two letters and a space are one token; the chat form adds 8. */
const ofTokens = (count: number) => "a ".repeat(count - 8).trimEnd();

it.each([
  [128, 128, 8, ""],
  [256, 144, 14, "A photo of a red fox"],
  [144, 256, 11, "一只可爱的猫"],
  [64, 256, 22, '海报上写着“造相”，以及 "Hello, 世界!"'],
  [256, 64, 500, ofTokens(500)],
  [1024, 1024, 13, "one session serves every size"],
] as const)("draws %d×%d from %j tokens", async (width, height, tokens, prompt) => {
  let image: GeneratedImage | undefined;
  const params = { prompt, width, height, steps: 1, guidance: 0, seed: 3, format: "png", preview: true } as const;
  for await (const event of engine.generate({ ...params, cfgNormalization: false, cfgTruncation: 1 })) {
    if (event.type === "encoded") expect(event.promptTokens).toBe(tokens);
    if (event.type === "image") image = event.image;
  }
  expect(await sharp(image!.bytes).metadata()).toMatchObject({ format: "png", width, height });
  const { channels } = await sharp(image!.bytes).stats();
  for (const { stdev } of channels) expect(stdev).toBeGreaterThan(10); // noise, and not one flat colour
});
