import { flowMatchSchedule } from "../../pipeline/flow-match-scheduler.ts";
import type { Tensor } from "../../tensor.ts";
import { exampleOrder } from "../data/example-order.ts";
import { randomIndex, randomStream } from "../data/random-stream.ts";
import { mixNoise } from "../flow/flow-batches.ts";
import { emaDecayAt } from "../optimizer/ema-decay.ts";
import { type TrapezoidOptions, trapezoidLearningRate } from "../optimizer/learning-rate.ts";
import type { TrainState } from "../train-state.ts";
import type { TaskStep, TrainingTask } from "../training-task.ts";
import { type CaptionSource, captionBatch, seedFrom, spreadImages } from "./caption-batches.ts";
import {
  distillationTarget,
  expectedLoss,
  type MatchingSchedule,
  matchingDirection,
  matchingLevels,
} from "./decoupled-dmd.ts";
import type { PathGroup } from "./guided-paths.ts";
import { joinStates, partOf } from "./joint-state.ts";
import { seedSpread } from "./seed-spread.ts";
import { drawImages, itemNoises, moveAlong, type StudentBatch, studentInputs } from "./student-images.ts";
import type { VelocityNetwork, Weights } from "./velocity-network.ts";

export interface DistillParts extends CaptionSource {
  readonly student: VelocityNetwork;
  /** The same object as `student` where both are of one form. */
  readonly fake: VelocityNetwork;
  /** Opened at the first step that reads them. */
  readonly paths?: () => Promise<readonly PathGroup[]>;
  /** Adds to the direction of each image; absent without a reward. */
  readonly reward?: ImageReward;
  /** Spread of the teacher's images for the same captions and seeds; computed for the first comparison. */
  readonly teacherSpread: () => Promise<number>;
  /** Student and fake of another distillation to go on from. */
  readonly start?: TrainState;
  readonly tell: (text: string) => void;
}

/** Direction in which a reward pulls one image, and its score. */
export type ImageReward = (
  items: readonly { readonly text: string; readonly image: Float32Array }[],
  latentShape: readonly [number, number, number],
  seed: number,
) => Promise<readonly { readonly direction: Float32Array; readonly score: number }[]>;

export interface DistillOptions {
  readonly seed: number;
  readonly batchSize: number;
  /** Generator steps, after those of the paths. */
  readonly steps: number;
  readonly learningRate: Omit<TrapezoidOptions, "steps">;
  readonly emaDecay: number;
  readonly student: { readonly steps: number };
  readonly shift: number;
  readonly guidance: number;
  readonly guidanceWarmup: number;
  readonly negativeIds: readonly number[];
  readonly fake: { readonly updates: number; readonly warmup: number; readonly learningRate: number };
  readonly schedule: MatchingSchedule;
  readonly matching: number;
  readonly augmentation: number;
  readonly paths?: { readonly updates: number; readonly learningRate: number };
  /** Generator steps before the reward counts. */
  readonly rewardFrom: number;
  /** Steps between two measurements of the spread. */
  readonly spreadEvery: number;
}

/** Levels of an N-step sampler: N + 1, falling from 1 to 0. */
export const samplerSigmas = (steps: number, shift: number): Float32Array =>
  flowMatchSchedule({ numTrainTimesteps: 1000, shift }, steps).sigmas;

/**
 * A few-step student without guidance from a guided many-step teacher, in two stages of one run: regression on the
 * teacher's paths, then distribution matching with a fake score beside it. Student and fake are parts of one state,
 * `student …` and `fake …`.
 */
export function distillTask(parts: DistillParts, options: DistillOptions): TrainingTask {
  const pathUpdates = options.paths?.updates ?? 0;
  const task = new Distillation(parts, options, pathUpdates);
  return {
    steps: pathUpdates + options.steps,
    initialState: () =>
      parts.start
        ? { ...parts.start, step: 0 }
        : joinStates(0, parts.student.initialState(), parts.fake.initialState()),
    async step(state) {
      const number = state.step + 1;
      const result = number <= pathUpdates ? await task.regress(state, number) : await task.match(state, number);
      if (number % options.spreadEvery !== 0 && number !== pathUpdates + options.steps) return result;
      const spread = await task.spread(partOf(result.state, "student"));
      return { ...result, metrics: { ...result.metrics, spread } };
    },
    async release() {
      await parts.student.release();
      if (parts.fake !== parts.student) await parts.fake.release();
    },
  };
}

class Distillation {
  readonly parts: DistillParts;
  readonly options: DistillOptions;
  readonly pathUpdates: number;
  readonly #sigmas: Float32Array;
  readonly #order: (batch: number) => readonly number[];
  #toldOfPull = false;

  constructor(parts: DistillParts, options: DistillOptions, pathUpdates: number) {
    this.parts = parts;
    this.options = options;
    this.pathUpdates = pathUpdates;
    this.#sigmas = samplerSigmas(options.student.steps, options.shift);
    this.#order = exampleOrder(parts.data, options);
  }

