import { effect } from "@preact/signals";
import type { JobEvent } from "../../../../../sdk/src/index.ts";
import { client } from "../../../server/client.ts";
import { polling } from "../../../server/polling.ts";
import { queries } from "../../../server/queries.ts";
import { announce } from "../../../shell/announce.ts";
import { createText } from "../messages.ts";
import { changeFeedJob, feed, findFeedJob } from "./feed.ts";
import { type FeedJob, isOpen } from "./feed-job.ts";

/** A browser opens six connections to a host over HTTP/1.1, for all its tabs: streams must leave some. */
const maxStreams = 2;
/** Jobs asked for at a time while no stream has room for them, the oldest first: they are next. */
const maxPolled = 8;

const streams = new Map<string, AbortController>();

/** Follows the jobs that are not over: the oldest by their streams, the others by asking. */
export function followOpenJobs(): void {
  const open = feed.peek().filter((entry) => entry.job !== null && isOpen(entry));
  for (const { key, job } of open.toReversed()) {
    if (streams.size >= maxStreams) break;
    if (!streams.has(key)) void follow(key, job!.id);
  }
}

/** Ends all streams when the view is left; the jobs go on. */
export function stopFollowing(): void {
  for (const controller of streams.values()) controller.abort();
  streams.clear();
}

async function follow(key: string, id: string): Promise<void> {
  const controller = new AbortController();
  streams.set(key, controller);
  try {
    const handle = await client.peek().jobs.handle(findFeedJob(key)?.job ?? id);
    for await (const event of handle.events({ preview: "url", signal: controller.signal })) take(key, event);
    const entry = findFeedJob(key);
    // The stream may end without having told: a job that another has canceled, say.
    if (entry && isOpen(entry)) changeFeedJob(key, { job: await handle.refresh({ signal: controller.signal }) });
  } catch {
    // Asked for by `poll` from now on, and followed again when the connection is back.
  }
  if (streams.get(key) === controller) streams.delete(key);
  if (!controller.signal.aborted) setTimeout(followOpenJobs, 250);
}

function take(key: string, event: JobEvent): void {
  const entry = findFeedJob(key);
  if (entry === undefined || entry.job === null) return;
  switch (event.type) {
    case "queued":
    case "requeued": {
      const { position = null, eta_s: etaS = null } = event;
      changeFeedJob(key, { place: { position, etaS }, job: { ...entry.job, status: "queued" } });
      break;
    }
    case "started":
      changeFeedJob(key, { place: null, job: { ...entry.job, status: "running" } });
      announce(createText("saidStarted"));
      break;
    case "step": {
      const { step, total, preview = null } = event;
      const progress = new Map(entry.progress).set(event.image, { step, total, preview });
      changeFeedJob(key, { place: null, progress, job: { ...entry.job, status: "running" } });
      break;
    }
    case "image":
      changeFeedJob(key, { drawn: new Map(entry.drawn).set(event.index, event.url) });
      break;
    case "done":
    case "error":
      end(key, event.job);
      break;
    default:
  }
}

function end(key: string, job: NonNullable<FeedJob["job"]>): void {
  changeFeedJob(key, { job, place: null });
  announce(createText(job.status === "succeeded" ? "saidDone" : "saidFailed"));
  void queries.invalidateQueries({ queryKey: ["key"] });
  void queries.invalidateQueries({ queryKey: ["images"] });
}

async function poll(): Promise<void> {
  if (document.hidden) return;
  const waiting = feed.peek().filter((entry) => entry.job !== null && isOpen(entry) && !streams.has(entry.key));
  for (const { key, job } of waiting.slice(-maxPolled)) {
    const read = await client
      .peek()
      .jobs.get(job!.id)
      .catch(() => undefined);
    if (read === undefined) return;
    if (read.finished_at !== null) end(key, read);
    else
      changeFeedJob(key, { job: read, place: read.queue && { position: read.queue.position, etaS: read.queue.eta_s } });
  }
  followOpenJobs();
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
addEventListener("zimage:reconnected", followOpenJobs);
