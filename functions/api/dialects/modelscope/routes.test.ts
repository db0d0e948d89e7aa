import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

/** ModelScope has no client of its own: what its users' scripts send. */

const asynchronous = { "x-modelscope-async-mode": "true" };
let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
  api.worker.start();
});
afterEach(() => api.close());

it("makes a task, which ends with links", async () => {
  const body = { model: "Tongyi-MAI/Z-Image-Turbo", prompt: "一只红狐", size: "128x64", seed: 7, steps: 2 };
  const submitted = await api.request("POST", "/v1/images/generations", body, asynchronous);
  const { task_id: id } = (await submitted.json()) as { task_id: string };
  const task = async () => {
    const answer = await api.request("GET", `/v1/tasks/${id}`, undefined, {
      "x-modelscope-task-type": "image_generation",
    });
    return (await answer.json()) as { task_status: string; output_images?: string[] };
  };
  await expect.poll(async () => (await task()).task_status).toBe("SUCCEED");
  const file = await api.app.request((await task()).output_images?.[0] ?? "");
  expect([file.status, file.headers.get("content-type")]).toEqual([200, "image/png"]);
  expect((await api.jobs.get(id))?.params).toMatchObject({ width: 128, height: 64, seed: 7, steps: 2 });
});

it("refuses in its own form", async () => {
  const post = (body: object, headers: { [name: string]: string } = {}) =>
    api.request("POST", "/v1/images/generations", body, { ...asynchronous, ...headers });
  const size = await post({ prompt: "x", size: "65x64" });
  expect([size.status, await size.json()]).toMatchObject([400, { errors: { code: "invalid_size" } }]);
  const lora = await post({ prompt: "x", loras: 5 });
  expect(await lora.json()).toMatchObject({ errors: { code: "invalid_value" } });
  const key = await post({ prompt: "x" }, { authorization: "Bearer not-one-of-our-keys" });
  expect([key.status, await key.json()]).toMatchObject([401, { errors: { code: "unauthorized" } }]);
  expect((await api.request("GET", "/v1/tasks/job_x")).status).toBe(404);
});

it("leaves the same path to OpenAI's clients without its header", async () => {
  const answer = await api.request("POST", "/v1/images/generations", { prompt: "x", size: "65x64" });
  expect(await answer.json()).toMatchObject({ error: { code: "invalid_size", param: "size" } });
});
