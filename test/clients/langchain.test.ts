import { DallEAPIWrapper } from "@langchain/openai";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../support/api/api-server.ts";

/** LangChain's image tool. */

let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
});
afterEach(() => api.close());

it.each(["url", "b64_json"] as const)("draws as %s", async (dallEResponseFormat) => {
  const tool = new DallEAPIWrapper({
    baseUrl: `${api.url}/v1`,
    apiKey: api.key,
    model: "z-image-turbo",
    dallEResponseFormat,
    size: "1024x1024",
  });
  const text = JSON.stringify(await tool.invoke("a teapot"));
  expect(text).toMatch(dallEResponseFormat === "url" ? /\/v1\/files\// : /iVBORw0KGgo/);
  expect((await api.allJobs())[0]?.params).toMatchObject({ prompt: "a teapot", width: 1024, height: 1024 });
});
