import type { Job, JobImage } from "../job.ts";

/**
 * `img_01JD…_0`: the ULID of the job and the image's index in it. Made from both, so that an attempt that is repeated
 * gives the same id, and an image is found by its id without a row of its own.
 */
export function imageId({ id }: Pick<Job, "id">, { index }: Pick<JobImage, "index">): string {
  return `img_${id.slice("job_".length)}_${index}`;
}

/** The job and index that an id stands for; `undefined` for anything else. */
export function placeOfImage(id: string): { readonly jobId: string; readonly index: number } | undefined {
  const [, job, index] = /^img_([0-9A-Z]{26})_(\d)$/.exec(id) ?? [];
  return job === undefined ? undefined : { jobId: `job_${job}`, index: Number(index) };
}
