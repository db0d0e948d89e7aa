import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";
import { writeFileAtomically } from "../../../shared/process/write-file-atomically.ts";
import { patchify, unpatchify } from "../../networks/transformer/transformer-tokens.ts";
import { loadVae } from "../../networks/vae-model.ts";
import { decodeLatents, toRgbImage } from "../../pipeline/decode-latents.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import { elementCount, type Tensor, tensor } from "../../tensor.ts";
import { exampleOrder } from "../data/example-order.ts";
import { randomStream } from "../data/random-stream.ts";
import { type ExistingModel, encodeCaptions, openExistingModel, writeLearnedModel } from "../existing-model.ts";
import { flowRunner, trainedTransformer } from "../flow/flow-task.ts";
import { transformerBatches } from "../flow/transformer-batch.ts";
import { lowRankWeights, wholeWeights, writeLora } from "../low-rank.ts";
import { modelSamples } from "../report-samples.ts";
import type { DistillTrainConfig } from "../train-config.ts";
import { loadTrainState, type TrainState } from "../train-state.ts";
import type { ReportSample } from "../training-report.ts";
import type { RunContext, TrainRun } from "../training-run.ts";
import { isTextEncoderWeight } from "../write-component.ts";
import { captionBatch, spreadImages } from "./caption-batches.ts";
import { type DistillDemand, describeDistillMemory } from "./distill-memory.ts";
import { distillTask, type ImageReward, samplerSigmas } from "./distill-task.ts";
import { openGuidedPaths } from "./guided-paths.ts";
import { partOf } from "./joint-state.ts";
import { rewardDirection, trialNoises } from "./reward-direction.ts";
import { checkScores, openRewardModule, type Reward } from "./reward-module.ts";
import { seedSpread } from "./seed-spread.ts";
import { drawImages } from "./student-images.ts";
import { type VelocityNetwork, velocityNetwork } from "./velocity-network.ts";

/** A few-step student of a guided model: `model/`, or a LoRA where only low-rank corrections are trained. */
export async function openDistillRun(config: DistillTrainConfig, context: RunContext): Promise<TrainRun> {
  const { at, data, tell } = context;
  const model = await openExistingModel(at(config.from));
  checkTeacher(config, model, tell);
  const run: OpenRun = { config, context, model, networks: await openNetworks(config, model, context) };
  tell(describeDistillMemory(memoryDemand(run)));
  const reward = config.reward && (await openRewardModule(at(config.reward.module), config.reward.options));
  const start = config.continues === undefined ? undefined : loadStart(at(config.continues));
  const { student, seed, schedule, fake } = config;
  const { steps, trains } = student;
  return {
    task: distillTask(
      {
        ...dataParts(run),
        ...run.networks,
        ...teacherParts(run),
        reward: reward && imageReward(run, reward.reward),
        start: start?.state,
        tell,
      },
      {
        ...config,
        shift: model.shift,
        negativeIds: idsOf(run, config.negative),
        rewardFrom: config.reward?.from ?? 0,
        spreadEvery: config.checkpointEvery,
      },
    ),
    fingerprint: JSON.stringify([
      config.kind,
      seed,
      model.weightHashes,
      data.fingerprint,
      schedule,
      student,
      fake.trains,
      reward?.hash,
      start?.hash,
    ]),
    write(state) {
      const learned = partOf(state, "student");
      const sampling = { numInferenceSteps: steps, guidanceScale: 0 };
      if (trains === "all") return writeLearnedModel(at(`${config.output}/model`), model, learned, sampling);
      const sigmas = [...samplerSigmas(steps, model.shift)].slice(0, steps);
      const file = { num_inference_steps: steps, guidance_scale: 0, sigmas };
      return writeLora(join(at(config.output), "pytorch_lora_weights.safetensors"), learned, trains, file);
    },
    samples: (written) => teacherBesideStudent(run, written),
  };
}

/** Inputs of the functions below. */
interface OpenRun {
  readonly config: DistillTrainConfig;
  readonly context: RunContext;
  readonly model: ExistingModel;
  readonly networks: { readonly student: VelocityNetwork; readonly fake: VelocityNetwork };
}

