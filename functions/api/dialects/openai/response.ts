import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import type { ImageParams, Job, JobImage } from "../../../../shared/job.ts";
import { sizeMultiple } from "../../../../shared/limits.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import type { OpenaiImagesResponse } from "./response-schemas.ts";

/** What a response tells of a job. */
type Described = { readonly params: Pick<ImageParams, "width" | "height" | "format"> };

/** @param files - base64 of each image, for `b64_json` */
export function imagesResponse(
  job: Pick<Job, "createdAt" | "finishedAt" | "response" | "warnings"> &
    Described & { readonly images: readonly Pick<JobImage, "key">[] },
  { files, link }: { files: readonly string[]; link: LinkSigner },
): OpenaiImagesResponse {
  const data = job.images.map(({ key }, i) =>
    job.response === "b64" ? { b64_json: files[i]! } : { url: link.file(key).url },
  );
  return {
    created: seconds(job.finishedAt ?? job.createdAt),
    data,
    ...description(job),
    usage: usageOf(job, job.images.length),
    warnings: warningsOf(job),
  };
}

/** Prefix of a stream's event names, given by its route. */
export type StreamKind = "image_generation" | "image_edit";

/**
 * Data of `….partial_image`. The preview is small, and in the format of the image where the worker knows to do that.
 */
export function partialImageEvent(
  job: Job,
  { kind, b64, format, index, at }: { kind: StreamKind; b64: string; format: string; index: number; at: number },
) {
  return {
    type: `${kind}.partial_image`,
    b64_json: b64,
    partial_image_index: index,
    created_at: seconds(at),
    ...description(job),
    output_format: format,
  };
}

/** Data of `….completed`, one per image. */
export function completedEvent(job: Job, { kind, b64 }: { kind: StreamKind; b64: string }) {
  return {
    type: `${kind}.completed`,
    b64_json: b64,
    created_at: seconds(job.finishedAt ?? job.createdAt),
    ...description(job),
    usage: usageOf(job, 1),
    warnings: warningsOf(job),
  };
}

function warningsOf({ warnings }: Pick<Job, "warnings">): string[] | undefined {
  return warnings.length > 0 ? warningMessages(warnings) : undefined;
}

function description({ params }: Described) {
  return {
    size: `${params.width}x${params.height}`,
    output_format: params.format,
    quality: "high",
    background: "opaque",
  };
}

function usageOf({ params }: Described, images: number): OpenaiImagesResponse["usage"] {
  const tokens = images * (params.width / sizeMultiple) * (params.height / sizeMultiple);
  return {
    input_tokens: 0,
    input_tokens_details: { image_tokens: 0, text_tokens: 0 },
    output_tokens: tokens,
    total_tokens: tokens,
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
