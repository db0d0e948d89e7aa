import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const path = "/v1/images/generations";
const body = { prompt: "a fox", size: "64x64", steps: 4 };

it("holds the request until the images exist", async () => {
  api.worker.start();
  const response = await api.request("POST", path, { ...body, n: 2 });
  const { data } = (await response.json()) as { data: { b64_json: string }[] };
  expect(data.map(({ b64_json }) => b64_json.slice(0, 6))).toEqual(["iVBORw", "iVBORw"]);
  const links = await api.request("POST", path, { ...body, response_format: "url" });
  const [image] = ((await links.json()) as { data: { url: string }[] }).data;
  expect((await api.app.request(image!.url)).headers.get("content-type")).toBe("image/png");
});

it("streams previews and images where asked to", async () => {
  api.worker.start();
  const response = await api.request("POST", path, { ...body, stream: true, partial_images: 1 });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const events = [...(await response.text()).matchAll(/^event: (.*)$/gm)].map(([, event]) => event);
  expect(events).toEqual(["image_generation.partial_image", "image_generation.completed"]);
});

it("has a worker know of wanted previews before it begins, since a short job is over before a follower is heard", async () => {
  vi.spyOn(api.jobs, "watch").mockRejectedValue(new Error("too late"));
  const watchedUntil = async (partialImages: number) => {
    const response = await api.request("POST", path, { ...body, stream: true, partial_images: partialImages });
    const { jobs } = await api.jobs.list({ accountId: api.account.id, limit: 1 });
    const claim = await api.jobs.claim(jobs[0]!.id, "w1");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    await response.body?.cancel();
    return (await api.jobs.look(claim.job)).watchedUntil;
  };
  expect([(await watchedUntil(0)) > 0, (await watchedUntil(1)) > 0]).toEqual([false, true]);
});

it("gives a job that failed its own error, as JSON or as an event", async () => {
  const failing = await openApi({ beforeDrawing: () => Promise.reject(new Error("out of memory")) });
  failing.worker.start();
  try {
    const whole = await failing.request("POST", path, body);
    expect([whole.status, await whole.json()]).toMatchObject([500, { error: { code: "engine_failed" } }]);
    const streamed = await failing.request("POST", path, { ...body, stream: true });
    expect(await streamed.text()).toMatch(/^event: error\ndata: .*engine_failed/m);
  } finally {
    await failing.close();
  }
});

it("asks for the image to edit", async () => {
  const form = new FormData();
  form.set("prompt", "x");
  const headers = { authorization: `Bearer ${api.key}` };
  const response = await api.app.request("/v1/images/edits", { method: "POST", headers, body: form });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param: "image" } }]);
});
