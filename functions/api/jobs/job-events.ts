import { Hono } from "hono";
import * as z from "zod";
import { terminalStatuses } from "../../../shared/job.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { asksForJob, presentEvent } from "../events/present-event.ts";
import { requestLanguage } from "../http/request-language.ts";
import { requestLinks } from "../http/request-links.ts";
import { eventStreamHeaders, ping, reconnectSoon, serverSentEvent } from "../http/server-sent-event.ts";
import { streamBody, withHeartbeat } from "../http/stream-body.ts";
import { followJob } from "./follow-job.ts";
import { InlineFiles } from "./inline-files.ts";
import { ownJob } from "./own-job.ts";

export const eventsQuerySchema = z.strictObject({
  preview: z
    .enum(["none", "url", "inline"])
    .optional()
    .describe(
      "Preview of the image after each step, small and in its format: as a link (url), as a data: URL, or none. Default url.",
    ),
});

export const lastEventIdSchema = z.strictObject({
  "Last-Event-ID": z
    .string()
    .regex(/^\d{1,9}$/, "must be the number of an event of this job")
    .optional()
    .describe("Resume after this event."),
});

/**
 * `GET /v1/jobs/{id}/events`: the job's history from its beginning (or after `Last-Event-ID`) and then as it happens,
 * until it ends. A client that reconnects after the last event gets 204, which makes an EventSource stop.
 */
export function jobEventsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { jobs, clock, log } = dependencies;
  return new Hono<ApiEnv>().get("/:id/events", dependencies.authenticate("jobs:read"), async (c) => {
    const { preview = "url" } = parseFields(eventsQuerySchema, c.req.query());
    const lastEventId = c.req.header("last-event-id");
    const known = parseFields(lastEventIdSchema, lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId });
    const afterSeq = Number(known["Last-Event-ID"] ?? 0);
    const job = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
    if (afterSeq > 0 && terminalStatuses.has(job.status) && (await jobs.events(job.id, afterSeq, 1)).length === 0) {
      return c.body(null, 204);
    }
    const link = requestLinks(c, dependencies);
    const language = requestLanguage(c);
    const body = streamBody(
      async (writeText, signal) => {
        const { write, heartbeat } = withHeartbeat(writeText, ping, clock);
        if (dependencies.longestResponseMs !== undefined) await writeText(reconnectSoon);
        for await (const event of followJob(job.id, dependencies, { steps: true, afterSeq, signal })) {
          if (event === undefined) await heartbeat();
          else {
            const latest = asksForJob(event) ? await dependencies.jobs.get(job.id) : undefined;
            const files = new InlineFiles(latest ?? job, { dependencies });
            const data = await presentEvent(event, latest, files, { link, language, preview, dependencies });
            await files.write(serverSentEvent({ id: event.seq, event: event.type, data }), write, signal);
          }
        }
      },
      (error) => log("error", "an event stream failed", { jobId: job.id, error: String(error) }),
    );
    return c.body(body, 200, eventStreamHeaders);
  });
}
