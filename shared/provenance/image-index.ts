import type { Job } from "../job.ts";
import type { Item, Items, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";

/*
 * Finds the job of a file by the SHA-256 of its bytes, long after the job's own record is gone: a row per image that was
 * delivered, under its digest, so that a look reads one row however many images there are.
 */

/** An image that was made here. */
export interface IndexedImage {
  readonly jobId: string;
  readonly index: number;
  readonly accountId: string;
  /** Canonical model id. */
  readonly model: string;
  /** When its job ended; milliseconds since the epoch. */
  readonly at: number;
}

export const indexedImage = recordType<IndexedImage>("indexed image", ["jobId", "index", "accountId", "at"]);

const partitionOf = (sha256: string) => `IMAGE#${sha256}`;

/** Rows of the images of a job that succeeds. @param exp - seconds since the epoch */
export function imageIndexWrites({ id, accountId, params, images }: Job, at: number, exp: number): Write[] {
  // The same bytes twice in one job: one key may appear once in a call.
  const bySha256 = new Map(images.map((image) => [image.sha256, image]));
  return [...bySha256.values()].map(({ sha256, index }) => ({
    put: {
      pk: partitionOf(sha256),
      sk: `${accountId}#${id}#${index}`,
      exp,
      data: indexedImage.write({ jobId: id, index, accountId, model: params.model, at }),
    },
    // It may stay although the job ends otherwise: the image was made all the same.
    apart: "before",
  }));
}

/**
 * The image with this digest: one of the account's own if there is one, else somebody's.
 * @param sha256 - 64 hex digits
 */
export async function findImage(
  items: Pick<Items, "query">,
  sha256: string,
  accountId: string,
): Promise<IndexedImage | undefined> {
  const partition = partitionOf(sha256.toLowerCase());
  const first = async (prefix?: string): Promise<Item | undefined> =>
    (await items.query({ index: "main", partition, prefix, limit: 1 })).items[0];
  const item = (await first(`${accountId}#`)) ?? (await first());
  return item && indexedImage.read(item);
}
