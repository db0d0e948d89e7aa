import { InvalidInputError } from "../../shared/errors.ts";
import { maxSequenceLength as defaultMaxSequenceLength } from "../../shared/limits.ts";
import type { ModelLimits } from "../../shared/model-catalog/model-catalog.ts";
import type { PassedParams } from "../../shared/request/passed-fields.ts";
import { defaultSampler } from "../../shared/request/samplers.ts";
import { seedOfImage } from "../../shared/request/seed.ts";
import type { Warning } from "../../shared/warnings/warning.ts";
import type { Tensor } from "../tensor.ts";
import type { LoraFile } from "../weights/lora/lora.ts";
import type {
  ControlInput,
  EditInput,
  ReferenceInput,
  TextEncoder,
  Transformer,
  Vae,
  VisionEncoder,
} from "./components.ts";
import { type ControlGuide, controlContext } from "./control-context.ts";
import { decodeLatents } from "./decode-latents.ts";
import { type DenoiseItem, type DenoiseStep, denoise } from "./denoise.ts";
import { flowMatchSchedule, givenSchedule, type Schedule, type SchedulerConfig } from "./flow-match-scheduler.ts";
import type { Guidance } from "./guidance.ts";
import type { RgbImage } from "./image.ts";
import { scaleLatents } from "./image-pixels.ts";
import {
  addNoise,
  encodePosterior,
  type KeptImage,
  latentMask,
  modeLatents,
  type StartImage,
  samplePosterior,
  scheduleFrom,
} from "./image-to-image.ts";
import { givenLatents, latentChannels, latentShape, noiseLatents, posteriorDraw, stepNoise } from "./latents.ts";
import { editSegments } from "./prompt/edit-prompt.ts";
import { type EncodedPrompt, PromptEncoder } from "./prompt/encode-prompt.ts";
import type { PromptTokenizer } from "./prompt/tokenizer.ts";
import { samplers } from "./samplers/samplers.ts";

export interface PipelineComponents {
  readonly tokenizer: PromptTokenizer;
  readonly textEncoder: TextEncoder;
  readonly transformer: Transformer;
  readonly vae: Vae;
  /** Only the Omni architecture has a vision encoder, which reads reference images. */
  readonly visionEncoder?: VisionEncoder;
  /** Applied to every image, in addition to the LoRAs that a request names. */
  readonly loras?: readonly LoraFile[];
  readonly scheduler: SchedulerConfig;
  /** What the checkpoint allows. @default any size, and 512 tokens of a prompt */
  readonly limits?: Pick<ModelLimits, "maxSide" | "maxPromptTokens">;
}

/** What a request says to the pipeline alone, and what the engine makes of the rest of it. */
export interface ImageInputs extends Partial<Omit<PassedParams, "prompt" | "negativePrompt">> {
  /** One image (times `numImagesPerPrompt`) per prompt, all drawn in one batch. */
  readonly prompt: string | readonly string[];
  /** As many as prompts. Absent means empty. Ignored while guidance is off. */
  readonly negativePrompt?: string | readonly string[];
  readonly width: number;
  readonly height: number;
  readonly numInferenceSteps: number;
  readonly guidance: Guidance;
  /** Tokens per prompt, at most those that the checkpoint reads. @default 512 */
  readonly maxSequenceLength?: number;
  /** @default 1 */
  readonly numImagesPerPrompt?: number;
  /** Image i is drawn from the noise of seed `(seed + i) mod 2^53`. */
  readonly seed: number;
  /** Start of each image, `16 · height/8 · width/8` values, in place of seeded noise. */
  readonly latents?: readonly Float32Array[];
  /** Begin from an image, all of it or what a mask leaves free. */
  readonly start?: StartImage;
  readonly control?: ControlGuide;
  /** Images that the prompt speaks of, in this order; sides are multiples of 16. Only for the Omni architecture. */
  readonly references?: readonly RgbImage[];
  /** Files whose corrections are added to the transformer. @default none */
  readonly loras?: readonly LoraFile[];
}

type StartInputs = Omit<ImageInputs, "start"> & { readonly start: StartImage | undefined };

interface PreparedControl extends ControlInput {
  /** The ControlNet itself fills in the masked image. */
  readonly fillsMask: boolean;
}

interface PreparedAdapters {
  readonly control?: PreparedControl;
  readonly warnings: readonly Warning[];
}

/** Latents that an image starts from. */
export interface StartLatents {
  /** `[16, h, w]` at the first sigma of the schedule. */
  readonly latents: Tensor;
  readonly kept?: KeptImage;
}

