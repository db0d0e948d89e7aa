import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Accounts } from "../../../shared/money/accounts.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

/** An image to start from gives the new one its size, through every API that takes one and names none. */

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function image(width: number, height: number, orientation?: number): Promise<string> {
  const image = sharp({ create: { width, height, channels: 3, background: "red" } });
  const bytes = await (orientation === undefined ? image.png() : image.withMetadata({ orientation }).jpeg()).toBuffer();
  return `data:image/${orientation === undefined ? "png" : "jpeg"};base64,${bytes.toString("base64")}`;
}

async function newestSize() {
  const [job] = (await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs;
  return [job?.params.width, job?.params.height];
}

const submit = (body: object) => api.request("POST", "/v1/jobs", { prompt: "x", ...body });

it.each([
  ["as it is", [128, 96], {}, [128, 96]],
  ["to the nearest multiple of 16", [130, 200], {}, [128, 208]],
  ["turned as EXIF says", [128, 96, 6], {}, [96, 128]],
  ["with size auto", [128, 96], { size: "auto" }, [128, 96]],
  ["unless a size is named", [128, 96], { size: "64x64" }, [64, 64]],
  ["or proportions", [128, 96], { aspect_ratio: "1:1" }, [1024, 1024]],
] as const)("is drawn %s", async (_, [width, height, orientation], wish, size) => {
  expect((await submit({ image: await image(width, height, orientation), ...wish })).status).toBe(202);
  expect(await newestSize()).toEqual(size);
});

it("is what the price is of, and a quote", async () => {
  const body = { prompt: "x", image: await image(128, 96), steps: 2 };
  const named = { ...body, size: "128x96" };
  const quote = async (of: object) => {
    const { amount } = (await (await api.request("POST", "/v1/quotes", of)).json()) as { amount: number };
    return amount;
  };
  const amount = await quote(body);
  expect(amount).toBe(await quote(named));
  const job = (await (await submit({ ...body, max_cost: amount })).json()) as { cost: object };
  expect(job.cost).toMatchObject({ amount });
  const refused = await submit({ ...body, max_cost: amount - 1 });
  expect([refused.status, await refused.json()]).toMatchObject([412, { code: "max_cost_exceeded" }]);
});

it("is all that must be paid, however dear the model's own size is", async () => {
  const accounts = new Accounts(api);
  const { id } = await api.apiKeys.createAccount("payer");
  const { value } = await api.apiKeys.createKey(id);
  const body = { prompt: "x", image: await image(64, 64), steps: 2 };
  const quoted = (await (await api.request("POST", "/v1/quotes", body)).json()) as { amount: number };
  await accounts.credit(id, { amount: quoted.amount, reference: "first" });
  const headers = { authorization: `Bearer ${value}` };
  expect((await api.request("POST", "/v1/jobs", { ...body, image: await image(128, 64) }, headers)).status).toBe(402);
  expect((await api.request("POST", "/v1/jobs", body, headers)).status).toBe(202);
  expect(await accounts.balance(id)).toMatchObject({ available: 0, held: quoted.amount });
});

it("is not known to a quote of an image elsewhere, which says what to give", async () => {
  const response = await api.request("POST", "/v1/quotes", { prompt: "x", image: "https://example.com/a.png" });
  expect([response.status, await response.json()]).toMatchObject([400, { code: "size_unknown", param: "size" }]);
});

it("goes with the rest of the request, or the request is refused by name", async () => {
  const refused = await submit({ image: await image(2048, 1024), upscale: "refine" });
  expect([refused.status, await refused.json()]).toMatchObject([400, { param: "upscale" }]);
  const unfit = await submit({ image: await image(128, 64), mask: await image(64, 64) });
  expect([unfit.status, await unfit.json()]).toMatchObject([400, { code: "invalid_image", param: "mask" }]);
  expect((await submit({ image: await image(128, 64), mask: await image(64, 32) })).status).toBe(202);
});

describe("through the API of", () => {
  const model = "z-image-turbo";
  const cases: [string, string, (image: string) => object, { [name: string]: string }?][] = [
    ["openai", "/v1/images/generations", (image: string) => ({ model, prompt: "x", image })],
    ["openai, auto", "/v1/images/generations", (image: string) => ({ model, prompt: "x", image, size: "auto" })],
    [
      "replicate",
      "/v1/models/prunaai/z-image-turbo/predictions",
      (image: string) => ({ input: { prompt: "x", image } }),
    ],
    ["fal", "/fal/queue/fal-ai/z-image/turbo/image-to-image", (image: string) => ({ prompt: "x", image_url: image })],
    [
      "fal, auto",
      "/fal/queue/fal-ai/z-image/turbo/image-to-image",
      (image: string) => ({ prompt: "x", image_url: image, image_size: "auto" }),
    ],
    [
      "huggingface",
      "/hf/models/Tongyi-MAI/Z-Image-Turbo",
      (image: string) => ({ inputs: image, parameters: { prompt: "x" } }),
    ],
    [
      "dashscope",
      "/api/v1/services/aigc/multimodal-generation/generation",
      (image: string) => ({ model, input: { messages: [{ role: "user", content: [{ image }, { text: "x" }] }] } }),
    ],
    [
      "modelscope",
      "/v1/images/generations",
      (image: string) => ({ model, prompt: "x", image_url: image }),
      { "x-modelscope-async-mode": "true" },
    ],
    [
      "mcp",
      "/mcp",
      (image: string) => ({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "edit", arguments: { prompt: "x", image, wait_s: 0 } },
      }),
      { accept: "application/json" },
    ],
  ];
  it.each(cases)("%s", async (_, path, body, headers = {}) => {
    api.worker.start();
    const response = await api.request("POST", path, body(await image(128, 80)), headers);
    expect(response.status).toBeLessThan(300);
    await response.arrayBuffer();
    expect(await newestSize()).toEqual([128, 80]);
  });
});
