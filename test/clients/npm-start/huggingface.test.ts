import { InferenceClient } from "@huggingface/inference";
import { expect, it } from "vitest";
import { allJobs, key, spent, url, wrongKey } from "./account.ts";
import { plainImage, sizeOf } from "./drawn-images.ts";

const endpointUrl = `${url}/hf/models/Tongyi-MAI/Z-Image-Turbo`;

function textToImage(accessToken: string, parameters: object) {
  const request = { endpointUrl, inputs: "a red cup", parameters: { num_inference_steps: 2, ...parameters } };
  return new InferenceClient(accessToken).textToImage(request, { outputType: "blob" });
}

it("textToImage by endpointUrl", async () => {
  const blob = await textToImage(key, { width: 128, height: 64 });
  expect(await sizeOf(await blob.arrayBuffer())).toEqual([128, 64]);
});

it("imageToImage", async () => {
  const parameters = { prompt: "a red cup", target_size: { width: 128, height: 64 }, num_inference_steps: 4 };
  const inputs = new Blob([await plainImage(96, 64)], { type: "image/png" });
  const blob = await new InferenceClient(key).imageToImage({ endpointUrl, inputs, parameters });
  expect(await sizeOf(await blob.arrayBuffer())).toEqual([128, 64]);
});

it("a wrong size and a wrong key, which are not charged", async () => {
  const before = [await spent(), (await allJobs()).length];
  await expect(textToImage(key, { width: 100, height: 64 })).rejects.toThrow("must be a multiple of 16, got 100");
  await expect(textToImage(wrongKey, { width: 64, height: 64 })).rejects.toThrow("API key");
  expect([await spent(), (await allJobs()).length]).toEqual(before);
});
