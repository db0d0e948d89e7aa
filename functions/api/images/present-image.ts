import type * as z from "zod";
import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import { imageId } from "../../../shared/images/image-id.ts";
import { imageExpiresAt } from "../../../shared/images/image-retention.ts";
import type { ListedImage } from "../../../shared/images/list-images.ts";
import { type ThumbnailSide, thumbnailKey } from "../../../shared/images/thumbnails.ts";
import { contentTypes } from "../../../shared/job.ts";
import { isoTime } from "../http/iso-time.ts";
import { presentChecks, presentParams } from "../jobs/present-job.ts";
import type { imageDetailSchema, imageSchema } from "./image-responses.ts";

const shownPromptCharacters = 300;

/** What an image is shown with: its links, and how long images are kept, in seconds. */
interface ImageContext {
  readonly link: LinkSigner;
  readonly keptS: number;
}

/** An image in a list. */
export function presentListedImage(listed: ListedImage, context: ImageContext): z.infer<typeof imageSchema> {
  return { ...presentFields(listed, context), prompt: shortened(listed.job.params.prompt) };
}

/** An image with all that it was drawn from. */
export function presentImageDetail(listed: ListedImage, context: ImageContext): z.infer<typeof imageDetailSchema> {
  const { job, image } = listed;
  return {
    ...presentFields(listed, context),
    prompt: job.params.prompt,
    sha256: image.sha256,
    content_type: contentTypes[image.format],
    params: presentParams(job.params, context.link),
    checks: image.checks && presentChecks(image.checks),
  };
}

function presentFields({ job, image }: ListedImage, { link, keptS }: ImageContext) {
  const { metadata } = job;
  const { url, expiresAt } = link.file(image.key);
  const label = (name: string) => (Object.hasOwn(metadata, name) ? metadata[name]! : null);
  return {
    id: imageId(job, image),
    object: "image" as const,
    job_id: job.id,
    index: image.index,
    created_at: isoTime(job.createdAt),
    expires_at: isoTime(imageExpiresAt(job, keptS)),
    model: job.params.model,
    width: image.width,
    height: image.height,
    format: image.format,
    bytes: image.bytes,
    seed: image.seed,
    run_id: label("run_id"),
    sku: label("sku"),
    metadata: { ...metadata },
    url,
    url_expires_at: isoTime(expiresAt),
    thumbnails: presentThumbnails({ job, image }, { link, keptS }),
  };
}

function presentThumbnails({ job, image }: ListedImage, { link, keptS }: ImageContext) {
  const url = (side: ThumbnailSide) => {
    const isMade = image.thumbnails?.includes(side) === true;
    return link.file(isMade ? thumbnailKey(image, side) : image.key, imageExpiresAt(job, keptS)).url;
  };
  return { "256": url(256), "512": url(512) };
}

/** Whole characters: the cut does not part a surrogate pair. */
function shortened(prompt: string): string {
  if (prompt.length <= shownPromptCharacters) return prompt;
  return `${prompt.slice(0, shownPromptCharacters - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
