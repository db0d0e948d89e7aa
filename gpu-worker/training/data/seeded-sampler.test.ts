import { describe, expect, it } from "vitest";
import { SeededSampler } from "./seeded-sampler.ts";

const buckets = [0, 0, 0, 1, 1, 0, 0, 1, 0, 0]; // 7 of bucket 0, 3 of bucket 1
const options = { buckets, batchSize: 2, seed: 5 };
const take = (sampler: SeededSampler, count: number) => Array.from({ length: count }, () => sampler.next());

describe("a seeded sampler", () => {
  it("shows every example in every epoch, in full batches of one bucket", () => {
    const sampler = new SeededSampler(options);
    expect(sampler.batchesPerEpoch).toBe(6); // ⌈7 / 2⌉ + ⌈3 / 2⌉
    for (const epoch of [0, 1]) {
      const batches = take(sampler, 6);
      expect(new Set(batches.flatMap(({ indices }) => indices)).size).toBe(10);
      for (const batch of batches) {
        expect(batch.epoch).toBe(epoch);
        expect(batch.indices.map((index) => buckets[index])).toEqual([batch.bucket, batch.bucket]);
      }
    }
  });

  it.each([0, 1, 5, 6, 7, 13])("started again after %i batches goes on in the same order", (done) => {
    const first = new SeededSampler(options);
    take(first, done);
    const second = new SeededSampler({ ...options, start: first.position });
    expect(take(second, 20)).toEqual(take(first, 20));
  });

  it("gives every epoch and every seed an order of its own", () => {
    const sampler = new SeededSampler(options);
    const indices = () => take(sampler, 6).map((batch) => batch.indices);
    const first = indices();
    expect(indices()).not.toEqual(first);
    expect(take(new SeededSampler({ ...options, seed: 6 }), 6).map((batch) => batch.indices)).not.toEqual(first);
  });

  it("fills a batch larger than the bucket", () => {
    const { indices } = new SeededSampler({ buckets: [0, 0, 0], batchSize: 8, seed: 1 }).next();
    expect(indices.length).toBe(8);
    expect(new Set(indices).size).toBe(3);
  });

  it("refuses a position that its data cannot have", () => {
    expect(() => new SeededSampler({ ...options, start: { epoch: 0, position: 7 } })).toThrow("did the data change");
    expect(() => new SeededSampler({ ...options, buckets: [] })).toThrow("at least one example");
    expect(() => new SeededSampler({ ...options, batchSize: 0 })).toThrow("batchSize");
  });
});
