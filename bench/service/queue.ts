import type { Report } from "../report.ts";
import { summarise } from "../statistics.ts";
import { startLocalServer } from "./local-server.ts";

const jobs = 200;

/**
 * Accepted → claimed, one job at a time into an idle worker process: the hop itself, with no other job in the queue.
 */
export async function benchQueue(report: Report): Promise<void> {
  const server = await startLocalServer(1);
  try {
    const hops: number[] = [];
    for (let index = 0; index < jobs; index++) {
      const response = await fetch(`${server.url}/v1/jobs`, {
        method: "POST",
        headers: { authorization: `Bearer ${server.key}`, "content-type": "application/json", prefer: "wait=60" },
        body: JSON.stringify({ prompt: "a", width: 256, height: 256, steps: 1, seed: index }),
      });
      const job = (await response.json()) as { status: string; timings?: { queued_ms?: number } };
      const queuedMs = job.timings?.queued_ms;
      if (job.status !== "succeeded" || queuedMs === undefined)
        throw new Error(`job ended as ${job.status}: ${JSON.stringify(job)}`);
      // The first jobs also wait for the model to load.
      if (index >= 5) hops.push(queuedMs);
    }
    const { median, p99, runs } = summarise(hops);
    report({ bench: "queue", what: "accepted → claimed, p50", value: median, unit: "ms", detail: `${runs} jobs` });
    report({ bench: "queue", what: "accepted → claimed, p99", value: p99, unit: "ms", detail: `${runs} jobs` });
  } finally {
    await server.stop();
  }
}
