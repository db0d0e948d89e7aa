import type { Job, JobRequest } from "../../../../../sdk/src/index.ts";

interface ImageProgress {
  readonly step: number;
  readonly total: number;
  /** Link of a small image of the state after the step. */
  readonly preview: string | null;
}

/** A job in the feed, from the moment of the press on Draw. */
export interface FeedJob {
  /** Stays the same: the key of the submission, or the job's id where it was found in the list. */
  readonly key: string;
  /** What was sent from here; `null` of a job that was found in the list. */
  readonly request: JobRequest | null;
  /** `null` until the server has it. */
  readonly job: Job | null;
  readonly place: { readonly position: number | null; readonly etaS: number | null } | null;
  /** By index of the image. */
  readonly progress: ReadonlyMap<number, ImageProgress>;
  /** Links of finished images of a job that still runs, by index. */
  readonly drawn: ReadonlyMap<number, string>;
  /** When it is sent again, in milliseconds since the epoch, after the server refused it for being busy. */
  readonly sentAgainAt: number | null;
}

export function newFeedJob(key: string, given: Partial<FeedJob>): FeedJob {
  const nothing = { request: null, job: null, place: null, sentAgainAt: null };
  return { ...nothing, progress: new Map(), drawn: new Map(), ...given, key };
}

export const isOpen = ({ job }: FeedJob): boolean =>
  job === null || job.status === "queued" || job.status === "running";

/** What is known of a job's settings, whether the server has it yet or not. */
export function settingsOf({ job, request }: FeedJob) {
  const params = job?.params;
  const [width, height] = request?.size?.split("x").map(Number) ?? [];
  return {
    prompt: params?.prompt ?? request?.prompt ?? "",
    n: params?.n ?? request?.n ?? 1,
    seed: params?.seed ?? request?.seed,
    steps: params?.steps ?? request?.steps,
    width: job?.images[0]?.width ?? params?.width ?? width,
    height: job?.images[0]?.height ?? params?.height ?? height,
    model: params?.model ?? request?.model,
  };
}

/** Jobs whose settings are the same but for the seed share a block. */
export function settingsKey(entry: FeedJob): string {
  const { job, request } = entry;
  if (job === null) return JSON.stringify([request?.prompt, entry.key]);
  const { seed: _, n: __, latents_url: ___, image_url, mask_url, ...rest } = job.params;
  // Links to the same stored image differ by their signatures.
  return JSON.stringify([rest, image_url?.split("?")[0], mask_url?.split("?")[0]]);
}
