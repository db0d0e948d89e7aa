import { CanceledError, PipelineError } from "../../shared/errors.ts";
import { defaultStrength } from "../../shared/limits.ts";
import { drawingPasses, refineStrength } from "../../shared/request/drawing-passes.ts";
import { pickPassed } from "../../shared/request/passed-fields.ts";
import { drawsNothing } from "../../shared/request/product-rules.ts";
import { seedOfImage } from "../../shared/request/seed.ts";
import { makeWarning, type Warning } from "../../shared/warnings/warning.ts";
import type { EngineEvent, GenerateParams } from "../engine.ts";
import type { ImageClassifier } from "../moderation/image-classifier.ts";
import { toRgbImage } from "../pipeline/decode-latents.ts";
import type { ImageInputs, ImagePipeline } from "../pipeline/generate-image.ts";
import type { RgbImage } from "../pipeline/image.ts";
import { type ImageTexts, imageTexts } from "../provenance/image-texts.ts";
import type { Watermark } from "../watermark/watermark.ts";
import { watermarkPayload } from "../watermark/watermark-payload.ts";
import { finishedSize, finishImage } from "./finish/finish-image.ts";
import type { MarkCorner } from "./finish/visible-mark.ts";
import { cannyEdges } from "./images/canny-edges.ts";
import { decodeImageFile, decodeMaskFile, decodeReferenceFile, type ImageSize } from "./images/decode-image-file.ts";
import { isFlat } from "./images/is-flat.ts";
import { keepPixels, seamPixels } from "./images/keep-pixels.ts";
import { previewImage } from "./images/preview.ts";
import { upscaleLanczos } from "./images/upscale-lanczos.ts";
import { CanvasProduct } from "./product/canvas-product.ts";
import { cropPhoto } from "./product/crop-photo.ts";
import { whiteImage } from "./product/place-product.ts";

/** Far enough from the first seed that a job's next images do not meet it. */
const secondTry = 0x9e3779b9;

/** What is done with an image between drawing and encoding. */
export interface ImageStages {
  /** Looks at every image. @default none does */
  readonly classifier?: Pick<ImageClassifier, "assertAllowed"> | undefined;
  /** Puts an invisible mark into drawn images, which names this deployment. @default none */
  readonly watermark?: { readonly mark: Pick<Watermark, "embed">; readonly deployment: string } | undefined;
  /** Corner in which drawn images say that they are generated. @default none */
  readonly visibleMark?: MarkCorner | undefined;
}

type Timings = { encodeMs: number; denoiseMs: number; decodeMs: number; imageMs: number };

/**
 * One image, as the engine's events. Runs inside the engine's thread. An image of one colour, or one that overflowed,
 * is drawn once more from another seed.
 * @param isCanceled - asked before every step and before the decoding
 * @throws CanceledError once `isCanceled` says so
 * @throws PipelineError `flat_output` when the second try shows nothing either; `content_policy`, `product_changed`,
 * `max_bytes_exceeded`
 * @throws InvalidInputError `no_cutout`, before anything is drawn
 */
export async function* engineGenerate(
  pipeline: ImagePipeline,
  params: GenerateParams,
  isCanceled: () => boolean,
  { classifier, watermark, visibleMark: corner }: ImageStages = {},
): AsyncGenerator<EngineEvent, void> {
  const timings: Timings = { encodeMs: 0, denoiseMs: 0, decodeMs: 0, imageMs: 0 };
  if (classifier) await judgeInputs(params, classifier);
  const product = params.product && (await CanvasProduct.open(params));
  const warnings = (await product?.warningsAt(finishedSize(params))) ?? [];
  for (const warning of warnings) yield { type: "warning", warning, of: "request" };
  const work = drawsNothing(params)
    ? composeImage(params, product, isCanceled)
    : drawImage({ pipeline, params, product, timings, isCanceled });
  const { image, seed } = yield* work;
  const startedAt = performance.now();
  await classifier?.assertAllowed(image);
  const visibleMark = drawsNothing(params) ? undefined : corner;
  const named = { deployment: watermark?.deployment ?? "", job: params.origin?.job ?? "" };
  const marking = drawsNothing(params) ? undefined : watermark?.mark;
  const putBack = (drawn: RgbImage) => keepOriginal(drawn, params, product);
  const texts = (finished: RgbImage) => textsOf(finished, seed, params);
  const { bytes, width, height, checks } = await finishImage(image, params, {
    product,
    visibleMark,
    watermark: marking && ((finished) => marking.embed(finished, watermarkPayload(named))),
    putBack,
    texts,
  });
  timings.imageMs += performance.now() - startedAt;
  yield { type: "image", image: { bytes, format: params.format, width, height, seed, checks, timings } };
}

