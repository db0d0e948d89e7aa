import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";
import type { JobResource } from "./job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const submit = (body?: object, headers?: { [name: string]: string }) => submitJob(api, body, headers);

describe("one job", () => {
  it("does not exist for others", async () => {
    const { job } = await submit();
    const other = await api.apiKeys.createKey((await api.apiKeys.createAccount("other")).id);
    const headers = { authorization: `Bearer ${other.value}` };
    for (const [method, path] of [
      ["GET", `/v1/jobs/${job.id}`],
      ["POST", `/v1/jobs/${job.id}/cancel`],
      ["GET", `/v1/jobs/${job.id}/events`],
    ] as const) {
      const response = await api.request(method, path, undefined, headers);
      expect(await readProblem(response)).toMatchObject({ status: 404, code: "job_not_found" });
    }
    expect((await api.jobs.get(job.id))?.status).toBe("queued");
    const list = await api.request("GET", "/v1/jobs", undefined, headers);
    expect(await list.json()).toEqual({ data: [], next_cursor: null });
  });

  it.each([
    ["x"],
    ["job_%00"],
    ["job_".padEnd(5000, "A")],
    ["%zz"],
  ])("is not found under the id case %#", async (id) => {
    expect((await api.request("GET", `/v1/jobs/${id}`)).status).toBe(404);
  });

  it("is cancelled at once while it waits, and again without an error", async () => {
    const { job } = await submit();
    for (let i = 0; i < 2; i++) {
      const response = await api.request("POST", `/v1/jobs/${job.id}/cancel`);
      expect([response.status, ((await response.json()) as JobResource).status]).toEqual([200, "canceled"]);
    }
  });

  it("is cancelled at its next step while it runs: 202", async () => {
    const { job } = await submit();
    await api.jobs.claim(job.id, "w");
    const response = await api.request("POST", `/v1/jobs/${job.id}/cancel`);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: "running", cancel_requested_at: expect.any(String) });
  });

  it("carries its images as base64 when it asked for them", async () => {
    const { job } = await submit({ response: "b64", output: { format: "webp" } });
    await api.worker.workOnce();
    const done = (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as JobResource;
    const file = await api.app.request(done.images[0]?.url ?? "");
    expect(done.images[0]?.b64).toBe(Buffer.from(await file.arrayBuffer()).toString("base64"));
    expect(file.headers.get("content-type")).toBe("image/webp");
  });

  it("has not failed while it is tried again", async () => {
    const { job } = await submit();
    const claim = await api.jobs.claim(job.id, "w");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    await api.jobs.fail(claim.job, { code: "engine_failed", message: "once", retryable: true });
    const again = (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as JobResource;
    expect(again).toMatchObject({ status: "queued", error: null, attempts: 1 });
  });

  it("tells why it failed", async () => {
    const failing = await openApi({ beforeDrawing: () => Promise.reject(new Error("out of memory")) });
    try {
      const { id } = (await (await failing.request("POST", "/v1/jobs", { prompt: "x" })).json()) as JobResource;
      await failing.worker.workOnce();
      const job = (await (await failing.request("GET", `/v1/jobs/${id}`)).json()) as JobResource;
      expect(job).toMatchObject({ status: "failed", error: { code: "engine_failed", message: "out of memory" } });
    } finally {
      await failing.close();
    }
  });
});
