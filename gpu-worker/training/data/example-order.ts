import { randomStream } from "./random-stream.ts";
import { SeededSampler } from "./seeded-sampler.ts";
import type { TrainingData } from "./training-data.ts";

/**
 * The examples of each step, decided by seed and step alone: every example at least once per epoch, and images of one
 * size in a batch.
 * @returns the function from steps taken so far to the examples of the next one
 */
export function exampleOrder(
  data: TrainingData,
  { batchSize, seed }: { readonly batchSize: number; readonly seed: number },
): (stepsTaken: number) => readonly number[] {
  const buckets = exampleBuckets(data);
  const perEpoch = new SeededSampler({ buckets, batchSize, seed }).batchesPerEpoch;
  return (stepsTaken) => {
    const start = { epoch: Math.floor(stepsTaken / perEpoch), position: stepsTaken % perEpoch };
    return new SeededSampler({ buckets, batchSize, seed, start }).next().indices;
  };
}

/** A number per example, equal where the sizes of their images are. */
function exampleBuckets({ exampleCount, caption, size }: TrainingData): number[] {
  const known = new Map<string, number>();
  return Array.from({ length: exampleCount }, (_, example) => {
    const { width, height } = size(caption(example, randomStream(0, example)).image);
    const key = `${width}×${height}`;
    const bucket = known.get(key) ?? known.size;
    known.set(key, bucket);
    return bucket;
  });
}
