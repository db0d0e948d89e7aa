import { afterEach, beforeEach, expect, it } from "vitest";
import { publishWorkerModel } from "../../../../../shared/model-catalog/worker-models.ts";
import { type ApiUnderTest, openApi, turbo } from "../../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const get = async (path: string) => (await api.request("GET", `/sdapi/v1/${path}`)).json();

it("lists the models, and the LoRAs that a worker has, by their name and id", async () => {
  expect(await get("sd-models")).toMatchObject([{ title: "z-image-turbo" }, { title: "z-image" }]);
  expect(await get("loras")).toEqual([]);
  const adapters = { loras: [{ id: "styles/ink" }] };
  await publishWorkerModel(api.items, "w1", { id: turbo.id, adapters }, api.clock.now());
  expect(await get("loras")).toEqual([{ name: "ink", alias: "ink", path: "styles/ink", metadata: {} }]);
});

it.each(["refresh-checkpoints", "refresh-loras", "refresh-vae"])("has nothing to do for %s", async (path) => {
  const response = await api.request("POST", `/sdapi/v1/${path}`);
  expect([response.status, await response.json()]).toEqual([200, null]);
});

it("lists nothing for what does not exist here, and needs a key for that as well", async () => {
  expect(await get("hypernetworks")).toEqual([]);
  expect((await api.app.request("/sdapi/v1/hypernetworks")).status).toBe(401);
});
