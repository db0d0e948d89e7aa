import { randomInt } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { defaultModel } from "../../models/default-model.ts";
import { CanceledError, InvalidInputError, PipelineError } from "../../shared/errors.ts";
import { assertMaskFits } from "../../shared/image-files/mask-rules.ts";
import { randomSeeds } from "../../shared/limits.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { modelWarnings, sizeWarnings } from "../../shared/model-catalog/model-warnings.ts";
import { vocabularyWarnings } from "../../shared/model-catalog/vocabulary-warnings.ts";
import { UsageError } from "../../shared/process/command-line.ts";
import { stopRequests } from "../../shared/process/stop-requests.ts";
import { writeFileAtomically } from "../../shared/process/write-file-atomically.ts";
import { passedParams } from "../../shared/request/passed-fields.ts";
import { inputsOf, repeatRequest } from "../../shared/request/repeat-request.ts";
import { randomSeed, seedOfImage } from "../../shared/request/seed.ts";
import { largestToFollow, sizeToDraw } from "../../shared/request/size/size-to-draw.ts";
import { loadEngine } from "../engine/engine-client.ts";
import { decodeMaskFile, type ImageSize, imageFileSize } from "../engine/images/decode-image-file.ts";
import type { Engine, GenerateParams, ModelInfo } from "../engine.ts";
import { readLoraSampling } from "../weights/lora-sampling.ts";
import { type GenerateArguments, generateUsage, parseGenerateArguments } from "./generate/arguments.ts";
import { readLatents } from "./generate/latents-file.ts";
import { outputPath } from "./generate/output-path.ts";
import { progressBar } from "./generate/progress.ts";
import { findModel, modelsFolder } from "./models/models-folder.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const stop = stopOnInterrupt();
  try {
    const request = parseGenerateArguments(args);
    if (request === "help") process.stdout.write(generateUsage);
    else await generate(request, stop);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nTry --help.\n`);
      return 2;
    }
    if (error instanceof CanceledError) process.stderr.write("stopped; no file was written for the unfinished image\n");
    else if (error instanceof PipelineError || isSystemError(error)) process.stderr.write(`${error.message}\n`);
    else throw error;
    return 1;
  }
}

/** The first Ctrl-C asks to stop after the running step, the next one ends the process. */
function stopOnInterrupt(): AbortSignal {
  const stop = new AbortController();
  const interrupt = stopRequests({
    first() {
      process.stderr.write("\nstopping after the running step; Ctrl-C again to stop at once\n");
      stop.abort();
    },
    again() {
      process.off("SIGINT", interrupt);
      process.kill(process.pid, "SIGINT");
    },
  });
  process.on("SIGINT", interrupt);
  return stop.signal;
}

async function generate(request: GenerateArguments, signal: AbortSignal): Promise<void> {
  // Now, not after minutes of drawing.
  await checkFolder(request.out);
  await checkGivenFiles(request);
  const latents = request.latents === undefined ? undefined : readLatents(request.latents);
  const inputImages = await readInputImages(request);
  const shown = inputImages.image && (await imageFileSize(inputImages.image, "--image"));
  if (shown && inputImages.mask) {
    assertMaskFits(await imageFileSize(inputImages.mask, "--mask"), shown, "--mask");
    // A mask that marks nothing costs no loading
    await decodeMaskFile(inputImages.mask, shown, request.fields.mask_mode ?? "white", "--mask");
  }
  const modelDir = await findModel(modelsFolder(process.env), request.modelDir);
  const engine = await loadEngine({
    modelDir,
    modelId: modelDir === defaultModel.dir ? defaultModel.id : undefined,
    parts: request.parts,
    threads: request.threads,
    precision: request.precision,
    loras: request.loras,
  });
  try {
    const { model } = engine;
    for (const note of model.notes ?? []) process.stderr.write(`${note}\n`);
    if (model.random) process.stderr.write(`${model.id} has random weights: the image will be noise\n`);
    const seed = namedSeed(request.fields.seed) ?? randomInt(randomSeeds);
    const imageSize =
      shown && sizeToDraw(shown, largestToFollow(model.defaultSide, model.defaultSide), model.limits?.maxSide);
    const params = { ...paramsFor(request, model, seed, imageSize), ...inputImages };
    const known = catalogModel(model);
    const warnings = [...modelWarnings(params, model), ...sizeWarnings(params, known)];
    for (const { message } of [...warnings, ...vocabularyWarnings(params.prompt, known)]) {
      process.stderr.write(`${message}\n`);
    }
    const from = latents ? `given latents` : `seed ${seed}`;
    const cfg = params.guidance > 0 ? `, guidance ${params.guidance}` : "";
    process.stderr.write(`${model.id}, ${params.width}×${params.height}, ${params.steps} steps${cfg}, ${from}\n`);
    for (let i = 0; i < request.n; i++) {
      const label = request.n > 1 ? `${i + 1}/${request.n}  ` : "";
      const imageParams = { ...params, seed: seedOfImage(seed, i), latents };
      await drawOne(engine, imageParams, outputPath(request.out, i, request.n), label, signal);
    }
  } finally {
    await engine.close();
  }
}

async function readInputImages(request: GenerateArguments): Promise<Partial<GenerateParams>> {
  const { image, mask, references, controlNet } = request;
  const { strength, mask_mode: maskMode } = request.fields;
  return {
    image: image === undefined ? undefined : await readFile(image),
    mask: mask === undefined ? undefined : await readFile(mask),
    maskMode: mask === undefined ? undefined : maskMode,
    strength,
    references: references.length > 0 ? await Promise.all(references.map((path) => readFile(path))) : undefined,
    controlNet: controlNet && { ...controlNet, image: await readFile(controlNet.image) },
  };
}

/** @param imageSize - of the image to start from, where there is one */
function paramsFor(request: GenerateArguments, model: ModelInfo, seed: number, imageSize?: ImageSize): GenerateParams {
  const { format, quality } = request;
  const params = {
    ...passedParams(request.fields),
    width: request.width ?? imageSize?.width ?? model.defaultSide,
    height: request.height ?? imageSize?.height ?? model.defaultSide,
    ...samplingOf(request, model),
    seed,
    format,
    quality,
  };
  const { strength, mask_mode: maskMode } = request.fields;
  const loras = request.loras.map(({ path, scale = 1 }) => ({ id: basename(path), scale }));
  const repeated = repeatRequest({ ...params, model: model.id, n: 1, strength, maskMode, loras });
  const { image, mask, references, controlNet, latents } = request;
  const inputs = inputsOf({ image, mask, references: references[0], controlnet: controlNet, latents });
  return {
    ...params,
    preview: false,
    origin: { model: model.id, loras, request: { ...repeated, inputs } },
  };
}

/** As the request says, or else one of its LoRAs, or else the model. */
function samplingOf({ fields: { steps, sigmas, guidance }, loras }: GenerateArguments, model: ModelInfo) {
  const said = loras.map(({ path }) => readLoraSampling(path)).find((sampling) => sampling !== undefined);
  const levels = sigmas ?? (steps === undefined ? said?.sigmas : undefined);
  return {
    sigmas: levels && [...levels],
    steps: levels?.length ?? steps ?? said?.steps ?? model.defaultSteps,
    guidance: guidance ?? said?.guidance ?? model.defaultGuidance,
  };
}

async function drawOne(
  engine: Engine,
  params: GenerateParams,
  path: string,
  label: string,
  signal: AbortSignal,
): Promise<void> {
  const color = !process.env.NO_COLOR;
  const bar = progressBar(process.stderr, label, { color, now: () => performance.now() });
  try {
    for await (const event of engine.generate(params, { signal })) {
      if (event.type === "encoded" && event.readTokens < event.promptTokens) {
        process.stderr.write(
          `the prompt has ${event.promptTokens} tokens; what is past the first ${event.readTokens} is ignored\n`,
        );
      } else if (event.type === "step") {
        bar.update(event.step, event.total);
      } else if (event.type === "warning") {
        process.stderr.write(`${event.warning.message}\n`);
      } else if (event.type === "image") {
        bar.end();
        await writeFileAtomically(path, event.image.bytes);
        process.stdout.write(`${path}\n`);
      }
    }
  } finally {
    bar.end();
  }
}

async function checkFolder(out: string): Promise<void> {
  const folder = dirname(resolve(out));
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new InvalidInputError("invalid_output", `--out: there is no folder ${folder}; make it first`);
}

async function checkGivenFiles({ image, mask, references, loras, controlNet }: GenerateArguments): Promise<void> {
  const given: readonly (readonly [option: string, path: string | undefined])[] = [
    ["--image", image],
    ["--mask", mask],
    ...references.map((path) => ["--reference", path] as const),
    ...loras.map(({ path }) => ["--lora", path] as const),
    ["--controlnet", controlNet?.path],
    ["--control-image", controlNet?.image],
  ];
  for (const [option, path] of given) {
    if (path === undefined) continue;
    await stat(path).catch((cause: unknown) => {
      throw new InvalidInputError("invalid_input", `${option}: ${path} cannot be read; is it there?`, { cause });
    });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}

/** −1 asks for one at random. */
function namedSeed(seed: number | undefined): number | undefined {
  return seed === randomSeed ? undefined : seed;
}
