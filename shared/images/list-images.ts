import type { Job, JobImage } from "../job.ts";
import { jobSortKey } from "../jobs/job-filters.ts";
import type { JobStore } from "../jobs/job-store.ts";
import { cursorAt } from "../jobs/list-jobs.ts";
import { decodeCursor, encodeCursor, invalidCursor } from "../ports/page-cursor.ts";
import { shownSince } from "./image-retention.ts";

export interface ImageListQuery {
  readonly accountId: string;
  /** Words that the prompt has, in any order and case. */
  readonly text?: string | undefined;
  readonly model?: string | undefined;
  /** Milliseconds since the epoch, both exclusive: when the job was made. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
  readonly metadata?: { readonly [key: string]: string } | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly now: number;
  /** How long images are kept, in seconds. */
  readonly keptS: number;
}

/** A finished image, with its job. */
export interface ListedImage {
  readonly job: Job;
  readonly image: JobImage;
}

/**
 * What a page reads at most, where a filter has to look at the jobs themselves: some 2,000 jobs, each with its row in
 * the list. A prompt may have 10,000 characters.
 */
const mostReads = 4_000;

/**
 * Finished images, those of the newest job first and each job's in their order. A page is full unless it is the last,
 * which has no cursor, or has read so much.
 * @throws InvalidInputError `invalid_cursor`
 */
export async function listImages(
  jobs: Pick<JobStore, "list" | "get">,
  query: ImageListQuery,
): Promise<{ readonly images: ListedImage[]; readonly cursor?: string }> {
  const { accountId, model, metadata, limit, createdBefore, now, keptS } = query;
  const hasWords = textFilter(query.text);
  const accepts = ({ images, params, unstored }: Job) =>
    unstored === undefined &&
    images.length > 0 &&
    (model === undefined || params.model === model) &&
    hasWords(params.prompt);
  const start = await startOf(jobs, query);
  const createdAfter = Math.max(query.createdAfter ?? 0, shownSince(now, keptS) - 1);
  // Each job has an image or more, and one more than the page holds tells whether another follows.
  const wanted = limit + 1 - start.images.length;
  const filter = { accountId, status: "succeeded", createdAfter, createdBefore, metadata, accepts, mostReads } as const;
  const page = wanted < 1 ? { jobs: [] } : await jobs.list({ ...filter, limit: wanted, cursor: start.cursor });
  const found = [...start.images, ...page.jobs.flatMap(imagesOf)];
  if (found.length > limit) {
    const images = found.slice(0, limit);
    return { images, cursor: cursorAfter(images.at(-1)!) };
  }
  return { images: found, cursor: page.cursor === undefined ? undefined : encodeCursor([page.cursor, "", 0]) };
}

function imagesOf(job: Job): ListedImage[] {
  return job.images.map((image) => ({ job, image }));
}

/**
 * A cursor is one of the list of jobs, and the job whose images a page has ended amid, with the index of the last that
 * was shown.
 */
function cursorAfter({ job, image }: ListedImage): string {
  const isLast = job.images.at(-1) === image;
  return encodeCursor([cursorAt(jobSortKey(job)), isLast ? "" : job.id, image.index]);
}

/** Images of the job that the page before ended amid, and where the list of jobs goes on. */
async function startOf(jobs: Pick<JobStore, "get">, { accountId, cursor }: ImageListQuery) {
  if (cursor === undefined) return { images: [], cursor: undefined };
  const [jobsCursor, jobId, shown] = decodeCursor(cursor, ["string", "string", "number"]) as [string, string, number];
  if (jobId === "") return { images: [], cursor: jobsCursor };
  if (!/^job_[0-9A-Z]{26}$/.test(jobId)) throw invalidCursor();
  const job = await jobs.get(jobId);
  // It has expired since, or was never the caller's.
  if (job?.accountId !== accountId) return { images: [], cursor: jobsCursor };
  return { images: imagesOf(job).filter(({ image }) => image.index > shown), cursor: jobsCursor };
}

/** Whether a prompt has every word of a text. Widths of letters and their case make no difference. */
function textFilter(text = ""): (prompt: string) => boolean {
  const words = folded(text).split(/\s+/).filter(Boolean);
  return (prompt) => {
    if (words.length === 0) return true;
    const held = folded(prompt);
    return words.every((word) => held.includes(word));
  };
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
