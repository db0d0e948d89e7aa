import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { balanceKey, spendKey } from "../../../shared/money/ledger.ts";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { fastClock } from "../../../test/support/fast-clock.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { admitJob } from "./admit-job.ts";

/** Admits a job where so many are open, and the queue has room after `retryAfterMs`. */
async function admit({ ofKey = 0, ofAccount = 0, retryAfterMs = 0, identity = {} as Partial<Identity> }) {
  const items = openEmbeddedItems(":memory:", { clock: fastClock() });
  try {
    await items.write([
      { put: { ...spendKey("acc_1", { keyId: "key_1" }), data: { open: ofKey } } },
      { put: { ...balanceKey("acc_1"), data: { open: ofAccount } } },
    ]);
    const queueView = {
      room: async () => ({ open: 40, most: 40, retryAfterMs, entered: 90 }),
    } as unknown as RouteDependencies["queueView"];
    const whose = { accountId: "acc_1", keyId: "key_1", scopes: [], terms: {}, ...identity };
    return await admitJob(sampleJob("1", 0, { lane: "batch" }), whose, { items, queueView });
  } finally {
    await items.close();
  }
}

it("admits up to the limit of the key and that of the account, and any number where there is none", async () => {
  expect(await admit({ ofKey: 1_000, ofAccount: 1_000 })).toEqual({ entered: 90 });
  await admit({ ofKey: 2, ofAccount: 4, identity: { limits: { maxOpenJobs: 3 }, terms: { maxOpenJobs: 5 } } });
});

it.each([
  [{ ofKey: 3, identity: { limits: { maxOpenJobs: 3 } } }, "the API key has 3 open jobs, the limit is 3"],
  [{ ofAccount: 6, identity: { terms: { maxOpenJobs: 5 } } }, "the account has 6 open jobs, the limit is 5"],
])("refuses %j", async (state, message) => {
  await expect(admit(state)).rejects.toMatchObject({
    code: "concurrency_limit",
    retryAfterS: 5,
    message: expect.stringContaining(message),
  });
});

it.each([
  [1, 1],
  [1_000, 1],
  [1_001, 2],
])("refuses where the queue has room after %i ms, and says %i s", async (retryAfterMs, retryAfterS) => {
  await expect(admit({ retryAfterMs })).rejects.toMatchObject({
    code: "queue_full",
    retryAfterS,
    message: expect.stringContaining("has 40 unfinished jobs, the most that one may have is 40"),
  });
});
