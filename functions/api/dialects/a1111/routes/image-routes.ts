import { type Context, Hono } from "hono";
import { infotext } from "../../../../../shared/image-files/infotext.ts";
import { readPngTexts, withPngText } from "../../../../../shared/image-files/png-text.ts";
import type { Job } from "../../../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../../../dependencies.ts";
import { bodyLimit } from "../../../http/body-limit.ts";
import { readJsonBody } from "../../../http/json-body.ts";
import { submitOrReattach } from "../../../submission/submit-or-reattach.ts";
import { holdResponse } from "../../hold-response.ts";
import { listLoras, resolveNames } from "../account-loras.ts";
import { forgetJob, readCheckpoint, rememberJob } from "../account-record.ts";
import { jobFailure } from "../errors.ts";
import { type A1111Request, readA1111Request, submissionOf, withoutImages } from "../request.ts";
import { imagesResponse } from "../response.ts";

/** `txt2img` and `img2img`: held until the images exist. */
export function imageRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  const routes = new Hono<ApiEnv>();
  for (const task of ["txt2img", "img2img"] as const) {
    routes.post(`/${task}`, authenticate("jobs:write"), bodyLimit(), async (c) => {
      const body = await readJsonBody(c.req.raw);
      return draw(c, { body, request: readA1111Request(body, task) }, dependencies);
    });
  }
  return routes;
}

async function draw(
  c: Context<ApiEnv>,
  { body, request }: { readonly body: unknown; readonly request: A1111Request },
  dependencies: RouteDependencies,
): Promise<Response> {
  const { accountId } = c.get("identity");
  const named = request.fields.override_settings?.sd_model_checkpoint;
  const checkpoint = named ? undefined : await readCheckpoint(accountId, dependencies);
  const loras = request.loras.length === 0 ? [] : resolveNames(request.loras, await listLoras(accountId, dependencies));
  const submission = submissionOf(request, { checkpoint, loras }, dependencies);
  const submitted = await submitOrReattach(c, { body, submission }, dependencies);
  await rememberJob(submitted, dependencies);
  // The response may wait for long: what it is made of then holds no images.
  return answer(c, submitted, withoutImages(request), dependencies);
}

function answer(c: Context<ApiEnv>, submitted: Job, request: A1111Request, dependencies: RouteDependencies) {
  let ended: Job | undefined;
  const result = async (job: Job, files: readonly string[]) => {
    ended = job;
    await forgetJob(job, dependencies);
    if (job.status !== "succeeded" && job.status !== "canceled") throw jobFailure(job);
    return imagesResponse(job, request, files);
  };
  // A worker that writes them may have signed the file.
  const change = (png: Uint8Array, index: number) =>
    readPngTexts(png).has("parameters")
      ? png
      : withPngText(png, "parameters", infotext(ended!.params, ended!.images[index]!.seed, request.sent));
  // The images that a job was made from, as they are stored.
  const besideOf = ({ params: { imageKey, maskKey } }: Job) => [imageKey, maskKey].filter((key) => key !== undefined);
  return holdResponse(c, submitted, { result, change, besideOf }, dependencies);
}
