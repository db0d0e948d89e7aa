import type { Lane } from "../../shared/job.ts";
import { sendJob } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { ItemKey, Items } from "../../shared/ports/items.ts";
import { queryAll } from "../../shared/ports/query-all.ts";
import type { Queue } from "../../shared/ports/queue.ts";

const lanes: readonly Lane[] = ["interactive", "batch"];

/**
 * Earlier versions kept the queued jobs of each account in the table and sent them to the queue one by one. Sends the
 * jobs that are left there, and deletes their rows. A crash in between sends some twice, which does no harm; a store
 * without such rows costs four reads.
 *
 * @returns how many jobs were sent
 */
export async function drainAccountQueues({
  items,
  jobs,
  queue,
}: {
  readonly items: Items;
  readonly jobs: JobStore;
  readonly queue: Queue;
}): Promise<number> {
  let sent = 0;
  for (const lane of lanes) {
    const active = await queryAll(items, { index: "main", partition: `ACTIVE#${lane}` });
    for (const { pk, sk: accountId } of active) {
      for (const row of await queryAll(items, { index: "main", partition: `WAIT#${lane}#${accountId}` })) {
        const job = await jobs.get(String(row.data.jobId));
        if (job?.status === "queued") {
          await sendJob(queue, job);
          await jobs.confirmSent(job.id);
          sent++;
        }
        await remove(items, row);
      }
      await remove(items, { pk: `ACC#${accountId}`, sk: `LINE#${lane}` });
      await remove(items, { pk, sk: accountId });
    }
    for (const row of await queryAll(items, { index: "main", partition: `RELEASED#${lane}` })) await remove(items, row);
  }
  return sent;
}

function remove(items: Items, { pk, sk }: ItemKey): Promise<void> {
  return items.write([{ delete: { pk, sk } }]);
}
