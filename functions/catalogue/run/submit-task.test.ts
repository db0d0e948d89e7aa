import { afterEach, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import type { CatalogueState } from "./catalogue-state.ts";
import { submitTask } from "./submit-task.ts";

const flights = [0, 1].map((row) => ({ row, jobId: `job_${"0".repeat(25)}${row}` }));
const request = { prompt: "a mug", size: "64x64", n: 1, seed: 3 };
const task = {
  key: "A#main",
  body: { sku: "A", shot: "main", version: 1, hash: { all: "", prompt: "", photo: "" }, price: 100, request },
};

let close = async () => {};
afterEach(() => close());

async function open(cost: Partial<CatalogueState["cost"]>, maxCost?: number) {
  const all = { quoted: 200, dearest: 100, charged: 0, currency: "USD", ...cost };
  const catalogue = sampleCatalogue({ maxCost }, { cost: all });
  const opened = await openRun([], { face: "catalogue", catalogue, inFlight: flights, metadata: { shop: "eu" } });
  close = opened.close;
  const submit = (row: number) => submitTask(opened.run, flights[row]!, task, opened.dependencies);
  return { ...opened, submit };
}

it("makes one job of a row in the batch lane, however often it is asked", async () => {
  const { submit, jobs, run } = await open({});
  await submit(0);
  await submit(0);
  expect(await jobs.get(flights[0]!.jobId)).toMatchObject({
    lane: "batch",
    params: { prompt: "a mug", width: 64, seed: 3 },
    metadata: { shop: "eu", run_id: run.id, sku: "A", shot: "main" },
  });
});

it("refuses what the limit has no room for, and makes no job", async () => {
  const { submit, jobs } = await open({ charged: 901 }, 1_000);
  await expect(submit(0)).rejects.toMatchObject({ name: "SpendError", code: "max_cost" });
  expect(await jobs.get(flights[0]!.jobId)).toBeUndefined();
});

it("lets the last image through that the limit has room for, and the one behind it wait", async () => {
  const { submit, jobs } = await open({ charged: 900 }, 1_000);
  await submit(0);
  await expect(submit(1)).rejects.toMatchObject({ name: "LimitError", code: "max_cost" });
  expect(await jobs.get(flights[0]!.jobId)).toBeDefined();
  expect(await jobs.get(flights[1]!.jobId)).toBeUndefined();
});
