import type { Job, JobImage } from "../../../shared/job.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { JobResource } from "./job-responses.ts";

type Drawn = Pick<Job, "id"> & { readonly images: readonly Pick<JobImage, "key">[] };

/** The result files of a job, in order. */
export async function readResults(job: Drawn, objects: Objects): Promise<Uint8Array[]> {
  return Promise.all(
    job.images.map(async ({ key }) => {
      const stored = await objects.get(key);
      if (stored === undefined) throw new Error(`job ${job.id} has succeeded but its object ${key} is missing`);
      return stored.body;
    }),
  );
}

/** The same as base64. */
export async function readResultsBase64(job: Drawn, objects: Objects): Promise<string[]> {
  return (await readResults(job, objects)).map((file) => Buffer.from(file).toString("base64"));
}

/** Adds the files as base64 beside their links, for jobs that asked for it. */
export async function withBase64(resource: JobResource, job: Job, objects: Objects): Promise<JobResource> {
  if (job.response !== "b64") return resource;
  const files = await readResultsBase64(job, objects);
  return { ...resource, images: resource.images.map((image, i) => ({ ...image, b64: files[i]! })) };
}
