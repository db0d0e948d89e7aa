import { randomStream, shuffle } from "./random-stream.ts";

/** Where a sampler stands: `position` batches of `epoch` have been handed out. Saved with a checkpoint. */
export interface SamplerPosition {
  readonly epoch: number;
  readonly position: number;
}

export interface Batch extends SamplerPosition {
  /** `batchSize` examples of one bucket. */
  readonly indices: readonly number[];
  readonly bucket: number;
}

export interface SamplerOptions {
  /** Bucket of every example; examples of one batch share a bucket. */
  readonly buckets: readonly number[];
  readonly batchSize: number;
  /** Unsigned 32-bit. */
  readonly seed: number;
  /** The batch to begin with. @default the first of epoch 0 */
  readonly start?: SamplerPosition;
}

/**
 * Hands out batches, epoch after epoch, in an order that the seed and the epoch decide alone: a sampler started at a
 * saved position goes on exactly as the first one would have. Every batch is full; where a bucket's examples do not
 * divide into batches, its last batch is filled up from the front of the bucket's order, so every example comes at
 * least once per epoch and shapes never change.
 */
export class SeededSampler {
  readonly #options: SamplerOptions;
  #epoch: number;
  #position: number;
  #batches: Omit<Batch, "epoch" | "position">[];

  constructor(options: SamplerOptions) {
    const { buckets, batchSize, start = { epoch: 0, position: 0 } } = options;
    if (buckets.length === 0) throw new Error("a sampler needs at least one example, got none");
    if (!Number.isInteger(batchSize) || batchSize < 1) throw new Error(`batchSize must be 1 or more, got ${batchSize}`);
    this.#options = options;
    this.#epoch = start.epoch;
    this.#position = start.position;
    this.#batches = epochBatches(options, start.epoch);
    if (!Number.isInteger(start.position) || start.position < 0 || start.position > this.#batches.length) {
      throw new Error(
        `position must be 0 to ${this.#batches.length} (batches per epoch), got ${start.position}; did the ` +
          "data change since the checkpoint?",
      );
    }
  }

  /** The position that a new sampler needs to go on from here. */
  get position(): SamplerPosition {
    return { epoch: this.#epoch, position: this.#position };
  }

  get batchesPerEpoch(): number {
    return this.#batches.length;
  }

  next(): Batch {
    if (this.#position === this.#batches.length) {
      this.#epoch++;
      this.#position = 0;
      this.#batches = epochBatches(this.#options, this.#epoch);
    }
    const batch = this.#batches[this.#position]!;
    return { ...batch, epoch: this.#epoch, position: this.#position++ };
  }
}

function epochBatches(
  { buckets, batchSize, seed }: SamplerOptions,
  epoch: number,
): Omit<Batch, "epoch" | "position">[] {
  const random = randomStream(seed, epoch);
  const order = shuffle(
    random,
    buckets.map((_, index) => index),
  );
  const members = Map.groupBy(order, (index) => buckets[index]!);
  const batches: Omit<Batch, "epoch" | "position">[] = [];
  for (const [bucket, indices] of members) {
    for (let from = 0; from < indices.length; from += batchSize) {
      const filled = Array.from({ length: batchSize }, (_, i) => indices[(from + i) % indices.length]!);
      batches.push({ bucket, indices: filled });
    }
  }
  return shuffle(random, batches);
}
