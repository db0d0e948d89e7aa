import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, base, openApi, turbo } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

it("lists the models, the default one first, in the forms of both kinds of clients", async () => {
  const list = (await (await api.request("GET", "/v1/models")).json()) as { data: object[]; results: object[] };
  expect(list.data).toMatchObject([
    { id: turbo.id, object: "model", defaults: { steps: turbo.defaultSteps }, limits: { multiple_of: 16 } },
    { id: base.id, family: "base" },
  ]);
  expect(list.results).toHaveLength(2);
});

it("finds a model by its id, or by an alias whose slash is encoded", async () => {
  const alias = turbo.aliases.find((name) => name.includes("/"))!;
  for (const name of [turbo.id, encodeURIComponent(alias)]) {
    expect(await (await api.request("GET", `/v1/models/${name}`)).json(), name).toMatchObject({ id: turbo.id });
  }
});

it("names the models that there are when there is none of that name", async () => {
  const response = await api.request("GET", "/v1/models/dall-e-3");
  expect([response.status, await response.json()]).toMatchObject([
    404,
    { error: { code: "model_not_found", param: "model", message: expect.stringContaining(turbo.id) } },
  ]);
});
