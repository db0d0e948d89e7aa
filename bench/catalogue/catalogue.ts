import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PipelineError } from "../../shared/errors.ts";
import { startCommand } from "../../test/support/start-command.ts";
import { type Report, reportOf } from "../report.ts";
import { catalogues } from "./make-catalogue.ts";

export interface CatalogueOptions {
  readonly rows: number;
}

interface Reading {
  readonly rows: number;
  readonly fileMb: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly idleMb: number;
  readonly peakMb: number;
}

interface Beside {
  readonly jobMs: number;
  readonly aloneP95Ms: number;
  readonly besideP95Ms: number;
}

interface RunReading {
  readonly drawn: number;
  readonly firstPlanS: number;
  readonly unchangedPlanS: number;
  readonly firstImageS: number;
  readonly feedCpuMsFirst: number;
  readonly feedCpuMsLast: number;
}

/** Images that are drawn of the table when all others are as they were. */
const freshImages = 2_000;
const longestRerunS = 30;
const longestFirstImageS = 10;
const mostFeedCpuMs = 5;

const run = promisify(execFile);
/** As `npm start` runs the process that imports. */
const asStarted = startCommand().slice(0, -1);
const env = { ...process.env, MALLOC_ARENA_MAX: "2" };
const fewestRowsPerS = 5_000;
const mostMb = 200;

/**
 * Reads catalogues into products, each in a process of its own. Rows per second of CPU time are what another machine
 * can be held to; seconds on the clock count the neighbours too.
 *
 * Then a run over such a table is planned, and planned again with all but some images remembered; and interactive jobs
 * are drawn beside a run.
 *
 * @throws PipelineError `too_slow` when a reader stays below 5,000 rows per second of CPU or takes more than 200 MB, or
 * a run takes longer than it may, or interactive jobs wait for more than one of a run's
 */
export async function benchCatalogue(report: Report, { rows }: CatalogueOptions): Promise<void> {
  const say = reportOf("catalogue", report);
  const folder = await mkdtemp(join(tmpdir(), "z-image-bench-"));
  const missed: string[] = [];
  try {
    for (const [name, write] of Object.entries(catalogues)) {
      const path = join(folder, "catalogue");
      await write(path, rows);
      const script = join(import.meta.dirname, "read-once.ts");
      const { stdout } = await run(process.execPath, [...asStarted, script, path], { env });
      const read = JSON.parse(stdout) as Reading;
      if (read.rows !== rows) throw new PipelineError("wrong_count", `${name}: ${read.rows} of ${rows} rows were read`);
      const perCpuS = read.rows / read.cpuSeconds;
      const detail = `${read.rows} rows, ${read.fileMb.toFixed(1)} MB`;
      say(`${name}, per second of CPU`, perCpuS, "rows/s", detail);
      say(`${name}, per second`, read.rows / read.seconds, "rows/s");
      say(`${name}, peak memory`, read.peakMb, "MB", `${read.idleMb.toFixed(0)} MB before`);
      if (perCpuS < fewestRowsPerS) missed.push(`${name}: ${Math.round(perCpuS)} rows/s`);
      if (read.peakMb > mostMb) missed.push(`${name}: ${Math.round(read.peakMb)} MB`);
    }
    missed.push(...(await benchRun(say, rows)));
    missed.push(...(await benchBeside(say)));
  } finally {
    await rm(folder, { recursive: true });
  }
  if (missed.length > 0) throw new PipelineError("too_slow", `beyond the limits: ${missed.join("; ")}`);
}

/** Interactive jobs of another account beside a run. @returns what is beyond the limit */
async function benchBeside(say: ReturnType<typeof reportOf>): Promise<string[]> {
  const script = join(import.meta.dirname, "beside-run.ts");
  const { stdout } = await run(process.execPath, [...asStarted, script], { env });
  const { jobMs, aloneP95Ms, besideP95Ms } = JSON.parse(stdout) as Beside;
  say("interactive jobs alone, 95th percentile", aloneP95Ms, "ms", `one worker, ${jobMs} ms a job`);
  say("interactive jobs beside a run, 95th percentile", besideP95Ms, "ms");
  const later = Math.round(besideP95Ms - aloneP95Ms);
  return later > jobMs ? [`interactive jobs wait ${later} ms for a run`] : [];
}

/** A run in which little has changed since the one before. @returns what is beyond the limits */
async function benchRun(say: ReturnType<typeof reportOf>, rows: number): Promise<string[]> {
  const fresh = Math.min(freshImages, rows);
  const script = join(import.meta.dirname, "run-once.ts");
  const { stdout } = await run(process.execPath, [...asStarted, script, String(rows), String(fresh)], { env });
  const found = JSON.parse(stdout) as RunReading;
  say("a run in which all is new, until it is ready", found.firstPlanS, "s", `${rows} rows`);
  say("a run of the same table, until it is ready", found.unchangedPlanS, "s", `${found.drawn} to draw`);
  say("first image after the start", found.firstImageS, "s", "by a worker that draws at once");
  say("feeding, the first fifth", found.feedCpuMsFirst, "ms CPU a task");
  say("feeding, the last fifth", found.feedCpuMsLast, "ms CPU a task");
  return [
    ...(found.unchangedPlanS > longestRerunS ? [`an unchanged run: ${found.unchangedPlanS} s`] : []),
    ...(found.firstImageS > longestFirstImageS ? [`first image: ${found.firstImageS} s`] : []),
    ...(found.feedCpuMsLast > mostFeedCpuMs ? [`feeding: ${found.feedCpuMsLast} ms of CPU a task`] : []),
    // A few images say nothing: the first of them load and compile the code.
    ...(fresh === freshImages && found.feedCpuMsLast > 2 * found.feedCpuMsFirst ? ["feeding grows dearer"] : []),
  ];
}
