import { NotFoundError } from "../../../shared/errors.ts";
import { placeOfImage } from "../../../shared/images/image-id.ts";
import type { ListedImage } from "../../../shared/images/list-images.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";

/**
 * The caller's image of this id.
 * @throws NotFoundError `image_not_found`, also for another account's, one that has expired, was deleted, or is not
 * to be kept
 */
export async function ownImage(
  id: string,
  { accountId }: Pick<Identity, "accountId">,
  { jobs }: Pick<RouteDependencies, "jobs">,
): Promise<ListedImage> {
  const place = placeOfImage(id);
  const job = place && (await jobs.get(place.jobId));
  const image = job?.images.find(({ index }) => index === place?.index);
  if (job?.accountId !== accountId || image === undefined || job.unstored !== undefined) {
    throw new NotFoundError("image_not_found", `there is no image ${JSON.stringify(id.slice(0, 60))}`, { param: "id" });
  }
  return { job, image };
}
