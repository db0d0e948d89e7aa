import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, submitJob } from "../../../../test/support/api/api-under-test.ts";
import { describeTools } from "./tools.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** The result of a tool, its summary parsed. */
async function call(name: string, given: object, headers = {}) {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given } };
  const response = await api.request("POST", "/mcp", message, { accept: "application/json", ...headers });
  const { result, error } = (await response.json()) as {
    result?: { isError?: boolean; content: { type: string; text?: string; mimeType?: string }[] };
    error?: { code: number; message: string };
  };
  const [summary, ...images] = result?.content ?? [];
  return { error, isError: result?.isError, said: summary && JSON.parse(summary.text!), images };
}

const drawing = { prompt: "a fox", size: "64x64", steps: 1 };

it("generates JPEG unless told otherwise, and shows the image", async () => {
  api.worker.start();
  const { said, images } = await call("generate", drawing);
  expect(said).toMatchObject({ status: "succeeded", drawn_as: { prompt: "a fox", steps: 1 } });
  expect(images).toMatchObject([{ type: "image", mimeType: "image/jpeg" }]);
  expect((await call("generate", { ...drawing, format: "png" })).images).toMatchObject([{ mimeType: "image/png" }]);
});

it("says how to go on when the wait is over before the job is", async () => {
  const { said, images, isError } = await call("generate", { ...drawing, wait_s: 2 });
  expect(said).toMatchObject({
    status: "queued",
    next: expect.stringContaining(`job_status with job_id ${said.job_id}`),
  });
  expect([images, isError]).toEqual([[], undefined]);
  await api.worker.workOnce();
  const after = await call("job_status", { job_id: said.job_id });
  expect([after.said.status, after.images.length]).toEqual(["succeeded", 1]);
  expect((await call("job_status", { job_id: said.job_id, images: false })).images).toEqual([]);
  // Its former name.
  expect((await call("job_status", { job_id: said.job_id, pictures: false })).images).toEqual([]);
});

it.each([
  ["generate", { ...drawing, image: "x" }, "unknown_field", "image"],
  ["generate", { ...drawing, webhook: { url: "https://x.test" } }, "unknown_field", "webhook"],
  ["edit", drawing, "invalid_value", "image"],
  ["generate", { ...drawing, wait_s: 100_000 }, "invalid_value", "wait_s"],
  ["job_status", { job_id: "job_1" }, "job_not_found", "id"],
])("%s refuses %j as a result that the agent can read", async (name, given, code, param) => {
  expect(await call(name, given)).toMatchObject({ isError: true, said: { error: { code, param } } });
  expect((await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs).toEqual([]);
});

it("lets a key that may only read look, and draw nothing", async () => {
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"] });
  const reader = { authorization: `Bearer ${value}` };
  expect(await call("generate", drawing, reader)).toMatchObject({ said: { error: { code: "insufficient_scope" } } });
  const { job } = await submitJob(api);
  expect((await call("job_status", { job_id: job.id }, reader)).said).toMatchObject({ status: "queued" });
});

it("names the tools that there are when there is none of that name", async () => {
  const { error } = await call("paint", {});
  expect(error).toEqual({
    code: -32602,
    message: 'there is no tool "paint"; there are generate, edit, job_status, run_create, run_status',
  });
});

it("describes every argument of every tool", async () => {
  for (const { name, inputSchema } of await describeTools()) {
    const properties = (inputSchema as { properties: { [name: string]: { description?: string } } }).properties;
    for (const [field, { description }] of Object.entries(properties))
      expect(description, `${name}.${field}`).toBeTruthy();
  }
});
