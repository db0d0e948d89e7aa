import type { Job } from "../../../../shared/job.ts";
import { terminalStatuses } from "../../../../shared/job.ts";
import { recordType } from "../../../../shared/ports/record.ts";
import type { RouteDependencies } from "../../dependencies.ts";

/*
 * What the web UI keeps in its one process, kept per account: the checkpoint that was chosen, and the jobs that
 * `progress` and `interrupt` are about. No account sees another's.
 */

type RecordDependencies = Pick<RouteDependencies, "items" | "jobs" | "clock">;

/** Open jobs that are looked at; and how long one is remembered whose end nobody asked about. */
const maxOpenJobs = 20;
const jobMemoryS = 86_400;

interface ChosenOptions {
  readonly checkpoint: string;
}

const optionsRecord = recordType<ChosenOptions>("choice of a checkpoint", ["checkpoint"]);

export async function readCheckpoint(accountId: string, { items }: RecordDependencies): Promise<string | undefined> {
  const item = await items.get(optionsKey(accountId));
  return item && optionsRecord.read(item).checkpoint;
}

export async function writeCheckpoint(
  accountId: string,
  checkpoint: string,
  { items }: RecordDependencies,
): Promise<void> {
  await items.write([{ put: { ...optionsKey(accountId), data: optionsRecord.write({ checkpoint }) } }]);
}

export async function rememberJob({ id, accountId }: Job, { items, clock }: RecordDependencies): Promise<void> {
  const exp = Math.ceil(clock.now() / 1_000) + jobMemoryS;
  await items.write([{ put: { ...jobKey(accountId, id), exp, data: { id } } }]);
}

export async function forgetJob({ id, accountId }: Job, { items }: RecordDependencies): Promise<void> {
  await items.write([{ delete: jobKey(accountId, id) }]);
}

/** The account's jobs of this API that are not over, oldest first. Forgets those that are. */
export async function openJobs(accountId: string, dependencies: RecordDependencies): Promise<Job[]> {
  const { items, jobs } = dependencies;
  const { pk } = optionsKey(accountId);
  const page = await items.query({ index: "main", partition: pk, prefix: "JOB#", limit: maxOpenJobs, reverse: true });
  const open: Job[] = [];
  for (const { sk } of page.items.reverse()) {
    const id = sk.slice("JOB#".length);
    const job = await jobs.get(id);
    if (job !== undefined && !terminalStatuses.has(job.status)) open.push(job);
    else await items.write([{ delete: { pk, sk } }]);
  }
  return open;
}

function optionsKey(accountId: string) {
  return { pk: `ACC#${accountId}#A1111`, sk: "OPTIONS" };
}

function jobKey(accountId: string, id: string) {
  return { ...optionsKey(accountId), sk: `JOB#${id}` };
}
