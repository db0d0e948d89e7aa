import type { Job } from "../job.ts";

/*
 * How many images an account has, by the hour in which their jobs were made, as the list of images is sorted. The counts
 * lie in the roll-ups of usage, which the end of a job writes anyway: beside the sums, an attribute for each hour of
 * which images are counted there. So they cost no write.
 */

/** Attribute of a roll-up: images deleted by their owner, which its sum of images still has. */
export const deletedImages = "deletedImages";

const hourPattern = /^hour(\d{4})(\d\d)(\d\d)(\d\d)$/;

/** `hour2026120113` @param createdAt - of the job, milliseconds since the epoch */
export function hourAttribute(createdAt: number): string {
  return `hour${new Date(createdAt).toISOString().slice(0, 13).replace(/\D/g, "")}`;
}

/** The beginning of the hour that an attribute counts; `undefined` for another attribute. */
export function countedHour(attribute: string): number | undefined {
  const [, year, month, day, hour] = hourPattern.exec(attribute) ?? [];
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
}

/** What the settlement of a job adds to its roll-up. @param images - that it drew */
export function countedImages(
  { createdAt, unstored }: Pick<Job, "createdAt" | "unstored">,
  images: number,
): { [attribute: string]: number } {
  if (images === 0) return {};
  // Those that are not kept are in no list.
  return unstored === undefined ? { [hourAttribute(createdAt)]: images } : { [deletedImages]: images };
}
