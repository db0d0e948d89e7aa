import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../../../../../test/support/api/api-server.ts";

let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
});
afterEach(() => api.close());

const small = { prompt: "a cup", width: 64, height: 64, steps: 1, seed: 5 };
const draw = async (task: string, fields: object = {}) => {
  const response = await api.request("POST", `/sdapi/v1/${task}`, { ...small, ...fields });
  return { status: response.status, body: (await response.json()) as { images?: string[]; error?: string } };
};
const models = async () => (await api.allJobs()).map(({ params }) => params.model);

it("draws with the model that the request names, else with the account's own", async () => {
  await api.request("POST", "/sdapi/v1/options", { sd_model_checkpoint: "z-image" });
  const { status, body } = await draw("txt2img");
  expect([status, body.images?.length]).toEqual([200, 1]);
  api.clock.advance(1);
  await draw("txt2img", { override_settings: { sd_model_checkpoint: "z-image-turbo" } });
  expect(await models()).toEqual(["z-image-turbo", "z-image"]);
});

it("refuses img2img without an image, and makes no job", async () => {
  const { status, body } = await draw("img2img");
  expect(status).toBe(422);
  expect(JSON.stringify(body)).toContain("init_images");
  expect(await api.allJobs()).toEqual([]);
});

it("responds with an error when drawing fails", async () => {
  api.beforeDrawing(async () => {
    throw new Error("the engine has a cold");
  });
  const { status, body } = await draw("txt2img");
  expect([status, JSON.stringify(body)]).toEqual([500, expect.stringContaining("the engine has a cold")]);
});
