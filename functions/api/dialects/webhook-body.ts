import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import type { Job } from "../../../shared/job.ts";
import type { CatalogModel } from "../../../shared/request/model-catalog.ts";
import { presentFalWebhook } from "./fal/response.ts";
import { presentPrediction } from "./replicate/response.ts";

/** The body that the job's own webhook expects, when the job came through a foreign API; `undefined` for the native one. */
export function foreignWebhookBody(
  job: Job,
  context: { readonly link: LinkSigner; readonly models: readonly CatalogModel[] },
): { readonly [field: string]: unknown } | undefined {
  switch (job.webhook?.form) {
    case "replicate":
      return presentPrediction(job, context);
    case "fal":
      return presentFalWebhook(job, context.link);
    default:
      return undefined;
  }
}
