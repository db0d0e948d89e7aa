import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import type { Job } from "../../../../shared/job.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { ping } from "../../http/server-sent-event.ts";
import { type WriteText, withHeartbeat } from "../../http/stream-body.ts";
import { followJob, isLast } from "../../jobs/follow-job.ts";
import { predictionError } from "./response.ts";

interface StreamOptions {
  readonly link: LinkSigner;
  readonly write: WriteText;
  readonly signal: AbortSignal;
}

/** `output` with an image's link as each is finished, then `done`; or `error`, which the client throws. */
export async function streamPrediction(
  job: Job,
  options: StreamOptions,
  dependencies: RouteDependencies,
): Promise<void> {
  const { link, signal } = options;
  const { write, heartbeat } = withHeartbeat(options.write, ping, dependencies.clock);
  for await (const event of followJob(job.id, dependencies, { steps: false, afterSeq: 0, signal })) {
    if (event === undefined) await heartbeat();
    else if (isLast(event)) {
      const ended = (await dependencies.jobs.get(job.id)) ?? job;
      // Not after each finished image: if the attempt fails later, those images are drawn again.
      for (const [i, { key }] of ended.images.entries()) await write(textEvent("output", `${i}:0`, link.file(key).url));
      if (ended.status === "failed") await write(textEvent("error", "error", predictionError(ended)));
      else await write(textEvent("done", "done", ended.status === "succeeded" ? "{}" : '{"reason":"canceled"}'));
    }
  }
}

/** Data goes as it is: a link in quotes would be no link to the client. */
function textEvent(event: string, id: string, data: string): string {
  return `event: ${event}\nid: ${id}\n${data
    .split("\n")
    .map((line) => `data: ${line}\n`)
    .join("")}\n`;
}
