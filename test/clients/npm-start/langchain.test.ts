import { DallEAPIWrapper } from "@langchain/openai";
import { expect, it } from "vitest";
import { allJobs, key, url, wrongKey } from "./account.ts";
import { sizeOfBase64, sizeUnder } from "./drawn-images.ts";

function tool(fields: object) {
  const options = { baseUrl: `${url}/v1`, apiKey: key, model: "z-image-turbo", size: "128x64", ...fields };
  return new DallEAPIWrapper(options as ConstructorParameters<typeof DallEAPIWrapper>[0]);
}

it("draws under a link and as base64", async () => {
  expect(await sizeUnder(await tool({ dallEResponseFormat: "url" }).invoke("a red cup"))).toEqual([128, 64]);
  const base64 = await tool({ dallEResponseFormat: "b64_json" }).invoke("a red cup");
  expect(await sizeOfBase64(base64)).toEqual([128, 64]);
  const several = await tool({ dallEResponseFormat: "url", n: 2 }).invoke("a red cup");
  expect(several).toHaveLength(2);
});

it("throws at a wrong size and a wrong key, and nothing is drawn", async () => {
  const before = (await allJobs()).length;
  await expect(tool({ size: "100x64" }).invoke("a red cup")).rejects.toThrow("must be a multiple of 16, got 100");
  await expect(tool({ apiKey: wrongKey }).invoke("a red cup")).rejects.toThrow("API key");
  expect((await allJobs()).length).toBe(before);
});
