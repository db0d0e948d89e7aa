import { availableParallelism } from "node:os";
import type { MemoryDemand, Precision } from "../../engine/memory-plan.ts";

export interface Estimate {
  readonly seconds: number;
  /** What it was computed from. */
  readonly basis: string;
}

export interface EstimateRequest {
  readonly device: MemoryDemand["device"];
  readonly side: number;
  readonly precision: Precision;
  /** Dense bfloat16 peak of the GPU, in TFLOP/s. */
  readonly peak?: number;
  /** What products reach on this CPU, in GFLOP/s of all its threads, where that was measured. */
  readonly speeds?: Partial<Record<Precision, number | undefined>>;
}

/** Work of one image of Turbo, 8 steps and 128 caption tokens, in TFLOP: from the shapes of the networks. */
const workBySide: Readonly<Record<number, number>> = { 256: 36.9, 512: 113, 1024: 464, 2048: 2617 };
/**
 * Speed of a CPU core with AVX-512 in TFLOP per second of processor time, measured with one full-width block in ONNX
 * Runtime.
 */
const perCore: Readonly<Partial<Record<Precision, number>>> = { float32: 0.203, int8: 0.257, int4: 0.24 };
/** What matrix products reach of a GPU's peak. */
const practicalFraction = 0.6;

/** Seconds of one image, or `undefined` where nothing is known. Always an estimate. */
export function estimateSeconds({ device, side, precision, peak, speeds }: EstimateRequest): Estimate | undefined {
  const work = workBySide[side];
  if (work === undefined) return undefined;
  if (device === "cuda" && peak !== undefined) {
    const seconds = work / (peak * practicalFraction);
    return { seconds, basis: `${work} TFLOP at ${practicalFraction * 100} % of ${peak} TFLOP/s` };
  }
  const measured = device === "cpu" ? speeds?.[precision] : undefined;
  if (measured !== undefined) {
    return {
      seconds: (1000 * work) / measured,
      basis: `${work} TFLOP at ${measured.toFixed(0)} GFLOP/s, measured here`,
    };
  }
  const speed = device === "cpu" ? perCore[precision] : undefined;
  if (speed === undefined) return undefined;
  const cores = availableParallelism();
  return {
    seconds: work / (speed * cores),
    basis: `${work} TFLOP on ${cores} cores of ${speed} TFLOP/s, as measured with AVX-512`,
  };
}

/** Dense bfloat16 TFLOP/s from the makers' data sheets. */
const peaks: readonly (readonly [RegExp, number])[] = [
  [/H[12]00/, 989],
  [/A100/, 312],
  [/L40S/, 362],
  [/\bL4\b/, 121],
  [/A10G/, 70],
  [/4090/, 165],
];

export function peakTeraflops(gpu: string): number | undefined {
  return peaks.find(([pattern]) => pattern.test(gpu))?.[1];
}
