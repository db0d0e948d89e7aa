import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { UploadedFiles } from "../../functions/api/files/uploaded-files.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { Activity } from "../support/activity.ts";
import { allJobs } from "../support/api/all-jobs.ts";
import { writeZip } from "../support/catalogue/write-zip.ts";
import { FakeWorker } from "../support/engine/fake-worker.ts";
import { openService, type RunPlace, type RunProcessOptions } from "./run-process.ts";

/** When the process that takes a run's steps is killed: so long after it said that the run is there. */
export interface Kill {
  readonly place: RunPlace;
  readonly afterMs: number;
}

export interface RunOutcome {
  /** Lines of the manifest, without what differs from run to run: addresses and ids of jobs. */
  readonly manifest: readonly string[];
  readonly status: string;
  readonly charged: number;
  readonly jobs: number;
  /** Kills that met the run where they were meant to. */
  readonly kills: number;
  /** How long the run was in each place, as its last process saw it. */
  readonly ms: { readonly [place in RunPlace]?: number };
}

const products = 120;
/** A turn of a run is over by then. */
const turnMs = 700_000;
const script = join(import.meta.dirname, "run-process.ts");

/**
 * A catalogue run from its request to its end, whose steps a process of its own takes; it is killed with SIGKILL at the
 * given moments, one after another, and started again. Images are drawn by this process.
 */
export async function killedRun(kills: readonly Kill[]): Promise<RunOutcome> {
  const dataDir = await mkdtemp(join(tmpdir(), "killed-run-"));
  const clock = { ...systemClock, aheadMs: 0, now: () => systemClock.now() + clock.aheadMs };
  const service = openService(dataDir, clock);
  const { dependencies } = service;
  const worker = new FakeWorker({ ...dependencies, activity: new Activity() });
  const over = new AbortController();
  const draw = async () => {
    while (!over.signal.aborted) {
      await sweepJobs(dependencies);
      if (!(await worker.workOnce())) await systemClock.sleep(10);
    }
  };
  const drawing = draw();
  try {
    const { runId, accountId, get } = await orderRun(service);
    let met = 0;
    for (const kill of kills) {
      if (await killAt(startSteps({ dataDir, runId, aheadMs: clock.aheadMs }), kill)) met++;
      clock.aheadMs += turnMs;
    }
    const ms = await placesOf(startSteps({ dataDir, runId, aheadMs: clock.aheadMs }));
    const run = (await (await get(`/v1/runs/${runId}`)).json()) as { status: string; cost: { charged: number } };
    const manifest = await (await get(`/v1/runs/${runId}/manifest.jsonl`)).text();
    return {
      manifest: manifest.trim().split("\n").map(lasting),
      status: run.status,
      charged: run.cost.charged,
      jobs: (await allJobs(dependencies.jobs, [{ accountId }])).length,
      kills: met,
      ms,
    };
  } finally {
    over.abort();
    await drawing;
    await service.close();
    await rm(dataDir, { recursive: true });
  }
}

function lasting(line: string): string {
  const { url: _, job_id: __, ...kept } = JSON.parse(line);
  return JSON.stringify(kept);
}

/** A table with photos in a ZIP, empty titles, a SKU twice and an image that is not there. */
async function orderRun({ app, dependencies }: ReturnType<typeof openService>) {
  const { newId, clock } = dependencies;
  const apiKeys = new ApiKeys({ ...dependencies, newId, clock });
  const { id: accountId } = await apiKeys.createAccount("killed", { unlimited: true });
  const { value: key } = await apiKeys.createKey(accountId);
  const authorization = `Bearer ${key}`;
  const files = new UploadedFiles(dependencies);
  const upload = async (filename: string, body: Buffer) => {
    const file = { filename, contentType: "application/octet-stream", metadata: {}, accountId };
    return (await files.create({ ...file, id: `file-${newId()}` }, body)).id;
  };
  const rows = Array.from({ length: products }, (_, i) => {
    const title = i % 20 === 19 ? "" : `cup ${i}`;
    return `S-${i === 50 ? 49 : i},${title},${i % 30 === 29 ? "gone" : i % 40}.png`;
  });
  const photo = (i: number) =>
    sharp({ create: { width: 64, height: 64, channels: 3, background: { r: i, g: 0, b: 9 } } });
  const photos = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => ({ name: `${i}.png`, body: await photo(i).png().toBuffer() })),
  );
  const shot = { id: "main", method: "restyle", size: "64x64", steps: 1, prompt: "a {{title}}", format: "png" };
  const order = {
    source: { file_id: await upload("t.csv", Buffer.from(["sku,title,image", ...rows].join("\n"))) },
    pictures: { file_id: await upload("p.zip", Buffer.from(writeZip(photos))) },
    shots: [shot],
    start: true,
  };
  const headers = { authorization, "content-type": "application/json" };
  const made = await app.request("/v1/runs", { method: "POST", headers, body: JSON.stringify(order) });
  const { id: runId } = (await made.json()) as { id: string };
  if (made.status !== 201) throw new Error(`the run was refused with ${made.status}`);
  return { runId, accountId, get: async (path: string) => app.request(path, { headers: { authorization } }) };
}

function startSteps(options: RunProcessOptions): ChildProcess {
  const args = ["--disable-warning=ExperimentalWarning", script, JSON.stringify(options)];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** @returns whether the run was still there */
async function killAt(child: ChildProcess, { place, afterMs }: Kill): Promise<boolean> {
  let last: RunPlace | undefined;
  const exited = once(child, "exit");
  await new Promise<void>((resolve) => {
    child.on("message", (message: { readonly place: RunPlace }) => {
      last = message.place;
      if (last === place || last === "over") resolve();
    });
    child.once("exit", () => resolve());
  });
  await systemClock.sleep(afterMs);
  const isThere = last === place && child.exitCode === null;
  child.kill("SIGKILL");
  await exited;
  return isThere;
}

async function placesOf(child: ChildProcess): Promise<RunOutcome["ms"]> {
  const ms: { [place in RunPlace]?: number } = {};
  let last: { readonly place: RunPlace; readonly since: number } | undefined;
  child.on("message", ({ place }: { readonly place: RunPlace }) => {
    const since = performance.now();
    if (last !== undefined) ms[last.place] = (ms[last.place] ?? 0) + since - last.since;
    last = { place, since };
  });
  const [code] = await once(child, "exit");
  if (code !== 0 || last?.place !== "over")
    throw new Error(`the process of a run ended with ${code} at ${last?.place}`);
  return ms;
}
