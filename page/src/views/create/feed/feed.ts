import { signal } from "@preact/signals";
import type { Job } from "../../../../../sdk/src/index.ts";
import { client } from "../../../server/client.ts";
import { type FeedJob, newFeedJob } from "./feed-job.ts";

const pageSize = 20;
/** Jobs of a run are in the run, whose thousands would hide what was drawn here: so many are passed over at a time. */
const runPageSize = 100;
const mostRunPages = 5;

/** Jobs, newest first. */
export const feed = signal<readonly FeedJob[]>([]);
/** Where the list goes on; `undefined` before it was asked for, `null` at its end. */
export const nextCursor = signal<string | null | undefined>(undefined);

export function changeFeedJob(key: string, change: Partial<FeedJob>): void {
  feed.value = feed.peek().map((entry) => (entry.key === key ? { ...entry, ...change } : entry));
}

export function findFeedJob(key: string): FeedJob | undefined {
  return feed.peek().find((entry) => entry.key === key);
}

export function addFeedJob(entry: FeedJob): void {
  feed.value = [entry, ...feed.peek()];
}

export function removeFeedJob(key: string): void {
  feed.value = feed.peek().filter((entry) => entry.key !== key);
}

/** Links of small files, by the id of the image: a feed of whole ones would be hundreds of megabytes. */
const thumbnails = signal<ReadonlyMap<string, string>>(new Map());

/** `undefined` for an image that is no larger, or that was drawn since the list was read. */
export function thumbnailOf(id: string | undefined): string | undefined {
  return id === undefined ? undefined : thumbnails.value.get(id);
}

async function loadThumbnails(jobs: readonly Job[]): Promise<void> {
  const [newest] = jobs;
  const isLarge = jobs.some(({ images }) => images.some(({ width, height }) => Math.max(width, height) > 512));
  if (newest === undefined || !isLarge) return;
  const before = new Date(Date.parse(newest.created_at) + 1).toISOString();
  const { data } = await client.peek().images.list({ created_before: before }, { pageSize: 100 }).page();
  const found = data.map(({ id, thumbnails: links }) => [id, links["512"]] as const);
  thumbnails.value = new Map([...thumbnails.peek(), ...found]);
}

/** The newest jobs, or with `more` those after the last that is shown. */
export async function loadFeed({ more = false } = {}): Promise<void> {
  const cursor = more ? (nextCursor.peek() ?? undefined) : undefined;
  const { jobs, next } = await readJobs(cursor, more || nextCursor.peek() === undefined ? mostRunPages : 0);
  // Tiles that are shown with whole files would load them; a list without thumbnails shows them all the same.
  await loadThumbnails(jobs).catch(() => {});
  mergeJobs(jobs);
  if (more || nextCursor.peek() === undefined) nextCursor.value = next;
}

/** A page without the jobs of runs. @param mostPages - read after it, while it has no others */
async function readJobs(from: string | undefined, mostPages: number) {
  const isOwn = ({ metadata }: Job) => !metadata.run_id?.startsWith("run_");
  let page = await client.peek().jobs.list({}, { pageSize }).page(from);
  for (let read = 0; read < mostPages && page.next_cursor !== null && !page.data.some(isOwn); read++) {
    page = await client.peek().jobs.list({}, { pageSize: runPageSize }).page(page.next_cursor);
  }
  return { jobs: page.data.filter(isOwn), next: page.next_cursor };
}

/** Jobs of the list take their place by their time; what is known better from their stream stays. */
function mergeJobs(jobs: readonly Job[]): void {
  const known = new Map(feed.peek().map((entry) => [entry.job?.id, entry]));
  for (const job of jobs) {
    const entry = known.get(job.id);
    const place = job.queue && { position: job.queue.position, etaS: job.queue.eta_s };
    known.set(
      job.id,
      entry === undefined ? newFeedJob(job.id, { job, place }) : { ...entry, job: newer(entry.job, job) },
    );
  }
  const unsent = feed.peek().filter(({ job }) => job === null);
  known.delete(undefined);
  const sent = [...known.values()].toSorted((a, b) => (b.job?.created_at ?? "").localeCompare(a.job?.created_at ?? ""));
  feed.value = [...unsent, ...sent];
}

/** A list may be older than what a stream has told: a job that is over stays over. */
function newer(before: Job | null, now: Job): Job {
  if (before === null) return now;
  const isOver = (job: Job) => job.finished_at !== null;
  return isOver(before) && !isOver(now) ? before : now;
}