  /** Stage 0: from the points of the teacher's paths straight to where they ended. */
  async regress(state: TrainState, number: number): Promise<TaskStep> {
    const { parts, options } = this;
    const groups = await parts.paths!();
    const random = randomStream(options.seed, number, 0);
    const { latentShape } = groups[randomIndex(random, groups.length)]!;
    const alike = groups.filter((group) => `${group.latentShape}` === `${latentShape}`);
    const points = Array.from({ length: options.batchSize }, (_, item) => {
      const group = alike[randomIndex(random, alike.length)]!;
      const stage = this.#stageOf(item, random);
      const sigma = this.#sigmas[stage]!;
      const { ids, patches, end } = group.point(randomIndex(random, options.batchSize), stage);
      return { ids, sigma, patches, target: end.map((value, i) => (value - patches[i]!) / sigma) };
    });
    const { updates, learningRate } = options.paths!;
    const result = await parts.student.step(partOf(state, "student"), {
      items: points,
      targets: points.map(({ target }) => target),
      latentShape,
      learningRate: trapezoidLearningRate(number, { ...pathDecay, peak: learningRate, steps: updates }),
      emaDecay: emaDecayAt(options.emaDecay, number),
    });
    return {
      state: joinStates(number, result.state, partOf(state, "fake")),
      loss: result.loss,
      samples: options.batchSize,
      metrics: { gradNorm: result.gradNorm },
    };
  }

  /** Stage 1: the fake learns what the student draws now, then the student moves to where teacher and fake differ. */
  async match(state: TrainState, number: number): Promise<TaskStep> {
    const { options } = this;
    const student = partOf(state, "student");
    const generatorStep = number - this.pathUpdates; // from 1
    const { updates: perStep, warmup } = options.fake;
    const updates = generatorStep === 1 ? warmup + perStep : perStep;
    // Its optimiser counts its own steps, which are more than the student's.
    let fake = { ...partOf(state, "fake"), step: generatorStep === 1 ? 0 : warmup + (generatorStep - 1) * perStep };
    let fakeLoss = 0;
    for (let update = 1; update <= updates; update++) {
      const result = await this.#updateFake(fake, student.tensors, number, update);
      fake = result.state;
      fakeLoss += result.loss / updates;
    }
    const result = await this.#updateStudent(student, fake.tensors, number, generatorStep);
    return {
      state: joinStates(number, result.state, fake),
      loss: result.loss,
      samples: options.batchSize,
      metrics: { ...result.metrics, fakeLoss },
    };
  }

  /**
   * How far the student's images of different seeds lie apart, as part of the teacher's.
   * @param student - its averaged weights are drawn with
   */
  async spread(student: TrainState): Promise<number> {
    const { parts, options } = this;
    const averaged = new Map(
      Array.from(student.tensors.keys(), (name) => [name, student.tensors.get(`${name} ema`)] as const).filter(
        (entry): entry is [string, Tensor] => entry[1] !== undefined,
      ),
    );
    const images = await spreadImages(parts, options.seed, (batch) =>
      drawImages(parts.student, averaged, batch, this.#sigmas),
    );
    return seedSpread(images) / (await parts.teacherSpread());
  }

  async #updateFake(fake: TrainState, student: Weights, number: number, update: number) {
    const { parts, options } = this;
    const random = randomStream(options.seed, number, update);
    const batch = this.#batch(number, update, random);
    const { images } = await this.#draw(student, batch);
    const noises = itemNoises(seedFrom(random), images.length, images[0]!.length);
    const mixed = images.map((image, item) => {
      const sigma = (item + random()) / images.length;
      return { ids: batch.ids[item]!, sigma, ...mixNoise(image, noises[item]!, sigma) };
    });
    return parts.fake.step(fake, {
      items: mixed,
      targets: mixed.map(({ target }) => target),
      latentShape: batch.latentShape,
      learningRate: options.fake.learningRate,
      emaDecay: 0, // the fake's average is never read
    });
  }

