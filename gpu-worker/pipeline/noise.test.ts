import { expect, it } from "vitest";
import { gaussianNoise, inverseNormal, logOfFraction, philox4x32 } from "./noise.ts";

// Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds.
it.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)("gives the published Philox block for counter %j", (counter, key, block) => {
  expect(philox4x32(counter, key)).toEqual(block);
});

// Python 3.12 `statistics.NormalDist().inv_cdf`, the same algorithm.
it.each([
  [0.25, -0.6744897501960817],
  [0.001, -3.090232306167813],
  [1e-20, -9.262340089798405],
  [2 ** -33, -6.337957754553789],
  [0.075, -1.4395314709384557],
  [0.9, 1.2815515655446008],
  [0.5, 0],
])("gives the normal quantile of %d to the last bit", (p, x) => {
  expect(inverseNormal(p)).toBe(x);
});

it("takes logarithms to within one unit in the last place", () => {
  for (let i = 1; i < 5000; i++) {
    const expected = Math.log(i / 5000);
    expect(Math.abs(logOfFraction(i / 5000) - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -52);
  }
});

it("is standard normal", () => {
  const values = gaussianNoise(7, 100_000);
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  // Four standard errors of each moment at this count.
  expect(Math.abs(moment(1))).toBeLessThan(0.013);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.018);
  expect(Math.abs(moment(3))).toBeLessThan(0.05);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.13);
});

it("never changes what a seed means", () => {
  // The contract with every image ever drawn: these numbers may not change.
  expect([...gaussianNoise(0, 5)]).toEqual([
    -0.2558159828186035, 1.1775912046432495, 0.6301836371421814, 0.26756224036216736, 1.9148032665252686,
  ]);
  expect([...gaussianNoise(4294967295, 2)]).toEqual([1.7637784481048584, 2.0673508644104004]);
});

it("gives a prefix of the same sequence for a smaller count, and another sequence for another seed", () => {
  expect([...gaussianNoise(42, 6)]).toEqual([...gaussianNoise(42, 64).subarray(0, 6)]);
  expect([...gaussianNoise(42, 6)]).not.toEqual([...gaussianNoise(43, 6)]);
});

it.each([-1, 1.5, 2 ** 53, Number.NaN])("refuses the seed %d", (seed) => {
  expect(() => gaussianNoise(seed, 1)).toThrow("seed must be");
});
