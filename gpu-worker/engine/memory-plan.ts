import type { WeightLayout } from "../weights/convert/plan-conversion.ts";

/**
 * Which networks are in memory at once:
 * - `resident`: all, always;
 * - `encoder-first`: the text encoder gives way to transformer and VAE;
 * - `sequential`: one at a time;
 * - `streamed`: as `sequential`, and weights stay in the file, whose pages the system reads again when it needs their
 *   memory (float32 on a CPU).
 */
export const residencies = ["resident", "encoder-first", "sequential", "streamed"] as const;
export type Residency = (typeof residencies)[number];

/** `w8a8`: weights and activations in 8 bits, multiplied as integers; in `int8` and `int4` the weights alone are. */
export type Precision = "float32" | "bfloat16" | "w8a8" | "int8" | "int4";

export interface MemoryPlan {
  readonly precision: Precision;
  /** Form that linear layers are laid out in for it; absent: as they are stored. */
  readonly layout?: WeightLayout;
  readonly residency: Residency;
  /** Side of a VAE tile in latents; absent: the whole image at once. */
  readonly vaeTile?: number;
  /** Images (guided ones count twice) that the transformer takes in one run. */
  readonly batch: number;
  /** What it is estimated to need at its highest, in bytes. */
  readonly peakBytes: number;
  /** False when even the smallest plan is estimated to need more than there is. */
  readonly fits: boolean;
  /** What was chosen and why, in one sentence. */
  readonly reason: string;
}

/** Bytes of weights as they lie in device memory. */
export interface ModelWeights {
  readonly precision: Precision;
  readonly layout?: WeightLayout;
  readonly textEncoder: number;
  readonly transformer: number;
  readonly vae: number;
}

export interface MemoryDemand {
  readonly device: "cpu" | "cuda" | "webgpu";
  /** Memory of the device that we may use. */
  readonly memoryBytes: number;
  /** The forms that the model is there in. */
  readonly weights: readonly ModelWeights[];
  /** Width of the transformer. */
  readonly dim: number;
  /** Largest image to be drawn, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Items that the transformer is given at once. */
  readonly batch: number;
}

const gigabyte = 1e9;
/** Tiles of 512 pixels. */
export const defaultVaeTile = 64;
const captionTokens = 512;
/** Memory left to the device's context, the runtime's own buffers and fragmentation. */
const reserve = (memoryBytes: number) => 0.12 * memoryBytes + 0.5 * gigabyte;
const order: Readonly<Record<Precision, number>> = { float32: 0, bfloat16: 1, w8a8: 2, int8: 3, int4: 4 };

/**
 * Choose how to run a model in the memory there is: the best precision that fits at all; then as much of it resident as
 * fits, one item at a time before one network at a time, tiles only where needed. All sizes are estimates from the
 * shapes of the networks.
 */
export function planMemory(demand: MemoryDemand): MemoryPlan {
  const { device, memoryBytes } = demand;
  const available = memoryBytes - reserve(memoryBytes);
  const candidates = demand.weights
    .toSorted((a, b) => order[a.precision] - order[b.precision])
    .flatMap((weights) => plansOf(demand, weights));
  const smallest = candidates.reduce((least, plan) => (plan.peakBytes < least.peakBytes ? plan : least));
  const chosen = candidates.find(({ peakBytes }) => peakBytes <= available);
  const plan = chosen ?? smallest;
  const fits = chosen !== undefined;
  const words = [
    `${plan.precision}, ${residencyWords[plan.residency]}`,
    plan.vaeTile === undefined ? "VAE whole" : `VAE in tiles of ${plan.vaeTile * 8} pixels`,
    `${plan.batch} at a time`,
  ].join(", ");
  const size = `${demand.width}×${demand.height}`;
  const need = `${gb(plan.peakBytes)} of ${gb(memoryBytes)} GB on ${device} at ${size}`;
  const reason = fits
    ? `${words}: about ${need}`
    : `${words}: about ${need}, which may be too little; use int4 weights or smaller images`;
  return { ...plan, fits, reason };
}

const residencyWords: Readonly<Record<Residency, string>> = {
  resident: "everything resident",
  "encoder-first": "text encoder released before the transformer",
  sequential: "one network at a time",
  streamed: "weights read from disk as they are needed",
};

type Candidate = Omit<MemoryPlan, "fits" | "reason">;

/** From the fastest to the smallest. */
function plansOf(demand: MemoryDemand, weights: ModelWeights): Candidate[] {
  const { device, batch } = demand;
  const { precision } = weights;
  const canStream = device === "cpu" && precision === "float32";
  const residencies: Residency[] = [
    "resident",
    "encoder-first",
    "sequential",
    ...(canStream ? ["streamed" as const] : []),
  ];
  const batches = batch > 1 ? [batch, 1] : [1];
  return residencies.flatMap((residency) =>
    batches.flatMap((items) =>
      [undefined, defaultVaeTile].map((vaeTile) => ({
        precision,
        layout: weights.layout,
        residency,
        batch: items,
        vaeTile,
        peakBytes: peakBytes(demand, weights, residency, items, vaeTile),
      })),
    ),
  );
}

function peakBytes(demand: MemoryDemand, weights: ModelWeights, residency: Residency, batch: number, vaeTile?: number) {
  const transformerRun = transformerActivations(demand, weights.precision, batch);
  const vaeRun = vaeActivations(demand, vaeTile);
  const encoderRun = 0.1 * gigabyte;
  const { textEncoder, transformer, vae } = weights;
  switch (residency) {
    case "resident":
      return textEncoder + transformer + vae + Math.max(transformerRun, vaeRun, encoderRun);
    case "encoder-first":
      return Math.max(textEncoder + encoderRun, transformer + vae + Math.max(transformerRun, vaeRun));
    case "sequential":
      return Math.max(textEncoder + encoderRun, transformer + transformerRun, vae + vaeRun);
    case "streamed":
      return Math.max(encoderRun, transformerRun, vae + vaeRun) + 0.5 * gigabyte;
  }
}

/**
 * Alive at once inside a block: three tensors of the feed-forward's width (8/3 of `dim`) and about eight of `dim`.
 * Attention is fused and keeps no scores.
 */
function transformerActivations({ dim, width, height, device }: MemoryDemand, precision: Precision, batch: number) {
  const tokens = (width / 16) * (height / 16) + captionTokens;
  const bytesPerValue = device === "cuda" && precision !== "float32" ? 2 : 4;
  return batch * tokens * dim * 16 * bytesPerValue;
}

/**
 * At its widest the decoder holds about three float32 tensors of 256 channels at full size; its middle attention a
 * matrix of latents × latents.
 */
function vaeActivations({ width, height }: MemoryDemand, vaeTile?: number): number {
  const side = (pixels: number) => (vaeTile === undefined ? pixels : Math.min(pixels, vaeTile * 8));
  const pixels = side(width) * side(height);
  const pixelBytes = vaeTile === undefined ? 0 : 2 * 4 * 3 * width * height;
  return 3 * 4 * 256 * pixels + 4 * (pixels / 64) ** 2 + pixelBytes;
}

function gb(bytes: number): string {
  return (bytes / gigabyte).toFixed(1);
}

/** What to try once when memory ran out all the same. */
export function stepDown(plan: MemoryPlan): MemoryPlan {
  const residency = plan.residency === "streamed" ? plan.residency : "sequential";
  const reason = "memory ran out: one network at a time, the VAE in tiles, one image at a time";
  return { ...plan, residency, vaeTile: Math.min(plan.vaeTile ?? defaultVaeTile, defaultVaeTile), batch: 1, reason };
}
