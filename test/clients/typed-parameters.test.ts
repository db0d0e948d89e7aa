import { createFalClient } from "@fal-ai/client";
import { InferenceClient } from "@huggingface/inference";
import OpenAI, { toFile } from "openai";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../../shared/job.ts";
import { publishWorkerModel } from "../../shared/model-catalog/worker-models.ts";
import { type ApiServer, openApiServer } from "../support/api/api-server.ts";
import { parametersOf, readPackageFile, type TypedParameter } from "./client-types.ts";

/**
 * Every parameter that a typed client declares is mapped (the job is another with it), named in a warning, or refused
 * under its own name: nothing is dropped in silence, and nothing that the types offer is an unknown field.
 */

let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
  const adapters = { loras: [{ id: "ink" }], controlnets: [{ id: "union" }] };
  await publishWorkerModel(api.items, "w1", { id: "z-image-turbo", adapters }, api.clock.now());
});
afterEach(() => api.close());

const square = (background: string) =>
  sharp({ create: { width: 64, height: 64, channels: 4, background } })
    .png()
    .toBuffer();
const asUrl = (file: Buffer) => `data:image/png;base64,${file.toString("base64")}`;
/** The image of the base requests, and another one. */
const file = await square("#ffffff80");
const other = await square("#ffff0080");

interface Fields {
  readonly [field: string]: unknown;
}

type Sent = { readonly job: Job } | { readonly refused: readonly string[]; readonly unknown: boolean };

/** Values for a parameter: all that its type lists, or some that are seldom the default. */
function samplesOf({ name, type }: TypedParameter): unknown[] {
  if (/^(image|mask)_|_url$/.test(name) || /Uploadable/.test(type)) return [asUrl(other)];
  if (name === "loras") return [[{ path: "ink", scale: 0.5 }]];
  if (type.includes("ImageSize")) return [{ width: 128, height: 64 }, "square"];
  if (type.includes("TargetSize")) return [{ width: 128, height: 64 }];
  if (/Svg\b/.test(type)) return [{ model: "x" }];
  const literals = [...type.matchAll(/["']([^"']+)["']/g)].map(([, text]) => text);
  if (name === "size") return ["128x64"];
  if (literals.length > 0 && name !== "model") return literals;
  if (type.includes("boolean")) return [true, false];
  if (type.includes("number")) return [name === "guidance_scale" ? 3 : /width|height/.test(name) ? 128 : 2, 0.5];
  return name === "model"
    ? ["z-image"]
    : name === "scheduler"
      ? ["DDIMScheduler", "HeunDiscreteScheduler"]
      : ["some text"];
}

/** What makes one job draw or answer otherwise than another. */
const content = ({ params, response, lane, metadata }: Job) => JSON.stringify({ params, response, lane, metadata });

async function expectHeard(parameter: TypedParameter, base: Fields, send: (fields: Fields) => Promise<Sent>) {
  const { name } = parameter;
  const plain = await send(base);
  if (!("job" in plain)) throw new Error(`the base request is refused for ${plain.refused.join(", ")}`);
  const heard: string[] = [];
  for (const value of samplesOf(parameter)) {
    const sent = await send({ ...base, [name]: value });
    const shown = `${name}: ${JSON.stringify(value)?.slice(0, 60)}`;
    if ("job" in sent) {
      if (content(sent.job) !== content(plain.job)) heard.push(`${shown} is mapped`);
      else if (sent.job.warnings.some(({ message }) => message.includes(name))) heard.push(`${shown} is warned of`);
    } else {
      expect(sent.unknown, `${shown} is unknown`).toBe(false);
      expect(sent.refused.join(), `${shown} is refused for`).toContain(name);
      heard.push(`${shown} is refused`);
    }
  }
  expect(heard, `no value of ${name} is heard`).not.toEqual([]);
}

