import { afterEach, beforeEach, expect, it } from "vitest";
import { type Run, type Step, stepOf } from "../../../functions/runs/run.ts";
import { findRun } from "../../../functions/runs/run-store.ts";
import { takeStep } from "../../../functions/runs/steps/take-step.ts";
import { sweepJobs } from "../../../functions/tick/sweep-jobs.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import type { Write } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { allJobs } from "../../support/api/all-jobs.ts";
import { type ApiUnderTest, openApi } from "../../support/api/api-under-test.ts";
import { stepDependencies } from "../../support/api/openai-batches.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** Moments at which a process dies, in each step of a run. */
const moments = 20;
const rows = Array.from({ length: 14 }, (_, i) => ({ sku: `S-${i % 12}`, title: i % 6 === 4 ? "" : `cup ${i}` }));
const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png" }];

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi({ clock: manualClock() });
});
afterEach(() => api.close());

/** When a process dies: at this change of a store or queue within this step, before it is made or after. */
interface Death {
  readonly step: Step;
  readonly at: number;
  readonly isAfter: boolean;
}

/** What steps stand on, until the process that holds it dies. */
class Mortal {
  #changes = 0;
  #isDead = false;
  readonly #death: Death | undefined;
  readonly #step: Step;

  constructor(step: Step, death: Death | undefined) {
    this.#step = step;
    this.#death = death;
  }

  get changes(): number {
    return this.#changes;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  dependencies() {
    const change = <Given extends unknown[], T>(make: (...given: Given) => Promise<T>) => {
      return async (...given: Given): Promise<T> => {
        const dies = this.#step === this.#death?.step && this.#changes++ === this.#death.at;
        if (this.#isDead || (dies && !this.#death!.isAfter)) throw this.#died();
        const made = await make(...given);
        if (dies) throw this.#died();
        return made;
      };
    };
    const items = withMethods(api.items, { write: change((writes: readonly Write[]) => api.items.write(writes)) });
    const objects = withMethods(api.objects, {
      put: change((...given: Parameters<Objects["put"]>) => api.objects.put(...given)),
    });
    const queue = withMethods(api.queue, {
      send: change((...given: Parameters<Queue["send"]>) => api.queue.send(...given)),
    });
    const jobs = createJobStore({ items, clock: api.clock });
    return { ...stepDependencies(api), items, objects, queue, jobs, window: 5 };
  }

  #died(): Error {
    this.#isDead = true;
    return new Error("the process is gone");
  }
}

/** One run from its request to its end. @returns changes that each step made, and what came of it */
async function wholeRun(runKey: string, death?: Death) {
  const order = { source: { rows }, shots, start: true, run_key: runKey };
  const made = await api.request("POST", "/v1/runs", order);
  const { id } = (await made.json()) as { id: string };
  const read = async () => (await findRun(api.items, id))!.run;
  const changes: { [step in Step]?: number } = {};
  let pending = death;
  for (let passes = 0; passes < 200; passes++) {
    const run = await read();
    const step = stepOf(run);
    if (step === undefined) return { run, changes };
    const mortal = new Mortal(step, pending);
    await takeStep({ runId: id, step }, mortal.dependencies()).catch((error: unknown) => {
      if (!mortal.isDead) throw error;
    });
    if (pending?.step === step) {
      changes[step] = (changes[step] ?? 0) + mortal.changes;
      if (mortal.isDead) pending = undefined;
      else pending = { ...pending, at: pending.at - mortal.changes };
    }
    while (await api.worker.workOnce());
    // Jobs whose message was never sent are the tick's.
    await sweepJobs(api);
    while (await api.worker.workOnce());
    // Long enough for the turn of a dead process to end.
    api.clock.advance(mortal.isDead ? 700_000 : 1_000);
  }
  throw new Error(`run ${id} does not end`);
}

async function manifestOf({ id }: Run): Promise<string[]> {
  const text = await (await api.request("GET", `/v1/runs/${id}/manifest.jsonl`)).text();
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const { url: _, job_id: __, ...kept } = JSON.parse(line);
      return JSON.stringify(kept);
    });
}

const never = 1_000_000;

it.each(["import", "feed", "finish"] as const)("has the same manifest wherever its %s is killed", async (step) => {
  const { run: clean, changes } = await wholeRun("same", { step, at: never, isAfter: false });
  const total = changes[step]!;
  expect(total).toBeGreaterThan(0);
  const manifest = await manifestOf(clean);
  expect(manifest).toHaveLength(14);
  for (let moment = 0; moment < moments; moment++) {
    const at = Math.floor((moment * total) / moments);
    const death = { step, at, isAfter: moment % 2 === 1 };
    await api.close();
    api = await openApi({ clock: manualClock() });
    const { run } = await wholeRun("same", death);
    const when = `killed ${death.isAfter ? "after" : "before"} change ${at} of ${total}`;
    expect(await manifestOf(run), when).toEqual(manifest);
    expect(run, when).toMatchObject({ status: "completed", completed: clean.completed, failed: clean.failed });
    const jobs = await allJobs(api.jobs, [{ accountId: api.account.id }]);
    const perTask = Map.groupBy(jobs, ({ metadata }) => metadata.sku);
    expect(
      [...perTask].filter(([, made]) => made.length > 1),
      when,
    ).toEqual([]);
    const charged = jobs.reduce((sum, job) => sum + (job.charged ?? 0), 0);
    expect(run.catalogue!.cost.charged, when).toBe(charged);
    expect(charged, when).toBe(run.catalogue!.cost.quoted);
  }
}, 300_000);
