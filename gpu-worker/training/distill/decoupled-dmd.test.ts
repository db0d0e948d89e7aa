import { describe, expect, it, onTestFinished } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import {
  smallLatentShape,
  smallNetwork,
  smallVelocity,
} from "../../../test/support/training/small-velocity-network.ts";
import {
  distillationTarget,
  expectedLoss,
  matchingDirection,
  matchingLevels,
  matchingSchedules,
} from "./decoupled-dmd.ts";
import { moveAlong } from "./student-images.ts";

describe("noise levels", () => {
  const sigma = 0.6;
  const clip = (u: number) => 0.02 + 0.96 * u;

  it.each([
    ["hybrid", clip(0.25), 0.6 * clip(0.75)],
    ["full", clip(0.25), clip(0.75)],
    ["constrained", 0.6 * clip(0.25), 0.6 * clip(0.75)],
    ["coupled", clip(0.25), clip(0.25)],
  ] as const)("of %s", (schedule, matching, guidance) => {
    expect(matchingLevels(schedule, sigma, [0.25, 0.75])).toEqual({
      matching: expect.closeTo(matching, 12),
      guidance: expect.closeTo(guidance, 12),
    });
  });

  it("never reach 0 or 1", () => {
    for (const schedule of matchingSchedules) {
      for (const u of [0, 1]) {
        const { matching, guidance } = matchingLevels(schedule, 1, [u, u]);
        for (const level of [matching, guidance]) expect(Math.min(level, 1 - level)).toBeGreaterThan(0.019);
      }
    }
  });
});

describe("the direction of an image", () => {
  const floats = (...values: number[]) => Float32Array.from(values);
  const terms = {
    image: floats(1, 2),
    // estimate 0.5 + 0.5·1 = 1, 1 + 0.5·4 = 3: mean distance 0.5; difference 0.5·(1 − 3, 4 − 2) = (−1, 1)
    matching: { sigma: 0.5, patches: floats(0.5, 1), teacher: floats(1, 4), fake: floats(3, 2) },
    // difference 2·0.25·(2 − 0, 1 − 3) = (1, −1); estimate 1 + 0.25·2 = 1.5, 2 + 0.25 = 2.25; guided 2.5, 1.25: mean
    // distance 1.125
    guidance: { sigma: 0.25, patches: floats(1, 2), teacher: floats(2, 1), unconditional: floats(0, 3) },
    guidanceScale: 2,
    weights: { matching: 1, augmentation: 1 },
  };

  it("adds both parts, each over its own norm", () => {
    const { direction, meanMatching, meanAugmentation } = matchingDirection({ ...terms, schedule: "hybrid" });
    expectClose(direction, [-1 / 0.5 + 1 / 1.125, 1 / 0.5 - 1 / 1.125], 1e-6);
    expect([meanMatching, meanAugmentation]).toEqual([expect.closeTo(2, 6), expect.closeTo(1 / 1.125, 6)]);
  });

  it("weighs them", () => {
    const weights = { matching: 0.5, augmentation: 0 };
    expectClose(matchingDirection({ ...terms, weights, schedule: "hybrid" }).direction, [-1, 1], 1e-6);
  });

  it("takes the guided norm for both when coupled", () => {
    expectClose(matchingDirection({ ...terms, schedule: "coupled" }).direction, [0, 0], 1e-6);
  });

  it("stays finite where the estimate is the image itself", () => {
    const still = { sigma: 0.02, patches: terms.image, teacher: floats(0, 0) };
    const { direction } = matchingDirection({
      ...terms,
      schedule: "hybrid",
      matching: { ...still, fake: floats(1, -1) },
      guidance: { ...still, unconditional: floats(0, 0) },
    });
    expectClose(direction, [-0.02 / 1e-3, 0.02 / 1e-3], 1e-3);
  });
});

