import type { Job, Model } from "../../../../../sdk/src/index.ts";
import type { Draft } from "../draft.ts";
import { createText } from "../messages.ts";
import { sizeText } from "../sizes.ts";
import { draftOfJob } from "./image-actions.ts";

const texts = {
  out_of_memory: "failMemory",
  invalid_image: "failImage",
  invalid_picture: "failImage",
  non_finite_output: "failNumbers",
  worker_lost: "failWorker",
  expired: "failExpired",
} as const;

export interface JobFailure {
  readonly text: string;
  /** The one thing to do about it: drawing with these settings. */
  readonly cure: { readonly label: string; readonly draft: Draft };
}

/** Why a job led to no image, in the reader's language, and the cure. */
export function jobFailure(job: Job, models: readonly Model[]): JobFailure {
  const code = job.error?.code ?? job.status;
  const size = `${job.params.width}×${job.params.height}`;
  const known = Object.hasOwn(texts, code) ? texts[code as keyof typeof texts] : undefined;
  const charged = job.cost?.charged ?? 0;
  const reason = known === undefined ? (job.error?.message ?? code) : createText(known, { size });
  const text = charged === 0 ? `${reason} ${createText("failFree")}` : reason;
  const model = models.find(({ id }) => id === job.params.model);
  if (code === "out_of_memory" && model !== undefined) {
    const label = createText("failDo", { size: sizeText(model.defaults) });
    return { text, cure: { label, draft: { ...draftOfJob(job), size: null } } };
  }
  return { text, cure: { label: createText("failAgain"), draft: draftOfJob(job) } };
}
