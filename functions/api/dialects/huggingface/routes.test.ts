import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../../../shared/ports/clock.ts";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});

/** Ten seconds are so long here as elsewhere, for images that are there before. */
async function withRealTime() {
  await api.close();
  api = await openApi({ clock: { ...systemClock, advance: () => {} } });
  api.worker.start();
}
afterEach(() => api.close());

const path = "/hf/models/Tongyi-MAI/Z-Image-Turbo";
const small = { width: 64, height: 64, num_inference_steps: 1, seed: 5 };
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

it("gives the image itself, with its media type and seed", async () => {
  await withRealTime();
  const response = await api.request("POST", path, { inputs: "a fox", parameters: small });
  expect([response.status, response.headers.get("content-type"), response.headers.get("x-seed")]).toEqual([
    200,
    "image/png",
    "5",
  ]);
  const [job] = (await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs;
  const stored = (await api.objects.get(job!.images[0]!.key))!;
  expect(Buffer.from(await response.arrayBuffer()).equals(stored.body)).toBe(true);
});

it("names what had no effect in a header", async () => {
  await withRealTime();
  const response = await api.request("POST", path, {
    inputs: "a fox",
    parameters: { ...small, negative_prompt: "雾" },
  });
  expect(JSON.parse(response.headers.get("x-warnings")!)).toEqual([
    expect.stringContaining("the model is made for 8 steps"),
    "negative_prompt has no effect while guidance is 0",
  ]);
});

it("gives an image that takes longer than ten seconds in JSON, which begins with spaces", async () => {
  const submitted = api.request("POST", path, { inputs: "a fox", parameters: small });
  const response = await submitted;
  expect(response.headers.get("content-type")).toBe("application/json");
  const reading = response.text();
  await api.worker.workOnce();
  const text = await reading;
  expect(text).toMatch(/^ +\{/);
  expect(JSON.parse(text)).toEqual({
    data: [{ b64_json: expect.stringMatching(/^iVBOR/) }],
    warnings: [expect.stringContaining("the model is made for 8 steps")],
  });
});

it("takes inputs for the image where the prompt is a parameter, with or without its data: prefix", async () => {
  for (const inputs of [pixel, `data:image/png;base64,${pixel}`]) {
    const working = api.request("POST", path, { inputs, parameters: { ...small, prompt: "a fox" } });
    while (!(await api.worker.workOnce())) await new Promise(setImmediate);
    expect((await working).headers.get("content-type"), "the client takes no JSON here").toBe("image/png");
    expect(api.worker.drawn.at(-1)!.params).toMatchObject({ prompt: "a fox", imageKey: expect.any(String) });
  }
});

it.each([
  ["an unknown model", "/hf/models/o/n", { inputs: "x" }, 404, "model_not_found", undefined],
  ["no inputs", path, {}, 400, "invalid_value", "inputs"],
  [
    "a wrong parameter",
    path,
    { inputs: "x", parameters: { ...small, width: 65 } },
    400,
    "invalid_size",
    "parameters.width",
  ],
  [
    "a target size of another form",
    path,
    { inputs: "x", parameters: { target_size: 64 } },
    400,
    "invalid_value",
    "parameters.target_size",
  ],
])("refuses %s with the error as text", async (_, path, body, status, code, param) => {
  const response = await api.request("POST", path, body);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: expect.any(String), code, ...(param && { param }) });
});
