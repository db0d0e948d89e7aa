import { effect } from "@preact/signals";
import type { AccountEvent, Job } from "../../../../../sdk/src/index.ts";
import { isListening, onAccountEvent } from "../../../server/account-events.ts";
import { client } from "../../../server/client.ts";
import { polling } from "../../../server/polling.ts";
import { queries } from "../../../server/queries.ts";
import { announce } from "../../../shell/announce.ts";
import { createText } from "../messages.ts";
import { changeFeedJob, feed, loadFeed } from "./feed.ts";
import { type FeedJob, isOpen } from "./feed-job.ts";

/** Jobs asked for at a time while there is no stream, the oldest first: they are next. */
const maxPolled = 8;

let stop: (() => void) | undefined;

/** Shows what happens to the account's jobs, for as long as the view is on show. */
export function followJobs(): () => void {
  stop ??= onAccountEvent(take);
  return () => {
    stop?.();
    stop = undefined;
    clearInterval(timer);
    timer = undefined;
  };
}

function take(event: AccountEvent): void {
  const entry = feed.peek().find(({ job }) => job?.id === event.job_id);
  if (entry === undefined || entry.job === null) {
    keepUnclaimed(event);
    // Drawn in another tab, or by a program.
    loadSoon();
    return;
  }
  const { key, job } = entry;
  switch (event.type) {
    case "queued":
    case "requeued":
    case "place":
      changeFeedJob(key, {
        place: { position: event.position ?? null, etaS: event.eta_s ?? null },
        ...(isOpen(entry) && { job: { ...job, status: "queued" } }),
      });
      break;
    case "started":
      changeFeedJob(key, { place: null, job: { ...job, status: "running" } });
      announce(createText("saidStarted"));
      break;
    case "step": {
      const { step, total, preview = null } = event;
      const progress = new Map(entry.progress).set(event.image, { step, total, preview });
      changeFeedJob(key, { place: null, progress, job: { ...job, status: "running" } });
      break;
    }
    case "image":
      changeFeedJob(key, { drawn: new Map(entry.drawn).set(event.index, event.url) });
      break;
    case "done":
    case "error":
      end(entry, event.job);
      break;
    default:
  }
}

/** Events of jobs that are not in the feed: the first may come before the response to the submission. */
const unclaimed = new Map<string, AccountEvent[]>();
const maxUnclaimed = 30;

function keepUnclaimed(event: AccountEvent): void {
  const events = unclaimed.get(event.job_id) ?? [];
  unclaimed.delete(event.job_id);
  unclaimed.set(event.job_id, [...events.slice(-200), event]);
  if (unclaimed.size > maxUnclaimed) unclaimed.delete(unclaimed.keys().next().value!);
}

/** Takes the events of a job that has come into the feed. */
export function claimEvents(jobId: string): void {
  const events = unclaimed.get(jobId) ?? [];
  unclaimed.delete(jobId);
  for (const event of events) take(event);
}

function end({ key, job: before }: FeedJob, job: Job): void {
  // The history of an open job is told again when the stream is opened.
  if (before?.finished_at != null) return;
  changeFeedJob(key, { job, place: null });
  announce(createText(job.status === "succeeded" ? "saidDone" : "saidFailed"));
  void queries.invalidateQueries({ queryKey: ["key"] });
  void queries.invalidateQueries({ queryKey: ["images"] });
}

let loading: ReturnType<typeof setTimeout> | undefined;

/** A run of the account may begin hundreds of jobs a minute: the list is read once for all of them. */
function loadSoon(): void {
  if (loading !== undefined) return;
  loading = setTimeout(() => {
    loading = undefined;
    void loadFeed().catch(() => {});
  }, polling.jobs);
}

/** With an open stream only now and then: should it lose an event, no tile waits for ever. */
const pollsWhileListening = 5;
let polls = 0;

/** Behind a proxy that holds the stream back, or where the account has too many of them, jobs are asked for. */
async function poll(): Promise<void> {
  polls++;
  if (document.hidden || (isListening.peek() && polls % pollsWhileListening !== 0)) return;
  const waiting = feed.peek().filter((entry) => entry.job !== null && isOpen(entry));
  for (const entry of waiting.slice(-maxPolled)) {
    const read = await client
      .peek()
      .jobs.get(entry.job!.id)
      .catch(() => undefined);
    if (read === undefined) return;
    const place = read.queue && { position: read.queue.position, etaS: read.queue.eta_s };
    if (read.finished_at !== null) end(entry, read);
    else changeFeedJob(entry.key, { job: read, place });
  }
}

let timer: ReturnType<typeof setInterval> | undefined;
effect(() => {
  const hasOpen = feed.value.some((entry) => entry.job !== null && isOpen(entry));
  if (hasOpen) timer ??= setInterval(() => void poll(), polling.jobs);
  else {
    clearInterval(timer);
    timer = undefined;
  }
});
