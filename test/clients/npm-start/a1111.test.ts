import { expect, it } from "vitest";
import { key, longJob, send, spent, wrongKey } from "./account.ts";
import { plainImage, sizeOfBase64 } from "./drawn-images.ts";

/**
 * What SillyTavern, Open WebUI and Krita's Cyanic plugin send, by their sources: none of them is a package for Node.
 */

interface Images {
  readonly images: string[];
  readonly info: string;
}

interface Progress {
  readonly progress: number;
  readonly current_image: string | null;
}

const authorization = `Basic ${Buffer.from(`user:${key}`).toString("base64")}`;
const post = <Body>(path: string, body: object) => send<Body>("POST", `/sdapi/v1/${path}`, body, { authorization });
const get = <Body>(path: string) => send<Body>("GET", `/sdapi/v1/${path}`, undefined, { authorization });
const base64 = async (width: number, height: number) => Buffer.from(await plainImage(width, height)).toString("base64");

it("draws a batch with the sampler that SillyTavern names, and can read back how", async () => {
  const body = {
    prompt: "画一个杯子",
    negative_prompt: "",
    sampler_name: "Euler",
    scheduler: "Automatic",
    steps: 4,
    cfg_scale: 1,
  };
  const drawn = await post<Images>("txt2img", { ...body, width: 128, height: 64, seed: 7, batch_size: 2, n_iter: 1 });
  expect(drawn.status).toBe(200);
  expect(JSON.parse(drawn.body.info)).toMatchObject({ all_seeds: [7, 8], steps: 4, width: 128 });
  for (const image of drawn.body.images) expect(await sizeOfBase64(image)).toEqual([128, 64]);
  const read = await post<{ parameters: object }>("png-info", { image: drawn.body.images[1]! });
  expect(read.body.parameters).toMatchObject({ Prompt: "画一个杯子", Seed: "8", Sampler: "Euler", Size: "128x64" });
});

it("draws what Open WebUI asks for after it chose the model", async () => {
  const { body: options } = await get<{ sd_model_checkpoint: string }>("options");
  const { body: models } = await get<{ title: string }[]>("sd-models");
  expect(models.map(({ title }) => title)).toContain(options.sd_model_checkpoint);
  expect((await post("options", { ...options, sd_model_checkpoint: models[0]!.title })).status).toBe(200);
  const { body } = await post<Images>("txt2img", {
    prompt: "a red cup",
    batch_size: 1,
    width: 96,
    height: 64,
    steps: 4,
  });
  expect(await sizeOfBase64(body.images[0])).toEqual([96, 64]);
});

it.each([0, 1])("redraws a part of Krita's selection (inverted: %s)", async (inpainting_mask_invert) => {
  // Transparent is black to a mask: of this one everything is white.
  const mask =
    inpainting_mask_invert === 0 ? await base64(100, 70) : Buffer.from(await plainImage(100, 70, 0)).toString("base64");
  const selection = {
    width: 100,
    height: 70,
    init_images: [await base64(100, 70)],
    mask,
    mask_blur: 4,
    inpainting_mask_invert,
  };
  const settings = {
    prompt: "a red cup",
    steps: 4,
    cfg_scale: 1,
    seed: -1,
    sampler_name: "Euler a",
    denoising_strength: 0.75,
  };
  const { status, body } = await post<Images>("img2img", { ...settings, ...selection, alwayson_scripts: {} });
  expect([status, await sizeOfBase64(body.images[0])]).toEqual([200, [96, 64]]);
});

it("shows how far it is, with a preview, and stops when it is told to", async () => {
  const { prompt, steps, n } = longJob;
  const held = post<Images>("txt2img", { prompt, width: 512, height: 512, steps, batch_size: n });
  await expect
    .poll(async () => (await get<Progress>("progress")).body.current_image, { timeout: 60_000 })
    .toMatch(/^iVBOR/);
  expect((await post("interrupt", {})).status).toBe(200);
  expect((await held).body.images).toEqual([]);
  expect((await get<Progress>("progress")).body).toMatchObject({ progress: 0, current_image: null });
});

it("refuses a wrong size and a wrong key in this API's form, and charges nothing", async () => {
  const before = await spent();
  expect(await post("txt2img", { prompt: "x", width: 9000, height: 64 })).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ["body", "width"] }] },
  });
  const stranger = { authorization: `Basic ${Buffer.from(`user:${wrongKey}`).toString("base64")}` };
  expect(await send("POST", "/sdapi/v1/txt2img", { prompt: "x" }, stranger)).toMatchObject({
    status: 401,
    body: { error: "HTTPException" },
  });
  expect(await spent()).toBe(before);
});
