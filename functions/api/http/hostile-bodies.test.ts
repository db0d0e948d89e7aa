import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

async function post(path: string, body: string): Promise<{ status: number; text: string }> {
  const response = await api.app.request(path, {
    method: "POST",
    headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json" },
    body,
  });
  return { status: response.status, text: await response.text() };
}

// Each of these took from ten seconds to minutes of the one thread before it was bounded; the test's time limit tells.
describe("small requests that would cost much are refused at once", { timeout: 10_000 }, () => {
  it.each(["/v1/jobs", "/v1/quotes"])("%s: latents of nothing but padding", async (path) => {
    const body = { prompt: "a cup", latents: `${"=".repeat(400_000)}A` };
    const { status, text } = await post(path, JSON.stringify(body));
    expect([status, text]).toEqual([400, expect.stringContaining("latents must be base64")]);
  });

  it("twenty errors are named, whatever number there is", async () => {
    const body = { prompt: 1, loras: Array.from({ length: 15_000 }, () => 7) };
    const { status, text } = await post("/v1/jobs", JSON.stringify(body));
    expect([status, JSON.parse(text).errors.length <= 20]).toEqual([400, true]);
    const unknown = Object.fromEntries(Array.from({ length: 15_000 }, (_, i) => [`field_${i}`, 1]));
    const answer = await post("/v1/jobs", JSON.stringify({ prompt: "a cup", ...unknown }));
    expect(JSON.parse(answer.text).errors).toHaveLength(20);
    expect(answer.text.length).toBeLessThan(10_000);
  });

  it.each([
    ["numbers", `{"prompt":"a cup","references":[${"1,".repeat(2_900_000)}1]}`],
    ["objects", `{"loras":[${"{},".repeat(1_900_000)}{}]}`],
    ["members", `{${Array.from({ length: 30_000 }, (_, i) => `"m${i}":1`).join(",")}}`],
  ])("a body of very many %s", async (_, body) => {
    const { status, text } = await post("/v1/jobs", body);
    expect([status, text]).toEqual([400, expect.stringContaining("more than 20000 entries")]);
    expect(text.length).toBeLessThan(2_000);
  });

  it.each([
    ["/v1/jobs", { prompt: "a cup", guidance: 1e-200 }, "guidance"],
    ["/v1/jobs", { prompt: "a cup", shift: 1e-300 }, "shift"],
    ["/v1/jobs", { prompt: "a cup", sigmas: [1, 1e-200] }, "sigmas.1"],
    ["/v1/quotes", { prompt: "a cup", cfg_truncation: 1e-131 }, "cfg_truncation"],
    ["/v1/images/generations", { prompt: "a cup", strength: 1e-300 }, "strength"],
    ["/fal/run/fal-ai/z-image/turbo", { prompt: "a cup", guidance_scale: 1e-200 }, "guidance_scale"],
  ])("%s: %j is almost nothing, and says so", async (path, body, param) => {
    const { status, text } = await post(path, JSON.stringify(body));
    expect([status, text]).toEqual([
      expect.toSatisfy((code: number) => code === 400 || code === 422),
      expect.stringContaining(`${param} must be`),
    ]);
  });

  it("commas in a text are none of them", async () => {
    expect((await post("/v1/quotes", JSON.stringify({ prompt: ",".repeat(1_500) }))).status).toBe(200);
  });
});
