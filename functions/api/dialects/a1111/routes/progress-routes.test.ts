import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, submitJob } from "../../../../../test/support/api/api-under-test.ts";
import { rememberJob } from "../account-record.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const progress = async (query = "") => (await api.request("GET", `/sdapi/v1/progress${query}`)).json();

/** A queued job that counts as one of this API's. */
async function openJob(body: object = {}) {
  const { job } = await submitJob(api, { steps: 4, ...body });
  const stored = (await api.jobs.get(job.id))!;
  await rememberJob(stored, api);
  return stored;
}

async function claim(id: string) {
  const claimed = await api.jobs.claim(id, "w1");
  if (claimed.outcome !== "claimed") throw new Error(claimed.outcome);
  return claimed.job;
}

it("says that nothing is open, and is never cached", async () => {
  const response = await api.request("GET", "/sdapi/v1/progress");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toMatchObject({
    progress: 0,
    eta_relative: 0,
    state: { job: "", job_count: 0, job_timestamp: "0", interrupted: false },
    current_image: null,
    textinfo: null,
  });
});

it("is above 0 while a job waits", async () => {
  const { id } = await openJob({ n: 2 });
  expect(await progress()).toMatchObject({
    progress: 0.01,
    state: { job: id, job_count: 2, sampling_step: 0, sampling_steps: 4 },
    textinfo: "waiting in the queue",
  });
});

it("counts images and steps of the job that runs, before one that waits", async () => {
  await openJob();
  const { id } = await openJob({ n: 2 });
  const data = { image: 1, step: 6, total: 8 };
  await api.jobs.progress(await claim(id), { type: "step", data }, { step: 6, total: 8 });
  expect(await progress()).toMatchObject({
    progress: 0.75,
    state: { job: id, job_no: 1, sampling_step: 2 },
    current_image: null,
    textinfo: null,
  });
});

it("is below 1 after the last step, until the job is over", async () => {
  const { id } = await openJob();
  const data = { image: 0, step: 4, total: 4 };
  const running = await api.jobs.progress(await claim(id), { type: "step", data }, { step: 4, total: 4 });
  expect(await progress()).toMatchObject({ progress: 0.99 });
  await api.jobs.cancel(running);
  expect(await progress()).toMatchObject({ progress: 0, state: { job: "" } });
});

it("interrupts every open job, running or not", async () => {
  const running = await claim((await openJob()).id);
  const waiting = await openJob();
  expect(await (await api.request("POST", "/sdapi/v1/interrupt")).json()).toEqual({});
  expect((await api.jobs.get(waiting.id))?.status).toBe("canceled");
  expect((await api.jobs.get(running.id))?.cancelRequestedAt).toBeDefined();
  expect(await progress()).toMatchObject({ state: { job: running.id, interrupted: true } });
});

it("refuses a caller without a key", async () => {
  expect((await api.app.request("/sdapi/v1/progress")).status).toBe(401);
  expect((await api.app.request("/sdapi/v1/interrupt", { method: "POST" })).status).toBe(401);
});
