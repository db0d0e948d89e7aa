import {
  type Contender,
  chooseFairly,
  firstRound,
  type RoundState,
} from "../../shared/fair-queue/deficit-round-robin.ts";
import { activePartition, waitPartition } from "../../shared/fair-queue/waiting-line.ts";
import type { Lane } from "../../shared/job.ts";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { type Items, ItemsConditionFailed } from "../../shared/ports/items.ts";
import { laneDepth } from "../../shared/ports/lane-queue.ts";
import type { Queue } from "../../shared/ports/queue.ts";

export interface FeederDependencies {
  readonly items: Items;
  readonly jobs: JobStore;
  readonly queue: Queue;
  /** Messages that may lie in the queue of one lane: enough that no worker is idle until the next call. */
  readonly window: number;
}

/**
 * Moves jobs from their accounts' lines into the queue, as many as its window has room for, in the order of deficit
 * round robin. The turn is kept in memory: a restarted or second feeder costs an account
 * at most one turn. A job is released by one transaction, so two feeders release none twice; one that dies before it
 * has sent the message leaves that to the sweep.
 */
export class LaneFeeder {
  readonly #dependencies: FeederDependencies;
  readonly #rounds = new Map<Lane, RoundState>();

  constructor(dependencies: FeederDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns how many jobs were released */
  async feed(): Promise<number> {
    return (await this.#feedLane("interactive")) + (await this.#feedLane("batch"));
  }

  async #feedLane(lane: Lane): Promise<number> {
    const { jobs, queue, window } = this.#dependencies;
    // One more than can be chosen tells who runs out.
    const contenders = await this.#contenders(lane, window + 1);
    if (contenders.length === 0) return 0;
    const slots = window - (await laneDepth(queue, lane)).visible;
    if (slots <= 0) return 0;
    const { chosen, state } = chooseFairly(this.#rounds.get(lane) ?? firstRound, contenders, slots);
    this.#rounds.set(lane, state);
    let released = 0;
    for (const jobId of chosen) {
      const job = await jobs.release(jobId);
      if (job === undefined) continue;
      await queue.send(jobMessage(jobId, job.traceparent), { lane });
      await jobs.confirmSent(jobId);
      released++;
    }
    return released;
  }

  async #contenders(lane: Lane, most: number): Promise<Contender[]> {
    const { items } = this.#dependencies;
    const active = await items.query({ index: "main", partition: activePartition(lane), limit: 1000 });
    const found = await Promise.all(
      active.items.map(async ({ pk, sk: id, version, data }) => {
        const head = await items.query({ index: "main", partition: waitPartition(lane, id), limit: most });
        const jobs = head.items.map((row) => ({ id: String(row.data.jobId), work: Number(row.data.work) }));
        // A submission in between raises the version, and the account stays.
        if (jobs.length === 0) await forget(items, { pk, sk: id }, version);
        return { id, weight: Number(data.weight), jobs };
      }),
    );
    return found.filter(({ jobs }) => jobs.length > 0);
  }
}

async function forget(items: Items, key: { pk: string; sk: string }, version: number): Promise<void> {
  try {
    await items.write([{ delete: key, if: { version } }]);
  } catch (error) {
    if (!(error instanceof ItemsConditionFailed)) throw error;
  }
}
