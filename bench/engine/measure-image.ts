import sharp from "sharp";
import type { Engine, GeneratedImage, GenerateParams } from "../../gpu-worker/engine.ts";

export interface Usage {
  readonly wallS: number;
  /** CPU time of all threads of the process, user and system. */
  readonly cpuS: number;
}

export interface ImageUsage {
  readonly promptTokens: number;
  readonly encoder: Usage;
  readonly steps: readonly Usage[];
  /** VAE and file format. */
  readonly decoder: Usage;
  /** From the request to the bytes. */
  readonly whole: Usage;
  readonly image: GeneratedImage;
}

/** 23 tokens with the template, filled up to 32 in the transformer. */
const benchPrompt = "a red fox standing in fresh snow at dawn, photograph";

export function squareParams(side: number, steps: number): GenerateParams {
  return {
    prompt: benchPrompt,
    width: side,
    height: side,
    steps,
    guidance: 0,
    cfgNormalization: false,
    cfgTruncation: 1,
    seed: 1,
    format: "png",
    preview: false,
  };
}

/**
 * One image through the engine, with what each stage used.
 * @param onStep - told after each step
 * @throws Error when what comes out is no image of the size asked for
 */
export async function measureImage(
  engine: Engine,
  params: GenerateParams,
  onStep: (step: number, used: Usage) => void = () => {},
): Promise<ImageUsage> {
  const whole = meter();
  let lap = meter();
  const stage = () => {
    const used = lap();
    lap = meter();
    return used;
  };
  let encoded = { promptTokens: 0, encoder: { wallS: 0, cpuS: 0 } };
  const steps: Usage[] = [];
  for await (const event of engine.generate(params)) {
    if (event.type === "encoded") encoded = { promptTokens: event.promptTokens, encoder: stage() };
    else if (event.type === "step") {
      const used = stage();
      steps.push(used);
      onStep(event.step, used);
    } else if (event.type === "image") {
      const { image } = event;
      const result = { ...encoded, steps, decoder: stage(), whole: whole(), image };
      await checkImage(image, params);
      return result;
    }
  }
  throw new Error("the engine ended without an image");
}

async function checkImage({ bytes }: GeneratedImage, { width, height }: GenerateParams): Promise<void> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const values = new Set(data).size;
  if (info.width !== width || info.height !== height || values < 16) {
    throw new Error(
      `expected an image of ${width}×${height}, got ${info.width}×${info.height} with ${values} different values`,
    );
  }
}

/** Start measuring. @returns what was used until it is called */
export function meter(): () => Usage {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { wallS: (performance.now() - start) / 1000, cpuS: (user + system) / 1e6 };
  };
}
