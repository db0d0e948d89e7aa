import { InvalidFileError, PipelineError } from "../../shared/errors.ts";
import type { ImageParams, Job, JobEvent, JobImage } from "../../shared/job.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import type { PerceptualHash } from "../../shared/provenance/perceptual-hash.ts";
import { stepsPerImage } from "../../shared/request/drawing-passes.ts";
import { repeatRequest } from "../../shared/request/repeat-request.ts";
import { seedOfImage } from "../../shared/request/seed.ts";
import { makeWarning, ofImage, renamed, type Warning } from "../../shared/warnings/warning.ts";
import type { makeThumbnails } from "../engine/images/make-thumbnails.ts";
import type { Engine, EngineEvent, GenerateParams } from "../engine.ts";
import type { ImageHook } from "../moderation/image-hook.ts";
import type { ContentCredentials } from "../provenance/c2pa/content-credentials.ts";
import type { ImageOrigin } from "../provenance/image-texts.ts";
import type { AdapterCache } from "./adapter-cache.ts";
import { type AdapterCatalog, unknownAdapter } from "./adapter-catalog.ts";
import type { TextReader } from "./read-text.ts";
import { signatureRoom, storeImage } from "./store-image.ts";

export interface RunJobDependencies {
  readonly engine: Engine;
  readonly objects: Objects;
  readonly previews: boolean;
  /** Makes the small copies that are stored beside images. @default there are none */
  readonly thumbnailer?: typeof makeThumbnails | undefined;
  /** Reads the text of images that are to show some. @default nobody does */
  readonly textReader?: TextReader | undefined;
  /** Judges images before they are stored. @default nobody does */
  readonly imageHook?: ImageHook | undefined;
  /** The deployer's code as a provider of generated content, for the label in the file. @default "" */
  readonly producer?: string;
  /** Signs the files of images. @default they are not signed */
  readonly credentials?: ContentCredentials;
  /** Perceptual hash of a file. @default images are not found by their look */
  readonly lookOf?: (file: Uint8Array) => Promise<PerceptualHash | undefined>;
  /** The engine marks drawn images invisibly. @default false */
  readonly marksImages?: boolean;
  /** Catalogue that resolves the ids of LoRAs and ControlNets. @default none are known */
  readonly adapters?: AdapterCatalog;
  /** LoRAs of accounts. @default there are none */
  readonly adapterCache?: Pick<AdapterCache, "path">;
}

export interface JobResult {
  readonly images: readonly JobImage[];
  readonly warnings: readonly Warning[];
  /** Time in the engine, all images together. */
  readonly inferenceMs: number;
}

/** Something worth telling; `step` and `total` count the steps of all images. */
export interface JobProgress {
  readonly event: Pick<JobEvent, "type" | "data">;
  readonly step: number;
  readonly total: number;
  /** JPEG of the image so far. */
  readonly preview?: Uint8Array;
}

/**
 * One job, from its parameters to stored images: each is drawn with its own seed and stored before it is reported, so
 * that whoever settles the job names only objects that exist. Keys are deterministic but for signatures: an attempt
 * that is repeated writes the same bytes to the same keys, or a file that nobody names, which is swept.
 *
 * @param report - called after every step and every stored image; the next step is taken up when it resolves
 * @param signal - stops before the next step
 * @throws CanceledError when `signal` aborted
 * @throws PipelineError from the engine, or `latents_missing`
 */
export async function runJob(
  { id, accountId, params, unstored }: Job,
  dependencies: RunJobDependencies,
  report: (progress: JobProgress) => Promise<void>,
  signal: AbortSignal,
): Promise<JobResult> {
  const { engine, objects, previews, adapters, adapterCache, producer, credentials } = dependencies;
  const latents = params.latentsKey === undefined ? undefined : await readLatents(objects, params.latentsKey);
  const inputImages = await readInputImages(params, accountId, { objects, adapters, adapterCache });
  const byIds = adapterNames(params, inputImages);
  const origin: ImageOrigin = {
    model: params.model,
    loras: params.loras,
    request: params.parametersInFile === false ? undefined : repeatRequest(params),
    producer,
    job: id,
  };
  let imageSteps = stepsPerImage(params);
  const images: JobImage[] = [];
  const warnings: Warning[] = [];
  const started = performance.now();
  for (let index = 0; index < params.n; index++) {
    const request: GenerateParams = {
      ...drawingParams(params),
      finish: credentials ? withSignatureRoom(params.finish) : params.finish,
      origin,
      ...inputImages,
      seed: seedOfImage(params.seed, index),
      preview: previews,
      latents,
    };
    for await (const event of namingAdapters(engine.generate(request, { signal }), byIds)) {
      if (event.type === "encoded") {
        if (event.readTokens < event.promptTokens && index === 0) warnings.push(truncationWarning(event));
      } else if (event.type === "step") {
        const data = { image: index, step: event.step, total: event.total };
        // An image to start from leaves some steps out, and refining adds some: the engine knows how many there are.
        imageSteps = event.total;
        const step = index * event.total + event.step;
        const total = params.n * event.total;
        await report({ event: { type: "step", data }, step, total, preview: event.preview });
      } else if (event.type === "warning") {
        const warning = renamed(event.warning, byIds);
        if (event.of !== "request") warnings.push(params.n > 1 ? ofImage(warning, index) : warning);
        else if (index === 0) warnings.push(warning);
      } else {
        const drawn = { index, image: event.image, madeFrom: inputImages.image };
        const { image, warnings: more } = await storeImage({ id, params, unstored }, drawn, dependencies, signal);
        images.push(image);
        for (const one of more) if (!warnings.some(({ message }) => message === one.message)) warnings.push(one);
        const data = { index, key: image.key, width: image.width, height: image.height, seed: image.seed };
        const step = (index + 1) * imageSteps;
        await report({ event: { type: "image", data }, step, total: params.n * imageSteps });
      }
    }
  }
  return { images, warnings, inferenceMs: Math.round(performance.now() - started) };
}

