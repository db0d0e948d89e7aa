import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import { contentTypes, type Job, terminalStatuses } from "../../../../shared/job.ts";
import type { Objects } from "../../../../shared/ports/objects.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { presentJob } from "../../jobs/present-job.ts";
import { publicError, wholeMessage, wrongFields } from "../../problems/error-status.ts";

type Content =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly data: string; readonly mimeType: string };

/** `CallToolResult` of the specification. */
export interface ToolResult {
  readonly content: readonly Content[];
  readonly isError?: true;
}

/**
 * Most bytes of images in one response, about a megabyte as base64: an agent's context holds them. The others are
 * links.
 */
const maxInlineBytes = 750_000;

/** The job in words for a program, its images behind them. @returns with the numbers of the images that are in it */
export async function jobResult(
  job: Job,
  { link, objects, showImages }: { readonly link: LinkSigner; readonly objects: Objects; readonly showImages: boolean },
): Promise<ToolResult & { readonly shown: readonly number[] }> {
  const { id, status, images, error, cost, params } = presentJob(job, { link });
  const inlined = showImages ? fitting(job) : [];
  const summary = {
    job_id: id,
    status,
    error,
    images: images.map(({ index, url, url_expires_at, width, height, seed, content_type, bytes }) => ({
      url,
      url_expires_at,
      width,
      height,
      seed,
      content_type,
      bytes,
      shown_below: inlined.some((image) => image.index === index),
    })),
    warnings: warningMessages(job.warnings),
    cost,
    drawn_as: { model: params.model, prompt: params.prompt, steps: params.steps, seed: params.seed },
    next: !terminalStatuses.has(job.status)
      ? `Not over yet. Call job_status with job_id ${id}, for example with wait_s 45.`
      : undefined,
  };
  const shown = await Promise.all(
    inlined.map(async ({ key, format }): Promise<Content> => {
      const stored = await objects.get(key);
      if (stored === undefined) throw new Error(`job ${id} has succeeded but its object ${key} is missing`);
      return { type: "image", data: Buffer.from(stored.body).toString("base64"), mimeType: contentTypes[format] };
    }),
  );
  const failed = terminalStatuses.has(job.status) && job.status !== "succeeded";
  return {
    content: [{ type: "text", text: JSON.stringify(summary) }, ...shown],
    isError: failed ? true : undefined,
    shown: inlined.map(({ index }) => index),
  };
}

/** The first ones that fit together. */
function fitting({ images }: Job): Job["images"] {
  let bytes = 0;
  return images.filter((image) => (bytes += image.bytes) <= maxInlineBytes);
}

/** An error that the agent can do something about: what was wrong, under its stable code. */
export function errorResult(cause: unknown, requestId: string): ToolResult {
  const shown = publicError(cause);
  const { code, param, retryable } = shown;
  const error = {
    code,
    message: wholeMessage(shown),
    param,
    errors: wrongFields(shown),
    retryable,
    request_id: requestId,
  };
  return { content: [{ type: "text", text: JSON.stringify({ error }) }], isError: true };
}