/** Images that were brought along are judged as those that are drawn are, before anything is drawn from them. */
async function judgeInputs(
  { image, references = [], controlNet }: GenerateParams,
  classifier: NonNullable<ImageStages["classifier"]>,
): Promise<void> {
  const brought = [
    { param: "image", bytes: image },
    ...references.map((bytes, index) => ({ param: `references.${index}`, bytes })),
    { param: "controlnet.image", bytes: controlNet?.image },
  ];
  for (const { param, bytes } of brought) {
    if (bytes !== undefined) await classifier.assertAllowed(await decodeReferenceFile(bytes, param), param);
  }
}

/** An image of which nothing is drawn: the product on white, or a part of a photo. */
async function* composeImage(
  params: GenerateParams,
  product: CanvasProduct | undefined,
  isCanceled: () => boolean,
): AsyncGenerator<EngineEvent, Drawn> {
  if (isCanceled()) throw new CanceledError();
  const size = finishedSize(params);
  const { image, warnings } = product
    ? { image: await product.putBack(whiteImage(size)), warnings: [] }
    : await cropPhoto(params, size);
  for (const warning of warnings) yield { type: "warning", warning, of: "request" };
  yield { type: "step", step: 1, total: 1 };
  return { image, seed: params.seed };
}

interface Drawn {
  readonly image: RgbImage;
  /** That the image came of. */
  readonly seed: number;
}

/** An image of the networks, with what is kept of its original. */
async function* drawImage({
  pipeline,
  params,
  product,
  timings,
  isCanceled,
}: Pick<Pass, "pipeline" | "params" | "timings" | "isCanceled"> & {
  readonly product: CanvasProduct | undefined;
}): AsyncGenerator<EngineEvent, Drawn> {
  const { upscale = "none" } = params;
  const inputs = await readInputs(params, product);
  const again = { ...inputs, seed: seedOfImage(params.seed, secondTry) };
  const refines = upscale === "refine";
  // Checked before the first image is drawn for nothing.
  if (refines) pipeline.checkSize({ width: 2 * params.width, height: 2 * params.height });
  const [first, second] = drawingPasses({ ...params, strength: inputs.start?.strength });
  const drawn = first.steps;
  const total = drawn + (second?.steps ?? 0);

  let { seed } = params;
  let image = yield* draw({ pipeline, inputs, params, timings, isCanceled, stepsBefore: 0, total, isFirst: true });
  if (image === undefined) {
    yield { type: "warning", warning: nothingDrawn(seed, again.seed, params.latents !== undefined) };
    // Given latents would only give the same image again.
    const { latents: _, ...withoutLatents } = again;
    seed = again.seed;
    image = yield* draw({ pipeline, inputs: withoutLatents, params, timings, isCanceled, stepsBefore: 0, total });
  }
  image &&= await keepOriginal(image, params, product);
  if (image !== undefined && upscale !== "none") image = await upscaleLanczos(image);
  if (image !== undefined && refines) {
    const { width, height } = image;
    const mask = inputs.start?.mask && (await decodeMask(params, image, product));
    const start = { image, strength: refineStrength, mask };
    const refined: ImageInputs = { ...withoutInputImages(inputs), seed, width, height, start };
    image = yield* draw({ pipeline, inputs: refined, params, timings, isCanceled, stepsBefore: drawn, total });
  }
  // What is kept is not the smaller image enlarged, but the original at the size it is wanted in.
  if (upscale !== "none") image &&= await keepOriginal(image, params, product);
  if (image === undefined) {
    throw new PipelineError(
      "flat_output",
      "the image came out in one colour or overflowed, twice, with two seeds; try more steps, another prompt " +
        "or size, or weaker LoRAs, and check the checkpoint (npm run models -- verify)",
    );
  }
  return { image, seed };
}

interface Pass {
  readonly pipeline: ImagePipeline;
  readonly inputs: ImageInputs;
  readonly params: GenerateParams;
  readonly timings: Timings;
  readonly isCanceled: () => boolean;
  readonly stepsBefore: number;
  readonly total: number;
  /** Tells what the following passes would only repeat. @default false */
  readonly isFirst?: boolean;
}

