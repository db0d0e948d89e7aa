import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import type { Job, JobEvent } from "../../../shared/job.ts";
import type { Language } from "../../../shared/warnings/warning.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { isoTime } from "../http/iso-time.ts";
import { isLast } from "../jobs/follow-job.ts";
import { type InlineFiles, withBase64 } from "../jobs/inline-files.ts";
import { presentJob, presentPlace } from "../jobs/present-job.ts";

type PreviewForm = "none" | "url" | "inline";

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
export async function presentEvent(
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
export function asksForJob(event: JobEvent): boolean {
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