export interface EncodedPrompts {
  readonly positive: readonly EncodedPrompt[];
  /** Empty while guidance is off. */
  readonly negative: readonly EncodedPrompt[];
  /** For the Omni architecture: the pieces of each prompt. */
  readonly segments?: {
    readonly positive: readonly (readonly EncodedPrompt[])[];
    readonly negative: readonly (readonly EncodedPrompt[])[];
  };
}

export type ImageStage =
  /** `schedule` is the whole one, also when an image to start from leaves its first steps out. */
  | {
      readonly type: "encoded";
      readonly prompts: EncodedPrompts;
      readonly schedule: Schedule;
      readonly starts: readonly StartLatents[];
      readonly references: readonly ReferenceInput[];
      /** Parts of the LoRAs that are left out, and why. */
      readonly warnings: readonly Warning[];
    }
  | { readonly type: "step"; readonly step: DenoiseStep }
  /** Images `[3, H, W]`, about −1..1: all of the first prompt, then all of the second. */
  | { readonly type: "decoded"; readonly images: readonly Tensor[] };

/** Text, and optionally images, to image. The methods are the stages; `generate` runs them in order. */
export class ImagePipeline {
  readonly components: PipelineComponents;
  readonly #promptEncoder: PromptEncoder;

  constructor(components: PipelineComponents) {
    this.components = components;
    this.#promptEncoder = new PromptEncoder(components.tokenizer, components.textEncoder);
  }

  /**
   * Yields after the prompts, after every step and with the images: the caller owns progress, previews and heartbeat,
   * and cancels by leaving the loop.
   * @throws InvalidInputError for inputs that do not fit together
   * @throws PipelineError `non_finite_output`
   */
  async *generate(inputs: ImageInputs): AsyncGenerator<ImageStage, void> {
    this.checkSize(inputs); // a bad size costs no encoding
    const { scheduler } = this.components;
    const schedule = inputs.sigmas
      ? givenSchedule(scheduler, inputs.sigmas)
      : flowMatchSchedule({ ...scheduler, shift: inputs.shift ?? scheduler.shift }, inputs.numInferenceSteps);
    const { control, warnings } = await this.adapt(inputs);
    const start = control?.fillsMask ? undefined : inputs.start;
    const steps = start ? scheduleFrom(schedule, start.strength) : schedule;
    const prompts = await this.encodePrompts(inputs);
    const references = await this.encodeReferences(inputs);
    const starts = await this.prepareLatents({ ...inputs, start }, prompts.positive.length, steps);
    yield { type: "encoded", prompts, schedule, starts, references, warnings };

    let latents: readonly Tensor[] = starts.map((item) => item.latents);
    for await (const step of this.denoise(inputs, prompts, starts, steps, {
      references,
      control,
    })) {
      latents = step.latents;
      yield { type: "step", step };
    }
    const images: Tensor[] = [];
    for (const item of latents) images.push(await this.decode(item));
    yield { type: "decoded", images };
  }

  /**
   * @throws InvalidInputError for sides that are no multiples of 16, or longer than those that the checkpoint was made
   * for
   */
  checkSize({ width, height }: Pick<ImageInputs, "width" | "height">): void {
    latentShape(width, height);
    const { maxSide = Number.POSITIVE_INFINITY } = this.components.limits ?? {};
    for (const [param, side] of [
      ["width", width],
      ["height", height],
    ] as const) {
      if (side <= maxSide) continue;
      const message = `${param} must be at most ${maxSide} pixels for this model, got ${side}`;
      throw new InvalidInputError("invalid_size", message, { param });
    }
  }

  /**
   * Give the transformer its LoRAs and ControlNet.
   * @returns what the ControlNet reads in every step, and what of the LoRAs is left out
   */
  async adapt({ loras = [], control, start }: ImageInputs): Promise<PreparedAdapters> {
    const { transformer, vae, loras: always = [] } = this.components;
    const { controlChannels, warnings } = await transformer.adapt({
      loras: [...always, ...loras],
      controlNet: control?.controlNet,
    });
    if (!control || controlChannels === undefined) return { warnings };
    // A ControlNet with channels for it fills in a masked image by itself, from pure noise.
    const fill =
      start?.mask && controlChannels > latentChannels
        ? { image: start.image, mask: start.mask, cells: start.cells ?? latentMask(start.mask) }
        : undefined;
    const latents = await controlContext(vae, control, controlChannels, fill);
    const { scale, start: from, end } = control;
    return { control: { latents, scale, start: from, end, fillsMask: fill !== undefined }, warnings };
  }

