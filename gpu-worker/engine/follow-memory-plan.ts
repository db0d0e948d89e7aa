import { PipelineError } from "../../shared/errors.ts";
import type { TextEncoder, Transformer, TransformerItem, Vae } from "../pipeline/components.ts";
import { scaleFactor, tiledVae } from "../pipeline/tiled-vae.ts";
import { isOutOfMemory } from "../runtime/out-of-memory.ts";
import { defaultVaeTile, type MemoryPlan, stepDown } from "./memory-plan.ts";

export interface Networks {
  readonly textEncoder: TextEncoder;
  readonly transformer: Transformer;
  readonly vae: Vae;
}

type Stage = keyof Networks;

/** Which networks may stay while a stage runs. */
const kept: Readonly<Record<MemoryPlan["residency"], Readonly<Record<Stage, readonly Stage[]>>>> = {
  resident: allKept(),
  "encoder-first": { textEncoder: ["textEncoder"], transformer: ["transformer", "vae"], vae: ["transformer", "vae"] },
  sequential: alone(),
  streamed: alone(),
};

function allKept(): Record<Stage, readonly Stage[]> {
  const all = ["textEncoder", "transformer", "vae"] as const;
  return { textEncoder: all, transformer: all, vae: all };
}

function alone(): Record<Stage, readonly Stage[]> {
  return { textEncoder: ["textEncoder"], transformer: ["transformer"], vae: ["vae"] };
}

/**
 * The same networks, kept to a plan: a stage that begins releases those that the plan does not keep beside it; they
 * load again when they are next called. When memory runs out, everything is released and the stage is done again: the
 * VAE in tiles, for images as large as that one from then on; the others, and a VAE for which tiles were not enough, by
 * a plan that steps down once for good. If memory runs out once more, the job fails with advice.
 * @param onStepDown - told of the new plan
 */
export function followMemoryPlan(
  networks: Networks,
  plan: MemoryPlan,
  onStepDown: (plan: MemoryPlan) => void = () => {},
): Networks {
  let current = plan;
  let hasSteppedDown = false;
  /** Latents of the smallest image that the VAE could not take whole. */
  let tiledFrom = Number.POSITIVE_INFINITY;

  const release = async (which: (stage: Stage) => boolean) => {
    for (const stage of ["textEncoder", "transformer", "vae"] as const) {
      if (which(stage)) await networks[stage].release();
    }
  };

  async function run<T>(stage: Stage, work: (plan: MemoryPlan) => Promise<T>): Promise<T> {
    await release((other) => !kept[current.residency][stage].includes(other));
    try {
      return await work(current);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      if (hasSteppedDown) throw withAdvice(error as Error, stage);
      hasSteppedDown = true;
      current = stepDown(current);
      onStepDown(current);
      await release(() => true);
    }
    return run(stage, work);
  }

  function runVae<T>(latents: number, work: (vae: Vae) => Promise<T>): Promise<T> {
    return run("vae", async (now) => {
      const tile = now.vaeTile ?? (latents >= tiledFrom ? defaultVaeTile : undefined);
      if (tile !== undefined) return work(tiledVae(networks.vae, tile));
      try {
        return await work(networks.vae);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
      }
      tiledFrom = latents;
      onStepDown({
        ...now,
        reason: "memory ran out in the VAE: in tiles from now on, for images of this size and larger",
      });
      await release(() => true);
      return work(tiledVae(networks.vae, defaultVaeTile));
    });
  }

  return {
    textEncoder: {
      encode: (inputIds) => run("textEncoder", () => networks.textEncoder.encode(inputIds)),
      release: () => networks.textEncoder.release(),
    },
    transformer: {
      forward: (items) => run("transformer", ({ batch }) => forwardInBatches(networks.transformer, items, batch)),
      // Loads nothing: what changes is opened with the next step.
      adapt: (adaptation) => networks.transformer.adapt(adaptation),
      release: () => networks.transformer.release(),
    },
    vae: {
      scalingFactor: networks.vae.scalingFactor,
      shiftFactor: networks.vae.shiftFactor,
      decode: (z) => runVae(z.shape[1]! * z.shape[2]!, (vae) => vae.decode(z)),
      encode: (image) => runVae((image.shape[1]! * image.shape[2]!) / scaleFactor ** 2, (vae) => vae.encode(image)),
      keepsTransformer: () => kept[current.residency].vae.includes("transformer"),
      release: () => networks.vae.release(),
    },
  };
}

async function forwardInBatches(transformer: Transformer, items: readonly TransformerItem[], batch: number) {
  if (items.length <= batch) return transformer.forward(items);
  const outputs = [];
  for (let first = 0; first < items.length; first += batch) {
    outputs.push(...(await transformer.forward(items.slice(first, first + batch))));
  }
  return outputs;
}

const stageNames: Readonly<Record<Stage, string>> = {
  textEncoder: "text encoder",
  transformer: "transformer",
  vae: "VAE",
};

function withAdvice(cause: Error, stage: Stage): PipelineError {
  const advice = "draw a smaller image, or convert the model: npm run models -- convert --to int4";
  const message =
    `the ${stageNames[stage]} ran out of memory even one network at a time and in tiles; ${advice} ` +
    `(${cause.message})`;
  return new PipelineError("out_of_memory", message, { retryable: true, cause });
}
