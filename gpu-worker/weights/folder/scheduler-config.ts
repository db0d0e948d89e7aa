import { z } from "zod";
import type { SchedulerConfig } from "../../pipeline/flow-match-scheduler.ts";
import { readJsonFile } from "./json-file.ts";

/**
 * A switch that must be off: what it would change is not implemented here, and a model made with it would be sampled
 * wrongly.
 */
const off = (what: string, instead = "") =>
  z.literal(false, `expected false: ${what} is not implemented here${instead}`).nullish();

const schedulerFile = z.looseObject({
  _class_name: z.literal("FlowMatchEulerDiscreteScheduler"),
  num_train_timesteps: z.number().positive().default(1000),
  shift: z.number().positive().default(1),
  use_dynamic_shifting: z.literal(false, "dynamic shifting is not used by Z-Image; expected false").default(false),
  use_karras_sigmas: off("Karras's schedule", "; requests may name its levels as sigmas"),
  use_exponential_sigmas: off("an exponential schedule", "; requests may name its levels as sigmas"),
  use_beta_sigmas: off("a beta schedule", "; requests may name its levels as sigmas"),
  invert_sigmas: off("an inverted schedule"),
  stochastic_sampling: off("stochastic sampling", "; requests may ask for the sampler euler_ancestral"),
  shift_terminal: z.null("expected null: a schedule stretched to a terminal level is not implemented here").optional(),
});

/** @throws InvalidFileError for another scheduler class, and for every switch that would change the schedule */
export async function readSchedulerConfig(path: string): Promise<SchedulerConfig> {
  const file = await readJsonFile(path, schedulerFile);
  return { numTrainTimesteps: file.num_train_timesteps, shift: file.shift };
}
