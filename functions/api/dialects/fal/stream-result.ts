import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import { contentTypes, type Job, terminalStatuses } from "../../../../shared/job.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { ping } from "../../http/server-sent-event.ts";
import { type WriteText, withHeartbeat } from "../../http/stream-body.ts";
import { followJob, isLast } from "../../jobs/follow-job.ts";
import { InlineFiles } from "../../jobs/inline-files.ts";
import { stillRunning } from "../../problems/still-running.ts";
import { jobFailure } from "./errors.ts";
import { presentFalResult } from "./response.ts";

interface StreamOptions {
  readonly write: WriteText;
  readonly signal: AbortSignal;
}

/**
 * Small previews as the steps go by, then the result, which the client keeps as the stream's value. A failed job breaks
 * the connection, and so does one that runs for longer than a response may: an event could only be taken for a result.
 */
export async function streamFalResult(
  job: Job,
  { link, ...options }: StreamOptions & { readonly link: LinkSigner },
  dependencies: RouteDependencies,
): Promise<void> {
  const { write, heartbeat } = withHeartbeat(options.write, ping, dependencies.clock);
  for await (const event of followJob(job.id, dependencies, { steps: true, afterSeq: 0, signal: options.signal })) {
    if (event === undefined) await heartbeat();
    else if (event.type === "step" && typeof event.data.preview_key === "string") {
      const { url } = link.file(event.data.preview_key);
      const { step, total } = event.data;
      await write(
        dataEvent({ images: [{ url, content_type: contentTypes[job.params.format] }], progress: { step, total } }),
      );
    } else if (isLast(event)) {
      const ended = (await dependencies.jobs.get(job.id)) ?? job;
      if (ended.status !== "succeeded") throw jobFailure(ended);
      const files = new InlineFiles(ended, { dependencies });
      await files.write(dataEvent(presentFalResult(ended, { files: files.texts, link })), write, options.signal);
      return;
    }
  }
  if (!options.signal.aborted) throw stillRunning(job.id);
}

/** The request's status with each change, up to `COMPLETED`. */
export async function streamFalStatus(
  job: Job,
  {
    present,
    logs,
    ...options
  }: StreamOptions & {
    readonly present: (job: Job) => Promise<unknown>;
    /** Whether the status shows how far the job is. */
    readonly logs: boolean;
  },
  dependencies: RouteDependencies,
): Promise<void> {
  const { write, heartbeat } = withHeartbeat(options.write, ping, dependencies.clock);
  let told = "";
  for await (const event of followJob(job.id, dependencies, { steps: logs, afterSeq: 0, signal: options.signal })) {
    if (event === undefined) await heartbeat();
    else {
      const latest = (await dependencies.jobs.get(job.id)) ?? job;
      const status = dataEvent(await present(latest));
      if (status !== told) await write(status);
      told = status;
      // The events before this one are history by now.
      if (terminalStatuses.has(latest.status)) return;
    }
  }
}

function dataEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
