import type { Context } from "hono";
import * as z from "zod";
import { writeWithin } from "../../../../shared/access/account-room.ts";
import { checkLink, signPath } from "../../../../shared/access/signed-link.ts";
import { sentPartition, storageLimit } from "../../../../shared/access/storage-limit.ts";
import { jobRetentionS } from "../../../../shared/limits.ts";
import { ItemsConditionFailed } from "../../../../shared/ports/items.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestLinks } from "../../http/request-links.ts";
import { ApiError } from "../../problems/api-error.ts";

const uploadRequestSchema = z.object({
  content_type: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, "must be a media type such as image/png"),
  file_name: z.string().max(500).nullish(),
});

/** Lifetime of an upload link, in seconds. */
const uploadLinkS = 3_600;

/** `POST /storage/upload/initiate`: a link for the bare PUT of a file, and the one under which the file will be. */
export async function initiateUpload(c: Context<ApiEnv>, dependencies: RouteDependencies): Promise<Response> {
  const { clock, linkSecret, newId } = dependencies;
  const { content_type: contentType, file_name: fileName } = parseFields(
    uploadRequestSchema,
    await readJsonBody(c.req.raw),
  );
  const key = `in/${c.get("identity").accountId}/${newId()}/${safeName(fileName ?? "file")}`;
  const link = requestLinks(c, dependencies);
  const { exp, sig } = signPath(linkSecret, uploadSubject(key, contentType), { now: clock.now(), lifeS: uploadLinkS });
  return c.json({
    upload_url: `${link.origin}/fal/upload/${key}?exp=${exp}&sig=${sig}`,
    file_url: link.file(key).url,
  });
}

/**
 * The PUT to the address that `initiateUpload` returned.
 * @throws ApiError `link_invalid`; ConflictError `account_storage_full`
 */
export async function storeUpload(
  c: Context<ApiEnv>,
  key: string,
  { clock, items, linkSecret, objects }: RouteDependencies,
): Promise<Response> {
  const { exp, sig } = c.req.query();
  const contentType = c.req.header("content-type") ?? "application/octet-stream";
  if (checkLink(linkSecret, { key: uploadSubject(key, contentType), exp, sig }, clock.now()) !== "valid") {
    throw new ApiError(403, "link_invalid", "the upload link has expired, or is for another file or media type");
  }
  const body = new Uint8Array(await c.req.arrayBuffer());
  const accountId = key.split("/")[1]!;
  // It counts as what the account keeps here, for as long as it is kept.
  const put = {
    pk: sentPartition(accountId),
    sk: key,
    exp: Math.floor(clock.now() / 1_000) + jobRetentionS,
    data: { bytes: body.length },
  };
  await writeWithin(
    { items, clock },
    [{ limit: storageLimit(accountId, items), amount: body.length }],
    [{ put, if: { absent: true } }],
  ).catch((error: unknown) => {
    // The same file again, as a client that was cut off sends it.
    if (!(error instanceof ItemsConditionFailed)) throw error;
  });
  await objects.put(key, body, { contentType });
  return c.body(null, 200);
}

/** The media type is signed too, so that a link for an image cannot be used to upload an HTML page. */
function uploadSubject(key: string, contentType: string): string {
  return `upload ${contentType.split(";")[0]?.trim().toLowerCase()} ${key}`;
}

function safeName(fileName: string): string {
  const name = fileName
    .replace(/[^A-Za-z0-9_.-]+/g, "_")
    .replace(/^\.+/, "")
    .slice(-80);
  return name || "file";
}
