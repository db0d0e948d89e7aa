import { type Context, Hono } from "hono";
import { type Job, terminalStatuses } from "../../../shared/job.ts";
import { maxWaitS } from "../../../shared/limits.ts";
import { parseImageRequest } from "../../../shared/request/parse-image-request.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readJsonBody } from "../http/json-body.ts";
import { requestLanguage } from "../http/request-language.ts";
import { requestLinks } from "../http/request-links.ts";
import { requestFromImage } from "../submission/request-from-image.ts";
import { submitOrReattach } from "../submission/submit-or-reattach.ts";
import { jsonWithFiles, withBase64 } from "./inline-files.ts";
import { isCrowded } from "./is-crowded.ts";
import { presentJob } from "./present-job.ts";
import { waitForJob } from "./wait-for-job.ts";

const defaultWaitS = 60;

/**
 * `POST /v1/jobs`: validate, record and queue the job, then respond 202 with its address; with `Prefer: wait`, wait for
 * the result first.
 */
export function createJobRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, clock, queueView } = dependencies;
  return new Hono<ApiEnv>().post("/", authenticate("jobs:write"), bodyLimit(), async (c) => {
    const waitS = preferredWaitS(c);
    const waitMs = (waitS ?? 0) * 1_000;
    let job = await submit(c, waitMs, dependencies);
    if (waitS !== undefined) {
      const appliedS = (await isCrowded(job, dependencies)) ? 0 : waitS;
      c.header("Preference-Applied", `wait=${appliedS}`);
      job = await waitForJob(job, dependencies, { until: clock.now() + appliedS * 1_000, signal: c.req.raw.signal });
    }
    // The job is accepted, even if the queue cannot be read.
    const place = await queueView.place(job).catch(() => undefined);
    const resource = presentJob(job, { link: requestLinks(c, dependencies), place, language: requestLanguage(c) });
    const [first] = resource.images;
    if (first !== undefined && acceptsImagesOnly(c)) return c.redirect(first.url, 303);
    c.header("Location", `/v1/jobs/${job.id}`);
    const status = terminalStatuses.has(job.status) ? 200 : 202;
    return jsonWithFiles(c, { job, status, make: (texts) => withBase64(resource, job, texts) }, dependencies);
  });
}

/** On its own, so that nothing holds the body, and the images in it, while the response waits. */
async function submit(c: Context<ApiEnv>, waitMs: number, dependencies: RouteDependencies): Promise<Job> {
  const body = await readJsonBody(c.req.raw);
  const request = await requestFromImage(body, c.get("identity"), dependencies);
  const submission = parseImageRequest(request, dependencies);
  return submitOrReattach(c, { body, submission, waitMs }, dependencies);
}

/** `Accept: image/png` and the like: the client wants the image itself, and follows the 303 to it. */
function acceptsImagesOnly(c: Context): boolean {
  return (c.req.header("accept") ?? "*/*").split(",").every((type) => type.trim().toLowerCase().startsWith("image/"));
}

/**
 * Seconds of `Prefer: wait` or `wait=N`, at most `maxWaitS`. A preference that cannot be parsed is ignored (RFC 7240).
 */
function preferredWaitS(c: Context): number | undefined {
  for (const preference of (c.req.header("prefer") ?? "").split(",")) {
    const match = /^\s*wait(?:\s*=\s*"?(\d{1,9})"?)?\s*(?:;.*)?$/i.exec(preference);
    if (match === null) continue;
    const waitS = Number(match[1] ?? defaultWaitS);
    return waitS === 0 ? undefined : Math.min(waitS, maxWaitS);
  }
  return undefined;
}
