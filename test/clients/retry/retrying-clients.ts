import { createFal } from "@ai-sdk/fal";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createReplicate } from "@ai-sdk/replicate";
import { createFalClient } from "@fal-ai/client";
import { InferenceClient } from "@huggingface/inference";
import { DallEAPIWrapper } from "@langchain/openai";
import { generateImage, type ImageModel } from "ai";
import OpenAI from "openai";
import Replicate from "replicate";

/** One image by the unchanged client at this address; `headers` by the client's own way of sending some. */
export type Draw = (url: string, key: string, headers?: { readonly [name: string]: string }) => Promise<unknown>;

const prompt = "a red cup";
const model = "z-image-turbo";
const replicateModel = "prunaai/z-image-turbo";
const falModel = "fal-ai/z-image/turbo";

function vercel(modelAt: (url: string, key: string) => ImageModel): Draw {
  return (url, key, headers = {}) => generateImage({ model: modelAt(url, key), prompt, size: "64x64", headers });
}

function falClient(url: string, key: string, headers: { readonly [name: string]: string } = {}) {
  const hosts: { [host: string]: string } = { "fal.run": "run", "queue.fal.run": "queue", "rest.fal.ai": "rest" };
  return createFalClient({
    credentials: key,
    requestMiddleware: async (request) => {
      const { host, pathname, search } = new URL(request.url);
      const all = request.method === "POST" ? { ...request.headers, ...headers } : request.headers;
      return { ...request, url: `${url}/fal/${hosts[host]}${pathname}${search}`, headers: all };
    },
  });
}

const falInput = { prompt, image_size: { width: 64, height: 64 }, num_inference_steps: 2 };

/** Clients by their names in the table of docs/clients/retry.md. */
export const clients: { readonly [name: string]: Draw } = {
  openai: (url, key, headers) =>
    new OpenAI({ baseURL: `${url}/v1`, apiKey: key }).images.generate(
      { model, prompt, size: "64x64" as never },
      { headers },
    ),
  langchain: (url, key) => {
    const fields = { baseUrl: `${url}/v1`, apiKey: key, model, size: "64x64" };
    return new DallEAPIWrapper(fields as unknown as ConstructorParameters<typeof DallEAPIWrapper>[0]).invoke(prompt);
  },
  "ai: openai": vercel((url, apiKey) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).image(model)),
  "ai: compatible": vercel((url, apiKey) =>
    createOpenAICompatible({ name: "z", baseURL: `${url}/v1`, apiKey }).imageModel(model),
  ),
  "ai: replicate": vercel((url, apiToken) => createReplicate({ baseURL: `${url}/v1`, apiToken }).image(replicateModel)),
  "ai: fal": vercel((url, apiKey) => createFal({ baseURL: `${url}/fal/run`, apiKey }).image(falModel)),
  replicate: (url, auth, headers = {}) => {
    const send: typeof fetch = (input, init) => {
      const all = new Headers(init?.headers);
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      return fetch(input, { ...init, headers: all });
    };
    const client = new Replicate({ baseUrl: `${url}/v1`, auth, fetch: send as never });
    return client.run(replicateModel, { input: { prompt, width: 64, height: 64 } });
  },
  "fal: run": (url, key, headers) => falClient(url, key, headers).run(falModel, { input: falInput }),
  "fal: subscribe": (url, key, headers) =>
    falClient(url, key, headers).subscribe(falModel, { input: falInput, pollInterval: 20 }),
  huggingface: (url, key) =>
    new InferenceClient(key).textToImage(
      {
        endpointUrl: `${url}/hf/models/Tongyi-MAI/Z-Image-Turbo`,
        inputs: prompt,
        parameters: { width: 64, height: 64 },
      },
      { outputType: "blob" },
    ),
};