describe("fal", () => {
  const types = readPackageFile("@fal-ai/client", "src/types/endpoints.d.ts");
  const endpoints = [...types.matchAll(/"(fal-ai\/z-image\/[\w/-]+)": \{\s+input: (\w+);/g)].map(
    ([, id, input]) => [id!, input!] as const,
  );
  const isTiling = (id: string) => id.includes("/tiling");
  const client = () =>
    createFalClient({ credentials: api.key, proxyUrl: { url: `${api.url}/fal/proxy`, when: "always" } });

  it("has these endpoints of the model, of which tiling is refused by name", async () => {
    expect(endpoints).toHaveLength(12);
    for (const [id] of endpoints.filter(([name]) => isTiling(name))) {
      const refused = client().queue.submit(id, { input: { prompt: "a fox" } as never });
      await expect(refused).rejects.toMatchObject({ status: 422, message: expect.stringContaining("tiling is not") });
    }
  });

  describe.each(endpoints.filter(([id]) => !isTiling(id)))("%s", (id, input) => {
    const parameters = parametersOf(types, input);
    const images = parameters.filter(({ name, required }) => required && name.endsWith("_url"));
    const base = { prompt: "a fox", seed: 1, ...Object.fromEntries(images.map(({ name }) => [name, asUrl(file)])) };

    it.each(parameters)("hears $name", async (parameter) => {
      // Its requests wait in the queue, and are not large ones drawn in vain.
      await api.worker.stop();
      await expectHeard(parameter, base, async (fields) => {
        try {
          const { request_id } = await client().queue.submit(id, { input: fields as never });
          return { job: (await api.jobs.get(request_id))! };
        } catch (error) {
          const { body } = error as { body: { detail: { loc: string[]; type: string }[] } };
          const unknown = body.detail.some(({ type }) => type === "unknown_field");
          return { refused: body.detail.map(({ loc }) => loc.slice(1).join(".")), unknown };
        }
      });
    });
  });
});

describe("openai", () => {
  const types = readPackageFile("openai", "resources/images.d.ts");
  /** Says how the response comes, and no more about the job: openai-client.test.ts reads streams. */
  const isTransport = ({ name }: TypedParameter) => name === "stream";
  const send = async (draw: (client: OpenAI) => Promise<unknown>): Promise<Sent> => {
    try {
      await draw(new OpenAI({ baseURL: `${api.url}/v1`, apiKey: api.key, maxRetries: 0 }));
      return { job: (await api.allJobs())[0]! };
    } catch (error) {
      if (!(error instanceof OpenAI.APIError)) throw error;
      return { refused: [error.param ?? ""], unknown: error.code === "unknown_parameter" };
    }
  };
  const small = { prompt: "a fox", size: "64x64", seed: 1, steps: 1, model: "z-image-turbo" };

  it.each(
    parametersOf(types, "ImageGenerateParamsBase").filter((each) => !isTransport(each)),
  )("hears $name of generate", async (parameter) => {
    await expectHeard(parameter, small, (fields) => send((client) => client.images.generate(fields as never)));
  });

  it.each(
    parametersOf(types, "ImageEditParamsBase").filter((each) => !isTransport(each)),
  )("hears $name of edit", async (parameter) => {
    const upload = (bytes: Buffer, name: string) => toFile(bytes, `${name}.png`, { type: "image/png" });
    const base = { ...small, image: asUrl(file) };
    await expectHeard(parameter, base, async (fields) => {
      // The client sends files, and leaves text as it is.
      const entries = Object.entries(fields).map(async ([name, value]) => {
        const isFile = typeof value === "string" && value.startsWith("data:");
        return [name, isFile ? await upload(Buffer.from(value.split(",")[1]!, "base64"), name) : value];
      });
      const given = Object.fromEntries(await Promise.all(entries));
      return send((client) => client.images.edit(given));
    });
  });
});

describe("@huggingface/inference", () => {
  const types = (task: string) => readPackageFile("@huggingface/tasks", `dist/esm/tasks/${task}/inference.d.ts`);
  const endpointUrl = () => `${api.url}/hf/models/Tongyi-MAI/Z-Image-Turbo`;
  const send = async (draw: (client: InferenceClient) => Promise<unknown>): Promise<Sent> => {
    try {
      await draw(new InferenceClient(api.key));
      return { job: (await api.allJobs())[0]! };
    } catch (error) {
      const { body } = (error as { httpResponse: { body: { error: string; code: string } } }).httpResponse;
      return { refused: [body.error], unknown: body.code === "unknown_field" };
    }
  };

  it.each(
    parametersOf(types("text-to-image"), "TextToImageParameters"),
  )("hears $name of textToImage", async (parameter) => {
    const small = { width: 64, height: 64, seed: 1, num_inference_steps: 1 };
    await expectHeard(parameter, small, (parameters) =>
      send((client) => client.textToImage({ endpointUrl: endpointUrl(), inputs: "a fox", parameters })),
    );
  });

  it.each(
    parametersOf(types("image-to-image"), "ImageToImageParameters"),
  )("hears $name of imageToImage", async (parameter) => {
    const small = { prompt: "a fox", seed: 1, num_inference_steps: 1 };
    const inputs = new Blob([new Uint8Array(file)], { type: "image/png" });
    await expectHeard(parameter, small, (parameters) =>
      send((client) => client.imageToImage({ endpointUrl: endpointUrl(), inputs, parameters })),
    );
  });
});
