import { type Context, Hono } from "hono";
import { checkLink, fileNameOf } from "../../../shared/access/signed-link.ts";
import { NotFoundError } from "../../../shared/errors.ts";
import { isThumbnailKey } from "../../../shared/images/thumbnails.ts";
import { onceOnlyImage } from "../../../shared/jobs/kept-images.ts";
import type { ObjectInfo, Objects } from "../../../shared/ports/objects.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { matchesEtag, requestedRange } from "../http/byte-range.ts";
import { forgetDelivered } from "../jobs/forget-delivered.ts";
import { ApiError } from "../problems/api-error.ts";
import { isShownImage } from "./is-shown-image.ts";
import { objectStream } from "./object-stream.ts";

/** A store's own link is short-lived: ours stands behind it and makes another. */
const presignedS = 900;

/**
 * `GET /v1/files/{key}/content?exp&sig`: a stored file, to whoever has the link. Redirects to the store where that has
 * a server of its own, else served from here, with ranges and revalidation.
 */
export function filesRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { objects, clock, linkSecret } = dependencies;
  return new Hono<ApiEnv>().get("/:key{.+}/content/:name?", async (c) => {
    const key = c.req.param("key");
    const { exp, sig } = c.req.query();
    assertLink(checkLink(linkSecret, { key, exp, sig }, clock.now()));
    const remainingS = Math.floor(Number(exp) - clock.now() / 1000);

    // Images are there to be shown and read on other people's pages, the redirect to them included.
    c.header("Cross-Origin-Resource-Policy", "cross-origin");
    c.header("Access-Control-Allow-Origin", "*");
    // Thumbnails are sent from here: a redirect leads to another address each time, which no browser has kept. So is
    // what goes when it was fetched: the store does not tell that it was.
    const once = onceOnlyImage(key);
    const presigned =
      isThumbnailKey(key) || once !== undefined
        ? undefined
        : await objects.presign(key, {
            expiresInS: Math.max(1, Math.min(remainingS, presignedS)),
            contentDisposition: contentDisposition(key, /\.(?:png|jpe?g|webp|avif)$/.test(key)),
          });
    if (presigned !== undefined) return c.redirect(presigned, 302);

    const info = await objects.head(key);
    if (info === undefined) throw new NotFoundError("file_not_found", "the file behind this link is no longer stored");
    c.header("ETag", etagOf(info));
    c.header("Cache-Control", once === undefined ? `private, max-age=${remainingS}, immutable` : "no-store");
    c.header("Accept-Ranges", "bytes");
    c.header("Content-Disposition", contentDisposition(key, isShownImage(info.contentType)));
    // Nothing that is stored may act as a page of this site.
    c.header("Content-Security-Policy", "default-src 'none'; sandbox");
    if (matchesEtag(c.req.header("if-none-match"), etagOf(info))) return c.body(null, 304);
    c.header("Content-Type", info.contentType);
    const range = requestedRange(c, { bytes: info.bytes, etag: etagOf(info) });
    if (range !== undefined) return servePart(c, objects, info, range);
    c.header("Content-Length", String(info.bytes));
    if (info.bytes === 0) return c.body("");
    if (once === undefined || c.req.method === "HEAD") return c.body(await objectStream(objects, key));
    const onEnd = () => forgetDelivered({ id: once.jobId, unstored: {} }, dependencies, once.index);
    return c.body(await objectStream(objects, key, { onEnd }));
  });
}

function contentDisposition(key: string, isImage: boolean): string {
  return `${isImage ? "inline" : "attachment"}; filename="${fileNameOf(key)}"`;
}

function assertLink(verdict: ReturnType<typeof checkLink>): void {
  if (verdict === "invalid") {
    throw new ApiError(403, "link_invalid", "the link's signature does not fit; get the job again for a fresh link");
  }
  if (verdict === "expired")
    throw new ApiError(410, "link_expired", "the link has expired; get the job again for a fresh link");
}

async function servePart(c: Context, objects: Objects, info: ObjectInfo, [start, end]: readonly [number, number]) {
  const body = await objectStream(objects, info.key, { range: [start, end] });
  c.header("Content-Range", `bytes ${start}-${end}/${info.bytes}`);
  c.header("Content-Length", String(end - start + 1));
  return c.body(body, 206);
}

function etagOf({ bytes, modifiedAt }: ObjectInfo): string {
  return `"${bytes.toString(36)}-${Math.round(modifiedAt).toString(36)}"`;
}
