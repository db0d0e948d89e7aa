import { afterEach, beforeEach, expect, it } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { liveSecrets, secretOverlapMs, WebhookEndpoints } from "./webhook-endpoints.ts";

let items: Items;
let clock: ReturnType<typeof manualClock>;
let endpoints: WebhookEndpoints;
beforeEach(() => {
  let ids = 0;
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
  endpoints = new WebhookEndpoints({ items, clock, newId: () => String(++ids).padStart(26, "0") });
});
afterEach(() => items.close());

const create = () => endpoints.create("acc_1", { url: "https://example.com/hook" });

it("has at most twenty per account", async () => {
  for (let i = 0; i < 20; i++) await create();
  await expect(create()).rejects.toMatchObject({ code: "webhook_endpoint_limit" });
  expect(await endpoints.create("acc_2", { url: "https://x.test" })).toMatchObject({ enabled: true, events: [] });
  expect((await endpoints.list("acc_1")).map(({ id }) => Number(id.slice(4)))).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

it("does not look up an id that is none, nor that of another account", async () => {
  const { id } = await create();
  for (const [account, wrong] of [
    ["acc_1", `${id}#`],
    ["acc_1", "x".repeat(65)],
    ["acc_2", id],
  ] as const) {
    await expect(endpoints.get(account, wrong)).rejects.toMatchObject({ code: "webhook_endpoint_not_found" });
    await expect(endpoints.remove(account, wrong)).rejects.toMatchObject({ param: "id" });
  }
});

it("signs with both secrets for a day after a rotation, and with four at most", async () => {
  const {
    id,
    secrets: [old],
  } = await create();
  const rotated = await endpoints.rotateSecret("acc_1", id);
  expect(liveSecrets(rotated, clock.now())).toEqual([rotated.secrets[0]!.value, old!.value]);
  expect(liveSecrets(rotated, clock.now() + secretOverlapMs)).toEqual([rotated.secrets[0]!.value]);
  for (let i = 0; i < 5; i++) await endpoints.rotateSecret("acc_1", id);
  const { secrets } = await endpoints.get("acc_1", id);
  expect([secrets.length, secrets.filter(({ expiresAt }) => expiresAt === undefined).length]).toEqual([4, 1]);
  clock.advance(secretOverlapMs);
  expect((await endpoints.rotateSecret("acc_1", id)).secrets, "expired ones go").toHaveLength(2);
});

it("is switched off once, with its notices in the same transaction, and switching on forgives", async () => {
  const { id } = await create();
  const notice = { put: { pk: "NOTICE", sk: "1", data: {} } };
  const off = (holds = true) =>
    endpoints.disable(
      "acc_1",
      id,
      "gone",
      async () => [notice],
      () => holds,
    );
  expect(await off(false)).toBe(false);
  expect(await items.get(notice.put)).toBeUndefined();
  expect([await off(), await off()]).toEqual([true, false]);
  expect((await items.get(notice.put))?.version).toBe(1);
  expect(await endpoints.get("acc_1", id)).toMatchObject({
    enabled: false,
    disabled: { reason: "gone", at: clock.now() },
  });
  expect((await endpoints.update("acc_1", id, { description: "x" })).disabled).toBeDefined();
  expect((await endpoints.update("acc_1", id, { enabled: true })).disabled).toBeUndefined();
});

it("notes a success once a minute", async () => {
  const endpoint = await create();
  const noted = async () => (await endpoints.get("acc_1", endpoint.id)).lastSuccessAt;
  await endpoints.noteSuccess(endpoint);
  const first = clock.now();
  clock.advance(59_999);
  await endpoints.noteSuccess(await endpoints.get("acc_1", endpoint.id));
  expect(await noted()).toBe(first);
  clock.advance(1);
  await endpoints.noteSuccess(await endpoints.get("acc_1", endpoint.id));
  expect(await noted()).toBe(first + 60_000);
});
