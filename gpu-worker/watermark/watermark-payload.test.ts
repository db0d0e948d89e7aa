import { expect, it } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { golayDecode, golayEncode } from "./golay.ts";
import { decodePayload, encodePayload, payloadBits, watermarkPayload } from "./watermark-payload.ts";

const logitsOf = (bits: readonly number[]) => bits.map((bit) => (bit === 1 ? 1 : -1));
const bitsOf = (word: number) => Array.from({ length: 24 }, (_, i) => (word >> (23 - i)) & 1);
const ones = (word: number) => bitsOf(word).reduce((sum, bit) => sum + bit, 0);

it("is the extended Golay code: 1, 759, 2576, 759 and 1 words of weight 0, 8, 12, 16 and 24", () => {
  const weights = new Map<number, number>();
  for (let data = 0; data < 4096; data++) {
    const weight = ones(golayEncode(data));
    weights.set(weight, (weights.get(weight) ?? 0) + 1);
  }
  expect([...weights].toSorted(([a], [b]) => a - b)).toEqual([
    [0, 1],
    [8, 759],
    [12, 2576],
    [16, 759],
    [24, 1],
  ]);
});

it("corrects any three bits of a word, and more where they are known to be unsure", () => {
  for (const data of [0, 1, 0xabc, 0xfff]) {
    const word = golayEncode(data);
    for (let a = 0; a < 24; a++) {
      const flipped = word ^ (1 << a) ^ (1 << ((a + 7) % 24)) ^ (1 << ((a + 13) % 24));
      expect(golayDecode(logitsOf(bitsOf(flipped)))).toEqual({ data, differing: 3 });
    }
    const unsure = bitsOf(word).map((bit, i) => (i < 5 ? (bit === 1 ? -0.1 : 0.1) : bit === 1 ? 1 : -1));
    expect(golayDecode(unsure)).toEqual({ data, differing: 5 });
  }
});

it("carries deployment and job, through three wrong bits in each word", () => {
  const payload = watermarkPayload({ deployment: "shop", job: "job_01" });
  expect(payload.deployment).toBeLessThan(2 ** 16);
  expect(payload.job).toBeLessThan(2 ** 24);
  const bits = encodePayload(payload);
  expect(bits).toHaveLength(payloadBits);
  const wrong = bits.map((bit, i) => (i % 24 < 3 ? 1 - bit : bit));
  expect(decodePayload(logitsOf(wrong))).toEqual(payload);
  expect(watermarkPayload({ deployment: "shop", job: "job_02" }).deployment).toBe(payload.deployment);
  expect(watermarkPayload({ deployment: "shop", job: "job_02" }).job).not.toBe(payload.job);
});

it("finds next to nothing in noise, and never this deployment", () => {
  const random = seededRandom(3);
  const own = watermarkPayload({ deployment: "shop", job: "" }).deployment;
  const found = Array.from({ length: 1_000 }, () =>
    decodePayload(Array.from({ length: payloadBits }, () => random() - 0.5)),
  ).filter((payload) => payload !== undefined);
  expect(found.length).toBeLessThan(12);
  expect(found.some(({ deployment }) => deployment === own)).toBe(false);
});