/**
 * Turns the paths of adapters into the ids that the request names them by: a path of this machine is nobody's business.
 */
function adapterNames({ loras = [], controlNet }: ImageParams, files: AdapterFiles): (message: string) => string {
  const names: (readonly [string, string])[] = loras.map(({ id }, i) => [files.loras![i]!.path, `LoRA ${id}`]);
  if (controlNet) names.push([files.controlNet!.path, `ControlNet ${controlNet.id}`]);
  return (message) => names.reduce((text, [path, name]) => text.replaceAll(path, name), message);
}

type AdapterFiles = Pick<GenerateParams, "loras" | "controlNet">;

/** @throws InvalidFileError of the engine, in the words of the request */
async function* namingAdapters(
  events: AsyncGenerator<EngineEvent, void>,
  byIds: (message: string) => string,
): AsyncGenerator<EngineEvent, void> {
  try {
    yield* events;
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    throw new InvalidFileError(byIds(error.message), { cause: error });
  }
}

/** A signature comes after the last byte that the engine can count. */
function withSignatureRoom(finish: ImageParams["finish"]): ImageParams["finish"] {
  if (finish?.max_bytes === undefined) return finish;
  return { ...finish, max_bytes: Math.max(1, finish.max_bytes - signatureRoom) };
}

/** The parameters that the engine takes as they are: those of the store are turned into bytes and paths first. */
function drawingParams(params: ImageParams) {
  const {
    imageKey: _i,
    maskKey: _m,
    referenceKeys: _r,
    loras: _l,
    controlNet: _c,
    latentsKey: _k,
    ...drawing
  } = params;
  return drawing;
}

async function readInputImages(
  { imageKey, maskKey, referenceKeys = [], loras = [], controlNet }: ImageParams,
  accountId: string,
  { objects, adapters, adapterCache }: Pick<RunJobDependencies, "objects" | "adapters" | "adapterCache">,
): Promise<Pick<GenerateParams, "image" | "mask" | "references" | "loras" | "controlNet">> {
  const known: AdapterCatalog = adapters ?? {
    path: (kind, id) => {
      throw unknownAdapter(kind, id);
    },
    entries: () => [],
  };
  const files = [];
  for (const { id, scale, stored } of loras) {
    if (stored && !adapterCache) throw unknownAdapter("loras", id);
    const path = stored ? await adapterCache!.path({ accountId, id, ...stored }) : known.path("loras", id);
    files.push({ path, scale });
  }
  const references = [];
  for (const [index, key] of referenceKeys.entries()) {
    references.push(await readInputImage(objects, key, `references.${index}`));
  }
  return {
    image: imageKey === undefined ? undefined : await readInputImage(objects, imageKey, "image"),
    mask: maskKey === undefined ? undefined : await readInputImage(objects, maskKey, "mask"),
    references: references.length > 0 ? references : undefined,
    loras: files.length > 0 ? files : undefined,
    controlNet: controlNet && {
      path: known.path("controlnets", controlNet.id),
      image: await readInputImage(objects, controlNet.imageKey, "controlnet.image"),
      scale: controlNet.scale,
      start: controlNet.start,
      end: controlNet.end,
      preprocess: controlNet.preprocess,
    },
  };
}

async function readInputImage(objects: Objects, key: string, param: string): Promise<Uint8Array> {
  const stored = await objects.get(key);
  if (stored) return stored.body;
  const message = `${param} of this job (${key}) is no longer stored; submit the job again`;
  throw new PipelineError("image_missing", message, { param });
}

async function readLatents(objects: Objects, key: string): Promise<Float32Array> {
  const stored = await objects.get(key);
  if (!stored) {
    throw new PipelineError(
      "latents_missing",
      `the latents of this job (${key}) are no longer stored; submit them again`,
    );
  }
  // A copy: the store's bytes may start at any offset, float32 needs multiples of four.
  const bytes = stored.body.slice();
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
}

function truncationWarning({ promptTokens, readTokens }: { promptTokens: number; readTokens: number }): Warning {
  return makeWarning("prompt_truncated", { tokens: promptTokens, read: readTokens }, "prompt");
}
