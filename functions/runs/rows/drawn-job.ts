import type { Job } from "../../../shared/job.ts";
import type { DrawnJob } from "../run.ts";

/** What the output needs of a job that succeeded. */
export function drawnJob({ id, createdAt, finishedAt, response, params, images, warnings }: Job): DrawnJob {
  const { width, height, format } = params;
  return {
    id,
    createdAt,
    warnings,
    finishedAt,
    response,
    params: { width, height, format },
    images: images.map(({ key, bytes }) => ({ key, bytes })),
  };
}
