import type { Precision } from "../../engine/memory-plan.ts";
import { type Backend, planReleased } from "../doctor/examine.ts";
import { formSources, type KnownModel, type PullForm } from "./known-models.ts";

/** Side of the images that a form should leave room for. */
const side = 1024;

/**
 * Precision in which each device runs a form, the forms that it draws best or soonest with first. A CPU multiplies
 * int8_convrot as it is and expands published weights to float32; CUDA takes those in bfloat16 and turns rotated 8 bits
 * back, so it gets the 8 and 4 bits of GGUF, which it multiplies bit for bit. fp8 is nobody's first choice: it is
 * converted to 8 bits while loading.
 */
const preferred: Readonly<Record<Backend["device"], readonly (readonly [PullForm, Precision])[]>> = {
  cpu: [
    ["int8-convrot", "w8a8"],
    ["gguf-q4", "int4"],
  ],
  cuda: [
    ["published", "bfloat16"],
    ["gguf-q8", "int8"],
    ["gguf-q4", "int4"],
  ],
  webgpu: [
    ["gguf-q8", "int8"],
    ["gguf-q4", "int4"],
  ],
};

export interface Recommendation {
  readonly form: PullForm;
  /** What it was chosen for, for people. */
  readonly reason: string;
}

/**
 * The form to pull for the best of the backends: a GPU with CUDA before the CPU; WebGPU is never assumed. The first
 * form of which more than one network stays in memory for an image of 1024 × 1024, else the first that fits one at a
 * time, else the smallest.
 */
export function recommendForm(model: KnownModel, backends: readonly Backend[]): Recommendation | undefined {
  const usable = backends.filter((backend) => backend.usable && backend.device !== "webgpu");
  const byMemory = (a: Backend, b: Backend) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0);
  const best = usable.filter(({ device }) => device === "cuda").sort(byMemory)[0] ?? usable[0];
  if (!best) return undefined;
  const offered = preferred[best.device].filter(([form]) => formSources(model, form));
  const plans = offered.map(([form, precision]) => ({ form, plan: planReleased(best, precision, side) }));
  const chosen =
    plans.find(({ plan }) => plan.fits && (plan.residency === "resident" || plan.residency === "encoder-first")) ??
    plans.find(({ plan }) => plan.fits) ??
    plans.at(-1);
  if (!chosen) return undefined;
  const memory = `${((best.memoryBytes ?? 0) / 1e9).toFixed(1)} GB`;
  return { form: chosen.form, reason: `${best.name}, ${memory}, ${side}×${side}: ${chosen.plan.reason}` };
}
