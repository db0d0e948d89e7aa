import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPngTexts } from "../../../../shared/image-files/png-text.ts";
import { publishWorkerModel } from "../../../../shared/model-catalog/worker-models.ts";
import { type ApiUnderTest, openApi, submitJob, turbo } from "../../../../test/support/api/api-under-test.ts";

// Requests as the sources of SillyTavern's server, Open WebUI's router and the Cyanic plugin for Krita make them.

interface Images {
  readonly images: string[];
  readonly parameters: { readonly [name: string]: unknown };
  readonly info: string;
  readonly warnings: string[];
}

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function call<Body>(method: string, path: string, body?: unknown, authorization = `Bearer ${api.key}`) {
  const response = await api.app.request(path, {
    method,
    headers: {
      ...(authorization !== "" && { authorization }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const jobs = async () => (await api.jobs.list({ accountId: api.account.id, limit: 20 })).jobs;
const png = async (width = 64, height = 64, background = "red") =>
  (
    await sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer()
  ).toString("base64");

describe("SillyTavern", () => {
  /** Its server passes its own request on, with the address and the credentials in it. */
  const generation = {
    url: "http://127.0.0.1:8787",
    auth: "user:password",
    prompt: "a red teapot <lora:ink:0.5>",
    negative_prompt: "blurry",
    sampler_name: "DPM++ 2M",
    scheduler: "Karras",
    steps: 8,
    cfg_scale: 7,
    width: 128,
    height: 64,
    restore_faces: false,
    enable_hr: false,
    hr_upscaler: "Latent",
    hr_scale: 2,
    hr_additional_modules: [],
    denoising_strength: 0.7,
    hr_second_pass_steps: 0,
    override_settings: { CLIP_stop_at_last_layers: 1 },
    override_settings_restore_afterwards: true,
    clip_skip: 1,
    save_images: true,
    send_images: true,
    do_not_save_grid: false,
    do_not_save_samples: false,
  };

  it("connects: ping, lists, model, change of model, progress", async () => {
    const auth = basic(`user:${api.key}`);
    const get = async <Body>(path: string) => (await call<Body>("GET", `/sdapi/v1/${path}`, undefined, auth)).body;
    expect(await get("options")).toMatchObject({ sd_model_checkpoint: "z-image-turbo" });
    expect((await get<{ name: string }[]>("samplers")).map(({ name }) => name)).toContain("Euler");
    expect((await get<{ name: string }[]>("schedulers")).map(({ name }) => name)).toEqual(["automatic"]);
    expect((await get<{ name: string }[]>("upscalers")).map(({ name }) => name)).toEqual(["None"]);
    expect((await get<{ name: string }[]>("latent-upscale-modes")).length).toBe(1);
    expect(await get("sd-vae")).toEqual([]);
    expect((await get<{ title: string }[]>("sd-models")).map(({ title }) => title)).toEqual([
      "z-image-turbo",
      "z-image",
    ]);
    expect(await call("POST", "/sdapi/v1/options", { sd_model_checkpoint: "z-image" }, auth)).toEqual({
      status: 200,
      body: null,
    });
    expect(await get("progress")).toMatchObject({ progress: 0, state: { job_count: 0 } });
    expect(await get("options")).toMatchObject({ sd_model_checkpoint: "z-image" });
  });

  it("draws what it asks for, and is told what has no effect here", async () => {
    await publishWorkerModel(
      api.items,
      "w1",
      { id: turbo.id, adapters: { loras: [{ id: "styles/ink" }] } },
      api.clock.now(),
    );
    api.worker.start();
    const { status, body } = await call<Images>("POST", "/sdapi/v1/txt2img", generation);
    expect(status).toBe(200);
    const bytes = Buffer.from(body.images[0]!, "base64");
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "png", width: 128, height: 64 });
    const [job] = await jobs();
    expect(job!.params).toMatchObject({
      prompt: "a red teapot",
      steps: 8,
      guidance: 0,
      loras: [{ id: "styles/ink", scale: 0.5 }],
    });
    const info = JSON.parse(body.info);
    expect(info).toMatchObject({
      prompt: generation.prompt,
      seed: job!.params.seed,
      all_seeds: [job!.params.seed],
      steps: 8,
    });
    expect(readPngTexts(bytes).get("parameters")).toBe(info.infotexts[0]);
    expect(info.infotexts[0]).toBe(
      `a red teapot <lora:ink:0.5>\nNegative prompt: blurry\nSteps: 8, Sampler: Euler, Schedule type: Automatic, CFG scale: 1, Seed: ${job!.params.seed}, Size: 128x64, Model: z-image-turbo`,
    );
    expect(body.warnings.join()).toMatch(
      /DPM\+\+ 2M.*Euler was used.*scheduler has no effect.*cfg_scale has no effect/,
    );
    expect(JSON.stringify(body)).not.toContain("user:password");
  });

  it("interrupts what it asked for when its user goes away", async () => {
    // No worker here has the LoRA.
    const held = call<Images>("POST", "/sdapi/v1/txt2img", { ...generation, prompt: "a red teapot" });
    await expect.poll(async () => (await jobs()).length).toBe(1);
    expect((await call<{ progress: number }>("GET", "/sdapi/v1/progress")).body).toMatchObject({
      progress: 0.01,
      state: { job_count: 1 },
    });
    expect(await call("POST", "/sdapi/v1/interrupt")).toEqual({ status: 200, body: {} });
    expect((await held).body).toMatchObject({ images: [] });
    expect((await jobs())[0]!.status).toBe("canceled");
    expect((await call<{ progress: number }>("GET", "/sdapi/v1/progress")).body.progress).toBe(0);
  });
});

describe("Open WebUI", () => {
  it("verifies, lists, sets the model by sending all options back, and draws a batch", async () => {
    api.worker.start();
    const auth = basic(`:${api.key}`);
    const options = (await call<Record<string, unknown>>("GET", "/sdapi/v1/options", undefined, auth)).body;
    const models = (await call<{ title: string; model_name: string }[]>("GET", "/sdapi/v1/sd-models", undefined, auth))
      .body;
    const chosen = { ...options, sd_model_checkpoint: models[1]!.title };
    expect((await call("POST", "/sdapi/v1/options", chosen, auth)).status).toBe(200);
    const form = {
      prompt: "画一只红狐",
      batch_size: 2,
      width: 64,
      height: 64,
      steps: 4,
      negative_prompt: "x",
      cfg_scale: 5,
    };
    const { body } = await call<Images>("POST", "/sdapi/v1/txt2img", form, auth);
    expect(body.images).toHaveLength(2);
    const [job] = await jobs();
    // 5 of this API is 4 here: the model's own default.
    expect(job!.params).toMatchObject({ model: "z-image", n: 2, guidance: 4, negativePrompt: "x", steps: 4 });
    expect(JSON.parse(body.info)).toMatchObject({ cfg_scale: 5, all_seeds: [job!.params.seed, job!.params.seed + 1] });
  });

  it("is refused without credentials, and with wrong ones, in this API's form", async () => {
    for (const auth of ["", "Basic ", basic("user:wrong")]) {
      expect(await call("GET", "/sdapi/v1/options", undefined, auth)).toMatchObject({
        status: 401,
        body: { error: "HTTPException", detail: expect.stringContaining("API key"), body: "" },
      });
    }
  });
});

describe("the Krita plugin", () => {
  const inpaint = async () => ({
    width: 100,
    height: 64,
    save_images: true,
    prompt: "a red balloon",
    negative_prompt: "",
    override_settings: { sd_model_checkpoint: "z-image-turbo", sd_vae: "Automatic", img2img_color_correction: true },
    override_settings_restore_afterwards: false,
    sampler_name: "Euler a",
    steps: 4,
    cfg_scale: 1,
    batch_size: 1,
    n_iter: 1,
    seed: -1,
    denoising_strength: 0.6,
    alwayson_scripts: {},
    init_images: [await png(100, 64)],
    mask: await png(100, 64, "white"),
    mask_blur: 4,
    inpainting_mask_invert: 0,
    inpainting_fill: 1,
    inpaint_full_res: 0,
    inpaint_full_res_padding: 32,
  });

  it("finds every list that it asks for when it connects", async () => {
    for (const path of [
      "/queue/status",
      ...[
        "sd-models",
        "sd-vae",
        "samplers",
        "upscalers",
        "face-restorers",
        "prompt-styles",
        "scripts",
        "loras",
        "embeddings",
        "hypernetworks",
        "options",
      ].map((name) => `/sdapi/v1/${name}`),
    ]) {
      expect(await call("GET", path), path).toMatchObject({ status: 200 });
    }
  });

  it("redraws a part of a selection of any size, and the other part inverted", async () => {
    api.worker.start();
    const { status, body } = await call<Images>("POST", "/sdapi/v1/img2img", await inpaint());
    expect(status).toBe(200);
    expect(body.parameters).toMatchObject({
      batch_size: 1,
      n_iter: 1,
      save_images: false,
      init_images: null,
      mask: null,
    });
    const [job] = await jobs();
    expect(job!.params).toMatchObject({
      width: 96,
      height: 64,
      strength: 0.6,
      maskMode: "white",
      sampler: "euler_ancestral",
    });
    expect(body.warnings).toContain("width 100 was rounded down to a multiple of 16");
    const inverted = await call("POST", "/sdapi/v1/img2img", { ...(await inpaint()), inpainting_mask_invert: 1 });
    expect(inverted).toMatchObject({
      status: 422,
      body: { detail: [{ msg: expect.stringContaining("no part of it is black") }] },
    });
  });

  it("shows the preview of the job that runs, to its own account alone", async () => {
    const other = await api.apiKeys.createAccount("second", { unlimited: true });
    const { value: otherKey } = await api.apiKeys.createKey(other.id);
    const held = call<Images>("POST", "/sdapi/v1/txt2img", { prompt: "x", steps: 4, width: 64, height: 64 });
    await expect.poll(async () => (await jobs()).length).toBe(1);
    const claim = await api.jobs.claim((await jobs())[0]!.id, "w");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    await api.objects.put("p/1.jpg", Buffer.from("preview"), { contentType: "image/jpeg" });
    const data = { image: 0, step: 2, total: 4, preview_key: "p/1.jpg" };
    const running = await api.jobs.progress(claim.job, { type: "step", data }, { step: 2, total: 4 });
    expect((await call("GET", "/sdapi/v1/progress")).body).toMatchObject({
      progress: 0.5,
      state: { sampling_step: 2, sampling_steps: 4 },
      current_image: Buffer.from("preview").toString("base64"),
    });
    expect((await call("GET", "/sdapi/v1/progress?skip_current_image=true")).body).toMatchObject({
      current_image: null,
    });
    const theirs = `Bearer ${otherKey}`;
    expect((await call("GET", "/sdapi/v1/progress", undefined, theirs)).body).toMatchObject({
      progress: 0,
      current_image: null,
    });
    await call("POST", "/sdapi/v1/interrupt", {}, theirs);
    expect((await api.jobs.get(running.id))?.cancelRequestedAt).toBeUndefined();
    await call("POST", "/sdapi/v1/interrupt", {});
    expect((await api.jobs.get(running.id))?.cancelRequestedAt).toBeDefined();
    await api.jobs.cancel(running);
    expect((await held).body.images).toEqual([]);
  });
});

it("interrupts only what came through this API", async () => {
  const { job } = await submitJob(api);
  await call("POST", "/sdapi/v1/interrupt");
  expect((await api.jobs.get(job.id))?.status).toBe("queued");
});

it("reads back what its images say", async () => {
  api.worker.start();
  const { body } = await call<Images>("POST", "/sdapi/v1/txt2img", {
    prompt: "一只, 红狐",
    width: 64,
    height: 64,
    seed: 7,
    steps: 4,
  });
  const read = await call<{ info: string }>("POST", "/sdapi/v1/png-info", {
    image: `data:image/png;base64,${body.images[0]}`,
  });
  expect(read.body).toMatchObject({
    info: JSON.parse(body.info).infotexts[0],
    parameters: { Prompt: "一只, 红狐", Steps: "4", Seed: "7", Size: "64x64" },
  });
  expect((await call("POST", "/sdapi/v1/png-info", { image: await png() })).body).toEqual({
    info: "",
    items: {},
    parameters: {},
  });
});

it.each([
  ["a wrong type", { steps: "many" }, "steps", "must be a number"],
  ["too many images", { batch_size: 4, n_iter: 4 }, "batch_size", "at most 10"],
  ["face restoration", { restore_faces: true }, "restore_faces", "turn it off"],
  ["a script", { alwayson_scripts: { ADetailer: { args: [] } } }, "alwayson_scripts", "ADetailer"],
  ["a second pass of another size", { enable_hr: true, hr_scale: 1.5 }, "hr_scale", "must be 2"],
  ["an unknown LoRA", { prompt: "x <lora:nobody:1>" }, "prompt", "nobody"],
  ["a LoRA's weight that is none", { prompt: "x <lora:a:b>" }, "prompt", "must be a number"],
])("refuses %s by its field, and draws nothing", async (_, fields, param, message) => {
  const { status, body } = await call("POST", "/sdapi/v1/txt2img", { prompt: "x", width: 64, height: 64, ...fields });
  expect(status).toBe(422);
  const detail = [{ loc: ["body", param], msg: expect.stringContaining(message) }];
  expect(body).toMatchObject({ error: "RequestValidationError", detail });
  expect(await jobs()).toEqual([]);
});

it("answers 404 for an unknown model and an unknown route", async () => {
  const unknown = { prompt: "x", override_settings: { sd_model_checkpoint: "sd_xl.safetensors" } };
  expect(await call("POST", "/sdapi/v1/txt2img", unknown)).toMatchObject({
    status: 404,
    body: { error: "HTTPException" },
  });
  expect((await call("POST", "/sdapi/v1/options", { sd_model_checkpoint: "sd_xl" })).status).toBe(404);
  expect(await call("POST", "/sdapi/v1/server-kill")).toMatchObject({ status: 404, body: { error: "HTTPException" } });
});

it("draws once for one Idempotency-Key", async () => {
  api.worker.start();
  const post = async () => {
    const body = { prompt: "x", width: 64, height: 64, steps: 4 };
    const response = await api.request("POST", "/sdapi/v1/txt2img", body, { "idempotency-key": "order-1" });
    return ((await response.json()) as Images).info;
  };
  expect(await post()).toBe(await post());
  expect(await jobs()).toHaveLength(1);
});