  async #updateStudent(student: TrainState, fake: Weights, number: number, generatorStep: number) {
    const { parts, options } = this;
    const random = randomStream(options.seed, number, 0);
    const batch = this.#batch(number, 0, random);
    const { inputs, velocities, images } = await this.#draw(student.tensors, batch);
    const guidanceScale = options.guidance * Math.min(1, generatorStep / Math.max(1, options.guidanceWarmup));
    const directions = await this.#directions({ batch, inputs, images, fake, guidanceScale }, random);
    const metrics: Record<string, number> = {
      matching: mean(directions.map(({ meanMatching }) => meanMatching)),
      augmentation: mean(directions.map(({ meanAugmentation }) => meanAugmentation)),
    };
    if (parts.reward && generatorStep > options.rewardFrom) {
      const items = images.map((image, item) => ({ text: batch.texts[item]!, image }));
      const pulls = await parts.reward(items, batch.latentShape, seedFrom(random));
      pulls.forEach(({ direction }, item) => {
        direction.forEach((value, i) => {
          directions[item]!.direction[i]! += value;
        });
      });
      metrics.reward = mean(pulls.map(({ score }) => score));
    }
    const moves = inputs.map(({ sigma }, item) => ({ sigma, direction: directions[item]!.direction }));
    const result = await parts.student.step(student, {
      items: inputs,
      targets: moves.map(({ sigma, direction }, item) => distillationTarget(velocities[item]!, sigma, direction)),
      latentShape: batch.latentShape,
      learningRate: trapezoidLearningRate(generatorStep, { ...options.learningRate, steps: options.steps }),
      emaDecay: emaDecayAt(options.emaDecay, number),
    });
    checkIdentity(result.loss, expectedLoss(moves));
    return { ...result, metrics: { ...metrics, gradNorm: result.gradNorm } };
  }

  /** Directions in which teacher and fake would move each image of the student. */
  async #directions(
    { batch, inputs, images, fake, guidanceScale }: MatchingBatch,
    random: () => number,
  ): Promise<ReturnType<typeof matchingDirection>[]> {
    const { parts, options } = this;
    const { schedule, augmentation } = options;
    const teacher = (items: readonly (typeof matching)[number][]) =>
      parts.student.forward(parts.student.initial, items, batch.latentShape);
    const levels = inputs.map(({ sigma }) => matchingLevels(schedule, sigma, [random(), random()]));
    const copies = (seed: number, sigmaOf: (item: number) => number) => {
      const noises = itemNoises(seed, images.length, images[0]!.length);
      return images.map((image, item) => {
        const { patches } = mixNoise(image, noises[item]!, sigmaOf(item));
        return { ids: batch.ids[item]!, sigma: sigmaOf(item), patches };
      });
    };
    const matching = copies(seedFrom(random), (item) => levels[item]!.matching);
    const guided = schedule === "coupled" ? matching : copies(seedFrom(random), (item) => levels[item]!.guidance);
    const byTeacher = await teacher(matching);
    const byFake = await parts.fake.forward(fake, matching, batch.latentShape);
    const isGuided = guidanceScale * augmentation > 0;
    const positive = guided === matching || !isGuided ? byTeacher : await teacher(guided);
    const negative = isGuided ? await teacher(guided.map((item) => ({ ...item, ids: options.negativeIds }))) : positive;
    if (isGuided) this.#tellOfPull(positive, negative);
    return images.map((image, item) =>
      matchingDirection({
        image,
        matching: { ...matching[item]!, teacher: byTeacher[item]!, fake: byFake[item]! },
        guidance: {
          ...(isGuided ? guided : matching)[item]!,
          teacher: positive[item]!,
          unconditional: negative[item]!,
        },
        guidanceScale,
        weights: options,
        schedule,
      }),
    );
  }

  /** A teacher that was never shown empty captions answers them like any other, and guidance by it is noise. */
  #tellOfPull(positive: readonly Float32Array[], negative: readonly Float32Array[]): void {
    if (this.#toldOfPull) return;
    this.#toldOfPull = true;
    const size = (of: (item: number, i: number) => number) =>
      mean(positive.map((values, item) => mean(Array.from(values, (_, i) => Math.abs(of(item, i))))));
    const pull = size((item, i) => positive[item]![i]! - negative[item]![i]!) / size((item, i) => positive[item]![i]!);
    if (pull < leastPull) {
      this.parts.tell(
        "guidance has nearly nothing to go by: with and without its caption the teacher's velocities differ by " +
          `${(100 * pull).toPrecision(2)} %; train it with 10 to 15 % empty captions first`,
      );
    }
  }

  /** The student's images at every item's stage, and the way there. */
  async #draw(student: Weights, batch: StudentBatch) {
    const network = this.parts.student;
    const inputs = await studentInputs(network, student, batch, this.#sigmas);
    const velocities = await network.forward(student, inputs, batch.latentShape);
    const images = inputs.map(({ patches, sigma }, item) => moveAlong(patches, velocities[item]!, sigma));
    return { inputs, velocities, images };
  }

  #batch(number: number, part: number, random: () => number): StudentBatch {
    const { parts, options } = this;
    const perStep = options.fake.updates + options.fake.warmup + 1;
    const examples = this.#order((number - 1) * perStep + part);
    return {
      ...captionBatch(parts, examples, random),
      stages: examples.map((_, item) => this.#stageOf(item, random)),
    };
  }

  #stageOf(item: number, random: () => number): number {
    const { batchSize, student } = this.options;
    return Math.floor((student.steps * (item + random())) / batchSize);
  }
}

interface MatchingBatch {
  readonly batch: StudentBatch;
  readonly inputs: readonly { readonly sigma: number }[];
  readonly images: readonly Float32Array[];
  readonly fake: Weights;
  readonly guidanceScale: number;
}

/** The part of a velocity that a caption should decide at least. */
const leastPull = 0.005;
const pathDecay = { warmup: 0, constantUntil: 0.5, finalFraction: 0.1 };

/**
 * The loss of the step says whether the step saw what the forward run saw: a target relative to other velocities, such
 * as those of the graph with the other attention, would train the student towards the difference.
 */
function checkIdentity(loss: number, expected: number): void {
  if (Math.abs(loss - expected) > 1e-3 * expected + 1e-12) {
    throw new Error(
      `the step of the student does not start where the forward run was: its loss is ${loss}, expected ${expected}`,
    );
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
