import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const cancel = async (id: string) => {
  const response = await api.request("POST", `/v1/jobs/${id}/cancel`);
  return { status: response.status, body: await response.json() };
};

it("ends a job that waits at once, and again says so", async () => {
  const { job } = await submitJob(api);
  for (const _ of ["first", "again"]) {
    expect(await cancel(job.id)).toMatchObject({ status: 200, body: { id: job.id, status: "canceled" } });
  }
  await api.worker.workOnce();
  expect(api.worker.drawn).toEqual([]);
});

it("answers 202 for a job that is being drawn, which its worker ends", async () => {
  const { job } = await submitJob(api);
  const claim = await api.jobs.claim(job.id, "worker");
  expect(await cancel(job.id)).toMatchObject({ status: 202, body: { status: "running" } });
  if (claim.outcome !== "claimed") throw new Error("not claimed");
  expect(await api.jobs.heartbeat(claim.job)).toMatchObject({ cancelRequestedAt: expect.any(Number) });
});

it("leaves a job that has succeeded as it is", async () => {
  const { job } = await submitJob(api);
  await api.worker.workOnce();
  expect(await cancel(job.id)).toMatchObject({ status: 200, body: { status: "succeeded" } });
});

it("finds no job of another account", async () => {
  const { job } = await submitJob(api);
  const other = await api.apiKeys.createAccount("other", {});
  const { value } = await api.apiKeys.createKey(other.id);
  const headers = { authorization: `Bearer ${value}` };
  const response = await api.request("POST", `/v1/jobs/${job.id}/cancel`, undefined, headers);
  expect(await readProblem(response)).toMatchObject({ status: 404, code: "job_not_found" });
  expect(await api.jobs.get(job.id)).toMatchObject({ status: "queued" });
});