  async encodePrompts({
    prompt,
    negativePrompt = "",
    guidance,
    maxSequenceLength,
    references = [],
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
    const { maxPromptTokens = Number.POSITIVE_INFINITY } = this.components.limits ?? {};
    const limit = Math.min(maxSequenceLength ?? defaultMaxSequenceLength, maxPromptTokens);
    const guided = guidance.scale > 0 ? negatives : [];
    if (this.components.visionEncoder) {
      const encodeAll = (texts: readonly string[]) =>
        inOrder(texts, (text) =>
          inOrder(editSegments(text, references.length), (piece) => this.#promptEncoder.encodeText(piece, limit)),
        );
      const segments = { positive: await encodeAll(prompts), negative: await encodeAll(guided) };
      // What tells of tokens and truncation is the piece with the words.
      const wordsOf = (pieces: readonly EncodedPrompt[]) => pieces[Math.min(references.length, pieces.length - 1)]!;
      return { positive: segments.positive.map(wordsOf), negative: segments.negative.map(wordsOf), segments };
    }
    const encodeAll = (texts: readonly string[]) => inOrder(texts, (text) => this.#promptEncoder.encode(text, limit));
    return { positive: await encodeAll(prompts), negative: await encodeAll(guided) };
  }

  /** @throws InvalidInputError where the architecture cannot look at images */
  encodeReferences({ references = [] }: ImageInputs): Promise<ReferenceInput[]> {
    const { vae, visionEncoder } = this.components;
    return inOrder(references, async (image) => {
      if (!visionEncoder) {
        throw new InvalidInputError(
          "unsupported_capability",
          "references need a checkpoint of the Omni architecture, which this one is not; use image and " +
            "strength to start from an image",
          { param: "references" },
        );
      }
      return { latents: await modeLatents(vae, image), features: await visionEncoder.encode(image) };
    });
  }

  /** The start of each image: its noise, mixed with the image to start from if there is one. */
  async prepareLatents(
    { start, latents, seed, width, height, numImagesPerPrompt = 1 }: StartInputs,
    promptCount: number,
    schedule: Schedule,
  ): Promise<StartLatents[]> {
    const count = promptCount * numImagesPerPrompt;
    if (latents && latents.length !== count) {
      throw new InvalidInputError("invalid_latents", `expected latents for ${count} images, got ${latents.length}`, {
        param: "latents",
      });
    }
    const noises = Array.from({ length: count }, (_, i) =>
      latents ? givenLatents(latents[i]!, width, height) : noiseLatents(seedOfImage(seed, i), width, height),
    );
    if (!start) return noises.map((noise) => ({ latents: noise }));

    const { image, mask, draws } = start;
    const cells = mask && (start.cells ?? latentMask(mask));
    const { vae } = this.components;
    const posterior = await encodePosterior(vae, image);
    return noises.map((seeded, i): StartLatents => {
      const draw = draws?.[i];
      const noise = draw ? givenLatents(draw.noise, width, height) : seeded;
      const sample = samplePosterior(posterior, draw?.posterior ?? posteriorDraw(seedOfImage(seed, i), width, height));
      const clean = scaleLatents(sample, vae);
      return {
        latents: addNoise(clean, noise, schedule.sigmas[0]!),
        kept: cells && { mask: cells, latents: clean, noise },
      };
    });
  }

  denoise(
    { guidance, seed, width, height, sampler = defaultSampler, numImagesPerPrompt = 1 }: ImageInputs,
    { positive, negative, segments }: EncodedPrompts,
    starts: readonly StartLatents[],
    schedule: Schedule,
    { control, references = [] }: { control?: ControlInput; references?: readonly ReferenceInput[] } = {},
  ): AsyncGenerator<DenoiseStep, void> {
    const editOf = (pieces: readonly EncodedPrompt[]): EditInput => {
      return { segments: pieces.map(({ embeds }) => embeds), references };
    };
    const items = starts.map((start, i): DenoiseItem => {
      const prompt = Math.floor(i / numImagesPerPrompt);
      const negativePromptEmbeds = negative[prompt]?.embeds;
      return {
        ...start,
        stepNoise: (step) => stepNoise(seedOfImage(seed, i), step, width, height),
        promptEmbeds: positive[prompt]!.embeds,
        negativePromptEmbeds,
        control,
        edit: segments && editOf(segments.positive[prompt]!),
        negativeEdit: segments?.negative[prompt] ? editOf(segments.negative[prompt]) : undefined,
      };
    });
    return denoise(this.components.transformer, items, schedule, guidance, samplers[sampler]);
  }

  /** Latents `[16, h, w]` → image `[3, 8h, 8w]`, about −1..1. */
  decode(latents: Tensor): Promise<Tensor> {
    return decodeLatents(this.components.vae, latents);
  }

  async release(): Promise<void> {
    const { textEncoder, transformer, vae, visionEncoder } = this.components;
    await Promise.all([textEncoder.release(), transformer.release(), vae.release(), visionEncoder?.release()]);
  }
}

/** Runs one item after another, because the networks take one call at a time. */
async function inOrder<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}