function memoryDemand({ config, context, model, networks }: OpenRun): DistillDemand {
  const { transformer, checkpoints } = model;
  const { data } = context;
  const sum = (counts: Iterable<number>) => [...counts].reduce((total, count) => total + count, 0);
  const valuesOf = ({ initial }: VelocityNetwork) => sum(initial.values().map(({ shape }) => elementCount(shape)));
  const pixels = Array.from({ length: data.imageCount }, (_, index) => data.size(index));
  const imageTokens = Math.max(...pixels.map(({ width, height }) => (width * height) / pixelsPerToken ** 2));
  return {
    transformer,
    values: sum(checkpoints.transformer.tensors.values().map(({ shape }) => elementCount(shape))),
    studentValues: valuesOf(networks.student),
    fakeValues: valuesOf(networks.fake),
    sharedSessions: networks.fake === networks.student,
    batchSize: config.batchSize,
    tokens: imageTokens + config.captionTokens,
    recompute: config.recompute,
    weightsMiB: config.weightsMiB,
  };
}

/** @throws InvalidFileError for a teacher that has no use for guidance, when guidance is asked of it */
function checkTeacher(
  { guidance, augmentation, from }: DistillTrainConfig,
  { sampling }: ExistingModel,
  tell: RunContext["tell"],
) {
  if (sampling.guidanceScale > 0) return;
  if (guidance * augmentation > 0) {
    throw new InvalidFileError(
      `guidance: ${from} is sampled without guidance, so it was distilled already or needs none, and guidance ` +
        "by it is noise; set guidance to 0, or start from the model that it was distilled from",
    );
  }
  tell(`${from} is sampled without guidance: its student copies it in fewer steps, faults included`);
}

/**
 * Student and fake; where both are trained in the same form they share one step graph and one forward graph, and so one
 * copy of the frozen weights.
 */
async function openNetworks(config: DistillTrainConfig, model: ExistingModel, { at, data, runtime }: RunContext) {
  const captions = await encodeCaptions(
    model,
    data,
    { output: at(config.output), captionTokens: config.captionTokens },
    runtime,
  );
  const parts = { transformer: model.transformer, captions };
  const batchOf = transformerBatches(model.transformer, captions);
  const open = (trains: DistillTrainConfig["student"]["trains"], field: string) => {
    const trained =
      trains === "all"
        ? wholeWeights(model, (name) => !isTextEncoderWeight(name))
        : lowRankWeights(model, trains, { seed: config.seed, field: `${field}.trains.targets` });
    const build = (masked: boolean) => trainedTransformer(parts, trained, masked);
    return velocityNetwork({ batchOf, build, runner: flowRunner(parts, trained, runtime, config) }, runtime);
  };
  const student = open(config.student.trains, "student");
  const isSameForm = JSON.stringify(config.student.trains) === JSON.stringify(config.fake.trains);
  return { student, fake: isSameForm ? student : open(config.fake.trains, "fake") };
}

/** @throws InvalidFileError when the folder holds no checkpoint */
function loadStart(folder: string): { readonly state: TrainState; readonly hash: string } {
  const path = join(folder, "checkpoint.safetensors");
  const { state, metadata } = loadTrainState(path);
  return { state, hash: `${metadata.get("fingerprint")} at step ${state.step}` };
}

const idsOf = ({ model, config }: OpenRun, text: string) =>
  model.tokenizer.tokenizePrompt(text, config.captionTokens).inputIds;

function dataParts(run: OpenRun) {
  const { data } = run.context;
  return {
    data,
    idsOf: (text: string) => idsOf(run, text),
    latentShapeOf(example: number): [number, number, number] {
      const { width, height } = data.size(data.caption(example, randomStream(0, example)).image);
      return [run.model.transformer.inChannels, height / pixelsPerLatent, width / pixelsPerLatent];
    },
  };
}

const pixelsPerLatent = 8;
const pixelsPerToken = 16;

