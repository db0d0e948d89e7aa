import { Hono } from "hono";
import * as z from "zod";
import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import { type Job, type JobEvent, terminalStatuses } from "../../../shared/job.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { Language } from "../../../shared/warnings/warning.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { isoTime } from "../http/iso-time.ts";
import { requestLanguage } from "../http/request-language.ts";
import { requestLinks } from "../http/request-links.ts";
import { eventStreamHeaders, ping, reconnectSoon, serverSentEvent } from "../http/server-sent-event.ts";
import { streamBody, withHeartbeat } from "../http/stream-body.ts";
import { followJob, isLast } from "./follow-job.ts";
import { InlineFiles, withBase64 } from "./inline-files.ts";
import { ownJob } from "./own-job.ts";
import { presentJob, presentPlace } from "./present-job.ts";

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

type PreviewForm = "none" | "url" | "inline";

/**
 * `GET /v1/jobs/{id}/events`: the job's history from its beginning (or after `Last-Event-ID`) and then as it happens,
 * until it ends. A client that reconnects after the last event gets 204, which makes an EventSource stop.
 */
export function jobEventsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { jobs, objects, budget, clock, log } = dependencies;
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
            const files = new InlineFiles(latest ?? job, { objects, budget });
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

interface Presentation {
  readonly link: LinkSigner;
  readonly language: Language;
  readonly preview: PreviewForm;
  readonly dependencies: RouteDependencies;
}

/**
 * The event's own fields with object keys turned into links, and what is not stored with it: the queue position, the
 * final job.
 * @param job - as it is now, for events that include it
 */
async function presentEvent(
  event: JobEvent,
  job: Job | undefined,
  { texts }: Pick<InlineFiles, "texts">,
  { link, language, preview, dependencies }: Presentation,
) {
  const { key, preview_key: previewKey, ...fields } = event.data;
  const data = { at: isoTime(event.at), ...fields };
  if (typeof key === "string") return { ...data, url: link.file(key).url };
  if (typeof previewKey === "string")
    return { ...data, ...(await presentPreview(previewKey, preview, link, dependencies)) };
  if (job === undefined) return data;
  if (isLast(event)) return { ...data, job: withBase64(presentJob(job, { link, language }), job, texts) };
  const place = await dependencies.queueView.place(job);
  return { ...data, ...(place && presentPlace(place)) };
}

/** Whether the event includes the job as it is now. */
function asksForJob(event: JobEvent): boolean {
  return event.type === "queued" || event.type === "requeued" || isLast(event);
}

async function presentPreview(
  key: string,
  form: PreviewForm,
  link: LinkSigner,
  { objects }: RouteDependencies,
): Promise<{ preview?: string }> {
  if (form === "url") return { preview: link.file(key).url };
  const stored = form === "inline" ? await objects.get(key) : undefined;
  if (stored === undefined) return {};
  return { preview: `data:${stored.contentType};base64,${Buffer.from(stored.body).toString("base64")}` };
}
