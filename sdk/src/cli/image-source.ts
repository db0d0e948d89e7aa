import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { ZImageClient } from "../client.ts";
import { UsageError } from "./command.ts";

/** Larger ones are uploaded first: a request has at most 6 MB, and base64 adds a third. */
const maxInlineBytes = 2_000_000;

/**
 * How the API takes an image: links, data URLs and ids of files and images as they are, files of this machine in the
 * request or uploaded.
 */
export async function imageSource(
  given: string,
  option: string,
  client: ZImageClient,
  signal: AbortSignal,
): Promise<string> {
  if (/^(https?:\/\/|data:)/i.test(given) || /^((file-|rf_)[0-9A-Z]{26}|img_[0-9A-Z]{26}_\d)$/.test(given))
    return given;
  const bytes = await readFile(given).catch((error: Error) => {
    throw new UsageError(`--${option}: ${given} cannot be read: ${error.message}`);
  });
  if (bytes.length <= maxInlineBytes) return `data:application/octet-stream;base64,${bytes.toString("base64")}`;
  const { id } = await client.files.upload(new Uint8Array(bytes), { filename: basename(given), signal });
  return id;
}
