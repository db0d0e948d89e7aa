import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Items } from "../../shared/ports/items.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { readWorkerConfig, type WorkerConfig } from "../config.ts";
import { attendJobs, bringWeights } from "./on-aws.ts";

const clock = manualClock();
let items: Items;
let jobs: JobStore;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
  jobs = createJobStore({ items, clock });
});
afterEach(() => items.close());

const plain = readWorkerConfig({ MODEL_DIR: "/model", DATA_DIR: "/data" });

/** A worker's job store, with the lines that it wrote for CloudWatch. */
function attend(changes: Partial<WorkerConfig>, attended: Partial<Items> = {}) {
  const lines: Record<string, number | string>[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)));
    return true;
  });
  const stop = new AbortController();
  const logged: string[] = [];
  const store = attendJobs({
    config: { ...plain, ...changes },
    jobs,
    items: { ...items, ...attended },
    workerId: "w1",
    loadMs: 1234,
    clock,
    signal: stop.signal,
    log: (_, message) => void logged.push(message),
    onNotice: () => {},
  });
  onTestFinished(async () => {
    stop.abort();
    await new Promise(setImmediate); // the last period is written when it ends
    write.mockRestore();
  });
  return { store, lines, logged };
}

let number = 0;
async function draw(store: JobStore): Promise<void> {
  const id = `job_${number++}`;
  await store.submit({ job: { ...sampleJob("x", clock.now()), id } });
  const claim = await store.claim(id, "w1");
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  clock.advance(5_000);
  await store.succeed(claim.job, { images: [], warnings: [], inferenceMs: 100 });
}

it("is the store itself where nothing is asked for", () => {
  const { store, lines } = attend({});
  expect(store).toBe(jobs);
  expect(lines).toEqual([]);
});

it("writes how long loading took, what jobs do, and once a minute how busy it was", async () => {
  const { store, lines } = attend({ metricsNamespace: "ZImage/test" });
  expect(lines).toMatchObject([{ LoadMs: 1234, workerId: "w1" }]);
  await draw(store);
  expect(lines.slice(1)).toMatchObject([{ WaitMs: 0 }, { JobSucceeded: 1 }]);
  clock.advance(55_000);
  await vi.waitUntil(() => lines.length === 4);
  expect(lines[3]).toMatchObject({ WorkerUpSeconds: 60, workerId: "w1" });
  expect(lines[3]!.BusyPercent).toBeCloseTo(100 / 12, 3); // five of sixty seconds
});

it("reports its pace at most every thirty seconds, and draws on where that fails", async () => {
  const reports: unknown[] = [];
  const write: Items["write"] = async (writes) => {
    if (!JSON.stringify(writes).includes("secondsPerJob")) return items.write(writes);
    reports.push(writes);
    throw new Error("no table");
  };
  const { store, logged } = attend({ metricsNamespace: "ZImage/test", version: "v7" }, { write });
  for (let job = 0; job < 3; job++) await draw(store); // after 5, 10 and 15 seconds
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject([{ put: { sk: "w1", data: { secondsPerJob: 5, version: "v7" } } }]);
  clock.advance(30_000);
  await draw(store);
  expect(reports).toHaveLength(2);
  expect(logged).toEqual(new Array(2).fill("failed to report seconds per job"));
});

it("downloads no weights where the configuration names none, or the state is not on AWS", async () => {
  const log = () => expect.fail("weights were downloaded");
  await bringWeights(plain, log);
  await bringWeights({ ...plain, weights: { bucket: "b", prefix: "p" } }, log);
});
