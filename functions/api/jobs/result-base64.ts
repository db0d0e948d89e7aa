import type { Job } from "../../../shared/job.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { JobResource } from "./job-responses.ts";

/** The result files of a job as base64, in order. */
export async function readResultsBase64(job: Job, objects: Objects): Promise<string[]> {
  return Promise.all(
    job.images.map(async ({ key }) => {
      const stored = await objects.get(key);
      if (stored === undefined) throw new Error(`job ${job.id} has succeeded but its object ${key} is missing`);
      return Buffer.from(stored.body).toString("base64");
    }),
  );
}

/** Adds the files as base64 beside their links, for jobs that asked for it. */
export async function withBase64(resource: JobResource, job: Job, objects: Objects): Promise<JobResource> {
  if (job.response !== "b64") return resource;
  const files = await readResultsBase64(job, objects);
  return { ...resource, images: resource.images.map((image, i) => ({ ...image, b64: files[i]! })) };
}
