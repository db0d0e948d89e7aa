import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, submitJob } from "../../../test/support/api/api-under-test.ts";
import type { JobResource } from "./job-responses.ts";
import { readResultsBase64 } from "./result-base64.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function drawn(body: object) {
  const { job } = await submitJob(api, { steps: 1, ...body });
  await api.worker.workOnce();
  return (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as JobResource;
}

it("puts the files beside their links, in order, for a job that asked for base64", async () => {
  const { id, images } = await drawn({ n: 2, response: "b64" });
  const stored = (await api.jobs.get(id))!.images;
  for (const [i, { key }] of stored.entries()) {
    const { body } = (await api.objects.get(key))!;
    expect(Buffer.from(images[i]!.b64!, "base64").equals(body)).toBe(true);
    expect(images[i]!.url).toContain(encodeURI(key));
  }
  expect(images[0]!.b64).not.toBe(images[1]!.b64);
});

it("leaves them out of other jobs", async () => {
  const { images } = await drawn({});
  expect(images.map((image) => "b64" in image)).toEqual([false]);
});

it("names the object that is missing", async () => {
  const job = (await api.jobs.get((await drawn({})).id))!;
  const [image] = job.images;
  await api.objects.delete(image!.key);
  await expect(readResultsBase64(job, api.objects)).rejects.toThrow(`its object ${image!.key} is missing`);
});
