import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { toFile } from "openai";
import { PipelineError } from "../../shared/errors.ts";
import { reportSecondsPerJob } from "../../shared/fair-queue/worker-reports.ts";
import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { openState } from "../../shared/open-state.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import type { State } from "../../shared/state.ts";
import { type Report, reportOf } from "../report.ts";
import { startLocalServer } from "./local-server.ts";
import { childrenOf, peakRssBytes } from "./process-tree.ts";

export interface BatchOptions {
  /** Lines of the batch. */
  readonly rows: number;
}

const partBytes = 5_000_000;
const pollMs = 2_000;
/** Jobs that the worker has in hand at once. */
const atOnce = 16;
/** So many images a second, as it says of itself: more than a run may have under way. */
const secondsPerJob = 0.01;
const mostRssBytes = 400e6;

/**
 * A batch through the unchanged client of OpenAI, on the processes of `npm start`: uploaded in parts, ended, its output
 * read. Its worker draws nothing, so what is measured is all but the drawing.
 *
 * @throws PipelineError `batch_incomplete` when a line is missing, `memory_exceeded` when the API process needed more
 * than 400 MB
 */
export async function benchBatch(report: Report, { rows }: BatchOptions): Promise<void> {
  const say = reportOf("batch", report);
  const server = await startLocalServer(0);
  const state = await openState({ kind: "embedded", dataDir: server.dataDir });
  const worker = new InstantWorker(state);
  try {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key });
    const input = Buffer.from(Array.from({ length: rows }, (_, row) => inputLine(row)).join("\n"));
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1_000;
    const fileId = await upload(client, input);
    say("uploaded in parts", seconds(), "s", `${rows} lines, ${(input.length / 1e6).toFixed(1)} MB`);
    const working = worker.work();
    const batch = await client.batches.create({
      input_file_id: fileId,
      endpoint: "/v1/images/generations",
      completion_window: "24h",
    });
    const { begunS, over } = await untilOver(client, batch.id, seconds);
    say("lines read, first jobs begun", begunS, "s", "from the beginning of the upload");
    say("batch ended", seconds(), "s", `${worker.drawn} jobs by a worker that draws nothing`);
    // Whole seconds, both: at most one more.
    const finishS = (over.completed_at ?? Number.NaN) - (over.finalizing_at ?? Number.NaN) + 1;
    say("its last step, which writes the output, at most", finishS, "s", "target 300");
    const { completed = 0, failed = 0 } = over.request_counts ?? {};
    const lines = await checkOutput(client, over.output_file_id, rows);
    if (over.status !== "completed" || completed !== rows || lines !== rows) {
      const counts = `${completed} completed and ${failed} failed of ${rows}, ${lines} lines in its output`;
      throw new PipelineError("batch_incomplete", `the batch ended as ${over.status} with ${counts}`);
    }
    say("output read, every line in its place", seconds(), "s");
    await worker.stop();
    await working;
    const rss = peakRssBytes(server.pid);
    say("most memory of the API process", rss / 1e6, "MB", `target ${mostRssBytes / 1e6}`);
    for (const pid of childrenOf(server.pid)) say("most memory of the process of runs", peakRssBytes(pid) / 1e6, "MB");
    if (rss > mostRssBytes) {
      throw new PipelineError("memory_exceeded", `the API process had ${rss} bytes, more than ${mostRssBytes}`);
    }
  } finally {
    await worker.stop();
    await state.close();
    await server.stop();
  }
}

function inputLine(row: number): string {
  return JSON.stringify({
    custom_id: `sku-${row}`,
    method: "POST",
    url: "/v1/images/generations",
    body: { prompt: `product ${row}: a ceramic vase on a white table, soft light from the left`, size: "1024x1024" },
  });
}

async function upload(client: OpenAI, input: Buffer): Promise<string> {
  const { id } = await client.uploads.create({
    bytes: input.length,
    filename: "rows.jsonl",
    mime_type: "application/jsonl",
    purpose: "batch",
  });
  const part_ids: string[] = [];
  for (let at = 0; at < input.length; at += partBytes) {
    const data = await toFile(input.subarray(at, at + partBytes), "part");
    part_ids.push((await client.uploads.parts.create(id, { data })).id);
  }
  const md5 = createHash("md5").update(input).digest("hex");
  const { file } = await client.uploads.complete(id, { part_ids, md5 });
  if (!file) throw new Error(`the upload ${id} has no file`);
  return file.id;
}

async function untilOver(client: OpenAI, batchId: string, seconds: () => number) {
  let begunS: number | undefined;
  for (;;) {
    const batch = await client.batches.retrieve(batchId);
    if (batch.status !== "validating") begunS ??= seconds();
    if (batch.completed_at || batch.failed_at || batch.expired_at) return { begunS: begunS ?? seconds(), over: batch };
    await sleep(pollMs);
  }
}

/** @returns lines of the output, each in the place of its input line */
async function checkOutput(client: OpenAI, fileId: string | undefined, rows: number): Promise<number> {
  if (fileId === undefined) return 0;
  const text = await (await client.files.content(fileId)).text();
  const lines = text.trimEnd().split("\n");
  const places = new Set(Array.from({ length: rows }, (_, row) => `sku-${row}`));
  const ids = lines.map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
  return ids.join() === [...places].join() ? ids.length : 0;
}

/** Ends every job at once, as a worker would, with an image that is not stored: nobody fetches it. */
class InstantWorker {
  drawn = 0;
  readonly #state: State;
  readonly #jobs: JobStore;
  readonly #stopped = new AbortController();

  constructor(state: State) {
    this.#state = state;
    this.#jobs = createJobStore({ items: state.items, clock });
  }

  async work(): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, () => this.#loop()));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
  }

  async #loop(): Promise<void> {
    const { queue, items } = this.#state;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      if (this.drawn % 500 === 0) await reportSecondsPerJob(items, "instant", secondsPerJob, clock.now());
      const [message] = await queue.receive({ visibilityMs: 60_000, waitMs: 1_000, signal });
      if (message === undefined) continue;
      const parsed = parseJobMessage(message.body);
      const claim = "jobId" in parsed ? await this.#jobs.claim(parsed.jobId, "instant") : undefined;
      if (claim?.outcome === "claimed") await this.#draw(claim.job);
      await queue.delete(message.receipt);
    }
  }

  async #draw(job: Job): Promise<void> {
    const { width, height, format, seed } = job.params;
    const sha256 = createHash("sha256").update(job.id).digest("hex");
    const key = `o/${job.id}/0-${sha256}.${format}`;
    const image = { index: 0, key, width, height, format, bytes: 1_000_000, sha256, seed };
    await this.#jobs.succeed(job, { images: [image], warnings: [], inferenceMs: 1_000 * secondsPerJob });
    this.drawn++;
  }
}
