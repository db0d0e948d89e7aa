import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { QueueView } from "../../functions/api/jobs/queue-view.ts";
import { Moderator } from "../../functions/api/moderation/moderator.ts";
import { listRuns } from "../../functions/runs/run-store.ts";
import { RunLoop } from "../../functions/runs/steps/run-loop.ts";
import { drainAccountQueues } from "../../functions/tick/drain-account-queues.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import { defaultPrices } from "../../shared/money/price-list.ts";
import { createRequestBudget } from "../../shared/net/request-budget.ts";
import { openState } from "../../shared/open-state.ts";
import type { State } from "../../shared/state.ts";
import { allJobs } from "../support/api/all-jobs.ts";

/*
 * The folder beside this file was left by a version whose jobs had lines of their own, when its processes were killed:
 * one job was drawn, one was being drawn, 24 waited, and of a batch of 120 lines one was refused and eight waited as jobs.
 */
const accountId = "acc_01M8Q6FDK39JPBES6C1C7DQKJ3";
const inputKey = `in/${accountId}/file-01M8Q6FF1ZFB9WKK15W1M3DEM9`;
const models = [catalogModel({ id: "zimage-tiny", family: "turbo", random: false })];
const killedAt = Date.UTC(2026, 10, 30, 21, 41, 35);

let folder: string;
let state: State;
let now = killedAt + 60_000;
const clock = { now: () => now, sleep: async () => {} };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "z-image-version-before-"));
  for (const name of ["items.db", "queue.db"]) {
    await writeFile(join(folder, name), gunzipSync(await readFile(join(import.meta.dirname, `${name}.gz`))));
  }
  state = await openState({ kind: "embedded", dataDir: folder });
  const input = gunzipSync(await readFile(join(import.meta.dirname, "input.jsonl.gz")));
  await state.objects.put(inputKey, input, { contentType: "application/jsonl" });
});
afterAll(async () => {
  await state.close();
  await rm(folder, { recursive: true });
});

it("ends every job and the batch of a folder of the version before, each once", { timeout: 60_000 }, async () => {
  const { items, queue, objects } = state;
  const jobs = createJobStore({ items, clock });
  const accounts = [{ accountId }];
  const before = await allJobs(jobs, accounts);
  const states = (found: typeof before) =>
    Object.fromEntries(
      Map.groupBy(found, ({ status }) => status)
        .entries()
        .map(([status, those]) => [status, those.length]),
    );
  const runs = async () => (await listRuns(items, accountId, { limit: 10 })).runs;
  expect(states(before)).toEqual({ succeeded: 1, running: 1, queued: 24 + 8 });
  expect(await runs()).toMatchObject([{ status: "importing", total: 120, failed: 1 }]);

  await drainAccountQueues({ items, jobs, queue });
  let id = 0;
  const newId = () => `01M8Q7${String(++id).padStart(20, "0")}`;
  const loop = new RunLoop({
    items,
    queue,
    objects,
    jobs,
    clock,
    newId,
    models,
    linkSecret: "secret",
    prices: defaultPrices,
    localMode: true,
    newSeed: () => 1,
    budget: createRequestBudget({ clock }),
    moderator: new Moderator({ items, clock, log: () => {} }),
    log: () => {},
    queueView: new QueueView({ items, queue, clock }),
  });
  const drawn: string[] = [];
  const draw = async () => {
    for (;;) {
      const [message] = await queue.receive({ visibilityMs: 60_000 });
      if (message === undefined) return;
      const parsed = parseJobMessage(message.body);
      const claim = "jobId" in parsed ? await jobs.claim(parsed.jobId, "w") : undefined;
      if (claim?.outcome === "claimed") {
        drawn.push(claim.job.id);
        await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 1 });
      }
      await queue.delete(message.receipt);
    }
  };
  for (let round = 0; round < 60 && (await runs())[0]?.status !== "completed"; round++) {
    await sweepJobs({ jobs, queue });
    await Promise.all(await loop.startDue());
    await draw();
    now += 6_000;
  }

  expect(await runs()).toMatchObject([{ status: "completed", total: 120, completed: 119, failed: 1 }]);
  const after = await allJobs(jobs, accounts);
  expect(states(after)).toEqual({ succeeded: 26 + 119 });
  expect(new Set(drawn).size, "no job is drawn twice").toBe(drawn.length);
  expect(await auditAccount(items, accountId)).toMatchObject({ discrepancies: [], held: 0, holds: 0 });
});
