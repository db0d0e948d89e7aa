import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { createApp } from "../../functions/api/app.ts";
import { QueueView } from "../../functions/api/jobs/queue-view.ts";
import { Moderator } from "../../functions/api/moderation/moderator.ts";
import { RunLoop } from "../../functions/runs/steps/run-loop.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { defaultPrices } from "../../shared/money/price-list.ts";
import { createRequestBudget } from "../../shared/net/request-budget.ts";
import { openState } from "../../shared/open-state.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import { Activity } from "../../test/support/activity.ts";
import { fakeModel } from "../../test/support/engine/fake-engine.ts";
import { FakeWorker } from "../../test/support/engine/fake-worker.ts";
import { quantile } from "../statistics.ts";

/**
 * Interactive jobs of one account beside a catalogue run of another, over the embedded stores, with one worker whose
 * jobs take a fixed time. Prints the 95th percentile of the time from the request to the image, before the run and
 * during it, as JSON.
 */
const jobs = 40;
const jobMs = 200;
const dataDir = await mkdtemp(join(tmpdir(), "z-image-bench-"));
const state = await openState({ kind: "embedded", dataDir });
const { items, queue } = state;
const newId = () => ulid();
const jobStore = createJobStore({ items, clock });
const dependencies = {
  ...state,
  jobs: jobStore,
  clock,
  newId,
  models: [catalogModel(fakeModel)],
  linkSecret: "bench".repeat(8),
  localMode: true,
  log: () => {},
};
const app = createApp(dependencies);
const apiKeys = new ApiKeys({ items, clock, newId });

async function caller(name: string) {
  const { id } = await apiKeys.createAccount(name, { unlimited: true });
  const { value } = await apiKeys.createKey(id);
  const headers = { authorization: `Bearer ${value}`, "content-type": "application/json" };
  return async (method: string, path: string, body?: object) =>
    (await app.request(path, { method, headers, body: body && JSON.stringify(body) })).json() as Promise<{
      id: string;
      status: string;
    }>;
}

let drawn = 0;
const over = new AbortController();
const worker = new FakeWorker({
  ...dependencies,
  activity: new Activity(),
  beforeDrawing: async () => {
    drawn++;
    await clock.sleep(jobMs);
  },
});
async function repeat(work: () => Promise<unknown>, everyMs: number): Promise<void> {
  while (!over.signal.aborted) if (!(await work())) await clock.sleep(everyMs);
}
const steps = new RunLoop({
  ...dependencies,
  queueView: new QueueView(dependencies),
  prices: defaultPrices,
  newSeed: () => 1,
  budget: createRequestBudget(dependencies),
  moderator: new Moderator(dependencies),
  everyMs: 100,
});
const loops = [repeat(() => worker.workOnce(), 2), repeat(async () => void (await steps.startDue()), 50)];

async function latencies(call: Awaited<ReturnType<typeof caller>>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < jobs; index++) {
    const began = performance.now();
    const { id } = await call("POST", "/v1/jobs", { prompt: `a cup ${index}`, size: "64x64", steps: 1 });
    while ((await call("GET", `/v1/jobs/${id}`)).status !== "succeeded") await clock.sleep(3);
    found.push(performance.now() - began);
    // Not always at the same moment of the run's jobs.
    await clock.sleep((index * 37) % jobMs);
  }
  return found;
}

const interactive = await caller("interactive");
const alone = await latencies(interactive);
const night = await caller("night");
const rows = Array.from({ length: 1_000 }, (_, index) => ({ sku: `S-${index}`, title: `vase ${index}` }));
const shots = [{ id: "main", method: "draw", size: "64x64", steps: 1, prompt: "{{title}}" }];
const { id: runId } = await night("POST", "/v1/runs", { source: { rows }, shots, start: true });
const before = drawn;
while (drawn < before + 3) await clock.sleep(10);
const beside = await latencies(interactive);
const { status } = await night("GET", `/v1/runs/${runId}`);
if (status !== "running") throw new Error(`the run is ${status}: nothing was measured beside it`);
const p95 = (values: readonly number[]) => quantile(values, 0.95);
console.log(JSON.stringify({ jobMs, aloneP95Ms: p95(alone), besideP95Ms: p95(beside) }));
over.abort();
await Promise.all(loops);
await queue.close();
await items.close();
await state.objects.close();
await rm(dataDir, { recursive: true });
