import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Items } from "../../shared/ports/items.ts";
import { queryAll } from "../../shared/ports/query-all.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { deliveryLog } from "../../shared/webhooks/webhook-outbox.ts";
import { sampleRun } from "../../test/support/api/sample-run.ts";
import { sampleCatalogue } from "../../test/support/catalogue/sample-catalogue.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { changeRun, paused, resumed } from "./change-run.ts";
import type { Run } from "./run.ts";
import { createRun, findRun } from "./run-store.ts";
import { Turn } from "./steps/turn.ts";

const clock = manualClock();
let items: Items;
let endpoints: WebhookEndpoints;
let ids = 0;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
  endpoints = new WebhookEndpoints({ items, clock, newId: () => String(++ids).padStart(26, "0") });
});
afterEach(() => items.close());

const catalogueRun = (changes: Partial<Run> = {}) =>
  sampleRun({ id: "run_1", face: "catalogue", total: 40, catalogue: sampleCatalogue(), ...changes });

async function record(run: Run) {
  await createRun(items, run);
  return async () => new Turn((await findRun(items, run.id))!, { items, clock });
}

/** Types of the messages to an endpoint, oldest first, with the status that they tell. */
async function told(endpointId: string) {
  const rows = await queryAll(items, { index: "gsi1", partition: deliveryLog("acc_1", endpointId) });
  return rows.map(({ data }) => [data.eventType, (data.payload as { status: string }).status]);
}

it("tells each endpoint of each state that a run stops in, once", async () => {
  const all = await endpoints.create("acc_1", { url: "https://example.com/all" });
  const ends = await endpoints.create("acc_1", { url: "https://example.com/ends", events: ["run.completed"] });
  const turn = await record(catalogueRun({ status: "importing" }));
  const dependencies = { items, clock, log: () => {} };
  const run = { accountId: "acc_1", id: "run_1", face: "catalogue" } as const;
  await (await turn()).end(() => ({ status: "ready", nextAt: 1 }));
  clock.advance(1);
  await (await turn()).end(() => ({ status: "running", nextAt: 1 }));
  for (let times = 0; times < 2; times++) {
    clock.advance(1);
    await changeRun(run, paused, dependencies);
    await changeRun(run, resumed(), dependencies);
    await (await turn()).end(() => ({ status: "running", paused: undefined, nextAt: 1 }));
  }
  clock.advance(1);
  await (await turn()).end(() => ({ status: "finishing", nextAt: 1 }));
  await (await turn()).end(() => ({ status: "completed", nextAt: 1 }));
  expect(await told(all.id)).toEqual([
    ["run.ready", "ready"],
    ["run.paused", "paused"],
    ["run.paused", "paused"],
    ["run.completed", "completed"],
  ]);
  expect(await told(ends.id)).toEqual([["run.completed", "completed"]]);
});

it("tells of progress twenty times in a run, and only whoever asks for it", async () => {
  await endpoints.create("acc_1", { url: "https://example.com/all" });
  const { id } = await endpoints.create("acc_1", { url: "https://example.com/x", events: ["run.progress"] });
  const turn = await record(catalogueRun());
  for (let row = 0; row < 40; row++) {
    clock.advance(1);
    await (await turn()).end(({ completed }) => ({ completed: completed + 1, nextAt: 1 }));
  }
  expect(await told(id)).toHaveLength(20);
});

it("says nothing of OpenAI's batches", async () => {
  const { id } = await endpoints.create("acc_1", { url: "https://example.com/all" });
  const turn = await record(sampleRun({ status: "importing" }));
  await (await turn()).end(() => ({ status: "failed", nextAt: 1 }));
  expect(await told(id)).toEqual([]);
});

it("tells the run's own webhook what it asks for, beside the endpoints", async () => {
  const { id } = await endpoints.create("acc_1", { url: "https://example.com/all" });
  const turn = await record(
    catalogueRun({ status: "finishing", webhook: { url: "https://example.com/run", events: ["run.review_ready"] } }),
  );
  await (await turn()).end(({ catalogue }) => ({
    status: "completed",
    catalogue: { ...catalogue!, toReview: 2 },
    nextAt: 1,
  }));
  expect((await told(id)).sort()).toEqual([
    ["run.completed", "completed"],
    ["run.review_ready", "completed"],
  ]);
  const own = await queryAll(items, { index: "gsi1", partition: deliveryLog("acc_1") });
  expect(own.map(({ data }) => [data.eventType, data.url])).toEqual([["run.review_ready", "https://example.com/run"]]);
});

it("asks nobody for a look where no image waits for one", async () => {
  const { id } = await endpoints.create("acc_1", { url: "https://example.com/all" });
  const turn = await record(catalogueRun({ status: "finishing" }));
  await (await turn()).end(() => ({ status: "completed", nextAt: 1 }));
  expect(await told(id)).toEqual([["run.completed", "completed"]]);
});
