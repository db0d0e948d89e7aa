import { join } from "node:path";
import { ulid } from "ulid";
import { createApp } from "../../functions/api/app.ts";
import { QueueView } from "../../functions/api/jobs/queue-view.ts";
import { Moderator } from "../../functions/api/moderation/moderator.ts";
import { stepOf } from "../../functions/runs/run.ts";
import { findRun } from "../../functions/runs/run-store.ts";
import { takeStep } from "../../functions/runs/steps/take-step.ts";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { defaultPrices } from "../../shared/money/price-list.ts";
import { createRequestBudget } from "../../shared/net/request-budget.ts";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";
import { fakeModel } from "../support/engine/fake-engine.ts";

/** Where a run is: the stages of its import, and its other steps. */
export type RunPlace = "read" | "photos" | "plan" | "feed" | "finish" | "over";

export interface RunProcessOptions {
  readonly dataDir: string;
  readonly runId: string;
  /** The clock is so much ahead: a dead process had its turn for a minute, which is over. */
  readonly aheadMs: number;
}

/** The service on a folder of its own, without a server. */
export function openService(dataDir: string, clock: Clock) {
  const items = openEmbeddedItems(join(dataDir, "items.db"), { clock });
  const queue = openEmbeddedQueue(join(dataDir, "queue.db"), "jobs", { clock });
  const objects = openEmbeddedObjects(join(dataDir, "objects"));
  const jobs = createJobStore({ items, clock });
  const dependencies = {
    items,
    queue,
    objects,
    jobs,
    clock,
    newId: () => ulid(clock.now()),
    models: [catalogModel(fakeModel)],
    linkSecret: "chaos".repeat(8),
    localMode: true,
    log: () => {},
  };
  const close = async () => {
    await queue.close();
    await items.close();
    await objects.close();
  };
  return { app: createApp(dependencies), dependencies, close };
}

/** Takes the steps of a run, and tells its parent where the run is whenever that changes, until it is over. */
async function takeSteps({ dataDir, runId, aheadMs }: RunProcessOptions): Promise<void> {
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const { dependencies } = openService(dataDir, clock);
  let last: RunPlace | undefined;
  const tellPlace = async () => {
    const place = await placeOf(runId);
    if (place !== last) process.send?.({ place });
    last = place;
    return place;
  };
  const { items } = dependencies;
  async function placeOf(id: string): Promise<RunPlace> {
    const { run } = (await findRun(items, id))!;
    const step = stepOf(run);
    return step === undefined ? "over" : step === "import" ? run.catalogue!.stage : step;
  }
  const watched = {
    ...dependencies,
    // The stages of an import are one step.
    items: withMethods(items, {
      async write(writes) {
        await items.write(writes);
        if (last !== "feed") await tellPlace();
      },
    }),
    queueView: new QueueView(dependencies),
    prices: defaultPrices,
    newSeed: () => 1,
    budget: createRequestBudget(dependencies),
    moderator: new Moderator(dependencies),
    everyMs: 0,
    window: 40,
  };
  while ((await tellPlace()) !== "over") {
    const { run } = (await findRun(items, runId))!;
    await takeStep({ runId, step: stepOf(run)! }, watched);
    await systemClock.sleep(2);
  }
}

const [text] = process.argv.slice(2);
if (import.meta.main && text !== undefined) {
  // Whoever kills the test itself must not leave us behind.
  process.once("disconnect", () => process.exit());
  await takeSteps(JSON.parse(text) as RunProcessOptions);
  process.disconnect();
}
