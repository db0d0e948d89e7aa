import { afterEach, beforeEach, expect, it } from "vitest";
import { withModelAliases } from "../../../shared/model-catalog/model-aliases.ts";
import { publishModelFacts } from "../../../shared/model-catalog/published-facts.ts";
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

it("lists the operator's own names as models, and finds them by those", async () => {
  const models = withModelAliases([turbo, base], [{ name: "dall-e-3", model: turbo.id }], "MODEL_ALIASES");
  const named = await openApi({ models });
  try {
    const list = (await (await named.request("GET", "/v1/models")).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toEqual([turbo.id, "dall-e-3", base.id]);
    expect(await (await named.request("GET", "/v1/models/dall-e-3")).json()).toMatchObject({ id: "dall-e-3" });
    const draw = { model: "dall-e-3", prompt: "x", response_format: "url" };
    named.worker.start();
    expect((await named.request("POST", "/v1/images/generations", { ...draw, size: "64x64" })).status).toBe(200);
    const { jobs } = await named.jobs.list({ accountId: named.account.id, limit: 1 });
    expect(jobs[0]?.params.model).toBe(turbo.id);
  } finally {
    await named.close();
  }
});

it("names the models that there are when there is none of that name", async () => {
  const response = await api.request("GET", "/v1/models/dall-e-3");
  expect([response.status, await response.json()]).toMatchObject([
    404,
    { error: { code: "model_not_found", param: "model", message: expect.stringContaining(turbo.id) } },
  ]);
});

it("says what a model was made for, what it takes, and what to ask it for", async () => {
  const [turboModel, baseModel] = await Promise.all(
    [turbo, base].map(async ({ id }) => (await api.request("GET", `/v1/models/${id}`)).json()),
  );
  expect(turboModel).toMatchObject({
    native_sizes: expect.arrayContaining([{ width: 1024, height: 1024 }]),
    accepts: { guidance: false, negative_prompt: false, image: true, mask: true, references: false, loras: true },
    limits: { max_images: 4, max_loras: 8, max_references: 0 },
    license: "Apache-2.0",
    revision: null,
    vocabulary: null,
  });
  expect(baseModel).toMatchObject({ accepts: { guidance: true, negative_prompt: true } });
});

it("hears from the worker's folder what the catalogue does not know", async () => {
  const facts = { owner: "somebody", examples: [{ en: "a kite", zh: "风筝" }], revision: "sha256:1" };
  await publishModelFacts(api.dependencies.items, turbo.id, facts, api.clock.now());
  expect(await (await api.request("GET", `/v1/models/${turbo.id}`)).json()).toMatchObject({
    owned_by: "somebody",
    examples: facts.examples,
    revision: "sha256:1",
    license: "Apache-2.0",
  });
});

it("has no vocabulary of a model that draws whatever it is asked for", async () => {
  const response = await api.request("GET", `/v1/vocabularies/${turbo.id}`);
  expect([response.status, await response.json()]).toMatchObject([404, { code: "vocabulary_not_found" }]);
});