/**
 * One step of the student and one of the fake, with given noise, against the formulas worked in float64: the network
 * once more by hand, the losses as the paper writes them, and their gradients by central differences, so that nothing
 * is shared with what is tested but the numbers that go in.
 */
describe("golden steps", () => {
  const count = smallLatentShape.reduce<number>((product, size) => product * size, 1);
  const items = [
    { sigma: 1, ids: [1], levels: { matching: 0.4, guidance: 0.7 } },
    { sigma: 0.75, ids: [2], levels: { matching: 0.9, guidance: 0.3 } },
    { sigma: 0.5, ids: [3], levels: { matching: 0.1, guidance: 0.45 } },
  ];
  const guidanceScale = 1.5;
  const random = seededRandom(7);
  const draw = () => items.map(() => Float32Array.from({ length: count }, () => 4 * random() - 2));
  const [inputs, matchingNoise, guidanceNoise, fakeNoise] = [draw(), draw(), draw(), draw()];
  const fakeSigmas = [0.2, 0.5, 0.8];

  type Numbers = ReadonlyMap<string, number[]>;
  const mix = (x: ArrayLike<number>, e: ArrayLike<number>, s: number) =>
    Array.from(x, (value, i) => (1 - s) * value + s * e[i]!);
  const image = (weights: Numbers, item: number) => {
    const { sigma, ids } = items[item]!;
    const u = smallVelocity(weights, { ids, sigma, patches: inputs[item]! });
    return u.map((value, i) => inputs[item]![i]! + sigma * value);
  };
  const clean = (weights: Numbers, ids: number[], sigma: number, patches: number[]) =>
    smallVelocity(weights, { ids, sigma, patches }).map((value, i) => patches[i]! + sigma * value);

  /** x + Δ of every item, which the loss holds fixed. */
  function goals(student: Numbers, teacher: Numbers, fake: Numbers): number[][] {
    return items.map(({ ids, levels }, item) => {
      const x = image(student, item);
      const distance = (other: number[]) => x.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0) / count;
      const noisy = mix(x, matchingNoise[item]!, levels.matching);
      const byTeacher = clean(teacher, ids, levels.matching, noisy);
      const byFake = clean(fake, ids, levels.matching, noisy);
      const other = mix(x, guidanceNoise[item]!, levels.guidance);
      const conditional = clean(teacher, ids, levels.guidance, other);
      const unconditional = clean(teacher, [0], levels.guidance, other);
      const pull = conditional.map((value, i) => guidanceScale * (value - unconditional[i]!));
      const [n, m] = [distance(byTeacher), distance(conditional.map((value, i) => value + pull[i]!))];
      return x.map((value, i) => value + (byTeacher[i]! - byFake[i]!) / n + pull[i]! / m);
    });
  }

  function gradients(weights: Numbers, loss: (weights: Numbers) => number): Map<string, number[]> {
    const step = 1e-5;
    const at = (name: string, place: number, by: number) =>
      loss(new Map(weights).set(name, weights.get(name)!.with(place, weights.get(name)![place]! + by)));
    return new Map(
      Array.from(weights, ([name, values]) => [
        name,
        values.map((_, place) => (at(name, place, step) - at(name, place, -step)) / (2 * step)),
      ]),
    );
  }

  const numbers = (weights: ReadonlyMap<string, { data: Float32Array }>) =>
    new Map(Array.from(weights, ([name, { data }]) => [name, [...data]]));
  const meanSquare = (values: number[][]) =>
    values.flat().reduce((sum, value) => sum + value ** 2, 0) / values.flat().length;

  function open() {
    const networks = [smallNetwork(1, { gradients: true }), smallNetwork(2), smallNetwork(3)] as const;
    onTestFinished(async () => {
      for (const network of networks) await network.release();
    });
    return networks;
  }
  const scalars = { latentShape: smallLatentShape, learningRate: 1e-3, emaDecay: 0 };

  function expectGradients(
    outputs: ReadonlyMap<string, { data: unknown }>,
    expected: ReadonlyMap<string, number[]>,
  ): void {
    for (const [name, values] of expected) {
      const largest = Math.max(...values.map(Math.abs));
      expect(largest, name).toBeGreaterThan(1e-3);
      expectClose(outputs.get(`gradient ${name}`)!.data as Float32Array, values, 1e-4 * largest, name);
    }
  }

  it("of the student", async () => {
    const [student, teacher, fake] = open();
    const at = (sigmas: readonly number[], patches: readonly Float32Array[], ids = items.map((item) => item.ids)) =>
      patches.map((values, item) => ({ ids: ids[item]!, sigma: sigmas[item]!, patches: values }));
    const noisy = at(
      items.map(({ sigma }) => sigma),
      inputs,
    );
    const velocities = await student.forward(student.initial, noisy, smallLatentShape);
    const images = noisy.map(({ patches, sigma }, item) => moveAlong(patches, velocities[item]!, sigma));
    const copies = (noise: Float32Array[], sigmas: number[]) =>
      at(
        sigmas,
        images.map((x, item) => Float32Array.from(mix(x, noise[item]!, sigmas[item]!))),
      );
    const matching = copies(
      matchingNoise,
      items.map(({ levels }) => levels.matching),
    );
    const guided = copies(
      guidanceNoise,
      items.map(({ levels }) => levels.guidance),
    );
    const ask = (network: typeof student, of: typeof matching) =>
      network.forward(network.initial, of, smallLatentShape);
    const [byTeacher, byFake] = [await ask(teacher, matching), await ask(fake, matching)];
    const conditional = await ask(teacher, guided);
    const unconditional = await ask(
      teacher,
      guided.map((item) => ({ ...item, ids: [0] })),
    );
    const moves = images.map((x, item) => ({
      sigma: items[item]!.sigma,
      ...matchingDirection({
        image: x,
        guidanceScale,
        weights: { matching: 1, augmentation: 1 },
        schedule: "hybrid",
        matching: { ...matching[item]!, teacher: byTeacher[item]!, fake: byFake[item]! },
        guidance: { ...guided[item]!, teacher: conditional[item]!, unconditional: unconditional[item]! },
      }),
    }));
    const targets = moves.map(({ sigma, direction }, item) => distillationTarget(velocities[item]!, sigma, direction));
    const result = await student.step(student.initialState(), { ...scalars, items: noisy, targets });
    expect(result.loss / expectedLoss(moves)).toBeCloseTo(1, 5);

    const weights = numbers(student.initial);
    const fixed = goals(weights, numbers(teacher.initial), numbers(fake.initial));
    const loss = (changed: Numbers) =>
      meanSquare(fixed.map((goal, item) => image(changed, item).map((x, i) => x - goal[i]!))) / 2;
    expectGradients(result.outputs, gradients(weights, loss));
  });

  it("of the fake", async () => {
    const [fake, student] = open();
    const weights = numbers(fake.initial);
    const images = items.map((_, item) => image(numbers(student.initial), item));
    const noisy = images.map((x, item) => mix(x, fakeNoise[item]!, fakeSigmas[item]!));
    const targets = images.map((x, item) => x.map((value, i) => value - fakeNoise[item]![i]!));
    const result = await fake.step(fake.initialState(), {
      ...scalars,
      items: noisy.map((patches, item) => ({
        ids: items[item]!.ids,
        sigma: fakeSigmas[item]!,
        patches: Float32Array.from(patches),
      })),
      targets: targets.map((values) => Float32Array.from(values)),
    });
    const loss = (changed: Numbers) =>
      meanSquare(
        noisy.map((patches, item) =>
          smallVelocity(changed, { ids: items[item]!.ids, sigma: fakeSigmas[item]!, patches }).map(
            (u, i) => u - targets[item]![i]!,
          ),
        ),
      );
    expect(result.loss / loss(weights)).toBeCloseTo(1, 5);
    expectGradients(result.outputs, gradients(weights, loss));
  });
});