/** @returns `undefined` for an image that shows nothing */
async function* draw({
  pipeline,
  inputs,
  params,
  timings,
  isCanceled,
  stepsBefore,
  total,
  isFirst = false,
}: Pass): AsyncGenerator<EngineEvent, RgbImage | undefined> {
  const timingOf = { encoded: "encodeMs", step: "denoiseMs", decoded: "decodeMs" } as const;
  const throwIfCanceled = () => {
    if (isCanceled()) throw new CanceledError();
  };
  throwIfCanceled();
  try {
    // Timed from one request for a stage to its arrival, so that previews and a slow consumer do not count.
    let startedAt = performance.now();
    for await (const stage of pipeline.generate(inputs)) {
      timings[timingOf[stage.type]] += performance.now() - startedAt;
      if (stage.type === "encoded") {
        const { tokens } = stage.prompts.positive[0]!;
        const { tokenCount: promptTokens, inputIds } = tokens;
        if (isFirst) for (const warning of stage.warnings) yield { type: "warning", warning, of: "request" };
        if (stepsBefore === 0) yield { type: "encoded", promptTokens, readTokens: inputIds.length };
      } else if (stage.type === "step") {
        const { vae } = pipeline.components;
        // Not at the price of loading the transformer again for the next step.
        const isShown = params.preview && (vae.keepsTransformer?.() ?? true);
        const preview = isShown ? { preview: await previewImage(vae, stage.step, 0, params.format) } : {};
        yield { type: "step", step: stepsBefore + stage.step.step, total, ...preview };
      } else {
        const image = toRgbImage(stage.images[0]!);
        return isFlat(image) ? undefined : image;
      }
      throwIfCanceled();
      startedAt = performance.now();
    }
  } catch (error) {
    if (error instanceof PipelineError && error.code === "non_finite_output") return undefined;
    throw error;
  }
  return undefined;
}

function textsOf(image: RgbImage, seed: number, params: GenerateParams): ImageTexts | undefined {
  const { prompt, negativePrompt, origin } = params;
  // What is put together from a photo alone is not generated, and its file does not say so.
  if (origin === undefined || drawsNothing(params)) return undefined;
  const isComposite = params.image !== undefined || params.references !== undefined;
  return imageTexts(image, { params, prompt, negativePrompt, seed, isComposite, origin });
}

/** The original's own pixels where they are kept, at the size that was drawn. */
async function keepOriginal(drawn: RgbImage, params: GenerateParams, product?: CanvasProduct): Promise<RgbImage> {
  if (product) return product.putBack(drawn);
  const { image, mask, maskBlend = "feather" } = params;
  if (!image || !mask || maskBlend === "none") return drawn;
  const original = await decodeImageFile(image, drawn, "image");
  return keepPixels(drawn, original, (await decodeMask(params, drawn))!, maskBlend === "feather" ? seamPixels : 0);
}

async function decodeMask({ mask, maskMode = "white" }: GenerateParams, size: ImageSize, product?: CanvasProduct) {
  if (product) return (await product.startAt(size)).mask;
  return mask && decodeMaskFile(mask, size, maskMode, "mask");
}

async function decodeControlImage({ image, preprocess }: NonNullable<GenerateParams["controlNet"]>, size: ImageSize) {
  const decoded = await decodeImageFile(image, size, "controlnet.image");
  return preprocess === "canny" ? cannyEdges(decoded) : decoded;
}

async function readInputs(params: GenerateParams, product?: CanvasProduct): Promise<ImageInputs> {
  const { width, height, image, mask, references = [], controlNet } = params;
  const size = { width, height };
  const start = image && {
    image: product ? (await product.startAt(size)).image : await decodeImageFile(image, size, "image"),
    strength: params.strength ?? (mask || product ? 1 : defaultStrength),
    mask: await decodeMask(params, size, product),
  };
  const seen = [];
  for (const [index, bytes] of references.entries()) seen.push(await decodeReferenceFile(bytes, `references.${index}`));
  return {
    ...pickPassed(params),
    width,
    height,
    numInferenceSteps: params.steps,
    guidance: {
      scale: params.guidance,
      normalization: params.cfgNormalization ? 1 : 0,
      truncation: params.cfgTruncation,
    },
    seed: params.seed,
    latents: params.latents && [params.latents],
    start,
    control: controlNet && {
      controlNet: controlNet.path,
      image: await decodeControlImage(controlNet, size),
      scale: controlNet.scale,
      start: controlNet.start,
      end: controlNet.end,
    },
    references: seen.length > 0 ? seen : undefined,
    loras: params.loras,
  };
}

/** An image that is drawn over has everything in it: what it came from would only pull at it again. */
function withoutInputImages({
  latents: _l,
  start: _s,
  control: _c,
  references: _r,
  ...inputs
}: ImageInputs): ImageInputs {
  return inputs;
}

function nothingDrawn(seed: number, next: number, hadLatents: boolean): Warning {
  return hadLatents
    ? makeWarning("drawn_again_without_latents", { next }, "latents")
    : makeWarning("drawn_again", { seed, next }, "seed");
}
