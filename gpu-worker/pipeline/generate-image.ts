import { InvalidInputError } from "../../shared/errors.ts";
import { maxSequenceLength as defaultMaxSequenceLength } from "../../shared/limits.ts";
import type { Tensor } from "../tensor.ts";
import type { TextEncoder, Transformer, Vae } from "./components.ts";
import { decodeLatents } from "./decode-latents.ts";
import { type DenoiseStep, denoise } from "./denoise.ts";
import { type EncodedPrompt, PromptEncoder } from "./encode-prompt.ts";
import { flowMatchSchedule, type Schedule, type SchedulerConfig } from "./flow-match-scheduler.ts";
import type { Guidance } from "./guidance.ts";
import { givenLatents, latentShape, noiseLatents, seedOfImage } from "./latents.ts";
import type { PromptTokenizer } from "./tokenizer.ts";

export interface PipelineComponents {
  readonly tokenizer: PromptTokenizer;
  readonly textEncoder: TextEncoder;
  readonly transformer: Transformer;
  readonly vae: Vae;
  readonly scheduler: SchedulerConfig;
}

export interface ImageInputs {
  /** One picture (times `numImagesPerPrompt`) per prompt, all drawn in one batch. */
  readonly prompt: string | readonly string[];
  /** As many as prompts. Absent means empty. Ignored while guidance is off. */
  readonly negativePrompt?: string | readonly string[];
  readonly width: number;
  readonly height: number;
  readonly numInferenceSteps: number;
  readonly guidance: Guidance;
  /** Tokens per prompt. @default 512 */
  readonly maxSequenceLength?: number;
  /** @default 1 */
  readonly numImagesPerPrompt?: number;
  /** Picture i is drawn from the noise of seed `(seed + i) mod 2^32`. */
  readonly seed: number;
  /** Start of each picture, `16 · height/8 · width/8` values, in place of seeded noise. */
  readonly latents?: readonly Float32Array[];
}

export interface EncodedPrompts {
  readonly positive: readonly EncodedPrompt[];
  /** Empty while guidance is off. */
  readonly negative: readonly EncodedPrompt[];
}

export type ImageStage =
  | { readonly type: "encoded"; readonly prompts: EncodedPrompts; readonly schedule: Schedule }
  | { readonly type: "step"; readonly step: DenoiseStep }
  /** Pictures `[3, H, W]`, about −1..1: all of the first prompt, then all of the second. */
  | { readonly type: "decoded"; readonly images: readonly Tensor[] };

/** Text to image. The methods are the stages; `generate` runs them in order. */
export class ImagePipeline {
  readonly components: PipelineComponents;
  readonly #promptEncoder: PromptEncoder;

  constructor(components: PipelineComponents) {
    this.components = components;
    this.#promptEncoder = new PromptEncoder(components.tokenizer, components.textEncoder);
  }

  /**
   * Yields after the prompts, after every step and with the pictures: the caller owns progress, previews and heartbeat, and cancels by leaving the loop.
   * @throws InvalidInputError for inputs that do not fit together
   * @throws PipelineError `non_finite_output`
   */
  async *generate(inputs: ImageInputs): AsyncGenerator<ImageStage, void> {
    latentShape(inputs.width, inputs.height); // a bad size costs no encoding
    const schedule = flowMatchSchedule(this.components.scheduler, inputs.numInferenceSteps);
    const prompts = await this.encodePrompts(inputs);
    yield { type: "encoded", prompts, schedule };

    let latents: readonly Tensor[] = this.prepareLatents(inputs, prompts.positive.length);
    for await (const step of this.denoise(inputs, prompts, latents, schedule)) {
      latents = step.latents;
      yield { type: "step", step };
    }
    const images: Tensor[] = [];
    for (const item of latents) images.push(await this.decode(item));
    yield { type: "decoded", images };
  }

  async encodePrompts({
    prompt,
    negativePrompt = "",
    guidance,
    maxSequenceLength,
  }: ImageInputs): Promise<EncodedPrompts> {
    const prompts = [prompt].flat();
    const negatives = negativePrompt === "" ? prompts.map(() => "") : [negativePrompt].flat();
    if (negatives.length !== prompts.length) {
      throw new InvalidInputError(
        "invalid_negative_prompt",
        `expected as many negative prompts as prompts (${prompts.length}), got ${negatives.length}`,
        { param: "negative_prompt" },
      );
    }
    const limit = maxSequenceLength ?? defaultMaxSequenceLength;
    const encodeAll = async (texts: readonly string[]) => {
      const encoded: EncodedPrompt[] = [];
      for (const text of texts) encoded.push(await this.#promptEncoder.encode(text, limit));
      return encoded;
    };
    return { positive: await encodeAll(prompts), negative: guidance.scale > 0 ? await encodeAll(negatives) : [] };
  }

  /** Latents `[16, height/8, width/8]` at sigma 1, one per picture. */
  prepareLatents({ latents, seed, width, height, numImagesPerPrompt = 1 }: ImageInputs, promptCount: number): Tensor[] {
    const count = promptCount * numImagesPerPrompt;
    if (latents && latents.length !== count) {
      throw new InvalidInputError("invalid_latents", `expected latents for ${count} pictures, got ${latents.length}`, {
        param: "latents",
      });
    }
    return Array.from({ length: count }, (_, i) =>
      latents ? givenLatents(latents[i]!, width, height) : noiseLatents(seedOfImage(seed, i), width, height),
    );
  }

  denoise(
    { guidance, numImagesPerPrompt = 1 }: ImageInputs,
    { positive, negative }: EncodedPrompts,
    latents: readonly Tensor[],
    schedule: Schedule,
  ): AsyncGenerator<DenoiseStep, void> {
    const items = latents.map((item, i) => {
      const prompt = Math.floor(i / numImagesPerPrompt);
      const negativePromptEmbeds = negative[prompt]?.embeds;
      return {
        latents: item,
        promptEmbeds: positive[prompt]!.embeds,
        ...(negativePromptEmbeds && { negativePromptEmbeds }),
      };
    });
    return denoise(this.components.transformer, items, schedule, guidance);
  }

  /** Latents `[16, h, w]` → picture `[3, 8h, 8w]`, about −1..1. */
  decode(latents: Tensor): Promise<Tensor> {
    return decodeLatents(this.components.vae, latents);
  }

  async release(): Promise<void> {
    const { textEncoder, transformer, vae } = this.components;
    await Promise.all([textEncoder.release(), transformer.release(), vae.release()]);
  }
}
