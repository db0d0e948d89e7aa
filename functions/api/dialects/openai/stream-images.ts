import type { Job, JobEvent } from "../../../../shared/job.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { ping, serverSentEvent } from "../../http/server-sent-event.ts";
import { type WriteText, withHeartbeat } from "../../http/stream-body.ts";
import { followJob, isLast } from "../../jobs/follow-job.ts";
import { InlineFiles } from "../../jobs/inline-files.ts";
import { stillRunning } from "../../problems/still-running.ts";
import { jobFailure, openaiError } from "./errors.ts";
import { completedEvent, partialImageEvent, type StreamKind } from "./response.ts";

interface StreamOptions {
  readonly kind: StreamKind;
  /** Previews wanted per image. */
  readonly partialImages: number;
  readonly write: WriteText;
  readonly signal: AbortSignal;
}

/** Previews as the steps go by, evenly spread, then each image; or the error, which the client throws. */
export async function streamImages(job: Job, options: StreamOptions, dependencies: RouteDependencies): Promise<void> {
  const { jobs, objects, clock } = dependencies;
  const { kind, partialImages, signal } = options;
  const { write, heartbeat } = withHeartbeat(options.write, ping, clock);
  const isWanted = partialSelector(job.params.steps, partialImages);
  let sent = 0;
  let isOver = false;
  for await (const event of followJob(job.id, dependencies, { steps: partialImages > 0, afterSeq: 0, signal })) {
    if (event === undefined) await heartbeat();
    else if (event.type === "step" && isWanted(event)) {
      const preview = await objects.get(String(event.data.preview_key));
      if (preview === undefined) continue;
      const b64 = Buffer.from(preview.body).toString("base64");
      const format = preview.contentType.replace("image/", "");
      const data = partialImageEvent(job, { kind, b64, format, index: sent++, at: event.at });
      await write(serverSentEvent({ event: data.type, data }));
    } else if (isLast(event)) {
      isOver = true;
      const ended = (await jobs.get(job.id)) ?? job;
      if (ended.status === "succeeded") {
        const files = new InlineFiles(ended, { dependencies });
        for (const b64 of files.texts) {
          const data = completedEvent(ended, { kind, b64 });
          await files.write(serverSentEvent({ event: data.type, data }), write, signal);
        }
      } else await write(serverSentEvent({ event: "error", data: openaiError(jobFailure(ended)).body }));
    }
  }
  if (!isOver && !signal.aborted) {
    await write(serverSentEvent({ event: "error", data: openaiError(stillRunning(job.id)).body }));
  }
}

/**
 * Which steps' previews to pass on: per image the first one at or after each of `wanted` evenly spread steps. The last
 * step has none: the image itself follows. A repeated attempt does not repeat what was sent.
 */
function partialSelector(steps: number, wanted: number): (event: JobEvent) => boolean {
  const sentOf = new Map<unknown, number>();
  return ({ data }) => {
    const sent = sentOf.get(data.image) ?? 0;
    const step = Number(data.step);
    const due = Math.ceil((steps * (sent + 1)) / (wanted + 1));
    if (sent >= wanted || typeof data.preview_key !== "string" || step < due || step >= steps) return false;
    sentOf.set(data.image, sent + 1);
    return true;
  };
}
