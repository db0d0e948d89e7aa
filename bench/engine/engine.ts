import { join } from "node:path";
import { loadEngine } from "../../gpu-worker/engine/engine-client.ts";
import type { GeneratedImage } from "../../gpu-worker/engine.ts";
import type { Report } from "../report.ts";
import { summarise } from "../statistics.ts";
import { squareParams } from "./measure-image.ts";

const sizes = [
  { side: 256, runs: 7 },
  { side: 1024, runs: 3 },
];
const steps = 8;
const stages = ["encodeMs", "denoiseMs", "decodeMs", "imageMs"] as const;
const stageNames = { encodeMs: "text encoder", denoiseMs: `${steps} steps`, decodeMs: "VAE decoder", imageMs: "PNG" };

/**
 * Time per stage of one image through the engine thread, with the tiny random checkpoint: overhead, not model speed.
 */
export async function benchEngine(report: Report): Promise<void> {
  const start = performance.now();
  const engine = await loadEngine({ modelDir: join(import.meta.dirname, "../../test/golden/checkpoints/tiny-turbo") });
  report({ bench: "engine", what: "load tiny-turbo", value: performance.now() - start, unit: "ms", detail: "once" });
  try {
    for (const { side, runs } of sizes) {
      const images: GeneratedImage[] = [];
      const totals: number[] = [];
      for (let run = 0; run <= runs; run++) {
        const began = performance.now();
        const image = await draw(side, run);
        // The first image of a size also allocates the arenas.
        if (run > 0) {
          images.push(image);
          totals.push(performance.now() - began);
        }
      }
      const detail = `tiny-turbo, median of ${runs}`;
      for (const stage of stages) {
        const { median } = summarise(images.map((image) => image.timings[stage]));
        report({ bench: "engine", what: `${side}×${side} ${stageNames[stage]}`, value: median, unit: "ms", detail });
      }
      const total = summarise(totals).median;
      report({ bench: "engine", what: `${side}×${side} whole image`, value: total, unit: "ms", detail });
    }
  } finally {
    await engine.close();
  }

  async function draw(side: number, seed: number): Promise<GeneratedImage> {
    const events = engine.generate({
      ...squareParams(side, steps),
      // A prompt not seen before, so that the cache of text states is not what is measured.
      prompt: `A close-up photo of a black tiger with golden eyes, picture ${side}-${seed}`,
      seed,
    });
    for await (const event of events) if (event.type === "image") return event.image;
    throw new Error("the engine ended without an image");
  }
}
