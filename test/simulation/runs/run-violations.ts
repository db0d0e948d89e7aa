import { UploadedFiles } from "../../../functions/api/files/uploaded-files.ts";
import type { Run } from "../../../functions/runs/run.ts";
import { listRuns } from "../../../functions/runs/run-store.ts";
import { NotFoundError } from "../../../shared/errors.ts";
import { type Job, terminalStatuses } from "../../../shared/job.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import { maxOpenRuns } from "../../../shared/limits.ts";
import { auditAccount } from "../../../shared/money/audit-ledger.ts";
import { allJobs } from "../../support/api/all-jobs.ts";
import type { BatchClient } from "./batch-client.ts";
import { catalogueViolations } from "./catalogue-violations.ts";
import type { RunWorld } from "./run-world.ts";

interface OutputLine {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly request_id: string };
}

/** Everything that must hold of runs, whatever happened. Returns what does not; empty is good. */
export async function runViolations(world: RunWorld): Promise<string[]> {
  const jobs = await allJobs(createJobStore({ items: world.items, clock: world.scheduler.clock }), world.payers);
  const runs: Run[] = [];
  for (const { accountId } of world.payers) {
    runs.push(...(await listRuns(world.items, accountId, { limit: 500 })).runs);
  }
  const wrong = [
    ...world.crashes.map((crash) => `a process broke: ${crash}`),
    ...(world.settled ? [] : ["runs, jobs or messages were left long after the last failure"]),
    ...world.clients.flatMap(({ complaints }) => complaints),
    ...twice(jobs.filter(({ metadata }) => metadata.batch_id !== undefined)),
    ...(await catalogueViolations(world, jobs)),
    ...(await money(world, jobs)),
  ];
  for (const run of runs) {
    const client = world.clients.find(({ batchIds }) => batchIds.includes(run.id));
    const own = jobs.filter(({ metadata }) => metadata.batch_id === run.id);
    wrong.push(...(await outcome(world, { run, client, jobs: own })));
  }
  for (const { batchIds } of world.clients) {
    for (const id of batchIds) if (!runs.some((run) => run.id === id)) wrong.push(`${id} was accepted and is gone`);
  }
  return wrong;
}

/** No row is drawn twice. */
function twice(jobs: readonly Job[]): string[] {
  const perRow = Map.groupBy(jobs, ({ metadata }) => `${metadata.batch_id} ${metadata.custom_id}`);
  return [...perRow].filter(([, made]) => made.length > 1).map(([row, made]) => `${row} has ${made.length} jobs`);
}

/** One end; each row in one of the files, once and in order; every job told of; only a row's own fault fails it. */
async function outcome(
  world: RunWorld,
  { run, client, jobs }: { readonly run: Run; readonly client: BatchClient | undefined; readonly jobs: readonly Job[] },
): Promise<string[]> {
  const wrong: string[] = [];
  const output = await linesOf(world, run, run.outputFileId);
  const errors = await linesOf(world, run, run.errorFileId);
  if (output === undefined || errors === undefined) return [`${run.id} names a file that is not there`];
  const ends = client?.cancels ? ["canceled", "completed"] : ["completed"];
  if (client !== undefined && !ends.includes(run.status)) wrong.push(`${run.id} ended as ${run.status}`);
  if (output.length !== run.completed || errors.length !== run.failed) {
    wrong.push(
      `${run.id} counts ${run.completed} and ${run.failed}, its files have ${output.length} and ${errors.length}`,
    );
  }
  if (run.status === "completed" && run.completed + run.failed !== run.total) {
    wrong.push(`${run.id} is completed with ${run.completed + run.failed} of ${run.total} rows`);
  }
  const place = new Map([...(client?.lines.keys() ?? [])].map((key, index) => [key, index]));
  for (const lines of [output, errors]) {
    const places = lines.map(({ custom_id }) => place.get(custom_id) ?? 0);
    const isOrdered = places.every((at, index) => index === 0 || at > places[index - 1]!);
    if (client !== undefined && !isOrdered) wrong.push(`${run.id} has lines twice or out of order`);
  }
  for (const { id, status, metadata } of jobs) {
    if (!terminalStatuses.has(status)) wrong.push(`${id} of ${run.id} is ${status}`);
    const line = (status === "succeeded" ? output : errors).find(({ custom_id }) => custom_id === metadata.custom_id);
    if (line?.response.request_id !== id) wrong.push(`${id} (${status}) of ${run.id} is not told of`);
  }
  for (const { custom_id, response } of errors) {
    const hasJob = jobs.some(({ metadata }) => metadata.custom_id === custom_id);
    if (!hasJob && client !== undefined && client.lines.get(custom_id) !== "refused") {
      wrong.push(`${custom_id} failed with ${response.status_code} by no fault of its own`);
    }
  }
  return wrong;
}

/** @returns `undefined` where the file, or a part of it, is not stored */
async function linesOf(world: RunWorld, run: Run, fileId: string | undefined): Promise<OutputLine[] | undefined> {
  if (fileId === undefined) return [];
  const files = new UploadedFiles({ ...world, clock: world.scheduler.clock });
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of files.stream(await files.get(run.identity.accountId, fileId))) pieces.push(piece);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
  const text = Buffer.concat(pieces).toString();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as OutputLine);
}

/** Balances agree with the ledger, nothing is held, and every place for a run is free again. */
async function money({ items, payers }: RunWorld, jobs: readonly Job[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { accountId } of payers) {
    const { discrepancies, held, holds } = await auditAccount(items, accountId);
    if (held !== 0 || holds !== 0) wrong.push(`${accountId} has ${holds} holds of ${held} left`);
    for (const { what, expected, found } of discrepancies) {
      wrong.push(`${accountId}: ${what} is ${found}, the ledger says ${expected}`);
    }
    const places = await items.get({ pk: `ACC#${accountId}#BATCHES`, sk: "PLACES" });
    const free = places?.data.free ?? maxOpenRuns;
    if (free !== maxOpenRuns) wrong.push(`${accountId} has ${free} of ${maxOpenRuns} places for runs`);
  }
  for (const { id, status, price, charged = 0 } of jobs) {
    if (status === "succeeded" && charged !== price?.amount) wrong.push(`${id} was charged ${charged}`);
  }
  return wrong;
}
