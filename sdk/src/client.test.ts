import { expect, it } from "vitest";
import { client, request, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import { collect } from "../../test/support/collect.ts";

serveSdk();

it("knows about money", async () => {
  const quote = await client().quote({ jobs: [request, request] });
  await client().jobs.create(request).wait();
  const usage = await client().usage({ group_by: "model" });
  expect(usage.data).toMatchObject([{ group: "z-image-turbo", jobs: 1, charged: quote.amount / 2 }]);
  expect(await client().usageCsv()).toMatch(/^day,jobs/);
  expect(await client().balance()).toMatchObject({ spent_this_month: quote.amount / 2 });
  expect((await client().models()).map(({ id }) => id)).toEqual(["z-image-turbo", "z-image"]);
});

it("knows about models", async () => {
  expect(await client().model("Tongyi-MAI/Z-Image")).toMatchObject({ id: "z-image", accepts: { guidance: true } });
  await expect(client().modelVocabulary("z-image")).rejects.toMatchObject({
    status: 404,
    code: "vocabulary_not_found",
  });
});

it("knows about adapters", async () => {
  expect(await client().adapters()).toMatchObject({ object: "list", loras: [], controlnets: [] });
});

it("manages keys", async () => {
  const { id, value } = await client().keys.create({ name: "shop", scopes: ["jobs:read"] });
  await expect(client({ apiKey: value ?? "" }).jobs.create(request)).rejects.toMatchObject({ status: 403 });
  expect(await client().keys.update(id, { name: "shop 2" })).toMatchObject({ name: "shop 2" });
  expect((await client().keys.rotate(id)).value).not.toBe(value);
  expect(await client().keys.revoke(id)).toMatchObject({ revoked_at: expect.any(String) });
  expect((await client().keys.list()).map((key) => key.id)).toContain(id);
});

it("manages webhook endpoints", async () => {
  const { webhookEndpoints } = client();
  const { id, secret } = await webhookEndpoints.create({ url: "https://example.com/hook" });
  expect(secret).toMatch(/^whsec_/);
  await webhookEndpoints.test(id);
  const [test] = await collect(webhookEndpoints.deliveries(id));
  expect(test).toMatchObject({ type: "webhook.test", status: "pending", endpoint_id: id });
  expect(await webhookEndpoints.delivery(test?.id ?? "")).toMatchObject({ payload: { type: "webhook.test" } });
  expect((await webhookEndpoints.health(id, { hours: "3" })).hours).toHaveLength(3);
  expect(await webhookEndpoints.redeliver(test?.id ?? "")).toMatchObject({ id: test?.id });
  expect(await webhookEndpoints.replay(id, { since: "2020-01-01T00:00:00Z" })).toMatchObject({ count: 0 });
  expect((await webhookEndpoints.rotateSecret(id)).secret).not.toBe(secret);
  expect(await webhookEndpoints.update(id, { enabled: false })).toMatchObject({ enabled: false });
  await webhookEndpoints.delete(id);
  expect(await webhookEndpoints.list()).toEqual([]);
  expect(await webhookEndpoints.defaultSecret()).toMatch(/^whsec_/);
});