/** The teacher's outputs, cached in the output folder under names derived from everything they depend on. */
function teacherParts(run: OpenRun) {
  const { config, context, model, networks } = run;
  const { batchSize, guidance, seed, paths, student } = config;
  const folder = context.at(config.output);
  const parts = dataParts(run);
  const teacher = networks.student;
  const fingerprint = JSON.stringify([model.weightHashes, context.data.fingerprint, seed, batchSize]);
  const negativeIds = idsOf(run, config.negative);
  const order = exampleOrder(context.data, { batchSize, seed });
  const openPaths = ({ images, steps }: NonNullable<typeof paths>) =>
    openGuidedPaths(teacher, teacher.initial, {
      folder,
      fingerprint,
      tell: context.tell,
      guidance: { scale: guidance, negativeIds },
      groups: Math.ceil(images / batchSize),
      batch: (group) => captionBatch(parts, order(group), randomStream(seed, 0, pathStream, group)),
      sigmas: samplerSigmas(steps, model.shift),
      stride: steps / student.steps,
    });
  return {
    paths: paths && once(() => openPaths(paths)),
    teacherSpread: once(() => keptSpread(run, { folder, fingerprint, negativeIds })),
  };
}

/** Apart from the streams of the spread, which are 0 to 3. */
const pathStream = 100;

/** The spread of the teacher's own images, in its own steps and guidance: some hundred runs, so it is kept. */
async function keptSpread(
  run: OpenRun,
  { folder, fingerprint, negativeIds }: { folder: string; fingerprint: string; negativeIds: readonly number[] },
): Promise<number> {
  const { model, networks, config } = run;
  const { numInferenceSteps, guidanceScale } = model.sampling;
  const key = createHash("sha256")
    .update(JSON.stringify([fingerprint, model.sampling, negativeIds]))
    .digest("hex")
    .slice(0, 16);
  const path = join(folder, `teacher-spread-${key}.json`);
  const kept = await readFile(path, "utf8").catch(() => undefined);
  if (kept !== undefined) return (JSON.parse(kept) as { spread: number }).spread;
  const images = await spreadImages(dataParts(run), config.seed, (batch) =>
    drawImages(networks.student, networks.student.initial, batch, samplerSigmas(numInferenceSteps, model.shift), {
      guidance: { scale: guidanceScale, negativeIds },
    }),
  );
  const spread = seedSpread(images);
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, new TextEncoder().encode(JSON.stringify({ spread })));
  return spread;
}

/** A reward as a direction for each image. The VAE is loaded when the reward first wants to see. */
function imageReward({ config, context, model }: OpenRun, reward: Reward): ImageReward {
  const { noises, size, grid, weight } = config.reward!;
  const { patchSize } = model.transformer;
  const vae = once(() => loadVae(model.folder.vae, context.runtime));
  const scoresOf = async (text: string, latents: readonly Tensor[]): Promise<readonly number[]> => {
    if (reward.wants === "latents") return reward.score(latents.map((value) => ({ text, value })));
    const images: { text: string; value: RgbImage }[] = [];
    for (const value of latents) images.push({ text, value: toRgbImage(await decodeLatents(await vae(), value)) });
    return reward.score(images);
  };
  return async (items, latentShape, seed) => {
    const directions: Awaited<ReturnType<ImageReward>>[number][] = [];
    for (const [item, { text, image }] of items.entries()) {
      const latents = unpatchify(image, latentShape, patchSize);
      const trials = trialNoises((seed + item) % 2 ** 32, noises, latentShape, grid);
      const tried = trials.map((trial) =>
        tensor(
          latents.data.map((value, i) => value + size * trial[i]!),
          latentShape,
        ),
      );
      const [score, ...scores] = checkScores(await scoresOf(text, [latents, ...tried]), noises + 1);
      const direction = tensor(rewardDirection(scores, trials, weight), latentShape);
      directions.push({ score: score!, direction: patchify(direction, patchSize) });
    }
    return directions;
  };
}

/** Drawn images of the student beside those of the teacher, each as it is served. */
async function teacherBesideStudent({ config, context, model }: OpenRun, written: string): Promise<ReportSample[]> {
  const { data, runtimeOptions } = context;
  const few = { numInferenceSteps: config.student.steps, guidanceScale: 0 };
  const drawn =
    config.student.trains === "all"
      ? await modelSamples(written, data, { ...runtimeOptions, sampling: few })
      : await modelSamples(model.path, data, { ...runtimeOptions, sampling: few, loras: [{ path: written }] });
  const taught = await modelSamples(model.path, data, { ...runtimeOptions, sampling: model.sampling });
  return drawn.map(({ caption, images }, index) => ({
    caption,
    images: [images[0]!, taught[index]!.images[0]!],
  }));
}

/** The same promise at every call. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
