import type * as z from "zod";
import { NotFoundError } from "../../../shared/errors.ts";
import { imageId } from "../../../shared/images/image-id.ts";
import type { ListedImage } from "../../../shared/images/list-images.ts";
import { keysOfImage } from "../../../shared/images/thumbnails.ts";
import type { RouteDependencies } from "../dependencies.ts";
import type { deletedImageSchema } from "./image-responses.ts";

/**
 * Deletes an image: first from its job, so that nothing names what is not there, then its file, its thumbnails, and the
 * previews that were made while it was drawn. A file that cannot be deleted now goes with the sweep of what attempts
 * left behind.
 * @throws NotFoundError `image_not_found` when another request was first
 */
export async function deleteOwnImage(
  { job, image }: ListedImage,
  { jobs, objects, log }: Pick<RouteDependencies, "jobs" | "objects" | "log">,
): Promise<z.infer<typeof deletedImageSchema>> {
  const id = imageId(job, image);
  const deleted = await jobs.deleteImage(job.id, image.index);
  if (deleted === undefined) throw new NotFoundError("image_not_found", `there is no image ${id}`, { param: "id" });
  try {
    for (const key of keysOfImage(deleted)) await objects.delete(key);
    for await (const { key } of objects.walk(`p/${job.id}/`)) {
      if (key.startsWith(`p/${job.id}/${image.index}-`)) await objects.delete(key);
    }
  } catch (error) {
    log("warn", "objects of a deleted image are left to the sweep", { image: id, error: String(error) });
  }
  const isOfRun = job.lane === "batch" && job.metadata.run_id !== undefined;
  const kept = ["job" as const, "usage" as const, "verification" as const, ...(isOfRun ? ["run_copy" as const] : [])];
  return { id, object: "image", deleted: true, kept };
}
