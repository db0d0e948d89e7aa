import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const change = (body: unknown) => api.request("POST", "/sdapi/v1/options", body);
const options = async (headers = {}) =>
  (await api.request("GET", "/sdapi/v1/options", undefined, headers)).json() as Promise<Record<string, unknown>>;

it("changes the checkpoint of the caller's account alone", async () => {
  const other = await api.apiKeys.createAccount("second", { unlimited: true });
  const { value: otherKey } = await api.apiKeys.createKey(other.id);
  expect(await (await change({ sd_model_checkpoint: "z-image" })).json()).toBeNull();
  expect(await options()).toMatchObject({ sd_model_checkpoint: "z-image" });
  expect(await options({ authorization: `Bearer ${otherKey}` })).toMatchObject({
    sd_model_checkpoint: "z-image-turbo",
  });
});

it("leaves the checkpoint as it is where other options are set", async () => {
  await change({ sd_model_checkpoint: "z-image" });
  for (const body of [{ CLIP_stop_at_last_layers: 2 }, { sd_model_checkpoint: null }, { sd_model_checkpoint: "" }]) {
    expect((await change(body)).status).toBe(200);
  }
  expect(await options()).toMatchObject({ sd_model_checkpoint: "z-image", CLIP_stop_at_last_layers: 1 });
});

it.each([
  ["an unknown model", { sd_model_checkpoint: "sd_xl" }, 404],
  ["a number for a name", { sd_model_checkpoint: 1 }, 422],
  ["a name without end", { sd_model_checkpoint: "x".repeat(301) }, 422],
])("refuses %s, and keeps the choice", async (_, body, status) => {
  await change({ sd_model_checkpoint: "z-image" });
  expect((await change(body)).status).toBe(status);
  expect(await options()).toMatchObject({ sd_model_checkpoint: "z-image" });
});

it("refuses a caller without a key", async () => {
  const response = await api.app.request("/sdapi/v1/options");
  expect(response.status).toBe(401);
});
